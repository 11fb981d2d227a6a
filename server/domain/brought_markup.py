"""Take the markup out of pasted text: Markdown, links, citations and page mentions go, every character keeps its place."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

_PAGE = r"(?:pp?\.\s?(?P<{0}1>\d{{1,4}})(?:\s?[-–,]\s?\d{{1,4}})?|pages?\s(?P<{0}2>\d{{1,4}})|第?(?P<{0}3>\d{{1,4}})\s?(?:ページ|頁)目?)"
_MARKUP = re.compile(
    r"!\[[^\[\]\n]{0,300}\]\([^()\s]{0,1000}\)"  # a picture
    r"|\[(?P<page_link>" + _PAGE.format("a") + r")\]\([^()\s]{0,1000}\)"
    r"|(?P<link>\[(?=[^\[\]\n]{1,500}\]\())|(?P<target>(?<=.)\]\((?:[^()\s]|\([^()\s]{0,200}\)){1,1000}\))"
    r"|[ \t]?[（(\[【](?:[^（）()\[\]【】\n\d]{0,40}[,、;]\s*)?" + _PAGE.format("b") + r"[)）\]】]"
    r"|\s[—–]\s*" + _PAGE.format("c") + r"\s*$"
    r"|[ \t]?\[\^?\d{1,3}(?:\s?[,–-]\s?\d{1,3}){0,12}\]"  # [3], [3, 5], [^1]
    r"|[ \t]?【\d{1,4}[^【】\n]{0,80}】|:contentReference\[[^\]\n]{0,80}\](?:\{[^}\n]{0,80}\})?"  # chat services' citations
    r"|\ue200[^\ue200\ue201\n]{0,200}\ue201"
    r"|<https?://[^>\s]{1,1000}>|https?://[^\s<>()（）「」、。]{1,1000}(?<![,.;:!?])"
    r"|<br\s{0,3}/?>|</?[a-zA-Z][^<>\n]{0,200}>"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+\-.!|~<>$])"
    r"|\*\*\*?|~~|`+|(?<![\w_])__?(?=\S)|(?<=\S)__?(?![\w_])|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])",
    re.MULTILINE,
)
_WIDE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class PageMention:
    """`(p. 4)`, `4ページ`: where a statement says that it was found."""

    page: int
    at: int
    """Offset into the cleaned text."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text without markup, with the way back."""

    text: str
    offsets: array[int]
    """Per character of `text`, its offset in the source."""
    pages: tuple[PageMention, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the source of `text[start:end]`, which must not be empty."""
        return self.offsets[start], self.offsets[end - 1] + 1


def clean(source: str, stretches: Iterable[tuple[int, int]]) -> Cleaned:
    """The text of these stretches of `source` (lines of one block), without markup; between two of them stands a
    space, or nothing where Japanese goes on."""
    pieces: list[str] = []
    offsets = array("L")
    pages: list[PageMention] = []

    def add(start: int, end: int) -> None:
        if start < end:
            pieces.append(source[start:end])
            offsets.extend(range(start, end))

    for start, end in stretches:
        if offsets and start < end and not (_WIDE.match(pieces[-1][-1:]) and _WIDE.match(source, start)):
            pieces.append(" ")
            offsets.append(offsets[-1] + 1)
        at = start
        for match in _MARKUP.finditer(source, start, end):
            add(at, match.start())
            at = match.end()
            if match["escaped"]:
                add(at - 1, at)
            elif page := next((g for name, g in match.groupdict().items() if g and name[-1] in "123"), None):
                pages.append(PageMention(int(page), len(offsets)))
        add(at, end)
    return Cleaned("".join(pieces), offsets, tuple(pages))
