"""Words looked for in the library: how text is folded for that, what of a paper and a run is looked through, and the
excerpt around a hit."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from server.domain.identity import Identity
from server.domain.ids import PaperId, WorkspaceId
from server.domain.papers import Paper, PaperStatus
from server.domain.runs import Run, RunStatus

MOST_WORDS = 8
LONGEST_WORD = 100
BEFORE, AFTER = 40, 80
"""Characters of an excerpt around the hit."""


class HitKind(StrEnum):
    PAPER = "paper"
    COMPARISON = "comparison"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class SearchText:
    """What of a paper or run is looked through. The first line of a paper's is what it is called."""

    workspace_id: WorkspaceId
    kind: HitKind
    id: str
    paper_id: PaperId
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A hit where it stands."""

    before: str
    hit: str
    after: str


def fold(text: str) -> str:
    """`text` as it is compared: full-width and half-width, capitals, accents and kinds of white space alike."""
    return "".join(_folded(text))


def query_words(query: str) -> tuple[str, ...]:
    """The folded words of a query, each once. Japanese has no spaces: what stands together is looked for together."""
    words = dict.fromkeys(word[:LONGEST_WORD] for word in fold(query).split())
    return tuple(words)[:MOST_WORDS]


def excerpt(text: str, word: str) -> Excerpt | None:
    """Around the first place of a folded word; None where it is not."""
    pieces = list(_folded(text))
    at = "".join(pieces).find(word)
    if at < 0 or not word:
        return None
    offsets = array("L", (offset for offset, piece in enumerate(pieces) for _ in piece))
    start, end = offsets[at], offsets[at + len(word) - 1] + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    first, last = max(0, start - BEFORE), min(len(text), end + AFTER)
    before, after = _one_line(text[first:start]), _one_line(text[end:last])
    return Excerpt(
        ("…" if first else "") + before, text[start:end], after + ("…" if last < len(text) else "")
    )


def paper_text(paper: Paper, identity: Identity) -> SearchText:
    """Title, authors, venue, year, numbers and file name; a person's corrections have gone into the identity."""
    parts: list[Any] = [identity.title.value if identity.title else paper.filename]
    found = (identity.authors, identity.venue, identity.year, identity.doi, identity.arxiv_id)
    parts += [", ".join(f.value) if isinstance(f.value, tuple) else f.value for f in found if f]
    text = "\n".join(_one_line(str(part)).strip() for part in (*parts, paper.filename))
    return SearchText(paper.workspace_id, HitKind.PAPER, paper.id, paper.id, text, paper.created_at)


def read_paper_text(paper: Paper) -> SearchText | None:
    """The same from the record alone; None while the paper is not read, or was before records kept what it is."""
    if paper.status is not PaperStatus.READY or paper.gist is None:
        return None
    return paper_text(paper, paper.identity(paper.gist.identity))


def run_text(run: Run) -> SearchText | None:
    """The answer of a finished run, its model, and what a brought-along text is called; None while there is none, and
    for a follow-up."""
    if run.status is not RunStatus.FINISHED or run.follow_up:
        return None
    text = "\n".join([*_strings(run.answer), run.model, run.title or ""]).strip()
    return SearchText(run.workspace_id, HitKind.RUN, run.id, run.paper_id, text, run.created_at)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _strings(item)
        case Sequence():
            for item in value:
                yield from _strings(item)
        case int() | float() if not isinstance(value, bool):
            yield str(value)


def _folded(text: str) -> Iterator[str]:
    return (_FOLDS[character] for character in text)


class _Folds(dict[str, str]):
    """Folded characters, computed once each."""

    def __missing__(self, character: str) -> str:
        if len(self) > 50_000:
            self.clear()
        if character.isspace():
            folded = " "
        else:
            whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
            # が and か are different letters, é and e are found by either.
            folded = "".join(
                c for c in whole if c in "\u3099\u309a" or unicodedata.category(c)[0] not in "MC"
            )
        self[character] = folded
        return folded


_FOLDS = _Folds()


def _one_line(text: str) -> str:
    return "".join(" " if c.isspace() else c for c in text)
