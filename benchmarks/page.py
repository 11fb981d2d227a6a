"""Print what the page of a finished comparison costs: processor time to render it, and bytes to load, part by part.

python benchmarks/page.py [PDF] [-n 50]

Two readers that answer twelve fields each (the interpreter, twice). Limits: 30 ms of CPU to render, and 200 KB without the
pictures of the paper's pages.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from litestar.testing import AsyncTestClient
from rich.console import Console
from rich.table import Table
from server.asgi import create_app
from server.bootstrap import build
from server.domain.ids import ComparisonId
from server.settings import Settings
from server.web.pages.comparison import page_values
from server.web.pages.frame import render

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "paper-first.pdf"
LIMIT_MS, LIMIT_KB = 30, 200
READERS = [{"persona": "interpreter"}, {"persona": "interpreter"}]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pdf", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("-n", type=int, default=50, help="how often the page is rendered")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(
            measure(
                asked.pdf.name, asked.pdf.read_bytes(), asked.n, Settings(data_dir=Path(folder), readers=1)
            )
        )


async def measure(name: str, pdf: bytes, count: int, settings: Settings) -> None:
    async with AsyncTestClient(create_app(settings), base_url="http://127.0.0.1:8000", timeout=120) as client:
        paper = await client.post("/api/papers", content=pdf, headers={"Content-Type": "application/pdf"})
        made = await client.post(
            "/api/comparisons",
            json={"paper_id": paper.json()["id"], "candidates": READERS},
            headers={"Prefer": "wait=120"},
        )
        comparison = made.json()
        statements = sum(len(c["run"]["statements"]) for c in comparison["candidates"])
        address = f"/comparisons/{comparison['id']}"
        html = (await client.get(address)).text
        files = {
            path: (await client.get(path)).content
            for path in dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"#]+)', html))
        }
        for path, data in list(files.items()):
            for module in re.findall(rb'^import .*?"\./(.+?)";', data, re.MULTILINE):
                imported = f"{path.rpartition('/')[0]}/{module.decode()}"
                files[imported] = (await client.get(imported)).content
        began = time.process_time()
        for _ in range(count):
            await client.get(address)
        request_ms = (time.process_time() - began) / count * 1000

    services = build(settings, owner="benchmark")
    try:
        view = await services.queries.comparison(ComparisonId(comparison["id"]))
        rendered_ms = _median_ms(
            lambda: render(
                "comparison_page.html.j2", "en", theme="auto", here=address, **page_values(view, "en")
            ),
            count,
        )
    finally:
        await services.close()

    console = Console(width=120)
    console.print(f"{name}: {statements} statements in two answers of twelve fields")
    console.print(
        f"rendered: {rendered_ms:.1f} ms of CPU, {rendered_ms / LIMIT_MS:.2f} of the limit ({LIMIT_MS} ms)"
    )
    console.print(f"the whole request, records read from the database: {request_ms:.1f} ms of CPU")
    table = Table("part", "bytes", "compressed")
    parts = {address: html.encode(), **files}
    for path, data in parts.items():
        table.add_row(re.sub(r"/static/\w+/|/comparisons/.*", "", path) or "the page", *_sizes(data))
    table.add_row("all", *_sizes(*parts.values()))
    console.print(table)
    whole_kb = sum(map(len, parts.values())) / 1000
    console.print(f"uncompressed {whole_kb:.0f} KB, {whole_kb / LIMIT_KB:.2f} of the limit ({LIMIT_KB} KB)")


def _median_ms(make: Callable[[], object], count: int) -> float:
    make()
    taken = []
    for _ in range(count):
        began = time.process_time()
        make()
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


def _sizes(*parts: bytes) -> tuple[str, str]:
    return f"{sum(map(len, parts)):,}", f"{sum(len(gzip.compress(part)) for part in parts):,}"


if __name__ == "__main__":
    main()
