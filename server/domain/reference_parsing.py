"""Read one entry of a reference list: its title, authors, year and DOI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.names import PARTICLE
from server.domain.printed import CJK, cjk_count
from server.domain.publication_reading import trim_doi

_LONGEST = 3000
_DOI = re.compile(r"\b(10\.\d{4,9}/ ?[-._;()/:a-zA-Z0-9<>\[\]]{2,100})")
_ADDRESS = re.compile(r"(?:https?://|www\.|doi:|DOI:|arXiv:|abs/|URL )\s?\S+")
_QUOTES = (
    re.compile(r"[“]([^“”]{6,400})[”]"),
    re.compile(r"[„]([^„“”]{6,400})[“”]"),
    re.compile(r"「([^「」]{4,200})」"),
    re.compile(r"『([^『』]{4,200})』"),
    re.compile(r"\"([^\"]{6,400})\""),
    re.compile(r"«\s?([^«»]{6,400})\s?»"),
    re.compile(r"``(.{6,400}?)(?:''|\")"),
    re.compile(r"‘([A-Z](?:[^‘’]|’(?=\w)){12,300}[,.]?)’(?=[\s,.])"),
)
_CAP = r"[A-ZÀ-ÞĀ-Ž]"
_SURNAME = rf"(?:{PARTICLE} ){{0,3}}(?:[dDlLO]['’])?{_CAP}[\w'’´`ˇ˘¨-]+(?:[ -]{_CAP}[\w'’´`ˇ˘¨-]+){{0,2}}"
_INITIALS = rf"{_CAP}[a-z]?\.(?:[ -]?{_CAP}[a-z]?\.){{0,3}}"
_INITIALS_FIRST = rf"{_INITIALS}[ -]?{_SURNAME}(?:,? (?:Jr|Sr|II|III)\.?)?"
_INITIALS_LAST = rf"{_SURNAME},? {_INITIALS}(?:,? (?:Jr|Sr|II|III)\.?)?(?: {PARTICLE}(?=[,. ]))?"
_BARE_INITIALS = rf"{_SURNAME},? {_CAP}{{1,4}}(?=[,.;: ]|$)"
_NAME = rf"(?:{_INITIALS_LAST}|{_INITIALS_FIRST}|{_BARE_INITIALS})"
_JOIN = r"(?:,? and |,? & |, ?|; ?| ?，|,? und |,? et )"
_ET_AL = r"(?:,? (?:et al\.?|and others|…|\.\.\.),?)"
_NAMES = re.compile(
    rf"(?:{_NAME}(?:{_JOIN}{_NAME}){{0,60}}{_ET_AL}?(?: ?\((?:[Ee]ds?\.?|eds?\.|[Hh]rsg\.?)\))?)"
)
_YEAR_AFTER_NAMES = re.compile(
    r"[.,:]?\s*[\[(]?((?:1[89]|20)\d\d)[a-z]?(?:,? [A-Z][a-z]+\.?(?: \d{1,2})?)?[\])]?[.,:]?\s+"
)
_YEAR_EARLY = re.compile(
    r"(?:^|[\s.,])(?:[\[(]((?:1[89]|20)\d\d)[a-z]?(?:, [^)]{3,20})?[\])]|((?:1[89]|20)\d\d)[a-z]?)[.,:]\s?|[\[(]((?:1[89]|20)\d\d)[a-z]?[\])]\s"
)
_YEAR = re.compile(r"(?<![\d–:/-])((?:1[89]|20)\d\d)(?![\d])(?![–-]\d)")
_PAGES = re.compile(
    r"(?:pp?\.|pages?|vol\.|no\.|ページ)\s?\d+(?:\s?[-–]\s?\d+)?|\d+\s?[–-]\s?\d+|:\d+", re.IGNORECASE
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:vs|St|Dr|Mr|No|Vol|al|eds?|Ed|pp|Proc|Conf|Trans|Int|Inc|Univ|Dept|e\.g|i\.e|cf|Jr|Sr|approx|etc|Ph|ver|v)|(?:^|[\s.(-])[A-Z])\.$"
)
_SENTENCE_ENDS_IN_LETTER = re.compile(r"\b(?:with|in|of|using|and|for|to|the) [A-Z]\.$")
"""`Data Visualization with R.` ends; `J. Smith` does not."""
_STRAY_ACCENT = re.compile(r"(?:(?<=\w)- )?(?:^|(?<=[\s\w]))[¨´ˇ˘`˜] ?(?=[\w\s]|$)")
_VENUE = re.compile(
    r"(?:[Ii]n:? |Proc(?:eedings|\.)|Advances in|Journal|J\. |IEEE|ACM|AAAI|arXiv|ArXiv|CoRR|Trans(?:actions|\.)|Conf(?:erence|\.)|Lecture Notes|Springer|"
    r"pp\.|Vol\.|vol\.|Technical [Rr]eport|Tech\. [Rr]ep|Ph\.? ?D|Master|Nature\b|Science\b|Int(?:ernational|\.)|Comm(?:unications|un?\.)|Ann(?:als|\.)|"
    r"Annual|Findings|Workshop|Symposium|Bulletin|Review|Rev\. |Lett\.|University|MIT Press|Cambridge|Oxford|Elsevier|Wiley|volume|Volume|https?:|"
    r".{0,20}(?:論文誌|学会|大会|論文集|研究報告|紀要|シンポジウム|会議|ジャーナル|出版|書店|書房|新書|文庫|大学|社\b))"
)
_FULL_NAME = re.compile(rf"(?:{_CAP}[\w'’´`ˇ.-]*|{PARTICLE})(?: (?:{_CAP}[\w'’´`ˇ.-]*|{PARTICLE})){{1,4}}$")


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    doi: str | None


def parse_entry(text: str) -> ParsedEntry:
    """What the entry says, as far as its punctuation tells; None and empty for what it does not.

    Args:
        text: The entry on one line, its label taken off.
    """
    text = text[:_LONGEST]
    doi = _DOI.search(text)
    year = _year(text)
    names, title = _names_and_title(text)
    title = _clean(title) if title else None
    return ParsedEntry(
        title=title if title and sum(c.isalpha() for c in title) >= 2 else None,
        authors=tuple(_split_names(names)),
        year=year,
        doi=trim_doi(doi[1].replace(" ", "")) if doi else None,
    )


def _year(text: str) -> int | None:
    """Right after the authors, else in brackets, else the last one printed."""
    plain = _ADDRESS.sub(" ", text)
    names = _NAMES.match(plain)
    after = _YEAR_AFTER_NAMES.match(plain, names.end()) if names else None
    if after:
        return int(after[1])
    early = _YEAR_EARLY.search(plain)
    if early and (early.start() < 0.5 * len(plain) or early[1] or early[3]):
        return int(next(group for group in early.groups() if group))
    years = _YEAR.findall(_PAGES.sub(lambda m: " " * len(m[0]), plain)) or _YEAR.findall(plain)
    if years:
        return int(years[-1])
    identifier = re.search(r"arXiv:\s?(\d\d)(?:0[1-9]|1[0-2])\.\d{4,5}", text)
    return 2000 + int(identifier[1]) if identifier else None


def _names_and_title(text: str) -> tuple[str, str | None]:
    for pattern in _QUOTES:
        quoted = pattern.search(text)
        if quoted and quoted.start() < 0.75 * len(text):
            names = text[: quoted.start()]
            # JSS and others put the year between names and title.
            return re.sub(r"\s*[\[(]?(?:19|20)\d\d[a-z]?[\])]?[.,:]?\s*$", "", names), quoted[1]
    colon = _names_before_colon(text)
    if colon:
        return colon[0], _until_venue(colon[1])
    if cjk_count(text[:40]) > 3:
        return _japanese(text)
    early = _early_year(text)
    if early:
        return early[0], _first_sentence(early[1])
    return _after_leading_names(text) or _by_sentences(text)


def _after_leading_names(text: str) -> tuple[str, str | None] | None:
    """`A. Author, B. Author. Title. Venue` and `A. Author, B. Author, Title, Venue`."""
    names = _NAMES.match(text)
    if not names or names.end() >= len(text) - 8:
        return None
    rest = text[names.end() :]
    if re.match(r"\s*[.:]\s", rest) or names[0].endswith("."):
        return names[0], _first_sentence(re.sub(r"^[\s.,:]+", "", rest))
    return (names[0], _until_venue(rest.lstrip(" ,"))) if re.match(r"\s*,\s", rest) else None


def _by_sentences(text: str) -> tuple[str, str | None]:
    sentences = list(_sentences(text))
    if len(sentences) < 2:
        return "", _until_venue(text)
    first, second = sentences[:2]
    return (first, second) if _are_full_names(first) else ("", first)


def _early_year(text: str) -> tuple[str, str] | None:
    """`Names. Year. Title` and `Names (Year). Title`."""
    match = _YEAR_EARLY.search(text[:1500])
    if not match or match.start() < 2 or len(text) - match.end() < 6:
        return None
    names = text[: match.start()].strip(" .,(")
    # A year inside or after a title stands behind a sentence that is not names.
    sentences = [s for s in _sentences(names + " ") if s]
    if len(sentences) > 1 and not _are_names(names):
        return None
    return names, text[match.end() :].lstrip(" .,:)")


def _are_names(text: str) -> bool:
    match = _NAMES.match(text)
    return (match is not None and match.end() >= 0.8 * len(text)) or _are_full_names(text)


def _are_full_names(text: str) -> bool:
    parts = [part for part in re.split(r",? and |, |; | & ", text.strip(" .")) if part]
    names = sum(bool(_FULL_NAME.match(part)) or part in {"et al", "others", "Jr"} for part in parts)
    return bool(parts) and names >= 0.7 * len(parts)


def _names_before_colon(text: str) -> tuple[str, str] | None:
    """`Lewis, P. et al.: Title, …`, `山田太郎，鈴木花子：題名，…`."""
    match = re.match(r"([^:：]{2,600}?)\s?(?::(?=\s?[^/\s])|：)\s?(.+)", text)
    if not match:
        return None
    names, rest = match[1], match[2]
    year = re.search(r"\s*[\[(（]?(?:19|20)\d\d[a-z]?[\])）]?\s*$", names)
    names = names[: year.start()] if year else names
    japanese = cjk_count(names) >= 2 and len(max(re.split(r"[，,、・;；]", names), key=len)) <= 14
    latin = _NAMES.match(names)
    whole = latin is not None and latin.end() >= len(names) - 2
    return (names, rest) if japanese or whole or re.search(r"et al\.?$", names) else None


def _japanese(text: str) -> tuple[str, str | None]:
    """`著者．題名．誌名`, `著者（2020）題名，誌名`."""
    dated = re.match(r"(.{2,200}?)[（(]((?:19|20)\d\d)[a-z]?[）)][.．,，:：]?\s?(.+)", text)
    if dated:
        return dated[1], re.split(r"[，．。]|, |\. ", dated[3])[0]
    parts = [part for part in re.split(r"[．。]\s?|(?<!\b[A-Z])\.\s", text) if part.strip()]
    if len(parts) > 2 and len(max(re.split(r"[，,、]", parts[0]), key=len)) <= 12:
        return parts[0], parts[1]
    commas = [part.strip() for part in re.split(r"[，,、]", text) if part.strip()]
    names = 0
    while names < len(commas) - 1 and len(commas[names]) <= 8:
        names += 1
    return "，".join(commas[:names]), commas[names] if commas else None


def _until_venue(text: str) -> str | None:
    """The title, when a comma and no full stop divides it from where it appeared."""
    sentence = _first_sentence(text)
    for match in re.finditer(r"[,，]\s?", sentence):
        if _VENUE.match(sentence, match.end()) or re.match(
            r"(?:[A-Z][a-z]*\. ){1,}|[^,，]{3,60} \d+ ?\(|[^,，]{3,40}[,，] ?(?:Vol|vol|\d)",
            sentence[match.end() : match.end() + 120],
        ):
            return sentence[: match.start()]
    head = re.split(r"，", sentence)[0] if "，" in sentence and cjk_count(sentence) > 3 else sentence
    return re.split(r", (?=(?:19|20)\d\d)", head)[0]


def _first_sentence(text: str) -> str:
    return next(_sentences(text), text)


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in re.finditer(r"[.?!．。](?:[”\"’)]?)\s+(?=[^\s])|[．。](?=\S)", text):
        piece = text[start : match.start() + 1]
        after = text[match.end() : match.end() + 3]
        if (
            text[match.start()] == "."
            and _ABBREVIATION.search(piece[-8:])
            and not _SENTENCE_ENDS_IN_LETTER.search(piece[-24:])
        ):
            continue
        if (
            after[:1].islower()
            and text[match.start()] == "."
            and not re.match(r"(?:arXiv|bioRxiv|medRxiv|abs/|https?:)", text[match.end() :])
        ):
            continue
        yield piece.strip().rstrip(".．。").strip()
        start = match.end()
    rest = text[start:].strip().rstrip(".．。").strip()
    if rest:
        yield rest


def _split_names(names: str) -> Iterator[str]:
    names = re.sub(
        r"\s*\((?:[Ee]ds?\.?|[Hh]rsg\.?|編)\)|\s*\bet al\b\.?|,? and others|ほか$|他$|等$", "", names
    ).strip(" .,:;")
    if not names or len(names) > 2500:
        return
    if cjk_count(names) > 1:
        yield from (part.strip() for part in re.split(r"[，,、・;；]|\sand\s", names) if part.strip())
        return
    parts = [part.strip() for part in re.split(r",? and |,? & |; |, ", names) if part.strip()]
    if all(_FULL_NAME.match(part) and not re.search(r"(?:^|[ .])[A-Z]{1,3}\.?$", part) for part in parts):
        yield from parts
        return
    found = [match[0].strip(" ,") for match in re.finditer(_NAME, names)]
    if found and sum(len(name) for name in found) > 0.6 * len(re.sub(r"\band\b|[\s,&;.]", "", names)):
        yield from found
        return
    for part in re.split(r",? and |,? & |; |, ", names):
        if part.strip(" .,") and len(part) < 80:
            yield part.strip(" ,")


def _clean(title: str) -> str:
    title = re.sub(r"\s+", " ", _STRAY_ACCENT.sub("", title)).strip(" ,.;:，．。“”\"'‘’")
    title = re.sub(r"\s*[\[(](?:online|J|C|M|D|Internet|preprint)[\])]$", "", title, flags=re.IGNORECASE)
    return re.sub(rf"(?<=[{CJK}]) (?=[{CJK}])", "", title)
