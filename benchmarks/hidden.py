"""Measure the search for hidden text: `python benchmarks/hidden.py [FOLDER]` (default: ../shared/papers).

First one page per way to hide an order from people, and per honest way to print the same words: what was found, what
stays readable for a model. Then every paper of the folder: what is taken for hidden there, and pages per second of CPU
with and without looking.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from server.adapters import pdfium
from server.adapters.pdf_extraction import Limits, extract
from server.adapters.pdf_ink import look_for_ink
from server.adapters.pdf_reading import read_glyphs
from server.domain.extractions import Extraction
from server.domain.matching import fold
from tests.pdfs import BEYOND_INK, HIDDEN, SECRET, SHOWN, UNREAD

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "papers"
REPEATS = 2


def extraction_of(data: bytes) -> Extraction:
    return extract(data, reader="benchmark", version="1", limits=Limits(), report=lambda *_: None)


def judged(data: bytes) -> tuple[str, str, str]:
    """(what was hidden, whether the order is in the text for readers, codes of the notices)."""
    extraction = extraction_of(data)
    reasons = sorted({str(text.why) for text in extraction.hidden})
    readable = fold(SECRET) in fold(extraction.text)
    codes = ", ".join(notice.code for notice in extraction.warnings)
    return ", ".join(reasons) or "-", "yes" if readable else "no", codes or "-"


def ways(console: Console) -> None:
    for title, pages, wanted in (
        (f"hidden from people ({len(HIDDEN)} ways)", HIDDEN, ("hidden", "no")),
        (f"honest print ({len(SHOWN)} ways)", SHOWN, ("-", "yes")),
        (f"not on the page at all ({len(UNREAD)} ways)", UNREAD, ("-", "no")),
        (f"out of reach of ink ({len(BEYOND_INK)} ways)", BEYOND_INK, None),
    ):
        table = Table(title=title)
        for heading in ("way", "hidden because", "reaches readers", "notices", "as wanted"):
            table.add_column(heading)
        right = 0
        for name, data in pages.items():
            why, readable, codes = judged(data)
            as_wanted = wanted is not None and ("-" if why == "-" else "hidden", readable) == wanted
            right += as_wanted
            table.add_row(name, why, readable, codes, "yes" if as_wanted else "NO" if wanted else "")
        console.print(table)
        if wanted:
            console.print(f"{right} of {len(pages)} as wanted\n")


def pages_of(data: bytes, *, look: bool) -> int:
    with pdfium.opened(data) as document:
        count = pdfium.page_count(document)
        for index in range(count):
            with pdfium.loaded_page(document, index) as page:
                glyphs = read_glyphs(page)
                if look:
                    look_for_ink(page, glyphs)
    return count


def cpu_s(work: Callable[[], object]) -> float:
    """The best of a few runs: the machine may be shared."""
    best = float("inf")
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def papers(console: Console, paths: list[Path]) -> None:
    table = Table(title="papers: what is taken for hidden, and pages per second of CPU")
    for heading in ("paper", "pages", "hidden", "warnings", "reading", "reading+look", "whole extraction"):
        table.add_column(heading, justify="left" if heading in {"paper", "hidden", "warnings"} else "right")
    totals = [0.0] * 4
    for path in paths:
        data = path.read_bytes()
        extraction = extraction_of(data)
        pages = pages_of(data, look=False)
        seconds = [
            cpu_s(lambda data=data: pages_of(data, look=False)),  # type: ignore[misc]
            cpu_s(lambda data=data: pages_of(data, look=True)),  # type: ignore[misc]
            cpu_s(lambda data=data: extraction_of(data)),  # type: ignore[misc]
        ]
        totals = [total + one for total, one in zip(totals, [pages, *seconds], strict=True)]
        table.add_row(
            path.name,
            str(pages),
            "; ".join(f"p. {text.page} {text.text[:30]!r}" for text in extraction.hidden) or "-",
            ", ".join(notice.code for notice in extraction.warnings) or "-",
            *(f"{pages / one:.0f}" for one in seconds),
        )
    table.add_section()
    table.add_row("all", f"{totals[0]:.0f}", "", "", *(f"{totals[0] / one:.0f}" for one in totals[1:]))
    console.print(table)


def main() -> None:
    console = Console(width=150)
    ways(console)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if paths := sorted(folder.glob("*.pdf")):
        papers(console, paths)
    else:
        console.print(f"no PDFs in {folder}: papers not measured")


if __name__ == "__main__":
    main()
