"""Statements written by hand about the papers: true summaries, the same with a wrong number, and invented ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from .cases import Case, Column, Statement, dice
from .papers import BenchPaper

DATA = Path(__file__).resolve().parents[1] / "data"
FILES = {Column.EN: "en", Column.JA: "ja", Column.JA_ON_EN: "ja_on_en"}

_NUMBER = re.compile(r"(?<![\w.,@+-])\d+(?:[.,]\d+)*(?![\w.]*[A-Z])", re.ASCII)
_CITED = re.compile(r"(?:Table|Figure|Section|表|図|top|p\.)\s*$")


def written(column: Column) -> dict[str, list[dict[str, Any]]]:
    """The true statements by paper: `statement`, `page` and perhaps `quotes`."""
    loaded: dict[str, list[dict[str, Any]]] = _read(f"statements_{FILES[column]}.yaml")
    return loaded


def invented(column: Column) -> dict[str, list[str]]:
    """Statements that the paper they stand under does not make."""
    loaded: dict[str, list[str]] = _read(f"statements_invented_{FILES[column]}.yaml")
    return loaded


def written_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    for column in Column:
        for name, entries in written(column).items():
            for entry in entries:
                text, quotes = entry["statement"], tuple(entry.get("quotes", ()))
                yield Case("summary, without quotes", column, name, Statement(text), planted=False)
                if quotes:
                    yield Case("summary, with quotes", column, name, Statement(text, quotes), planted=False)
                yield from _wrong_numbers(column, papers[name], text, quotes)
        for name, texts in invented(column).items():
            for text in texts:
                yield Case("invented body", column, name, Statement(text), planted=True)


def _wrong_numbers(column: Column, paper: BenchPaper, text: str, quotes: tuple[str, ...]) -> Iterator[Case]:
    for changed, new, _ in off_by_a_tenth(text):
        kind = "number off by 10 %"
        if paper.has_number(new):
            kind += ", value elsewhere"
        yield Case(kind, column, paper.name, Statement(changed), planted=True, origin=text)
        if quotes:
            yield Case(
                f"{kind}, true quote",
                column,
                paper.name,
                Statement(changed, quotes),
                planted=True,
                origin=text,
            )


def off_by_a_tenth(text: str) -> Iterator[tuple[str, str, int]]:
    """The text with one of its numbers a tenth higher or lower, the new number as plain digits, and where it stands. Numbers below ten
    without decimals have no tenth."""
    for match in _NUMBER.finditer(text):
        plain = match[0].replace(",", "")
        value = Decimal(plain)
        if _CITED.search(text[: match.start()]) or abs(value) == 0 or (value < 10 and "." not in plain):
            continue
        step = Decimal(1).scaleb(-len(plain.partition(".")[2]))
        up = dice("tenth", text, str(match.start())).random() < 0.5
        other = (value * Decimal("1.1" if up else "0.9")).quantize(step)
        if other == value:
            other = value + step
        shown = f"{other:,}" if "," in match[0] else f"{other}"
        yield text[: match.start()] + shown + text[match.end() :], f"{other}", match.start()


def _read(name: str) -> Any:
    with (DATA / name).open(encoding="utf-8") as file:
        return YAML(typ="safe").load(file)
