"""The numbers of a text with what they mean: value, unit, precision, and whether they are quantities at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from server.domain import number_notation as notation
from server.domain.number_kinds import Kind, kind_of
from server.domain.number_words import written_out
from server.domain.unit_names import ONE, TIMES
from server.domain.units import NOTHING, UnitFound, unit_at

MAX_DIGITS = 30
"""Longer runs of digits are identifiers, not quantities."""


_CURRENCY_UNITS = frozenset(notation.CURRENCIES.values())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a text has it. 175B, 175 billion and 1750億 have the same value; so have 500 ms and 0.5 s."""

    value: Decimal
    """In the canonical unit: percent and points as a fraction, time in seconds, data in bytes."""
    unit: str
    """Canonical (see `units.py`); empty when unknown."""
    text: str
    """As written, with its scale word and the unit that touches it."""
    start: int
    end: int
    step: Decimal
    """What one unit in the last written place is worth."""
    scale: Decimal = ONE
    """What the written digits were multiplied with to give the value."""
    kind: Kind = Kind.NUMBER
    digits: int = 1
    """Significant digits as written, trailing zeros included."""
    approximate: bool = False
    """About, roughly, 約, 程度, …"""
    bound: str = ""
    """`>`, `>=`, `<`, `<=` or `=` where the text says so in signs or words (over, at least, 以上, 未満)."""
    word: bool = False
    """Written as a word: twelve, 三つ."""
    signed: bool = False
    """A sign is written before it."""
    falls: bool = False
    """A word of falling stands near: `fell by 2.3` may stand for −2.3."""
    counted: bool = False
    """A noun follows, so that it counts something."""
    per: str = ""
    """Unit of time below a rate."""
    in_range: bool = False
    plus_minus: bool = False
    """The spread after ±."""

    @property
    def is_whole(self) -> bool:
        """Written without a fraction."""
        return self.step >= self.scale


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of a text, in order; those that are no quantities say so by their kind. Never raises; linear."""
    plain = text.translate(notation.PLAIN)
    masked = [(m.start(), m.end()) for m in notation.MASKED.finditer(plain)]
    found = list(_in_digits(plain, text, masked))
    words = list(_in_words(plain, text, masked))
    if words:
        taken = {offset for one in found for offset in range(one.start, one.end)}
        found += [one for one in words if one.start not in taken]
        found.sort(key=lambda one: one.start)
    _join(plain, found)
    return tuple(found)


def _in_digits(plain: str, text: str, masked: list[tuple[int, int]]) -> Iterator[Quantity]:
    at = mask = 0
    while match := notation.NUMBER.search(plain, at):
        start = match.start()
        while mask < len(masked) and masked[mask][1] <= start:
            mask += 1
        if mask < len(masked) and masked[mask][0] <= start:
            at = masked[mask][1]
            yield _of_name(text, start, at)
            continue
        if len(match["mantissa"]) > MAX_DIGITS:
            yield _of_name(text, start, match.end())
            at = match.end()
            continue
        one = _read(plain, text, match)
        at = max(one.end, match.end("mantissa"))
        yield one


def _read(plain: str, text: str, match: re.Match[str]) -> Quantity:
    start, digits = match.start(), match["mantissa"].replace(",", "").replace(" ", "").replace("．", ".")
    value, end, scale = Decimal(digits), match.end(), ONE
    step = _place(digits)
    if end > match.end("mantissa"):
        value, scale = _with_exponent(match, value)
        step = step * scale if scale else ONE
    else:
        value, step, scale, end = _scaled(plain, value, step, end)
    kind_end = match.end("mantissa")
    value, step, end = _fraction(plain, value, step, end)
    unit = unit_at(plain, end)
    if unit.unit == TIMES and notation.PRODUCT.match(plain, end):
        unit = NOTHING
    kind = kind_of(plain, start, kind_end, followed=end > kind_end or unit is not NOTHING)
    if kind is not Kind.NUMBER:
        return Quantity(value, "", text[start:kind_end], start, kind_end, step, scale, kind)
    unit = _currency(plain, start, unit)
    if unit.end > end:
        end = unit.end
        value, step, scale = value * unit.factor, step * unit.factor, scale * unit.factor
        if plain[end - 1] == "割" and (tenths := notation.TENTHS.match(plain, end)):
            value, step, end = value + Decimal(tenths[1]) / 100, Decimal("0.01"), tenths.end()
    negative, signed = _sign(plain, start)
    before = plain[max(0, start - 18) : start].rstrip(" \n$€£¥(+").lower()
    return Quantity(
        value=-value if negative else value,
        unit=unit.unit,
        text=text[start - (1 if signed and plain[start - 1] in "-−–－+" else 0) : end],
        start=start,
        end=end,
        step=step,
        scale=scale,
        digits=max(1, len(digits.replace(".", "").lstrip("0"))),
        approximate=before.endswith(notation.APPROXIMATE)
        or notation.APPROXIMATE_AFTER.match(plain, end) is not None,
        bound=_bound(plain, before, end),
        signed=signed,
        falls=notation.FALLS.search(plain[max(0, start - 30) : end + 30].lower()) is not None,
        counted=unit.counted,
        per=unit.per,
        plus_minus=before.endswith(("±", "+/-", "\\pm")),
    )


def _place(digits: str) -> Decimal:
    return Decimal(1).scaleb(-len(digits.partition(".")[2]))


def _with_exponent(match: re.Match[str], value: Decimal) -> tuple[Decimal, Decimal]:
    groups = match.groupdict()
    written = next(groups[name] for name in ("t1", "t2", "t3", "e", "s1", "s2", "s3", "s4") if groups[name])
    power = int(
        "".join(
            str(notation.RAISED.index(c)) if c in notation.RAISED else "-" if c in "−–" else c
            for c in written
        )
    )
    scale = Decimal(1).scaleb(power)
    alone = any(groups[name] for name in ("t1", "t2", "t3"))
    return (scale, scale) if alone else (value * scale, scale)


def _scaled(plain: str, value: Decimal, step: Decimal, end: int) -> tuple[Decimal, Decimal, Decimal, int]:
    """With thousand, k, 万 and their kin; 1億2,000万 is one number."""
    found = _scale_at(plain, end)
    if found is None:
        return value, step, ONE, end
    scale, end = found
    value, step = value * scale, step * scale
    smallest = scale
    while plain[end - 1] in "千万億兆" and (part := notation.NEXT_PART.match(plain, end)):
        digits = part[1].replace(",", "")
        following = _scale_at(plain, part.end()) if _is_wide_scale(plain, part.end()) else None
        if following is None and (plain[end] in " \n" or len(digits) < 4 or "." in digits):
            break
        smaller, after = following or (ONE, part.end())
        if smaller >= smallest or Decimal(digits) * smaller >= smallest:
            break
        value, step, smallest, end = (
            value + Decimal(digits) * smaller,
            _place(digits) * smaller,
            smaller,
            after,
        )
    return value, step, smallest, end


def _is_wide_scale(plain: str, at: int) -> bool:
    return plain[at : at + 2].lstrip(" \n")[:1] in tuple("十百千万億兆")


def _scale_at(plain: str, at: int) -> tuple[Decimal, int] | None:
    found = notation.SCALE.match(plain, at)
    if found is None:
        return None
    if ja := found["ja"]:
        return Decimal(1).scaleb(sum(notation.SCALES[c] for c in ja)), found.end()
    short = found["tight"] or found["loose"]
    if short and short not in notation.CASED:
        return None
    word = (short or found["word"]).lower()
    return Decimal(1).scaleb(notation.SCALES[word]), found.end()


def _currency(plain: str, start: int, unit: UnitFound) -> UnitFound:
    before = plain[start - 1] if start else ""
    if before in notation.CURRENCIES and before and unit.unit in ("", "item"):
        closing = before == "$" and "$" in plain[start : start + 12].partition("\n")[0]
        return unit if closing else UnitFound(notation.CURRENCIES[before], per=unit.per)
    return unit


def _fraction(plain: str, value: Decimal, step: Decimal, end: int) -> tuple[Decimal, Decimal, int]:
    """1/3 and 3分の1; anything like 24/7 or 12/15 stays two numbers."""
    whole = value == value.to_integral_value() and value > 0
    if whole and (below := notation.FRACTION.match(plain, end)) and value < Decimal(below[1]):
        return value / Decimal(below[1]), Decimal("0.01"), below.end()
    if whole and (above := notation.PARTS.match(plain, end)):
        return Decimal(above[1]) / value, Decimal("0.01"), above.end()
    return value, step, end


def _sign(plain: str, start: int) -> tuple[bool, bool]:
    """Whether the number is negative, and whether any sign is written."""
    mark = plain[start - 1] if start else ""
    if not mark:
        return False, False
    if mark == "+" or plain[max(0, start - 2) : start] == "+ ":
        return False, True
    if mark in "-−–":
        before = plain[start - 2] if start > 1 else " "
        if before in " \n([=<>~+,:;/|$、。「" or before > "\u3000":
            return True, True
        return False, False
    negative = plain[max(0, start - 10) : start].rstrip().lower().endswith(notation.MINUS_WORDS)
    return negative, negative


def _bound(plain: str, before: str, end: int) -> str:
    if after := notation.BOUND_AFTER.match(plain, end):
        return notation.AFTER_BOUND[str(after.lastgroup)]
    if before.endswith(notation.BOUND_ENDS) and not notation.SUMS_UP.search(before):
        return next(bound for bound, forms in notation.BOUNDS if before.endswith(forms))
    return ""


def _of_name(text: str, start: int, end: int) -> Quantity:
    return Quantity(Decimal(0), "", text[start:end], start, end, ONE, kind=Kind.NAME)


def _in_words(plain: str, text: str, masked: list[tuple[int, int]]) -> Iterator[Quantity]:
    for one in written_out(plain):
        if any(start <= one.start < end for start, end in masked):
            continue
        unit = unit_at(plain, one.end)
        end = max(one.end, unit.end)
        factor = unit.factor if unit.end > one.end else ONE
        value = one.value * factor
        if plain[end - 1] == "割" and (tenths := re.match(r"([一二三四五六七八九])分", plain[end : end + 2])):
            value, end = value + Decimal("一二三四五六七八九".index(tenths[1]) + 1) / 100, end + 2
        yield Quantity(
            value, unit.unit, text[one.start : end], one.start, end, factor, factor,
            digits=2, word=True, counted=unit.counted, per=unit.per,
            approximate=plain[max(0, one.start - 16) : one.start].rstrip().lower().endswith(notation.APPROXIMATE),
        )  # fmt: skip


def _join(plain: str, found: list[Quantity]) -> None:
    """Give the first number of a range and the one before ± the unit that is written only once."""
    for index in range(len(found) - 2, -1, -1):
        left, right = found[index], found[index + 1]
        if (
            not 0 < right.start - left.end <= 6
            or left.kind is not Kind.NUMBER
            or right.kind is not Kind.NUMBER
        ):
            continue
        between = plain[left.end : right.start]
        spread = notation.PLUS_MINUS.fullmatch(between)
        if spread is None and (right.signed or not notation.RANGE.fullmatch(between)):
            continue
        shares = not left.unit or (left.unit in _CURRENCY_UNITS and not right.unit)
        if shares and not left.counted and left.scale == 1 and not left.word:
            left = replace(
                left,
                value=left.value * right.scale,
                step=left.step * right.scale,
                scale=right.scale,
                unit=left.unit or right.unit,
                counted=right.counted,
            )
        found[index] = replace(left, in_range=left.in_range or spread is None)
        found[index + 1] = replace(
            right,
            unit=right.unit or (left.unit if left.unit in _CURRENCY_UNITS else ""),
            in_range=right.in_range or spread is None,
            plus_minus=right.plus_minus or spread is not None,
        )
