"""Whether what an answer says about the paper's title, authors and year is what the paper itself says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from server.domain.alignment import differences
from server.domain.heading_names import heading_kind
from server.domain.identity import Identity
from server.domain.matching import fold
from server.domain.sections import SectionKind
from server.domain.statements import IdentityVerdict

SAME_TITLE = 90
"""Least similarity (rapidfuzz ratio, 0–100, of matching keys) of two titles in a reference list that are the same."""

MISPRINT = 80
"""Least similarity of two words that are one word misprinted."""

LONGEST_HEADING = 30
"""Characters of what may be a section's heading given for a title."""

MAIN_TITLE = 12
"""Least key characters of a title before its colon that may stand for the whole."""

CLOSE_TITLE = 75
"""Least similarity of a stated title that may be this one, written otherwise or with a word changed."""

SAME_PLACE = 85
"""Least partial similarity of affiliations and venues, which are printed in longer and shorter forms."""

FEW_QUOTES = 0.2
"""An answer with a wrong title and less than this share of its quotes found is about another paper."""

_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OTHERS = re.compile(
    r"(?i)(?:,?\s*(?:and\s+)?(?:et\s+al\.?|others)|\s*(?:ほか|他|ら))(?:\s*\d*\s*(?:名|人))?\s*$"
)
_TRANSLATION = re.compile(
    r"\s*[(（\[［〔【]([^)）\]］〕】]*)[)）\]］〕】]\s*$|\s*(?:訳|邦題|和訳)\s*[:：].*$", re.DOTALL
)


class Match(IntEnum):
    """How a stated part fits; the larger the better."""

    WRONG = 0
    CLOSE = 1
    SAME = 2


def identity_verdict(
    stated: Mapping[str, Any], identity: Identity, *, quotes_found: float | None = None
) -> IdentityVerdict:
    """Whether the paper an answer says it is about is this one.

    Args:
        quotes_found: Share of the answer's quotes that stand in the paper, once known.

    Returns:
        `mismatch` when title and all authors are wrong, or the title is and hardly a quote is found; `doubtful` when
        one of them is wrong, or close but not the same; `unknown` when nothing stated can be compared.
    """
    titled = not is_empty(stated.get("title")) and identity.title is not None
    title = _title(stated.get("title"), identity)
    names = [
        name for part in ("authors", "first_author", "last_author") for name in stated_names(stated.get(part))
    ]
    authors = _authors(names, identity) if names else None
    if title is None and authors is None:
        return IdentityVerdict.UNKNOWN
    if title is Match.WRONG:
        few = quotes_found is not None and quotes_found < FEW_QUOTES
        return IdentityVerdict.MISMATCH if authors is Match.WRONG or few else IdentityVerdict.DOUBTFUL
    if title not in (None, Match.SAME) or authors not in (None, Match.SAME):
        return IdentityVerdict.DOUBTFUL
    # A title that is only a translation can be neither right nor wrong; authors alone do not tell which paper it is.
    return IdentityVerdict.UNKNOWN if titled and title is None else IdentityVerdict.CONFIRMED


def matches(part: str, value: Any, identity: Identity) -> bool | None:
    """Whether a stated part of the identity (`title`, `last_author`, …) is right; None: nothing to compare."""
    compare = _COMPARE.get(part)
    if compare is None or is_empty(value):
        return None
    match = compare(value, identity)
    return None if match is None else match is Match.SAME


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, or an object of nulls, or an empty list or text."""
    if isinstance(value, Mapping):
        return all(is_empty(v) for v in value.values())
    return value is None or value in ("", [])


def stated_names(value: Any) -> list[str]:
    """The names in a stated list or line of authors, without "et al."."""
    if is_empty(value):
        return []
    if isinstance(value, (list, tuple)):
        return [name for one in value for name in stated_names(str(one))]
    line = _OTHERS.sub("", str(value))
    return [
        name.strip(" .")
        for name in re.split(r"\s*(?:,|、|，|;|；|&|\band\b|・(?=and ))\s*", line)
        if name.strip(" .")
    ]


def _title(value: Any, identity: Identity) -> Match | None:
    """The title as a whole: "Abstract" is none, and one word changed is not the same. None: only a translation."""
    if is_empty(value) or identity.title is None:
        return None
    stated, real = str(value), identity.title.value
    ours = {_title_key(form) for form in _forms(stated)}
    if _title_key(real) in ours:
        return Match.SAME
    if len(stated) <= LONGEST_HEADING and heading_kind(stated.strip()) is not SectionKind.OTHER:
        return Match.WRONG  # "Abstract" is no title
    if _is_translation(stated, real):
        return None
    near = max(fuzz.ratio(form, _title_key(real)) for form in ours)
    main = _title_key(re.split(r"[:：—–]", real)[0])
    return Match.CLOSE if near >= CLOSE_TITLE or (len(main) > 5 and main in ours) else Match.WRONG


def same_title(stated: str, real: str) -> bool:
    """Whether two titles are the same but for case, spacing, punctuation and the odd letter; a subtitle may be left out."""
    ours, theirs = _title_key(stated), _title_key(real)
    if ours == theirs:
        return True
    main = _title_key(re.split(r"[:：—–?？]", real)[0])
    if len(main) >= MAIN_TITLE and ours == main:
        return True
    if fuzz.ratio(ours, theirs) < SAME_TITLE:
        return False
    return all(_is_misprint(mine, other) for mine, other in differences(stated, real))


def _is_misprint(mine: str, other: str) -> bool:
    """Words that differ by a letter or a hyphen, not by what they say."""
    if any(c.isdigit() for c in mine + other):
        return False
    return fuzz.ratio(fold(mine), fold(other)) >= MISPRINT


def _is_translation(stated: str, real: str) -> bool:
    """Japanese words for an English title, whatever of its own words stand among them."""
    if not _WIDE.search(stated) or _WIDE.search(real):
        return False
    return all(fold(word) in fold(real) for word in re.findall(r"[A-Za-z\u00c0-\u024f0-9]{2,}", stated))


@lru_cache(maxsize=4096)
def _title_key(title: str) -> str:
    """Kept: every title of a paper's list is held against every title that is suggested."""
    return re.sub(r"[\W_]+", "", fold(title))


def _forms(stated: str) -> list[str]:
    """A stated title as it stands, line by line, and without a translation beside it."""
    bare = stated.strip().strip("「」『』“”\"'*_ ")
    forms = [bare, *bare.splitlines(), *re.split(r"\s*[/／|]\s*", bare)]
    forms += [_TRANSLATION.sub("", form) for form in forms]
    forms += [inside for form in forms if (inside := _bracketed(form))]
    return [form for form in forms if fold(form)] or [bare]


def _bracketed(form: str) -> str | None:
    """The original in brackets after a translation."""
    match = _TRANSLATION.search(form)
    return match[1] if match and match[1] else None


def _authors(names: list[str], identity: Identity) -> Match | None:
    """All of them authors of this paper, some, or none. Names in another script say nothing."""
    if identity.authors is None:
        return None
    real = identity.authors.value
    latin = any(_LATIN.search(author) for author in real)
    # Katakana spells foreign names; Han characters do not, so they are names of somebody else.
    told = [name for name in names if not latin or _LATIN.search(name) or _HAN.search(name)]
    if not told:
        return None
    right = sum(any(same_name(name, author) for author in real) for name in told)
    return Match.SAME if right == len(told) else Match.CLOSE if right else Match.WRONG


def same_name(stated: str, printed: str) -> bool:
    """The same person's name: order of its parts, accents, capitals and initials do not matter."""
    ours, theirs = fold(stated), fold(printed)
    if not ours or not theirs:
        return False
    if ours == theirs:
        return True
    a, b = (_parts(name) for name in (stated, printed))
    if a == b:
        return True
    shorter, longer = (a, b) if len("".join(a)) <= len("".join(b)) else (b, a)
    # "K. Lo" for "Kyle Lo": each initial begins a part of the other name, and a whole part is shared.
    return any(len(part) > 1 and part in longer for part in shorter) and all(
        any(other.startswith(part) for other in longer) for part in shorter
    )


def _parts(name: str) -> list[str]:
    return sorted(fold(part) for part in re.split(r"[\s,.]+", name) if fold(part))


def _of_authors(value: Any, identity: Identity) -> Match | None:
    return _authors(stated_names(value), identity)


def _author_at(index: int) -> Callable[[Any, Identity], Match | None]:
    def compare(value: Any, identity: Identity) -> Match | None:
        if identity.authors is None:
            return None
        if not _LATIN.search(str(value)) and _LATIN.search(identity.authors.value[index]):
            return None
        return Match.SAME if same_name(str(value), identity.authors.value[index]) else Match.WRONG

    return compare


def _place(part: str) -> Callable[[Any, Identity], Match | None]:
    def compare(value: Any, identity: Identity) -> Match | None:
        found = getattr(identity, part)
        if found is None or (_WIDE.search(str(value)) and not _WIDE.search(found.value)):
            return None  # places are translated
        return (
            Match.SAME
            if fuzz.partial_ratio(fold(str(value)), fold(found.value)) >= SAME_PLACE
            else Match.WRONG
        )

    return compare


def _contained(part: str) -> Callable[[Any, Identity], Match | None]:
    def compare(value: Any, identity: Identity) -> Match | None:
        found = getattr(identity, part)
        if found is None:
            return None
        return Match.SAME if str(found.value).casefold() in str(value).casefold() else Match.WRONG

    return compare


_COMPARE: dict[str, Callable[[Any, Identity], Match | None]] = {
    "title": _title,
    "authors": _of_authors,
    "first_author": _author_at(0),
    "last_author": _author_at(-1),
    "affiliation": _place("affiliation"),
    "venue": _place("venue"),
    "year": _contained("year"),
    "doi": _contained("doi"),
    "arxiv_id": _contained("arxiv_id"),
}
