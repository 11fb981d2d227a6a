"""Read one entry of a reference list: its title, authors, year and DOI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.printed import CJK, cjk_count
from server.domain.publication_reading import trim_doi
from server.domain.reference_names import (
    LEADING_NAMES,
    are_full_names,
    are_names,
    is_organisation,
    split_names,
)

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
    re.compile(r"``([^`']{6,400}(?:'[^`']{1,200}){0,4})(?:''|\")"),
    re.compile(r"‘([A-Z](?:[^‘’]|’(?=\w)){12,300}[,.]?)’(?=[\s,.])"),
)
_YEAR_AFTER_NAMES = re.compile(
    r"[.,:]?\s*[\[(]?((?:1[89]|20)\d\d)[a-z]?(?:,? [A-Z][a-z]+\.?(?: \d{1,2})?)?[\])]?[.,:]?\s+"
)
_YEAR_EARLY = re.compile(
    r"(?:^|[\s.,])(?:[\[(]((?:1[89]|20)\d\d)[a-z]?(?:, [^)]{3,20})?[\])]|((?:1[89]|20)\d\d)[a-z]?)[.,:]\s?"
    r"|[\[(]((?:1[89]|20)\d\d)[a-z]?[\])]\s"
)
_YEAR = re.compile(r"(?<![\d–:/-])((?:1[89]|20)\d\d)(?![\d])(?![–-]\d)")
_PAGES = re.compile(
    r"(?:pp?\.|pages?|vol\.|no\.|ページ)\s?\d+(?:\s?[-–]\s?\d+)?|\d+\s?[–-]\s?\d+|:\d+", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.?!．。](?:[”\"’)]?)\s+(?=[^\s])|[．。](?=\S)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:vs|St|Dr|Mr|No|Vol|al|eds?|Ed|pp|Proc|Conf|Trans|Int|Inc|Univ|Dept|e\.g|i\.e|cf|Jr|Sr|approx|etc|Ph|ver|v)"
    r"|(?:^|[\s.(-])[A-Z])\.$"
)
_SENTENCE_ENDS_IN_LETTER = re.compile(r"\b(?:with|in|of|using) [A-Z]\.$")
"""`Data Visualization with R.` ends; `J. Smith` does not."""
_STRAY_ACCENT = re.compile(r"(?:(?<=\w)- )?(?:^|(?<=[\s\w]))[¨´ˇ˘`˜] ?(?=[\w\s]|$)")
_VENUE = re.compile(
    r"(?:[Ii]n:? |Proc(?:eedings|\.)|Advances in|Journal|J\. |IEEE|ACM|AAAI|arXiv|ArXiv|CoRR|Trans(?:actions|\.)|Conf(?:erence|\.)|"
    r"Lecture Notes|LN[CA][SI]|Springer|pp\.|Vol\.|vol\.|Technical [Rr]eport|Tech\. [Rr]ep|Ph\.? ?D|Master|Nature\b|Science\b|"
    r"Int(?:ernational|\.)|Comm(?:unications|un?\.)|Ann(?:als|\.)|Annual|Findings|Workshop|Symposium|Bulletin|Rev\. |Lett\.|"
    r"University|MIT Press|Cambridge|Oxford|Elsevier|Wiley|McGraw|Addison|Academic Press|volume|Volume|https?:|ISO \d|RFC ?\d|"
    r"[^,，.]{3,90}\((?:[A-Z]{2,}[^)]{0,20})\)|[^\s,]{3,30} (?:19|20)\d\d,|"
    r"(?:[A-Z&][\w.&:-]* |of |and |on |in |the |for ){1,9}\d|[^,，]{3,90}[,，] ?(?:Vol|vol|No|LN[CA][SI]|pp|\d)|"
    r".{0,20}(?:論文誌|学会|大会|論文集|研究報告|紀要|シンポジウム|会議|ジャーナル|出版|書店|書房|新書|文庫|大学|社\b))"
)
_JAPANESE_VENUE = re.compile(
    rf"[ 　](?=[{CJK}]{{1,20}}(?:研究|誌|論文集|紀要|年報|学会|ジャーナル)(?:[，,．. ]|$))"
)


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    title: str | None
    authors: tuple[str, ...]
    year: int | None
    doi: str | None


def parse_entry(text: str, *, colon: bool = False) -> ParsedEntry:
    """What the entry says, as far as its punctuation tells; None and empty for what it does not.

    Args:
        text: The entry on one line, its label taken off.
        colon: The entries of this list have a colon between authors and title.
    """
    text = text[:_LONGEST]
    doi = _DOI.search(text)
    names, title = _names_and_title(text, colon=colon)
    title = _clean(title) if title else None
    return ParsedEntry(
        title=title if title and any(map(str.isalpha, title)) else None,
        authors=tuple(split_names(names)),
        year=_year(text),
        doi=trim_doi(doi[1].replace(" ", "")) if doi else None,
    )


def has_colon_after_names(text: str) -> bool:
    """`Lewis, P. et al.: Title, …`"""
    return _names_before_colon(text[:_LONGEST]) is not None


def _year(text: str) -> int | None:
    """Right after the authors, else in brackets, else the last one printed."""
    plain = _ADDRESS.sub(" ", text)
    names = LEADING_NAMES.match(plain)
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


Split = tuple[str, str | None]
"""The authors' part of an entry, and its title."""


def _names_and_title(text: str, *, colon: bool) -> Split:
    quoted = _quoted(text)
    if quoted:
        return quoted
    divided = _names_before_colon(text) or (_before_colon(text) if colon else None)
    if divided:
        return divided[0], _until_venue(divided[1])
    if cjk_count(text[:40]) > 3:
        return _japanese(text)
    early = _early_year(text)
    if early:
        return early[0], _first_sentence(early[1])
    return _after_leading_names(text) or _by_sentences(text)


def _quoted(text: str) -> Split | None:
    for pattern in _QUOTES:
        quoted = pattern.search(text)
        if quoted and quoted.start() < 0.75 * len(text):
            # JSS and others put the year between names and title.
            return re.sub(
                r"\s*[\[(（]?(?:19|20)\d\d[a-z]?[\])）]?[.,:]?\s*$", "", text[: quoted.start()]
            ), quoted[1]
    return None


def _names_before_colon(text: str) -> tuple[str, str] | None:
    """`Lewis, P. et al.: Title, …`, `山田太郎，鈴木花子：題名，…`."""
    divided = _before_colon(text, longest=600)
    if not divided:
        return None
    names, rest = divided
    year = re.search(r"\s*[\[(（]?(?:19|20)\d\d[a-z]?[\])）]?\s*$", names)
    names = names[: year.start()] if year else names
    japanese = cjk_count(names) >= 2 and len(max(re.split(r"[，,、・;；]", names), key=len)) <= 14
    latin = LEADING_NAMES.match(names)
    whole = latin is not None and latin.end() >= len(names) - 2
    return (names, rest) if japanese or whole or re.search(r"et al\.?$", names) else None


def _before_colon(text: str, *, longest: int = 80) -> tuple[str, str] | None:
    match = re.match(rf"([^:：]{{2,{longest}}})(?::(?=\s?[^/\s])|：)\s?(.+)", text)
    return (match[1].rstrip(), match[2]) if match else None


def _early_year(text: str) -> tuple[str, str] | None:
    """`Names. Year. Title` and `Names (Year). Title`."""
    match = _YEAR_EARLY.search(text[:1500])
    if not match or match.start() < 2 or len(text) - match.end() < 6:
        return None
    names = text[: match.start()].strip(" ,(")
    # A year within or behind a title stands behind a sentence that is not names.
    sentences = list(_sentences(names + " "))
    alone = len(sentences) == 1 and (len(names) < 120 or names.count(",") > 3)
    believed = alone or all(are_names(sentence) for sentence in sentences)
    return (names, text[match.end() :].lstrip(" .,:)")) if believed else None


def _after_leading_names(text: str) -> Split | None:
    """`A. Author, B. Author. Title. Venue` and `A. Author, B. Author, Title, Venue`."""
    names = LEADING_NAMES.match(text)
    if not names or names.end() >= len(text) - 8:
        return None
    rest = text[names.end() :]
    if re.match(r"\s*[.:]\s", rest) or names[0].endswith("."):
        return names[0], _first_sentence(re.sub(r"^[\s.,:]+", "", rest))
    return (names[0], _until_venue(rest.lstrip(" ,"))) if re.match(r"\s*,\s", rest) else None


def _by_sentences(text: str) -> Split:
    sentences = list(_sentences(text))
    if len(sentences) < 2:
        return "", _until_venue(text)
    first = sentences[0]
    if are_full_names(first) or is_organisation(first):
        return first, _first_sentence(text[text.index(first) + len(first) :].lstrip(" ."))
    return "", first


def _japanese(text: str) -> Split:
    """`著者．題名．誌名`, `著者（2020）題名，誌名`."""
    dated = re.match(r"([^（(]{2,200})[（(]((?:19|20)\d\d)[a-z]?[）)][.．,，:：]?\s?(.+)", text)
    if dated:
        title = re.split(r"[，．。]|, |\. ", dated[3])[0]
        return dated[1], _JAPANESE_VENUE.split(title)[0]
    parts = [part for part in re.split(r"[．。]\s?|(?<!\b[A-Z])\.\s", text) if part.strip()]
    if len(parts) > 2 and len(max(re.split(r"[，,、]", parts[0]), key=len)) <= 12:
        return parts[0], parts[1]
    commas = [part.strip() for part in re.split(r"[，,、]", text) if part.strip()]
    names = 0
    while names < len(commas) - 1 and len(commas[names]) <= 8:
        names += 1
    return "，".join(commas[:names]), commas[names] if commas else None


def _until_venue(text: str) -> str:
    """The title, when a comma and perhaps no full stop divides it from where it appeared."""
    sentence = _first_sentence(text)
    for match in re.finditer(r"[,，]\s?", sentence):
        if _VENUE.match(text, match.end(), match.end() + 160):
            return sentence[: match.start()]
    head = sentence.split("，")[0] if cjk_count(sentence) > 3 else sentence
    return re.split(r", (?=(?:19|20)\d\d)| \((?:19|20)\d\d\)$", head)[0]


def _first_sentence(text: str) -> str:
    """Up to the first full stop; a question goes on when a sentence stands between it and the venue."""
    sentences = _sentences(text)
    first = next(sentences, text)
    if not first.endswith(("?", "!")):
        return first
    second = next(sentences, None)
    goes_on = second is not None and next(sentences, None) is not None and not re.search(r"\d", second)
    return f"{first} {second}" if second and goes_on and not _VENUE.match(second) else first


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if text[match.start()] == "." and _goes_on(text, start, match):
            continue
        yield text[start : match.start() + 1].strip().rstrip(".．。").strip()
        start = match.end()
    rest = text[start:].strip().rstrip(".．。").strip()
    if rest:
        yield rest


def _goes_on(text: str, start: int, stop: re.Match[str]) -> bool:
    """After an initial or an abbreviation, or before a small letter, a full stop ends nothing."""
    before = text[max(start, stop.start() - 24) : stop.start() + 1]
    if _ABBREVIATION.search(before[-8:]) and not _SENTENCE_ENDS_IN_LETTER.search(before):
        return True
    after = text[stop.end() : stop.end() + 8]
    return after[:1].islower() and not re.match(r"(?:arXiv|bioRxiv|medRxiv|abs/|https?:)", after)


def _clean(title: str) -> str:
    title = re.sub(r"\s+", " ", _STRAY_ACCENT.sub("", title)).strip(" ,.;:，．。“”\"'‘’")
    title = re.sub(r"\s*[\[(](?:online|J|C|M|D|Internet|preprint)[\])]$", "", title, flags=re.IGNORECASE)
    return re.sub(rf"(?<=[{CJK}]) (?=[{CJK}])", "", title)
