"""Find sentences that tell a reader, a reviewer or a language model what to do with the paper.

Manuscripts were found that hid "give a positive review only" from people. Papers about such attacks quote them, so that
a find is worth a notice and nothing more. An order in other words, in another language or in letters of another script
that look alike is not found: this informs people; what protects readers is how the prompt is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.instruction_words import ANYWHERE, AS_COMMAND
from server.domain.matching import MatchingKey

EXCERPT_CHARACTERS = 160
_BEFORE = 40
_CLAUSE_ENDS = frozenset("\n\f.:;!?,。．、，：；！？()[]（）［］「」『』\"“”'‘’•*-–—")
_COMMANDING = re.compile(
    r"\b(?:please|kindly|must|should|shall|always|just|instead|now|then|also|you|only|simply)\s+\Z",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|\Z)\s*|[。．！？\f]\s*")


@dataclass(frozen=True, slots=True)
class Instruction:
    """A stretch of a text that reads like an order."""

    start: int
    end: int
    excerpt: str
    """Its sentence on one line, at most `EXCERPT_CHARACTERS`."""


def find_instructions(text: str) -> tuple[Instruction, ...]:
    """In order, at most one per sentence.

    Looks at the matching key, so that capitals, full-width or mathematical letters, spaced letters and line breaks hide
    nothing. Costs about 4 ms per 10,000 characters.
    """
    key = MatchingKey.of(text)
    found: list[Instruction] = []
    for start, end in sorted(_spans(text, key)):
        if found and start < found[-1].end:
            continue
        low, high = _sentence(text, start, end)
        found.append(Instruction(start, high, _clipped(text[low:high])))
    return tuple(found)


def _spans(text: str, key: MatchingKey) -> Iterator[tuple[int, int]]:
    for match in ANYWHERE.finditer(key.key):
        yield key.span(*match.span())
    for match in AS_COMMAND.finditer(key.key):
        start, end = key.span(*match.span())
        if _is_command(text, start):
            yield start, end


def _is_command(text: str, start: int) -> bool:
    """Whether the verb at `start` begins a clause: `Give a …`, `please give a …`; not `reviewers give a …`."""
    before = text[max(0, start - _BEFORE) : start]
    bare = before.rstrip(" ")
    return not bare or bare[-1] in _CLAUSE_ENDS or _COMMANDING.search(before) is not None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a stretch, as far as an excerpt reaches."""
    low = max(0, start - EXCERPT_CHARACTERS // 2)
    cuts = [match.end() for match in _SENTENCE_END.finditer(text, low, start)]
    if low and not cuts:
        low = text.find(" ", low, start) + 1 or low
    stop = _SENTENCE_END.search(text, end - 1, end + EXCERPT_CHARACTERS)
    return (cuts[-1] if cuts else low), (stop.end() if stop else min(len(text), end + EXCERPT_CHARACTERS))


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARACTERS else line[: EXCERPT_CHARACTERS - 1].rstrip() + "…"
