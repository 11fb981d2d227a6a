"""Statements about cells of tables, transcribed by hand from the papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

from .cases import Case, Column, Statement, dice
from .numerals import plain
from .papers import BenchPaper
from .quote_cases import column_of
from .written import off_by_a_tenth

TABLES = Path(__file__).resolve().parents[1] / "data" / "tables.yaml"


@dataclass(frozen=True)
class Table:
    """One table: `rows[label][n]` stands under `columns[n]`. The sentences have {row}, {column} and {value}."""

    paper: str
    page: int
    en: str
    ja: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]

    def cells(self) -> Iterator[tuple[str, str, str]]:
        for label, values in self.rows.items():
            for column, value in zip(self.columns, values, strict=True):
                if value != "-":
                    yield label, column, value


def tables() -> tuple[Table, ...]:
    with TABLES.open(encoding="utf-8") as file:
        return tuple(
            Table(
                t["paper"], t["page"], t.get("en", ""), t["ja"], tuple(map(str, t["columns"])),
                {str(label): tuple(map(str, values)) for label, values in t["rows"].items()},
            )
            for t in YAML(typ="safe").load(file)
        )  # fmt: skip


def table_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    for table in tables():
        paper = papers.get(table.paper)
        own = column_of(paper) if paper else None
        if paper is None or own is None:
            continue
        for column in (Column.EN, Column.JA_ON_EN) if own is Column.EN else (Column.JA,):
            sentence = table.en if column is Column.EN else table.ja
            for row, head, value in table.cells():
                said = sentence.format(row=row, column=head, value=value)
                yield Case("cell of a table", column, paper.name, Statement(said), planted=False)
                if value.endswith("%"):
                    share = plain(Decimal(value.rstrip("%")) / 100)
                    text = sentence.format(row=row, column=head, value=share)
                    kind = "number in another notation"
                    yield Case(kind, column, paper.name, Statement(text), planted=False, origin=said)
                for wrong, new, _ in off_by_a_tenth(value):
                    kind = "cell of a table off by 10 %"
                    kind += ", value elsewhere" if paper.has_number(new) else ""
                    text = sentence.format(row=row, column=head, value=wrong)
                    yield Case(kind, column, paper.name, Statement(text), planted=True, origin=said)
            yield from _differences(table, paper, column)


def _differences(table: Table, paper: BenchPaper, column: Column) -> Iterator[Case]:
    """The difference of two rows in one column."""
    for at, head in enumerate(table.columns):
        labels = [label for label, values in table.rows.items() if _is_decimal(values[at])]
        if len(labels) < 2:
            continue
        a, b = dice("rows", table.paper, head).sample(labels, 2)
        first, second = (Decimal(table.rows[label][at]) for label in (a, b))
        if first == second:
            continue
        gap = plain(abs(first - second))
        high, low = (a, b) if first > second else (b, a)
        said = (
            f"On {head}, {high} is {gap} points above {low}."
            if column is Column.EN
            else f"{head}では、{high}が{low}を{gap}ポイント上回っています。"
        )
        yield Case(
            "number derived", column, paper.name, Statement(said), planted=False, origin=f"{first} {second}"
        )


def _is_decimal(value: str) -> bool:
    return value.replace(".", "", 1).isdigit() and 1 <= len(value.partition(".")[2]) <= 2
