"""Cells below the words of a head: a value of the right row does not prove a statement about another column."""

from __future__ import annotations

import pytest
from server.domain.content import topic_of
from server.domain.quotes import PaperIndex
from server.domain.statement_checks import StatementChecks
from server.domain.table_columns import is_in_column

from builders.papers import an_extraction

TABLE = (
    "Scores of all models are listed here.\n"
    "                Co-Read           Recomm.\n"
    "Model         MAP     nDCG     MAP     nDCG\n"
    "SPECTER       84.5    92.4     53.9    20.0\n"
    "SciBERT       47.7    71.1     52.1    17.9\n"
    "It is the best of them."
)
EXTRACTION = an_extraction([TABLE])
CELLS = {
    value: (TABLE.index(value), TABLE.index(value) + len(value)) for value in ("84.5", "92.4", "53.9", "20.0")
}


def stands(value: str, statement: str) -> bool:
    return is_in_column(
        EXTRACTION,
        above=TABLE.index("SPECTER"),
        cell=CELLS[value],
        cells=list(CELLS.values()),
        topic=topic_of(statement),
    )


@pytest.mark.parametrize(
    ("value", "statement"),
    [
        ("84.5", "Co-Read MAP"),
        ("92.4", "Co-Read nDCG"),
        ("20.0", "Recomm. nDCG"),
        ("84.5", "MAP"),
        ("53.9", "MAP"),
        ("92.4", "MAP and nDCG"),
        ("92.4", "the score of a model"),
        ("92.4", "nothing of the head"),
    ],
)
def test_a_cell_stands_below_what_a_statement_says(value: str, statement: str) -> None:
    assert stands(value, statement)


@pytest.mark.parametrize(
    ("value", "statement"),
    [("92.4", "Co-Read MAP"), ("84.5", "Recomm. MAP"), ("20.0", "MAP"), ("53.9", "Co-Read")],
)
def test_a_cell_of_another_column_does_not(value: str, statement: str) -> None:
    assert not stands(value, statement)


def test_prose_above_a_table_is_no_head() -> None:
    text = TABLE.partition("\n")[0] + "\n" + "\n".join(TABLE.split("\n")[3:])
    cells = [(text.index(v), text.index(v) + 4) for v in ("84.5", "92.4")]
    assert is_in_column(
        an_extraction([text]),
        above=text.index("SPECTER"),
        cell=cells[1],
        cells=cells,
        topic=topic_of("Scores"),
    )


@pytest.mark.parametrize(
    ("statement", "near"),
    [
        ("SPECTER reaches 92.4 nDCG on Co-Read.", True),
        ("SPECTER reaches 92.4 MAP on Co-Read.", False),
        ("SciBERT reaches 92.4 nDCG on Co-Read.", False),
    ],
)
def test_a_statement_about_a_cell_needs_row_and_column(statement: str, *, near: bool) -> None:
    (found,) = StatementChecks(PaperIndex(EXTRACTION), statement).numbers
    assert found.near is near
