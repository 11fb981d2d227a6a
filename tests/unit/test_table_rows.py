"""Rows of tables: which lines are rows, and which of them a statement names."""

from __future__ import annotations

from server.domain.content import topic_of
from server.domain.table_rows import PaperTables

TABLE = "Algorithm R@3 R@5\nBM25 0.38 0.46\nROUGE-1 (2004) 0.31 0.34\nROUGE-L 0.30 0.33\nTable 4: Recall of algorithms.\n"
TEXT = f"We compare what finds sentences.\n{TABLE}In all, 12 of 30 sentences were found."


def tables() -> PaperTables:
    return PaperTables.of(TEXT)


def named(statement: str) -> list[str]:
    (table,) = tables().tables
    return [row.label for row in table.named(topic_of(statement))]


def test_lines_that_end_in_cells_are_rows_of_one_table() -> None:
    (table,) = tables().tables
    assert [(row.label, row.cells) for row in table.rows] == [("BM25", 2), ("ROUGE-1", 3), ("ROUGE-L", 2)]


def test_a_number_in_prose_stands_in_no_row() -> None:
    assert tables().at(TEXT.index("12 of 30")) == (None, None)


def test_a_cell_stands_in_its_row() -> None:
    table, row = tables().at(TEXT.index("0.34"))
    assert table is not None
    assert row is not None
    assert row.label == "ROUGE-1"


def test_a_statement_names_the_row_that_fits_best() -> None:
    assert named("ROUGE-1 reaches 0.31") == ["ROUGE-1"]
    assert named("BM25 beats ROUGE-L") == ["BM25", "ROUGE-L"]
    assert named("SuperPAL wins") == []


def test_a_row_is_read_with_head_and_caption_but_not_with_other_rows() -> None:
    table, row = tables().at(TEXT.index("0.46"))
    assert table is not None
    assert row is not None
    around = tables().around(table, row)
    assert "Algorithm" in around
    assert "Recall" in around
    assert "ROUGE" not in around


def test_a_label_on_the_line_above_its_cells_is_taken() -> None:
    (table,) = PaperTables.of("BERT 1.2 3.4\nlarge model\n1.3 3.5\n").tables
    assert [row.label for row in table.rows] == ["BERT", "large model"]


def test_lines_of_prose_that_end_in_numbers_are_no_table() -> None:
    text = "we train the larger one of both models on each of the 12\nand then evaluate it with every persona on all 30\n"
    assert PaperTables.of(text).tables == ()
