"""Authors at the head of a reference: how their names are written there, and taking them to pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.domain.names import PARTICLE
from server.domain.printed import cjk_count

_LONGEST = 2500
_CAP = r"[A-ZÀ-ÞĀ-Ž]"
_SURNAME = rf"(?:{PARTICLE} ){{0,3}}(?:[dDlLO]['’])?{_CAP}[\w'’´`ˇ˘¨-]+(?:[ -]{_CAP}[\w'’´`ˇ˘¨-]+){{0,2}}"
_INITIALS = rf"{_CAP}[a-z]?\.(?:[ -]?{_CAP}[a-z]?\.){{0,3}}"
_JUNIOR = r"(?:,? (?:Jr|Sr|II|III)\.?)?"
_NAME = (
    rf"(?:{_SURNAME},? {_INITIALS}{_JUNIOR}(?: {PARTICLE}(?=[,. ]))?"  # Doe, J. A. / Doe J.
    rf"|{_INITIALS}[ -]?{_SURNAME}{_JUNIOR}"  # J. A. Doe
    rf"|{_SURNAME} {_CAP}{{1,4}}(?=[,.;: ]|$)"  # Doe JA
    rf"|{_SURNAME}, {_CAP}{{1,2}}(?=[,.;]|$))"  # Doe, JA
)
_JOIN = r"(?:,? and |,? & |, ?|; ?| ?，|,? und |,? et )"
_ET_AL = r"(?:,? (?:et al\.?|and others|…|\.\.\.),?)"
_EDITORS = r"(?: ?\((?:[Ee]ds?\.?|[Hh]rsg\.?)\))"
LEADING_NAMES = re.compile(rf"{_NAME}(?:{_JOIN}{_NAME}){{0,60}}{_ET_AL}?{_EDITORS}?")
"""Names with initials at the beginning of an entry, as many as follow each other."""

_FULL_NAME = re.compile(rf"(?:{_CAP}[\w'’´`ˇ.-]*|{PARTICLE})(?: (?:{_CAP}[\w'’´`ˇ.-]*|{PARTICLE})){{1,4}}$")
_ENDS_IN_INITIALS = re.compile(r"(?:^|[ .])[A-Z]{1,3}\.?$")
_BETWEEN = re.compile(r",? and |,? & |; |, ")
_ORGANISATION = re.compile(
    r"\b(?:Organi[sz]ation|Institute|Team|Corporation|Inc|Foundation|Group|Consortium|Association|Society|Project|Agency|"
    r"Committee|Council|Ministry|Bureau|Commission|Centre|Center|University|Library|Nations|Bank|OpenAI|Google|Microsoft|Meta|Anthropic)\b"
)
_NO_NAMES = re.compile(
    rf"\s*{_EDITORS}|\s*[（(]?編著?[)）]?$|\s*\bet al\b\.?|,? and others|,? (?:ほか|他)$|(?:ほか|他|等)$"
)


def are_names(text: str) -> bool:
    """Whether `text` is a list of names and hardly anything else."""
    match = LEADING_NAMES.match(text)
    return (match is not None and len(text) - match.end() <= 2) or are_full_names(text)


def are_full_names(text: str) -> bool:
    """Whether `text` lists names with given names written out."""
    parts = [part for part in _BETWEEN.split(text.strip(" .")) if part]
    names = sum(bool(_FULL_NAME.match(part)) or part in {"et al", "others", "Jr"} for part in parts)
    return bool(parts) and names >= 0.7 * len(parts)


def is_organisation(text: str) -> bool:
    """Whether `text` names a body, as standards, manuals and reports are signed."""
    return len(text) < 90 and ":" not in text and bool(_ORGANISATION.search(text)) and text[:1].isupper()


def split_names(names: str) -> Iterator[str]:
    """The names of a list, each as printed."""
    names = _NO_NAMES.sub("", names).strip(" ,:;")
    if not _ENDS_IN_INITIALS.search(names):
        names = names.rstrip(". ")
    if not names or len(names) > _LONGEST:
        return
    if cjk_count(names) > 1:
        yield from (part.strip() for part in re.split(r"[，,、・;；]|\sand\s", names) if part.strip())
        return
    parts = [part.strip() for part in _BETWEEN.split(names) if part.strip()]
    if all(_FULL_NAME.match(part) and not _ENDS_IN_INITIALS.search(part) for part in parts):
        yield from parts
        return
    found = [match[0].strip(" ,") for match in re.finditer(_NAME, names)]
    if found and sum(map(len, found)) > 0.6 * len(re.sub(r"\band\b|[\s,&;.]", "", names)):
        yield from found
        return
    yield from (part.strip(" ,") for part in parts if part.strip(" .,") and len(part) < 80)
