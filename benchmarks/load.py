"""Measure the server under load, beside the limit: `python benchmarks/load.py [--database sqlite postgres] [--profile]`.

A fake endpoint (`fake_endpoint.py`, a process of its own) streams answers of one second in 200 events, six fields, 18
quotes that really are in the paper. The server (`load_server.py`, a process of its own, as `yomi serve` with
`YOMI_RUNS=500`) reads six papers and executes runs that are started over HTTP with `fresh`. In the same run, the same
request bodies are sent by a bare aiohttp client, by the openai SDK as it is, and by the SDK as the server uses it.

Two ways: *burst*, all runs started as fast as the API takes them, up to 500 in flight, which measures what one process
can digest; *steady*, so many a second (`--rate`), which measures what a run waits for when there is room.

Readers of one paper take turns (`application/turns.py`). The endpoint is declared to share its cache (`shares_cache`), so
that a reader starts at the first token of the one before; six papers times eight names of the model make 48 lines. Up to
500 runs are executed at once; how many calls were under way at one time is what the endpoint saw ("peak in flight"). While
a process digests fewer than 500 runs a second, answers of one second are over before so many are: `--latency 40 --ways
burst --clients` holds 500 connections open.

Papers: `--papers FOLDER`, by default `../shared/papers` where that is, else `samples/`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table

from fake_endpoint import started

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "papers"
PAPERS = ("n18", "s2orc", "specter", "papermage", "tableformer", "tidydata")
NAMES = 8
"""Names of the one model, so that readers stand in more lines than there are papers."""
PERSONA = "summarizer"
POSTS_AT_ONCE = 16
WARM_UP = 18


@dataclass
class Figures:
    """What one of them took. Times in seconds."""

    name: str
    way: str
    runs: int
    cpu: float = 0.0
    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    peak: int = 0
    probe: dict[str, Any] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.runs

    def took_at(self, share: float) -> float:
        ordered = sorted(self.took)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


class Server:
    """The server in its own process, and what was asked of it."""

    def __init__(
        self, process: asyncio.subprocess.Process, session: aiohttp.ClientSession, port: int
    ) -> None:
        self.process, self.session, self.api = process, session, f"http://127.0.0.1:{port}/api"

    async def tell(self, command: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(command.encode() + b"\n")
        await self.process.stdin.drain()
        return json.loads(await self.process.stdout.readline()) if command == "report" else {}

    async def get(self, path: str) -> Any:
        async with self.session.get(self.api + path) as response:
            response.raise_for_status()
            return await response.json()

    async def upload(self, paper: Path) -> str:
        headers = {"Content-Type": "application/pdf", "Prefer": "wait=60"}
        async with self.session.post(
            self.api + "/papers", data=await asyncio.to_thread(paper.read_bytes), headers=headers
        ) as response:
            told = await response.json()
            assert response.status == 201, told
            return str(told["id"])

    async def run(self, paper: str, number: int) -> str:
        body = {
            "paper_id": paper,
            "persona": PERSONA,
            "model": f"fake-{number // len(PAPERS) % NAMES}",
            "language": "en",
            "fresh": True,
        }
        async with self.session.post(self.api + "/runs", json=body) as response:
            told = await response.json()
            assert response.status == 202, told
            return str(told["id"])

    async def runs(self, papers: Sequence[str], count: int, *, rate: float) -> list[str]:
        """Start them, wait until all are over. Returns their ids."""
        slots, began = asyncio.Semaphore(POSTS_AT_ONCE), time.monotonic()

        async def one(number: int) -> str:
            async with slots:
                return await self.run(papers[number % len(papers)], number)

        tasks = []
        for number in range(count):
            tasks.append(asyncio.create_task(one(number)))
            if rate:
                await asyncio.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))
        ids = list(await asyncio.gather(*tasks))
        for status in ("queued", "running", "queued"):
            while (await self.get(f"/runs?status={status}&limit=1"))["items"]:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.5)
        return ids


@asynccontextmanager
async def serving(
    endpoint: int, database: str | None, folder: Path, *, profile: bool
) -> AsyncIterator[Server]:
    models = [
        {"name": f"fake-{n}", "model": f"fake-{n}", "base_url": f"http://127.0.0.1:{endpoint}/v1"}
        | {"shares_cache": True, "context_window": 128_000}
        for n in range(NAMES)
    ]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("YOMI_", "OPENAI_"))
    }
    environment = inherited | {
        "YOMI_DATA_DIR": str(folder),
        "YOMI_MODELS": json.dumps(models),
        "YOMI_MODEL": "fake-0",
        "YOMI_RUNS": "500",
        "YOMI_LOG_LEVEL": "warning",
    }
    if database:
        environment["YOMI_DATABASE_URL"] = database
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "load_server.py"),
        *(["--profile"] if profile else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        limit=1 << 20,
    )
    assert process.stdout
    try:
        port = json.loads(await process.stdout.readline())["port"]
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as session:
            yield Server(process, session, port)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def measure_server(
    name: str, endpoint: tuple[int, int], database: str | None, given: argparse.Namespace
) -> tuple[list[Figures], Path]:
    port, control = endpoint
    found = []
    bodies = Path(tempfile.mkstemp(suffix=".json")[1])
    with tempfile.TemporaryDirectory() as folder:
        async with serving(port, database, Path(folder), profile=given.profile) as server:
            papers = [await server.upload(paper) for paper in given.papers]
            await server.runs(papers, WARM_UP, rate=0)
            sent = json.dumps(await _control(server, control, "bodies"))
            await asyncio.to_thread(bodies.write_text, sent)
            for way, rate, count in _ways(given):
                await _control(server, control, "stats/reset")
                await server.tell("mark")
                began = time.monotonic()
                ids = await server.runs(papers, count, rate=rate)
                seconds, probe = time.monotonic() - began, await server.tell("report")
                stats = await _control(server, control, "stats")
                figures = Figures(name, way, count, probe["cpu_s"], seconds, peak=stats["peak"], probe=probe)
                for id_ in ids:
                    run = await server.get(f"/runs/{id_}")
                    timing = run["timing"]
                    figures.took.append((timing["total_ms"] - (timing["queued_ms"] or 0)) / 1000)
                    figures.outcomes[run["status"]] += 1
                    for code in (
                        (run["error"] or {}).get("code", ""),
                        *(one["outcome"] for one in run["attempts"]),
                    ):
                        figures.outcomes[code] += code not in ("", "ok")
                    figures.outcomes["calls"] += len(run["attempts"])
                    figures.outcomes["quotes"] += sum(len(s["evidence"]) for s in run["statements"])
                    figures.outcomes.update(s["status"] for s in run["statements"])
                found.append(figures)
            await server.tell("stop")
            await server.process.wait()
    return found, bodies


def measure_client(kind: str, port: int, bodies: Path, given: argparse.Namespace) -> list[Figures]:
    names = {"aiohttp": "bare aiohttp", "sdk": "openai SDK", "path": "SDK as the server uses it"}
    found = []
    for way, rate, count in _ways(given):
        command = [
            sys.executable,
            str(HERE / "load_client.py"),
            kind,
            f"http://127.0.0.1:{port}/v1",
            str(bodies),
        ]
        command += ["--calls", str(count), "--in-flight", str(given.in_flight), "--rate", str(rate)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        figures = Figures(names[kind], way, count, told["cpu_s"], told["seconds"], told["took"])
        figures.probe = {"peak_rss": told["rss"]}
        found.append(figures)
    return found


def _ways(given: argparse.Namespace) -> Iterator[tuple[str, float, int]]:
    if "burst" in given.ways:
        yield "burst", 0.0, given.runs
    if "steady" in given.ways:
        yield "steady", given.rate, int(given.rate * given.seconds)


async def _control(server: Server, port: int, path: str) -> Any:
    method = "POST" if path == "stats/reset" else "GET"
    async with server.session.request(method, f"http://127.0.0.1:{port}/{path}") as response:
        return await response.json()


@contextmanager
def database_address(name: str) -> Iterator[str | None]:
    if name == "sqlite":
        yield None
        return
    sys.path.insert(0, str(HERE.parent / "tests"))
    from postgres import server  # noqa: PLC0415 (not every run needs one)

    postgres = server()
    postgres.say("ALTER SYSTEM SET fsync = on")  # the tests turn it off
    postgres.say("SELECT pg_reload_conf()")
    yield postgres.database()


def show(console: Console, found: Sequence[Figures], latency_s: float) -> None:
    own = {figures.way: figures.cpu_ms for figures in found if figures.name == "SDK as the server uses it"}
    table = Table("", "way", "calls/s", "peak in flight", "CPU ms", "beyond SDK", "added p50 ms", "added p95 ms",
                  "lag p50 ms", "lag p95 ms", "RSS MB", "runs")  # fmt: skip
    for figures in found:
        probe, is_server = figures.probe, "lag_p95" in figures.probe
        table.add_row(
            figures.name,
            figures.way,
            f"{figures.runs / figures.seconds:.1f}",
            str(figures.peak or ""),
            f"{figures.cpu_ms:.1f}",
            f"{figures.cpu_ms - own.get(figures.way, 0):.1f}" if is_server else "",
            f"{1000 * (figures.took_at(0.5) - latency_s):.0f}",
            f"{1000 * (figures.took_at(0.95) - latency_s):.0f}",
            f"{1000 * probe['lag_p50']:.1f}" if is_server else "",
            f"{1000 * probe['lag_p95']:.1f}" if is_server else "",
            f"{probe['peak_rss'] / 2**20:.0f}",
            " ".join(f"{name} {count}" for name, count in figures.outcomes.items() if count),
        )
    console.print(table)


def show_profile(console: Console, figures: Figures) -> None:
    probe = figures.probe
    console.print(f"[b]{figures.name}, {figures.way}[/b]: CPU by thread, ms per run:", {
        name: round(1000 * seconds / figures.runs, 2) for name, seconds in probe["threads"].items()
    })  # fmt: skip
    if not probe["samples"]:
        return
    for key, title in (("who", "innermost function of ours"), ("where", "innermost package")):
        table = Table(title, "% of samples", "ms per run")
        for name, count in probe[key]:
            share = count / probe["samples"]
            table.add_row(name, f"{100 * share:.1f}", f"{share * figures.cpu_ms:.2f}")
        console.print(table)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000, help="of a burst")
    parser.add_argument(
        "--in-flight", type=int, default=500, help="of the clients; the server's is YOMI_RUNS=500"
    )
    parser.add_argument("--rate", type=float, default=10.0, help="runs a second, steady")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the steady way")
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--wrong", type=float, default=0.0, help="share of quotes that are not in the paper")
    parser.add_argument("--ways", nargs="+", default=["burst", "steady"], choices=["burst", "steady"])
    parser.add_argument("--database", nargs="+", default=["sqlite"], choices=["sqlite", "postgres"])
    parser.add_argument("--clients", nargs="*", default=["aiohttp", "sdk", "path"])
    parser.add_argument("--papers", type=Path, default=SHARED if SHARED.is_dir() else HERE.parent / "samples")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    chosen = [given.papers / f"{name}.pdf" for name in PAPERS]
    given.papers = [p for p in chosen if p.is_file()] or sorted(given.papers.glob("*.pdf"))
    console = Console(width=200)
    found: list[Figures] = []
    with started("--latency", str(given.latency), "--wrong", str(given.wrong)) as (port, control, _):
        bodies = Path()
        for name in given.database:
            with database_address(name) as address:
                figures, bodies = await measure_server(f"server, {name}", (port, control), address, given)
                found += figures
                show(console, figures, given.latency)
        for kind in given.clients:
            found += measure_client(kind, port, bodies, given)
        bodies.unlink()
    show(console, found, given.latency)
    for figures in found:
        if "threads" in figures.probe:
            show_profile(console, figures)


if __name__ == "__main__":
    asyncio.run(main())
