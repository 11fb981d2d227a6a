"""Take an answer that someone brought along to pieces: its statements, the paper it names, the works it suggests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from server.domain import sentences
from server.domain.brought_blocks import Block, BlockKind, blocks, ends_sentence, width
from server.domain.brought_identity import StatedPart, stated_parts, summed_up
from server.domain.brought_labels import asks_what_to_read
from server.domain.brought_markup import Cleaned
from server.domain.reference_parsing import parse_entry
from server.domain.statements import Claim, Quote

PATH = "/text"
"""Where a pasted text stands in the answer made of it."""

_QUOTED = re.compile(
    r"「([^「」\n]{2,600})」|『([^『』\n]{2,600})』|“([^“”\n]{2,600})”|„([^„“”\n]{2,600})[“”]|«\s?([^«»\n]{2,600})\s?»"
    r"|(?<![\w\"])\"([^\"\n]{2,600})\"(?![\w\"])"
)
_TITLE = re.compile(
    r"[「『“\"«《](?P<quoted>[^「」『』“”\"«»《》\n]{8,300})[」』”\"»》]|\*\*(?P<bold>[^*\n]{8,300})\*\*|(?<!\*)\*(?P<italic>[^*\n]{8,300})\*(?!\*)"
    r"|\[(?P<link>[^\[\]\n]{8,300})\]\("
)
_LEAD_LABEL = re.compile(
    r"^(?:\*\*|__)(?P<bold>[^*_\n]{1,60}?)(?:[:：]\s?(?:\*\*|__)|(?:\*\*|__)\s?[:：])\s*|^【[^【】\n]{1,40}】[:：]?\s*"
)
_KNOWN_LABEL = re.compile(
    r"^(?:背景|目的|課題|方法|手法|実験|結果|考察|議論|結論|限界|限界点|新規性|応用|概要|要約|まとめ|貢献|意義|background|aims?|objectives?"
    r"|problem|methods?|approach|experiments?|results?|findings?|discussion|conclusions?|limitations?|novelty|contributions?"
    r"|applications?|abstract|summary|overview|tl;dr)\s*[:：]\s*",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"お勧めします|おすすめします|お役に立て|ご覧ください|以下に(?:.{0,20})(?:まとめ|要約|示し|説明)|(?:要約|まとめ|説明)しました|(?:お知らせ|ご質問|お尋ね)ください"
    r"|(?:質問|ご不明).{0,12}(?:あれば|ございましたら)|ことができるでしょう。?$|^以下(?:は|の|に).{0,40}(?:です|ます)[。：:]?$"
    r"|^(?:sure|certainly|of course|here(?:'s| is| are)|below (?:is|are))\b|let me know|i hope this|hope this helps|would you like"
    r"|feel free to|if you (?:would like|want|need|have any)|i(?:'ve| have) (?:summari[sz]ed|read)|i recommend|you (?:may|might) want to read",
    re.IGNORECASE,
)
_COMMENTED = re.compile(
    r"\s*(?P<title>[^（）()\n]{12,300}?)\s*[（(][^（）()\n]{0,60}(?:19|20)\d\d[^（）()\n]{0,20}[)）]\s*(?:$|[-–—:：。]|[^\W\d_])"
)
"""`Title (Author, 2015) - why`; not `Author (2015). Title.`"""
_TABLE_HEAD = re.compile(
    r"(?:項目|内容|値|指標|説明|観点|概要|詳細|items?|contents?|values?|metrics?|fields?|details?|aspects?|parameters?|descriptions?)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]")
_LONG_CELL = 60
"""Columns from which on a cell of a table is prose."""
_FRAGMENT = 60
"""Columns below which an unfinished line without figures is taken for a heading that is none."""
_QUOTE_WORDS, _QUOTE_SIGNS = 4, 15
"""Least words, or Japanese characters, of what is a quotation rather than a term in quotation marks."""


@dataclass(frozen=True)
class BroughtText:
    """An answer as it was pasted, taken to pieces. Offsets are code points of `text`."""

    text: str

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return blocks(self.text)

    @cached_property
    def parts(self) -> tuple[StatedPart, ...]:
        """What it says about which paper it is about, in order."""
        return self._identity[0]

    @cached_property
    def references(self) -> tuple[Claim, ...]:
        """The titles it suggests to read next."""
        return tuple(claim for claims in self._readings.values() for claim in claims)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Its statements about the paper: sentences, list items and rows, with the quotes given for them. Headings,
        what names the paper, suggested readings and talk to the person who asked are none."""
        spoken_for = self._identity[1] | self._readings.keys()
        return tuple(
            claim
            for index, block in enumerate(self.blocks)
            if index not in spoken_for and block.kind is not BlockKind.HEADING
            for claim in _claims(self.text, block)
        )

    @property
    def identity_blocks(self) -> frozenset[int]:
        """The blocks that say which paper it is, and nothing else."""
        return self._identity[1]

    @cached_property
    def _identity(self) -> tuple[tuple[StatedPart, ...], frozenset[int]]:
        return stated_parts(self.blocks)

    @cached_property
    def _readings(self) -> dict[int, tuple[Claim, ...]]:
        """Blocks about works to read next, with the titles that each names."""
        found: dict[int, tuple[Claim, ...]] = {}
        inside = 0
        for index, block in enumerate(self.blocks):
            words = block.cleaned.text
            if block.kind is BlockKind.HEADING and not _title_claim(self.text, block):
                asks = asks_what_to_read(words)
                inside = (block.level or 7) if asks else 0
                continue
            label, colon, _ = words.replace("：", ":").partition(":")
            if colon and asks_what_to_read(label):
                at = len(label) + 1
                if words[at:].strip():
                    found[index] = _entry_claims(self.text, block, at)
                else:
                    inside = 7
                    found[index] = ()
            elif inside:
                found[index] = _suggested(self.text, block)
        return found


def split_statements(text: str) -> tuple[Claim, ...]:
    """The statements of a pasted answer about its paper, in Markdown or plain text, Japanese or English."""
    return BroughtText(text).claims


def stated_identity(text: str) -> Mapping[str, Any]:
    """What a pasted answer says about which paper it is about; only what it states: `title`, `authors`, `year`, …"""
    return summed_up(BroughtText(text).parts)


def suggested_references(text: str) -> tuple[Claim, ...]:
    """The works that a pasted answer suggests to read next, each by its title."""
    return BroughtText(text).references


def _claims(source: str, block: Block) -> Iterator[Claim]:
    if block.kind is BlockKind.ROW:
        yield from _of_row(block)
        return
    cleaned = block.cleaned
    start = _after_label(source, block)
    if block.kind is BlockKind.PARAGRAPH and _is_fragment(cleaned.text[start:]):
        return
    is_quote = block.kind is BlockKind.QUOTE
    yield from _sentences(cleaned, start, as_quotes=is_quote)


def _sentences(cleaned: Cleaned, start: int = 0, *, as_quotes: bool = False) -> Iterator[Claim]:
    for span in sentences.split(cleaned.text[start:]):
        first, last = start + span.start, start + span.end
        words = cleaned.text[first:last]
        if not _LETTERS.search(words) or (_TALK.search(words) and not _DIGIT.search(words)):
            continue
        page = next((m.page for m in cleaned.pages if first < m.at <= last + 2), None)
        quotes = (Quote(words, page),) if as_quotes else tuple(_quotes(words, page))
        yield Claim(PATH, *cleaned.span(first, last), text=words, quotes=quotes)


def _of_row(block: Block) -> Iterator[Claim]:
    """A row of prose is a label and its sentences; any other is one statement."""
    cells = block.cells
    if len(cells) > 1 and any(width(cell.text) > _LONG_CELL for cell in cells[1:]):
        for cell in cells[1:]:
            yield from _sentences(cell)
    elif len(cells) > 1 and not all(_TABLE_HEAD.fullmatch(cell.text) for cell in cells):
        start, end = cells[0].span(0, len(cells[0].text))[0], cells[-1].span(0, len(cells[-1].text))[1]
        yield Claim(PATH, start, end, text="; ".join(cell.text for cell in cells))


def _quotes(words: str, page: int | None) -> Iterator[Quote]:
    """Quotations, not terms in quotation marks."""
    for match in _QUOTED.finditer(words):
        inside = next(group for group in match.groups() if group).strip()
        signs = sum("\u3040" <= c <= "\u9fff" for c in inside)
        if signs >= _QUOTE_SIGNS or (signs <= 2 and len(inside.split()) >= _QUOTE_WORDS):
            yield Quote(inside, page)


def _after_label(source: str, block: Block) -> int:
    """Where the words begin after a bold or usual label: `**Key idea:** …`, `結果：…`."""
    start, end = block.spans[0]
    bold = _LEAD_LABEL.match(source[start:end])
    if bold:
        at = start + bold.end()
        return next((i for i, offset in enumerate(block.cleaned.offsets) if offset >= at), 0)
    known = _KNOWN_LABEL.match(block.cleaned.text)
    return known.end() if known else 0


def _is_fragment(words: str) -> bool:
    """A short line that is neither a sentence nor holds a figure: a name, a heading, a greeting."""
    return width(words) <= _FRAGMENT and not ends_sentence(words) and not _DIGIT.search(words)


def _title_claim(source: str, block: Block) -> Claim | None:
    """The title in quotation marks or emphasis in a block, where there is one."""
    start, end = block.spans[0][0], block.spans[-1][1]
    for match in _TITLE.finditer(source, start, end):
        name = str(match.lastgroup)
        title = match[name].strip(" .。,，:：")
        if len(re.findall(r"[^\W\d_]+", title)) >= 3 or sum(c >= "\u3040" for c in title) >= 8:
            at = match.start(name)
            return Claim(PATH, at, at + len(title), text=title)
    return None


def _suggested(source: str, block: Block) -> tuple[Claim, ...]:
    """The title that a block under such a heading names. A sentence about a work names none."""
    found = _title_claim(source, block)
    if found:
        return (found,)
    words = block.cleaned.text
    entry = parse_entry(words)
    is_entry = block.kind in (BlockKind.ITEM, BlockKind.ROW) or not ends_sentence(words)
    is_entry = is_entry or bool(entry.title and entry.authors and entry.year and entry.title[0].isupper())
    is_talk = words.endswith((":", "：")) or bool(_TALK.search(words))
    return _entry_claims(source, block, 0) if is_entry and not is_talk else ()


def _entry_claims(source: str, block: Block, at: int) -> tuple[Claim, ...]:
    """The title in an entry as reference lists print it, or before the dash or bracket that comments on it."""
    if found := _title_claim(source, block):
        return (found,)
    words = block.cleaned.text[at:]
    commented = _COMMENTED.match(words)
    titles = [commented["title"].strip() if commented else None, parse_entry(words.strip()).title]
    titles.append(re.split(r"\s[–—-]\s|[：:]\s", words.strip(), maxsplit=1)[0].strip(" .。"))
    for title in titles:
        if title and len(title) >= 12 and (where := block.cleaned.text.find(title, at)) >= 0:
            return (Claim(PATH, *block.cleaned.span(where, where + len(title)), text=title),)
    return ()
