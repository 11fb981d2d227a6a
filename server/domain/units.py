"""What numbers count or measure: units and counters in Japanese and English, reduced to one name each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from server.domain.unit_names import COUNTERS, ONE, PERCENT, POINTS, TIMES, measures


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FRACTIONS = frozenset({PERCENT, POINTS})


@dataclass(frozen=True, slots=True)
class UnitFound:
    """What stands after a number."""

    unit: str = ""
    """Canonical: `s` for every length of time up to weeks, `B` for every amount of data, `person` for 人 and
    participants; empty when nothing known follows."""
    factor: Decimal = ONE
    """What the number is multiplied with to be in the canonical unit."""
    end: int = -1
    """Offset after the unit as far as it touches the number; -1 when none does."""
    counted: bool = False
    """A noun follows, known or not: the number counts something."""
    per: str = ""
    """Unit of time of a rate, not converted: `s`, `min`, `h`, `day`, `week`, `month` or `year`."""


NOTHING = UnitFound()


_MEASURES: dict[str, tuple[str, Decimal]] = {form: (unit, factor) for form, unit, factor in measures()}
_FORMS: dict[str, tuple[str, Decimal]] = {
    **{form: (unit, ONE) for unit, forms in COUNTERS.items() for form in forms.split()},
    **_MEASURES,
}
_ANYTHING = frozenset(("item", "node"))
"""Counters that fit every other one: 12M nodes of a graph may be its authors."""
_MEASURED = frozenset(unit for unit, _ in _MEASURES.values())
_WIDE = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff"
_JAPANESE = "|".join(sorted((f for f in _FORMS if not f.isascii()), key=len, reverse=True))
_UNIT = re.compile(
    rf"[ \n]?(?:(?P<wide>{_JAPANESE})|(?P<mark>%[ ]?points?(?![a-z])|[%‰]))"
    r"|(?P<gap>-?[ \n]{0,2})(?P<word>[A-Za-zµμ°][A-Za-z]*)(?P<tail>[-0-9])?"
)
_PERCENT_WORDS = re.compile(r"(?:percentage(?P<points>[ \n]points?)|per[ \n]cent)(?![a-z])", re.IGNORECASE)
_NEXT_WORD = re.compile(r"[ \n-]{1,2}([A-Za-z]+)")
_NOUN = re.compile(
    rf"[ ]?の?(?:(?P<wide>{_JAPANESE})|(?P<other>(?![以超未程前後強弱近余上下中約と])[\u3400-\u9fff\u30a1-\u30fa]))"
)
_TIMES_OF_RATES = {
    form: unit
    for unit, forms in {
        "s": "s sec second 秒",
        "min": "min minute 分",
        "h": "h hr hour 時間",
        "day": "day 日",
        "week": "week 週",
        "month": "month 月",
        "year": "year 年",
    }.items()
    for form in forms.split()
}
_PER = re.compile(rf"[ ]?(?:/[ ]?|per[ \n])({'|'.join(_TIMES_OF_RATES)})(?![A-Za-z])")
_FUNCTION_WORDS = _set(
    "of and in to for with on at by from or as is are was were be been has have had than the a an we it they this that"
    " respectively while when where which per after before compared over under more less fewer higher lower better worse"
    " absolute relative vs via using but not if then because since so each only out about between both into do does did"
    " can may will would should could also however our their its these those up down total all i e g versus against"
    " during within without through improvement improvements increase decrease gain reduction drop accuracy"
)
_COMPARED = re.compile(
    r" (?:fast|slow|more|less|few|high|low|larg|small|speed|improv|better|reduc|short|long)"
)
_SPACED_LETTERS = frozenset("shmgW")
"""Single letters that are a unit also when a space parts them from the number."""


def unit_at(text: str, at: int) -> UnitFound:
    """The unit or counter that follows a number ending at `at`.

    Up to two words may stand before a noun (20 medical papers); a known noun among them makes the unit unknown, since
    1K query papers may be called queries or papers.
    """
    found = _UNIT.match(text, at)
    if found is None:
        return _noun_after(text, at)
    if form := found["wide"]:
        if form == "×" and text[at] == " " and not _COMPARED.match(text, found.end()):
            return NOTHING  # a product
        return _known(text, form, found.end())
    if found["mark"]:
        unit, factor = (POINTS, _MEASURES[PERCENT][1]) if "p" in found["mark"] else _MEASURES[found["mark"]]
        wide = text.startswith(("ポイント", "ポイント"), found.end())
        if unit == PERCENT and wide:
            return UnitFound(POINTS, factor, found.end() + 4)
        return _with_points(text, UnitFound(unit, factor, found.end(), per=_per(text, found.end())))
    return _latin(text, found)


def compatible(unit: str, other: str, *, counted: bool = False, other_counted: bool = False) -> bool:
    """Whether two units may mean the same. An unknown noun may be any counter but no measure; nothing at all (a cell of
    a table) may be anything."""
    if unit == other or (unit in FRACTIONS and other in FRACTIONS):
        return True
    if not unit or not other:
        known, is_noun = (other, counted) if not unit else (unit, other_counted)
        return not (is_noun and known in _MEASURED)
    if "times" in (unit, other):
        return {unit, other} <= {"times", TIMES, "occasion"}
    return not ({unit, other} & _MEASURED) and not _ANYTHING.isdisjoint((unit, other))


def is_measure(unit: str) -> bool:
    """Measured (seconds, bytes, percent) rather than counted."""
    return unit in _MEASURED


def _known(text: str, form: str, end: int, *, touching: bool = True) -> UnitFound:
    unit, factor = _FORMS[form]
    return UnitFound(
        unit, factor, end if touching else -1, counted=unit not in _MEASURED, per=_per(text, end)
    )


def _per(text: str, at: int) -> str:
    found = _PER.match(text, at)
    return _TIMES_OF_RATES[found[1]] if found else ""


def _with_points(text: str, found: UnitFound) -> UnitFound:
    """`3 percentage points` and `3 % points` are points."""
    word = _NEXT_WORD.match(text, found.end)
    if found.unit == PERCENT and word and word[1].lower().rstrip("s") == "point":
        return UnitFound(POINTS, found.factor, word.end())
    return found


def _latin(text: str, found: re.Match[str]) -> UnitFound:
    word, gap, end = found["word"], found["gap"], found.end()
    if found["tail"] and (found["tail"] != "-" or len(word) == 1):
        return NOTHING
    if (
        len(word) == 1
        and gap
        and (word == "x" or (gap != "-" and word not in _SPACED_LETTERS) or "\n" in gap)
    ):
        return NOTHING
    if points := _PERCENT_WORDS.match(text, found.start("word")):
        return UnitFound(POINTS if points["points"] else PERCENT, Decimal("0.01"), points.end())
    form = _singular(word)
    if form is not None:
        if gap == "-" and form == "gram":
            return UnitFound(counted=True)  # 3-grams
        if gap != "-" and _stands_before_noun(text, form, found):
            return UnitFound(counted=True)  # 1K query papers: queries as much as papers
        return _with_points(text, _known(text, form, end))
    if not gap or word.lower() in _FUNCTION_WORDS or not word.islower() or len(word) == 1:
        return NOTHING
    return _noun_behind_adjectives(text, end)


def _stands_before_noun(text: str, form: str, found: re.Match[str]) -> bool:
    if found["word"].lower() != form or _FORMS[form][0] in _MEASURED:
        return False
    following = _NEXT_WORD.match(text, found.end())
    return following is not None and following[1].islower() and following[1] not in _FUNCTION_WORDS


def _noun_behind_adjectives(text: str, at: int) -> UnitFound:
    for _ in range(2):
        following = _NEXT_WORD.match(text, at)
        if following is None or following[1].lower() in _FUNCTION_WORDS:
            break
        form = _singular(following[1])
        if form is not None and len(following[1]) > 2:
            unit = _FORMS[form][0]
            plural = following[1].lower() != form
            return UnitFound(unit if plural and unit not in _MEASURED else "", counted=True)
        at = following.end()
    return UnitFound(counted=True)


def _noun_after(text: str, at: int) -> UnitFound:
    found = _NOUN.match(text, at)
    if found is None:
        return NOTHING
    if form := found["wide"]:
        unit = _FORMS[form][0]
        return UnitFound("" if unit in _MEASURED or unit == "item" else unit, counted=True)
    return UnitFound(counted=True)


def _singular(word: str) -> str | None:
    """The form under which a Latin word stands in the table, whatever its case and number."""
    if word in _FORMS:
        return word
    lowered = word.lower()
    if len(word) <= 2 and word != lowered:
        return None
    for form in (
        lowered,
        lowered.removesuffix("s"),
        lowered.removesuffix("es"),
        lowered.removesuffix("ies") + "y",
    ):
        if form in _FORMS and len(form) > 2:
            return form
    return None
