"""Throughput with 1, 2 and 4 workers on one PostgreSQL, before a fake endpoint: `python benchmarks/scale.py`.

Every worker may execute `--runs-each` runs at once, answers take `--latency` seconds: what the endpoint allows is
workers × runs each ÷ latency, and the table says how much of that is reached. Workers, web, PostgreSQL and endpoint share
this machine's cores; the last columns say how much of them was used, and by the workers for a run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cluster import Cluster, commit, models, postgres, running, some_papers
from fake_endpoint import started

PERSONA = "summarizer"
NAMES = 16
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figures:
    workers: int
    runs: int
    seconds: float
    allowed: float
    """Runs a second that the endpoint would allow."""
    cpu_s: float
    """Of the workers."""
    web_cpu_s: float
    postgres_cpu_s: float
    idle: float
    """Share of the machine that nobody used."""

    @property
    def rate(self) -> float:
        return self.runs / self.seconds


async def start(cluster: Cluster, papers: list[str], number: int) -> None:
    body = {
        "paper_id": papers[number % len(papers)],
        "persona": PERSONA,
        "model": f"fake-{number // len(papers) % NAMES}",
        "language": "en",
        "fresh": True,
    }
    web = cluster.webs[number % len(cluster.webs)]
    async with cluster.session.post(f"{web.url}/api/runs", json=body) as response:
        if response.status != 202:
            raise RuntimeError(await response.text())


async def burst(cluster: Cluster, papers: list[str], count: int) -> float:
    """Start so many and wait for all. Returns the seconds it took."""
    slots = asyncio.Semaphore(8)

    async def one(number: int) -> None:
        async with slots:
            await start(cluster, papers, number)

    began = time.monotonic()
    await asyncio.gather(*(one(number) for number in range(count)))
    await cluster.idle()
    return time.monotonic() - began


async def measure(workers: int, given: argparse.Namespace) -> Figures:
    database = postgres()
    folder = Path(tempfile.mkdtemp(prefix=f"yomi-scale-{workers}-"))
    with started("--latency", str(given.latency)) as (port, _, _):
        settings = {
            "YOMI_MODELS": models(port, names=NAMES),
            "YOMI_RUNS": str(given.runs_each),
            "YOMI_MAX_QUEUED": "100000",
        }
        async with running(
            folder, webs=1, workers=workers, database=database.database(), settings=settings
        ) as cluster:
            papers = await cluster.upload(some_papers())
            await burst(cluster, papers, 4 * workers * given.runs_each)
            before, web, machine = _cpu_s(cluster.workers), _cpu_s(cluster.webs), _machine()
            rows = _postgres_s()
            count = given.runs * workers
            seconds = await burst(cluster, papers, count)
            now = _machine()
            return Figures(
                workers,
                count,
                seconds,
                workers * given.runs_each / given.latency,
                _cpu_s(cluster.workers) - before,
                _cpu_s(cluster.webs) - web,
                _postgres_s() - rows,
                (now[0] - machine[0]) / (now[1] - machine[1]),
            )


def _cpu_s(members: list) -> float:  # type: ignore[type-arg]
    """Processor time so far, of those and their children that ended."""
    return sum(_times(member.process.pid) for member in members if member.process)


def _times(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _postgres_s() -> float:
    """Processor time of all of PostgreSQL, backends that ended included."""
    total = 0.0
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            head, _, rest = place.read_text("utf-8").rpartition(")")
            if head.endswith("(postgres"):
                fields = rest.split()
                total += sum(int(n) for n in fields[11:15]) / TICKS
    return total


def _machine() -> tuple[float, float]:
    """Idle and total ticks of all cores."""
    ticks = [int(n) for n in Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--runs", type=int, default=200, help="for each worker")
    parser.add_argument("--runs-each", type=int, default=8, help="at once, by one worker")
    parser.add_argument("--latency", type=float, default=1.0)
    given = parser.parse_args()
    found = [await measure(workers, given) for workers in given.workers]
    table = Table(
        f"workers, commit {commit()}", "runs", "runs/s", "allowed", "reached", "slope", "worker CPU ms a run",
        "web CPU ms a run", "PostgreSQL CPU ms a run", "machine idle",
    )  # fmt: skip
    for one in found:
        table.add_row(
            str(one.workers), str(one.runs), f"{one.rate:.1f}", f"{one.allowed:.0f}", f"{one.rate / one.allowed:.0%}",
            f"{one.rate / found[0].rate:.2f}", f"{1000 * one.cpu_s / one.runs:.1f}",
            f"{1000 * one.web_cpu_s / one.runs:.1f}", f"{1000 * one.postgres_cpu_s / one.runs:.1f}", f"{one.idle:.0%}",
        )  # fmt: skip
    Console(width=150).print(table)


if __name__ == "__main__":
    asyncio.run(main())
