"""Statements made from real sentences: their numbers in another notation, rounded, derived, or wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random

from .cases import Case, Column, Statement, dice
from .notations import WORDS, Found, english_notations, japanese_notations, numbers_of, rounded
from .numerals import plain
from .papers import BenchPaper
from .quote_cases import column_of
from .written import off_by_a_tenth, written

LEAST_RATIO = Decimal("1.5")
"""Below it nobody would say "times as much"."""

_WORD = re.compile(rf"(?<![\w-])({'|'.join(WORDS)})(?= [a-z])")


def number_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    for paper in papers.values():
        column = column_of(paper)
        if column is None:
            continue
        for sentence in paper.sentences:
            roll = dice("numbers", paper.name, sentence.text)
            found = numbers_of(sentence.text)
            yield from _rewritten(paper, column, sentence.text, found, roll)
            yield from _derived(paper, column, sentence.text, found)
            yield from _wrong(paper, column, sentence.text)
    for column in Column:
        for name, entries in written(column).items():
            for entry in entries if name in papers else ():
                text = entry["statement"]
                roll = dice("numbers", column, name, text)
                found = numbers_of(text)
                yield from _rewritten(papers[name], column, text, found, roll)
                yield from _derived(papers[name], column, text, found)


def _rewritten(
    paper: BenchPaper, column: Column, text: str, found: list[Found], roll: Random
) -> Iterator[Case]:
    shapes = english_notations if column is Column.EN else japanese_notations
    for number in found:
        for shape in shapes(number, roll):
            changed = text[: number.start] + shape + text[number.end :]
            yield _case("number in another notation", column, paper, changed, text)
        near = rounded(number)
        if near:
            about = f"about {near}" if column is Column.EN else f"約 {near}"
            changed = text[: number.start] + about + text[number.end :]
            yield _case("number rounded", column, paper, changed, text)
    if column is Column.EN:
        for match in _WORD.finditer(text):
            changed = text[: match.start()] + str(WORDS[match[1]]) + text[match.end() :]
            yield _case("number in another notation", column, paper, changed, text)


def _derived(paper: BenchPaper, column: Column, text: str, found: list[Found]) -> Iterator[Case]:
    """A remark that works out how two numbers of the sentence compare."""
    stop = re.search(r"[.。．]$", text)
    if not stop:
        return
    for first, second in pairwise(found):
        if not _are_comparable(first, second):
            continue
        unit = first.space + first.unit
        step = Decimal(1).scaleb(-max(first.decimals, second.decimals))
        gap = plain(abs(first.value - second.value).quantize(step))
        ratio = max(first.value, second.value) / min(first.value, second.value)
        times = plain(ratio.quantize(Decimal("0.1"), ROUND_HALF_UP))
        points = " points" if first.unit == "%" else unit
        remarks = [
            f" (a difference of {gap}{points})"
            if column is Column.EN
            else f"（差は{gap}{points.replace(' points', 'ポイント')}）"
        ]
        if ratio >= LEAST_RATIO:
            remarks.append(f" ({times} times as much)" if column is Column.EN else f"（{times}倍の違い）")
        for remark in remarks:
            yield _case("number derived", column, paper, text[: stop.start()] + remark + stop[0], text)


def _are_comparable(first: Found, second: Found) -> bool:
    """Two numbers of one kind, side by side: with the same unit, or with as many decimals."""
    low, high = sorted((first.value, second.value))
    alike = first.unit == second.unit and (first.unit or first.decimals == second.decimals > 0)
    return bool(alike) and 0 < low < high < 50 * low and second.start - first.end < 60


def _wrong(paper: BenchPaper, column: Column, text: str) -> Iterator[Case]:
    quantities = {f.start for f in numbers_of(text)}
    for changed, new, start in off_by_a_tenth(text):
        if start not in quantities:
            continue
        kind = "number off by 10 %, from a sentence"
        yield _case(
            kind + (", value elsewhere" if paper.has_number(new) else ""),
            column,
            paper,
            changed,
            text,
            planted=True,
        )


def _case(
    kind: str, column: Column, paper: BenchPaper, said: str, origin: str, *, planted: bool = False
) -> Case:
    return Case(kind, column, paper.name, Statement(said), planted=planted, origin=origin)
