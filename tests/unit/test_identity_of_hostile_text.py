"""Describing stays linear and never fails, whatever the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from printed_pages import a_page, row
from server.domain.description import Metadata, describe
from server.domain.extractions import Page

LENGTH = 400_000
QUADRATIC = 16
"""Times that a quarter of a text would take less, were it so."""

PATTERNS = {
    "one endless line": "a" * LENGTH,
    "spaces": "a" + " " * LENGTH + "b",
    "dots": "Introduction " + ". " * (LENGTH // 2),
    "brackets": "[1] " * (LENGTH // 4),
    "quotes": "“" * LENGTH,
    "capitals": "A. B. " * (LENGTH // 6),
    "line breaks": "a\n" * (LENGTH // 2),
    "headings": "1 Introduction\n" * (LENGTH // 15),
    "references": "References\n[1] Smith, J. 2001. A title.\n" * (LENGTH // 38),
    "entries": "References\n"
    + "Smith, J., Doe, A. and Roe, B. 2001. A title, with, commas: (2001). Venue\n" * (LENGTH // 74),
    "one endless entry": "References\n[1] " + "Smith, J., " * (LENGTH // 11),
    "commas": ", " * (LENGTH // 2),
    "Japanese": "山田太郎，" * (LENGTH // 5),
    "years": "©2020 2020 (2020) Proceedings of " * (LENGTH // 33),
    "superscripts": "Jane Doe1,2 " * (LENGTH // 12),
}


def took_s(page: Page, metadata: Metadata | None = None) -> float:
    """Of processor time."""
    started = time.process_time()
    describe((page,), metadata=metadata or Metadata())
    return time.process_time() - started


@pytest.mark.parametrize("name", PATTERNS)
def test_describing_hostile_text_is_linear(name: str) -> None:
    text = PATTERNS[name]
    quarter, whole = (
        took_s(Page(1, 595, 842, text[: len(text) // 4], b"")),
        took_s(Page(1, 595, 842, text, b"")),
    )

    assert whole < QUADRATIC * 0.7 * quarter + 0.5


def test_describing_many_placed_lines_is_linear() -> None:
    text = ("Smith, J. 2001. A title.", "References", "1 Introduction", "12", "Jane Doe, John Smith")
    rows = [row(60 + i % 3, (i * 7) % 800, 10, text[i % len(text)]) for i in range(8000)]
    metadata = Metadata(title="x" * 10_000, author="a, " * 10_000)
    quarter, whole = took_s(a_page(rows[:2000]), metadata), took_s(a_page(rows), metadata)

    assert whole < QUADRATIC * 0.7 * quarter + 0.5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12), st.text(max_size=40), st.text(max_size=40))
def test_describing_never_fails(lines: list[str], title: str, author: str) -> None:
    page = Page(1, 595, 842, "\n".join(lines).replace("\f", " "), b"")
    description = describe((page,), metadata=Metadata(title=title, author=author, outline=((title, 1, 1),)))

    assert len(description.language) == 2
    for section in description.sections:
        assert 0 <= section.start <= section.body <= section.end <= len(page.text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 500),
            st.floats(0, 800),
            st.sampled_from([7.0, 10.0, 14.0]),
            st.text(st.characters(exclude_characters="{}\n\r\f\t"), min_size=1, max_size=40),
            st.booleans(),
        ),
        max_size=15,
    )
)
def test_describing_placed_lines_never_fails(rows: list[tuple[float, float, float, str, bool]]) -> None:
    printed = [row(x, y, size, text, bold=bold) for x, y, size, text, bold in rows]
    description = describe((a_page(printed), a_page(printed, number=2)), metadata=Metadata())

    ends = [section.end for section in description.sections]
    assert ends == sorted(ends)
