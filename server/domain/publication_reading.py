"""Find when and where a paper was published, from the lines of its pages that speak about the paper itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.domain.front_matter import FrontMatter
from server.domain.identity import Found, Source
from server.domain.printed import Printed

_YEAR = r"(?<![\d.:/–-])((?:19|20)\d\d)(?!\d|[-–]\d{3}|\.\d{3})"
_MONTH = (
    r"(?:Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Apr(?:il)?|May|Mai|June?|Juni|July?|Juli|Aug(?:ust)?|Sep(?:t|tember)?|Oct(?:ober)?|Okt(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?|Dez(?:ember)?|Spring|Summer|Fall|Autumn|Winter)"
)


@dataclass(frozen=True, slots=True)
class _Cue:
    pattern: re.Pattern[str]
    weight: int
    anywhere: bool = False
    """Believed in footnotes and running headers too, not only around the title."""


def _cue(pattern: str, weight: int, *, anywhere: bool = False) -> _Cue:
    return _Cue(re.compile(pattern, re.IGNORECASE), weight, anywhere)


_CUES = (
    _cue(rf"\bpublished(?: online)?:? .{{0,40}}?{_YEAR}", 100, anywhere=True),
    _cue(
        rf"(?:proceedings|conference|workshop|symposium|annual meeting|congress)\b.{{0,120}}?{_YEAR}",
        95,
        anywhere=True,
    ),
    _cue(
        rf"{_YEAR}.{{0,40}}\b(?:conference|workshop|symposium|annual meeting|congress)\b", 94, anywhere=True
    ),
    _cue(
        rf"(?:大会|発表論文集|研究報告|論文誌|シンポジウム|学会誌|紀要|予稿集|論文集|Vol\.|第\s?\d+\s?巻).{{0,60}}?{_YEAR}",
        93,
        anywhere=True,
    ),
    _cue(
        rf"\b(?:NAACL|ACL|EMNLP|EACL|NeurIPS|NIPS|ICML|ICLR|CVPR|ICCV|ECCV|AAAI|IJCAI|KDD|SIGIR|CHI|WWW|INTERSPEECH|ICASSP|SIGMOD|VLDB|COLING|LREC|[A-Z]{{3,8}})(?:-[A-Z]+)?,? ?(?:['’]\d\d.{{0,60}}?)?{_YEAR}",
        90,
    ),
    _cue(rf"\b(?:vol(?:ume)?|issue|no)\b\.?\s?\d.{{0,60}}?{_YEAR}", 92, anywhere=True),
    _cue(rf"{_YEAR}[,;]? ?(?:vol(?:ume)?\b|\d+\s?\(\d+\)|;\s?\d+|\d{{1,4}}, ?e?\d)", 91, anywhere=True),
    _cue(rf"\b\d{{1,4}} ?\({_YEAR}\) ?\d+", 92, anywhere=True),
    _cue(rf"{_MONTH}\.? \d{{1,2}} ?(?:[-–]|to) ?(?:{_MONTH} )?\d{{1,2}},? {_YEAR}", 96),
    _cue(rf"\bposted(?: online)?:? .{{0,30}}?{_YEAR}", 85, anywhere=True),
    _cue(
        rf"(?:©|ⓒ|\(c\)|copyright|⃝)\s*(?:the )?(?:author\(?s?\)?\s?)?,?\s?{_YEAR}|^c {_YEAR}|[ .]c⃝? {_YEAR} ",
        80,
        anywhere=True,
    ),
    _cue(rf"(?:©|ⓒ|copyright).{{0,60}}{_YEAR}", 78, anywhere=True),
    _cue(rf"\baccepted\b.{{0,40}}?{_YEAR}|{_YEAR}\s?年.{{0,12}}(?:採録|採択|公開)", 60, anywhere=True),
    _cue(rf"\b(?:revised|submitted)\b.{{0,40}}?{_YEAR}", 52, anywhere=True),
    _cue(rf"\breceived\b.{{0,40}}?{_YEAR}|受付.{{0,12}}{_YEAR}", 50, anywhere=True),
    _cue(
        rf"{_MONTH},?\.? (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?{_YEAR}|\d{{1,2}}\. ?{_MONTH} {_YEAR}|\d{{1,2}} {_MONTH} {_YEAR}",
        45,
    ),
    _cue(rf"{_YEAR}\s?年|(?:令和|平成)", 44),
    _cue(rf"\({_YEAR}\)|^{_YEAR}$|{_YEAR}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]{_YEAR}", 40),
)
_STAMP = re.compile(rf"arXiv:\s?\S+.{{0,40}}?\d{{1,2}} {_MONTH}\.? ((?:19|20)\d\d)", re.IGNORECASE)
_ERA = re.compile(r"(令和|平成)\s?(\d{1,2}|元)\s?年")
_ARXIV = re.compile(
    r"arXiv\s?:\s?(\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,2})?", re.IGNORECASE
)
_DOI = re.compile(r"\b(10\.\d{4,9}/[-._;()/:a-zA-Z0-9<>\[\]]{2,100})")

_VENUES = (
    re.compile(
        r"(?:In:? )?(?:The )?(?P<v>Proceedings of .{5,160}?)(?=,? (?:pages|pp\.|vol\.|volume)\b|\.(?:\s|$)|, \w+ \d{1,2}|$)"
    ),
    re.compile(
        r"(?P<v>(?:\d+(?:st|nd|rd|th) )?(?:International |Annual |European )?(?:Conference|Workshop|Symposium) (?:on|of|for) .{5,120}?\([^)]{3,30}\))"
    ),
    re.compile(r"(?P<v>[A-Z][A-Za-z]{2,12} ['’]\d\d)\b"),
    re.compile(
        r"^(?P<v>(?:IEEE|ACM) (?:TRANSACTIONS|Transactions|JOURNAL|Journal|ACCESS|Access)[^,\d]{0,80})"
    ),
    re.compile(
        r"(?P<v>(?:情報処理学会|電子情報通信学会|人工知能学会|言語処理学会|日本[^\s\d]{1,16}学会|信学)[^,，\d]{0,3}(?:第\s?\d+\s?回)?[^\s,，\d.]{0,16})"
    ),
    re.compile(r"(?P<v>\S{2,24}(?:論文誌|学会誌|研究報告|紀要|発表論文集))"),
    re.compile(
        r"^(?P<v>(?:The )?(?:[A-Z][\w&-]+ ){0,4}Journal (?:of|for|on|in) (?:(?:[A-Z&][\w&-]*|and|of|the|in|for) ?){1,8})"
    ),
    re.compile(
        # Each word needs its space: words that could be cut anywhere would be tried in every cutting.
        r"(?:^|/ ?)(?P<v>[A-Z][\w.&:-]{1,30}(?: (?:[A-Z][\w.&:-]{1,30}|and|of|the|in|for|with|on|&)){0,8}),? ?"
        r"(?:\||[Vv][Oo][Ll]\.? ?\d|\d{1,4},? ?(?:\(\d+\)|\((?:19|20)\d\d\))|\((?:19|20)\d\d\) ?\d)",
    ),
    re.compile(r"^(?P<v>medRxiv|bioRxiv)\b"),
)


@dataclass(frozen=True, slots=True)
class Publication:
    venue: Found[str] | None
    year: Found[int] | None
    doi: Found[str] | None
    arxiv_id: Found[str] | None


def read_publication(fronts: Sequence[FrontMatter], *, first: int, lines: Sequence[Printed]) -> Publication:
    """Venue, year, DOI and arXiv id of the paper itself, never of a paper it cites.

    Args:
        first: Index in `fronts` of the page that bears the title.
        lines: Of the whole paper: running headers and the last page may speak where the first is silent.
    """
    spoken = tuple(_spoken(fronts, first, lines))
    return Publication(
        venue=_venue(spoken),
        year=_year(spoken) or _year_at_end(lines),
        doi=_doi(spoken),
        arxiv_id=_arxiv(spoken),
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A line that may speak about the paper itself; `near` when it stands in the title block, a margin or a stamp."""

    line: Printed
    near: bool


def _spoken(fronts: Sequence[FrontMatter], first: int, lines: Sequence[Printed]) -> Iterator[_Spoken]:
    for index, front in enumerate(fronts[: first + 1]):
        head = set(front.head) if index == first else set()
        yield from (_Spoken(stamp, near=True) for stamp in front.stamps)
        bottom = _text_bottom(front)
        for line in front.lines:
            if not line.placed:
                near = line in head
            else:
                near = line in head or line.y0 > bottom or line.y1 < 0.08 * line.page_height
            small = line.placed and line.size < 0.93 * front.body
            if near or (small and line.y0 > 0.5 * line.page_height):
                yield _Spoken(line, near=near)
    for line in lines:
        if line.furniture and fronts and first + 1 < line.page <= first + 4:
            yield _Spoken(line, near=True)
        if line.page > first + 4:
            break


def _text_bottom(front: FrontMatter) -> float:
    body = [line.y1 for line in front.lines if abs(line.size - front.body) < 0.06 * front.body + 0.1]
    return max(max(body, default=0.0), 0.9 * front.page.height) - 1


def _year(spoken: Sequence[_Spoken]) -> Found[int] | None:
    best: tuple[float, int, int] | None = None
    for said in spoken:
        text = said.line.text[:400]
        for weight, year in _years(text):
            value = weight - (0 if said.near else 20)
            if (said.near or weight >= 50) and (best is None or value > best[0]):
                best = value, year, said.line.page
    if best:
        return Found(best[1], Source.TEXT, best[2])
    arxiv = _arxiv(spoken)
    if arxiv and re.match(r"\d{4}\.", arxiv.value):
        return Found(2000 + int(arxiv.value[:2]), Source.TEXT, arxiv.page)
    return None


def _years(text: str) -> Iterator[tuple[int, int]]:
    stamp = _STAMP.search(text)
    if stamp:
        yield 75, int(stamp[1])
        return
    era = _ERA.search(text)
    if era:
        yield 44, (2018 if era[1] == "令和" else 1988) + (1 if era[2] == "元" else int(era[2]))
    for cue in _CUES:
        match = cue.pattern.search(text)
        year = next((group for group in match.groups() if group), None) if match else None
        if year and re.match(r"(?:19|20)\d\d$", year):
            yield cue.weight + (1 if cue.anywhere else 0), int(year)


def _year_at_end(lines: Sequence[Printed]) -> Found[int] | None:
    """Some journals print the dates below the last page's text."""
    last = lines[-1].page if lines else 0
    tail = [line for line in lines[-40:] if line.page == last]
    for word in ("published", "accepted", "submitted", "received", "採録", "受付"):
        for line in tail:
            match = re.search(
                rf"{word}.{{0,40}}?{_YEAR}|{_YEAR}\s?年.{{0,16}}{word}", line.text[:200], re.IGNORECASE
            )
            if match:
                return Found(int(match[1] or match[2]), Source.TEXT, line.page)
    return None


def _venue(spoken: Sequence[_Spoken]) -> Found[str] | None:
    for pattern in _VENUES:
        for said in spoken:
            if said.line.rotated:
                continue
            # In a footnote only a line that begins with its venue speaks about this paper.
            match = pattern.search(said.line.text[:300]) if said.near else pattern.match(said.line.text[:300])
            venue = _without_logo(match["v"].strip(" ,.;:|(")) if match else ""
            if (
                match
                and len(venue) > 3
                and not re.match(
                    r"(?:arxiv|doi|https?|preprint|page|vol|no|received|article|\d+ )", venue, re.IGNORECASE
                )
            ):
                return Found(venue, Source.TEXT, said.line.page)
    return None


def _without_logo(venue: str) -> str:
    """`JSS Journal of Statistical Software` without the initials in front of the name."""
    logo, _, name = venue.partition(" ")
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    return name if len(logo) > 1 and logo == initials else venue


def _doi(spoken: Sequence[_Spoken]) -> Found[str] | None:
    ranked = sorted(spoken, key=lambda said: (not said.near, "doi" not in said.line.text.lower()))
    for said in ranked:
        match = _DOI.search(said.line.text[:400])
        if match and (said.near or "doi" in said.line.text.lower()):
            return Found(trim_doi(match[1]), Source.TEXT, said.line.page)
    return None


def trim_doi(doi: str) -> str:
    """Without the punctuation of the sentence it stands in."""
    doi = doi.rstrip(".,;:<>[]")
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;:")
    return doi


def _arxiv(spoken: Sequence[_Spoken]) -> Found[str] | None:
    for said in spoken:
        match = _ARXIV.search(said.line.text[:300]) if said.near else None
        if match:
            return Found(match[1], Source.TEXT, said.line.page)
    return None
