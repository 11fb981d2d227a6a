"""Whether what an answer says about the paper's title, authors and year is what the paper itself says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rapidfuzz import fuzz

from server.domain.identity import Identity
from server.domain.matching import fold
from server.domain.statements import IdentityVerdict

SAME_TITLE = 90
"""Least similarity (rapidfuzz ratio, 0–100, of matching keys) of two titles that are the same."""

SAME_PLACE = 85
"""Least partial similarity of affiliations and venues, which are printed in longer and shorter forms."""


def identity_verdict(stated: Mapping[str, Any], identity: Identity) -> IdentityVerdict:
    """Whether the paper an answer says it is about is this one.

    `mismatch` only when title and all authors are wrong; one of them wrong is `doubtful`; nothing stated, or nothing
    known to compare with, is `unknown`.
    """
    title = matches("title", stated.get("title"), identity)
    names = [
        *_names(stated.get("authors")),
        *_names(stated.get("first_author")),
        *_names(stated.get("last_author")),
    ]
    known = identity.authors is not None
    authors = any(_is_author(name, identity) for name in names) if names and known else None
    match title, authors:
        case None, None:
            return IdentityVerdict.UNKNOWN
        case (False, False) | (False, None):
            return IdentityVerdict.MISMATCH
        case (False, True) | (True, False) | (None, False):
            return IdentityVerdict.DOUBTFUL
        case _:
            return IdentityVerdict.CONFIRMED


def matches(part: str, value: Any, identity: Identity) -> bool | None:
    """Whether a stated part of the identity (`title`, `last_author`, …) is right; None: nothing to compare."""
    compare = _COMPARE.get(part)
    return None if compare is None or is_empty(value) else compare(value, identity)


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, or an object of nulls, or an empty list or text."""
    if isinstance(value, Mapping):
        return all(is_empty(v) for v in value.values())
    return value is None or value in ("", [])


def _title(value: Any, identity: Identity) -> bool | None:
    return fuzz.ratio(fold(str(value)), fold(identity.title.value)) >= SAME_TITLE if identity.title else None


def _authors(value: Any, identity: Identity) -> bool | None:
    return all(_is_author(name, identity) for name in _names(value)) if identity.authors else None


def _author_at(index: int) -> Callable[[Any, Identity], bool | None]:
    def compare(value: Any, identity: Identity) -> bool | None:
        return _same_name(str(value), identity.authors.value[index]) if identity.authors else None

    return compare


def _place(part: str) -> Callable[[Any, Identity], bool | None]:
    def compare(value: Any, identity: Identity) -> bool | None:
        found = getattr(identity, part)
        return fuzz.partial_ratio(fold(str(value)), fold(found.value)) >= SAME_PLACE if found else None

    return compare


def _contained(part: str) -> Callable[[Any, Identity], bool | None]:
    def compare(value: Any, identity: Identity) -> bool | None:
        found = getattr(identity, part)
        return str(found.value).casefold() in str(value).casefold() if found else None

    return compare


_COMPARE: dict[str, Callable[[Any, Identity], bool | None]] = {
    "title": _title,
    "authors": _authors,
    "first_author": _author_at(0),
    "last_author": _author_at(-1),
    "affiliation": _place("affiliation"),
    "venue": _place("venue"),
    "year": _contained("year"),
    "doi": _contained("doi"),
    "arxiv_id": _contained("arxiv_id"),
}


def _names(value: Any) -> list[str]:
    """Names in a stated list or line of authors."""
    if is_empty(value):
        return []
    if isinstance(value, (list, tuple)):
        return [str(name) for name in value if not is_empty(name)]
    line = str(value)
    for mark in (" and ", "、", "，", ";", " & ", "・and "):
        line = line.replace(mark, ",")
    return [name.strip() for name in line.split(",") if name.strip()]


def _is_author(name: str, identity: Identity) -> bool:
    return identity.authors is not None and any(_same_name(name, author) for author in identity.authors.value)


def _same_name(stated: str, printed: str) -> bool:
    """The same person's name: order of its parts, accents, capitals and initials do not matter."""
    ours, theirs = fold(stated), fold(printed)
    if not ours or not theirs:
        return False
    if ours == theirs:
        return True
    a, b = (
        sorted(fold(part) for part in name.replace(",", " ").replace(".", " ").split())
        for name in (stated, printed)
    )
    if a == b:
        return True
    family, longer = (a, b) if len("".join(a)) <= len("".join(b)) else (b, a)
    # "K. Lo" for "Kyle Lo": each initial begins a part of the other name, and a whole part is shared.
    return any(len(part) > 1 and part in longer for part in family) and all(
        any(other.startswith(part) for other in longer) for part in family
    )
