"""Clean text as a PDF yields it, once, and remember which characters of the source each clean one came from."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

_DROPPED = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0, DEL, C1; line ends are treated below
    "\xad\u200b\u2060\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # fillers and joiners without a shape
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls: they reorder what a person sees
    "\u2061-\u2065\u206a-\u206f\ufff9-\ufffc"  # invisible operators, deprecated formats, annotations
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors: they can carry hidden bytes
    "\U000e0000-\U000e007f"  # tag characters: invisible ASCII
    "\ud800-\udfff"  # lone surrogates
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: a shape in one font, no meaning outside it
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters
)
_SPACES = "\t\xa0\u1680\u2000-\u200a\u202f\u205f"
_LINE_ENDS = "\r\x85\u2028\u2029"
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_DIRTY = re.compile(f"[{_DROPPED}{_SPACES}{_LINE_ENDS}\ufb00-\ufb06]")
_DROP = re.compile(f"[{_DROPPED}]")
_SPACE = re.compile(f"[{_SPACES}]")
_LINE_END = re.compile(f"\r\n|[{_LINE_ENDS}]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Clean text; its character `i` stands for `source[starts[i]:ends[i]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @property
    def is_identity(self) -> bool:
        """Every character is where it was."""
        return isinstance(self.starts, range)


def clean(text: str) -> Cleaned:
    """Make text safe to store, prompt and show: NFC, without controls (except `\\n`), surrogates or anything invisible.

    Typographic spaces become spaces, line ends `\\n`, Latin ligatures their letters. Whatever has no meaning outside
    the font it came from (private use) is dropped.
    """
    if _DIRTY.search(text) is None and unicodedata.is_normalized("NFC", text):
        return Cleaned(text, range(len(text)), range(1, len(text) + 1))
    out: list[str] = []
    starts = array("L")
    ends = array("L")
    for start, end in _clusters(text):
        piece = _replace(text[start:end])
        out.append(piece)
        for _ in piece:
            starts.append(start)
            ends.append(end)
    return Cleaned("".join(out), starts, ends)


def clean_text(text: str) -> str:
    """As `clean`, when nobody needs to find the way back."""
    return clean(text).text


def _replace(cluster: str) -> str:
    if _LINE_END.fullmatch(cluster):
        return "\n"
    kept = _SPACE.sub(" ", _DROP.sub("", cluster))
    return unicodedata.normalize("NFC", "".join(_LIGATURES.get(letter, letter) for letter in kept))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Stretches that NFC may change as one: a letter with what combines with it. A dropped mark inside does not part
    them (`e`, zero-width space, acute accent is one cluster), so that cleaning twice changes nothing more.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for offset in range(1, len(text) + 1):
        if offset < len(text) and _joins(text, offset):
            continue
        if offset > start:
            found.append((start, offset))
        start = offset
    return found


def _joins(text: str, offset: int) -> bool:
    letter = text[offset]
    if letter == "\n":
        return text[offset - 1] == "\r"
    if text[offset - 1] in "\r\n\x85\u2028\u2029":
        return False
    return (
        unicodedata.category(letter)[0] == "M"
        or "\u1160" <= letter <= "\u11ff"  # Hangul vowels and finals compose with the syllable before
        or _DROP.match(letter) is not None
    )
