"""Measure reading papers: `python benchmarks/ingest.py [FOLDER]` (default: ../shared/papers).

CPU time per stage for every PDF of the folder, beside raw pypdfium2 in the same run: its own loop over all characters
(code point and box of each) and its plain `get_text_range`. Then the real reader with its child process: wall time and
peak memory.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw
from rich.console import Console
from rich.table import Table
from server.adapters import pdfium
from server.adapters.pdf_admission import admit
from server.adapters.pdf_hyphens import Vocabulary
from server.adapters.pdf_ink import look_for_ink
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.pdf_reading import Glyphs, read_glyphs
from server.adapters.pdf_text import compose_page
from server.domain.description import describe
from server.domain.extractions import Extraction, Page

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "papers"
LIMITS = {"max_bytes": 50 * 2**20, "max_pages": 500}
REPEATS = 3


@dataclass
class Figures:
    """CPU seconds; the best of a few runs, since the machine is shared."""

    name: str
    pages: int = 0
    characters: int = 0
    hidden: int = 0
    same: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)

    def timed(self, stage: str, work: Callable[[], Any]) -> Any:
        best, result = float("inf"), None
        for _ in range(REPEATS):
            started = time.process_time()
            result = work()
            best = min(best, time.process_time() - started)
        self.seconds[stage] = best
        return result


def raw_loop(data: bytes) -> None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    document = pypdfium2.PdfDocument(data)
    for page in document:
        text_page = page.get_textpage()
        for index in range(text_page.count_chars()):
            pypdfium2.raw.FPDFText_GetUnicode(text_page, index)
            pypdfium2.raw.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
        text_page.close()
        page.close()
    document.close()


def raw_text(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    texts = []
    for page in document:
        text_page = page.get_textpage()
        texts.append(text_page.get_text_range())
        text_page.close()
        page.close()
    document.close()
    return texts


def read(data: bytes, *, ink: bool) -> tuple[list[Page], int]:
    glyphs: list[Glyphs] = []
    hidden: list[list[tuple[int, int]]] = []
    with pdfium.opened(data) as document:
        for index in range(pdfium.page_count(document)):
            with pdfium.loaded_page(document, index) as page:
                glyphs.append(read_glyphs(page))
                found = look_for_ink(page, glyphs[-1]).hidden if ink else ()
                hidden.append([(stretch.start, stretch.end) for stretch in found])
    vocabulary = Vocabulary.of(page.text for page in glyphs)
    pages = [
        compose_page(number, page, left_out=stretches, vocabulary=vocabulary)
        for number, (page, stretches) in enumerate(zip(glyphs, hidden, strict=True), start=1)
    ]
    return pages, sum(map(len, hidden))


def letters(text: str) -> str:
    return re.sub(r"[\W_\ufffe]+", "", text)


def measure(path: Path) -> Figures:
    data = path.read_bytes()
    figures = Figures(path.name)
    raw_loop(data)  # fonts of the system are looked up once per process
    figures.timed("raw loop", lambda: raw_loop(data))
    plain = figures.timed("raw text", lambda: raw_text(data))
    admission = figures.timed("gate", lambda: admit(data, **LIMITS))
    figures.timed("boxes", lambda: read(data, ink=False))
    pages, figures.hidden = figures.timed("boxes+ink", lambda: read(data, ink=True))
    figures.seconds["ink"] = figures.seconds["boxes+ink"] - figures.seconds["boxes"]
    figures.timed("describe", lambda: describe(tuple(pages), metadata=admission.metadata))
    figures.pages, figures.characters = len(pages), sum(len(page.text) for page in pages)
    raw_letters, ours = letters("".join(plain)), letters("".join(page.text for page in pages))
    common = (Counter(raw_letters) & Counter(ours)).total()
    figures.same = 1.0 if ours == raw_letters else min(0.9999, common / max(len(raw_letters), len(ours)))
    return figures


def summed(measured: list[Figures]) -> Figures:
    characters = sum(one.characters for one in measured)
    return Figures(
        "all",
        sum(one.pages for one in measured),
        characters,
        sum(one.hidden for one in measured),
        sum(one.same * one.characters for one in measured) / max(characters, 1),
        {stage: sum(one.seconds[stage] for one in measured) for stage in measured[0].seconds},
    )


def cells(one: Figures) -> list[str]:
    s, pages = one.seconds, one.pages
    without, whole = s["gate"] + s["boxes"], s["gate"] + s["boxes"] + s["ink"]
    return [
        *(one.name, f"{pages}", f"{one.characters}", f"{one.hidden}", f"{100 * one.same:.2f}"),
        *(f"{1000 * s[stage] / pages:.1f}" for stage in ("gate", "boxes", "ink", "describe")),
        *(f"{1000 * s[stage] / pages:.1f}" for stage in ("raw loop", "raw text")),
        *(
            f"{s['raw loop'] / s['boxes']:.2f}",
            f"{s['raw loop'] / without:.2f}",
            f"{s['raw text'] / s['boxes']:.2f}",
        ),
        *(f"{pages / whole:.0f}", f"{pages / (whole + s['describe']):.0f}"),
    ]


async def with_child(paths: list[Path]) -> tuple[list[Extraction], float, int]:
    reader = PdfProcessReader(workers=1, recycle_after=len(paths) + 1)
    started = time.monotonic()
    extractions = [await reader.read(path.read_bytes()) for path in paths]
    seconds = time.monotonic() - started
    status = Path(f"/proc/{reader.children[0]}/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None  # noqa: ASYNC240
    await reader.close()
    return extractions, seconds, int(peak.group(1)) // 1024 if peak else 0


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    paths = sorted(folder.glob("*.pdf"))
    if not paths:
        sys.exit(f"no PDFs in {folder}")
    table = Table(title="milliseconds of CPU per page; ratios: raw time / ours (more is better)")
    for heading in (
        *("paper", "pages", "chars", "hidden", "same letters %", "gate", "boxes", "ink", "describe"),
        *("raw loop", "raw text", "boxes/loop", "gate+boxes/loop", "boxes/text", "pages/s", "all: pages/s"),
    ):
        table.add_column(heading, justify="left" if heading == "paper" else "right")
    measured = [measure(path) for path in paths]
    for one in measured:
        table.add_row(*cells(one))
    table.add_section()
    table.add_row(*cells(summed(measured)))
    Console(width=190).print(table)
    extractions, seconds, peak = asyncio.run(with_child(paths))
    read_pages = sum(len(extraction.pages) for extraction in extractions)
    print(f"one child, cold: {read_pages} pages in {seconds:.1f} s wall; peak memory {peak} MiB")


if __name__ == "__main__":
    main()
