"""From what was measured to what is needed: `python benchmarks/capacity.py [--papers 1000000] [--readers 2] …`.

Prints the table of `docs/capacity.md`. Every figure it starts from is an option, with the measured value as default; the
formulas stand beside the results.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

DAY_S = 86_400
MONTH_DAYS = 30
KIB, GIB, TIB = 1 / 2**20, 1, 2**10
"""Sizes are counted in GiB."""


@dataclass(frozen=True)
class Given:
    papers: int
    """A day."""
    readers: int
    peak: float
    """Busiest hour ÷ average."""
    use: float
    """Share of a core that is planned with."""
    pages: float
    pages_per_cpu_s: float
    worker_ms: float
    """CPU of a worker for a run."""
    web_ms: float
    """CPU of a web for a run: started, followed, read once."""
    postgres_ms: float
    """CPU of PostgreSQL for a run."""
    latency_s: float
    """Of a call."""
    in_flight: int
    """Runs at once of one worker."""
    connections: int
    """To PostgreSQL, of one process."""
    row_kib: float
    """Of a run in PostgreSQL with all that belongs to it, indexes included."""
    pdf_kib: float
    extraction_kib: float
    paper_tokens: int
    reader_tokens: int
    """Of a persona's part of the prompt."""
    output_tokens: int


def needs(g: Given) -> list[tuple[str, str, str]]:
    """What, how much, and from what."""
    papers_s = g.papers / DAY_S
    runs_s = papers_s * g.readers
    reading = papers_s * g.peak * g.pages / g.pages_per_cpu_s / g.use
    running = runs_s * g.peak * g.worker_ms / 1000 / g.use
    web = runs_s * g.peak * g.web_ms / 1000 / g.use
    postgres = runs_s * g.peak * g.postgres_ms / 1000 / g.use
    in_flight = runs_s * g.peak * g.latency_s
    workers = max(-(-in_flight // g.in_flight), -(-running // 1))
    webs = max(2, -(-web // 1))
    month = g.papers * MONTH_DAYS
    rows = month * g.readers * g.row_kib * KIB
    blobs = month * (g.pdf_kib + g.extraction_kib) * KIB
    each = g.paper_tokens + g.reader_tokens
    return [
        ("papers a second, runs a second", f"{papers_s:.1f}, {runs_s:.1f}", "papers ÷ 86,400; × readers"),
        ("calls in flight at the peak", f"{in_flight:,.0f}", "runs/s × peak × latency"),
        ("cores for reading PDFs", f"{reading:.1f}", "papers/s × peak × pages ÷ pages per CPU-s ÷ use"),
        ("cores for executing runs", f"{running:.1f}", "runs/s × peak × worker CPU ÷ use"),
        ("worker processes", f"{workers:.0f}", "the larger of in flight ÷ runs at once, and cores for runs"),
        ("cores for webs; processes", f"{web:.1f}; {webs:.0f}", "runs/s × peak × web CPU ÷ use; at least two"),
        ("cores for PostgreSQL", f"{postgres:.1f}", "runs/s × peak × PostgreSQL CPU ÷ use"),
        ("connections to PostgreSQL", f"{(workers + webs) * g.connections:.0f}", "processes × connections"),
        ("PostgreSQL, a month", f"{rows / TIB:.2f} TiB", "runs × KiB a run"),
        ("blobs, a month", f"{blobs / TIB:.1f} TiB", "papers × (PDF + extraction)"),
        ("input tokens a day, every reader alone", f"{g.papers * g.readers * each / 1e9:.1f} G", "papers × readers × (paper + persona)"),
        (
            "input tokens a day, prefix reused: full price",
            f"{g.papers * (g.paper_tokens + g.readers * g.reader_tokens) / 1e9:.1f} G",
            "papers × (paper + readers × persona)",
        ),
        (
            "… and at the cached price",
            f"{g.papers * (g.readers - 1) * g.paper_tokens / 1e9:.1f} G",
            "papers × (readers − 1) × paper",
        ),
        ("output tokens a day", f"{g.papers * g.readers * g.output_tokens / 1e9:.1f} G", "papers × readers × answer"),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--peak", type=float, default=2)
    parser.add_argument("--use", type=float, default=0.6)
    parser.add_argument("--pages", type=float, default=13)
    parser.add_argument("--pages-per-cpu-s", type=float, default=56)
    parser.add_argument("--worker-ms", type=float, default=60)
    parser.add_argument("--web-ms", type=float, default=20)
    parser.add_argument("--postgres-ms", type=float, default=15)
    parser.add_argument("--latency-s", type=float, default=20)
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--row-kib", type=float, default=29)
    parser.add_argument("--pdf-kib", type=float, default=680)
    parser.add_argument("--extraction-kib", type=float, default=560)
    parser.add_argument("--paper-tokens", type=int, default=14_500)
    parser.add_argument("--reader-tokens", type=int, default=1_000)
    parser.add_argument("--output-tokens", type=int, default=1_500)
    given = Given(**vars(parser.parse_args()))
    table = Table("what", "how much", "from")
    for row in needs(given):
        table.add_row(*row)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
