"""Let the provider misbehave while runs go on, and count what that costs: `python benchmarks/storm.py [STORM …]`.

One server (`yomi serve`, SQLite) before a fake endpoint of one second; runs are started at a steady rate. Storms:

* `down`: nothing listens for a minute. Runs must wait instead of burning attempts, and all finish;
* `errors`: every second call ends with a 500. 99 % of the runs must succeed, with at most 2.3 calls a run;
* `drip`: every third answer comes twenty times slower than a run may take;
* `resets`: every third answer is cut off by a TCP reset in the middle;
* `redirects`: every call is sent elsewhere, where nobody must arrive.

Attempts are those that the runs' records name, so that a call to nobody counts too.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cluster import Cluster, commit, control, models, running, some_papers
from fake_endpoint import started

PERSONA = "summarizer"
NAMES = 1
"""A breaker is of an endpoint and a model: each name would look for itself whether the endpoint is back."""
WARM_UP = 30
OPEN_AFTER_S = 3
"""Into an outage, by then the breaker has opened."""
RATE = 8.0
"""Runs started in a second; the endpoint would take them all."""


@dataclass(frozen=True)
class Storm:
    """What happens to the endpoint, when, and what may come of it."""

    name: str
    mode: dict[str, Any]
    seconds: float
    """How long it lasts."""
    runs: int
    run_timeout_s: int = 600
    most_calls: float | None = None
    """A run, on average."""
    least_finished: float = 1.0
    ends: frozenset[str] = frozenset()
    """Codes of those that may end otherwise."""


STORMS = (
    Storm("down", {"mode": "down"}, 60, runs=720, most_calls=1.05),
    Storm("errors", {"mode": "errors", "p": 0.5}, 60, runs=480, most_calls=2.3, least_finished=0.99,
          ends=frozenset({"unavailable"})),
    Storm("drip", {"mode": "drip", "p": 0.33, "factor": 30}, 30, runs=240, run_timeout_s=12, least_finished=0.6,
          ends=frozenset({"timeout"})),
    Storm("resets", {"mode": "resets", "p": 0.33}, 30, runs=240, most_calls=1.6, least_finished=0.99,
          ends=frozenset({"unavailable"})),
    Storm("redirects", {"mode": "redirects"}, 15, runs=60, least_finished=0.0, most_calls=2.0,
          ends=frozenset({"bad_response", "unavailable"})),
)  # fmt: skip


@dataclass
class Outcome:
    storm: Storm
    statuses: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest_s: float = 0.0
    elsewhere: int = 0
    while_open: float | None = None
    """Calls made in the outage once the breaker had opened."""

    @property
    def runs(self) -> int:
        return sum(self.statuses.values())

    @property
    def open_calls(self) -> float | None:
        """A run, if only those of the open breaker came on top."""
        return None if self.while_open is None else 1 + self.while_open / max(1, self.runs)

    @property
    def calls(self) -> float:
        return sum(n for what, n in self.attempts.items() if what != "unsupported") / max(1, self.runs)

    def faults(self) -> list[str]:
        storm, found = self.storm, []
        calls = self.calls if self.open_calls is None else self.open_calls
        if storm.most_calls is not None and calls > storm.most_calls:
            found.append(f"{calls:.2f} calls a run, at most {storm.most_calls}")
        if self.statuses["finished"] < storm.least_finished * self.runs:
            found.append(f"{self.statuses['finished']} of {self.runs} finished")
        if others := set(self.statuses) - {"finished"} - storm.ends:
            found.append(f"ended as {', '.join(sorted(others))}")
        if self.elsewhere:
            found.append(f"{self.elsewhere} calls arrived elsewhere")
        return found


async def start(cluster: Cluster, paper: str, number: int) -> str:
    body = {
        "paper_id": paper, "persona": PERSONA, "model": f"fake-{number % NAMES}", "language": "en", "fresh": True,
    }  # fmt: skip
    while True:
        async with cluster.session.post(f"{cluster.webs[0].url}/api/runs", json=body) as response:
            told = await response.json()
            if response.status == 202:
                return str(told["id"])
            if response.status != 503:
                raise RuntimeError(told)
            await asyncio.sleep(float(response.headers["Retry-After"]))


async def _calls_so_far(cluster: Cluster) -> float:
    async with cluster.session.get(f"{cluster.webs[0].url}/metrics") as response:
        lines = (await response.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("yomi_calls_total"))


async def weather(storm: Storm, folder: Path) -> Outcome:
    found = Outcome(storm)
    with started("--latency", "1.0") as (port, controls, _):
        async with nowhere() as elsewhere, _serving(storm, port, folder) as cluster:
            papers = await cluster.upload(some_papers())
            for number in range(WARM_UP):
                await start(cluster, papers[number % len(papers)], number)
            await cluster.idle()
            mode = dict(storm.mode)
            if mode["mode"] == "redirects":
                mode["location"] = f"http://127.0.0.1:{elsewhere.port}/v1/chat/completions"
            began, ids, over = time.monotonic(), list[asyncio.Task[str]](), False
            before: float | None = None
            for number in range(storm.runs):
                now = time.monotonic() - began
                if number == int(RATE * 5):
                    await control(cluster.session, controls, "mode", **mode)
                if storm.name == "down" and before is None and now > 5 + OPEN_AFTER_S:
                    before = await _calls_so_far(cluster)
                if not over and now > 5 + storm.seconds:
                    over = True
                    if before is not None:
                        found.while_open = await _calls_so_far(cluster) - before
                    await control(cluster.session, controls, "mode", mode="ok")
                ids.append(asyncio.create_task(start(cluster, papers[number % len(papers)], number)))
                await asyncio.sleep(max(0.0, began + (number + 1) / RATE - time.monotonic()))
            await asyncio.sleep(max(0.0, began + 5 + storm.seconds - time.monotonic()))
            await control(cluster.session, controls, "mode", mode="ok")
            await cluster.idle()
            found.seconds = time.monotonic() - began
            for task in ids:
                run = await cluster.get(f"/api/runs/{await task}")
                found.statuses[run["error"]["code"] if run["error"] else run["status"]] += 1
                found.attempts.update(one["outcome"] for one in run["attempts"])
                found.slowest_s = max(found.slowest_s, run["timing"]["total_ms"] / 1000)
            found.elsewhere = elsewhere.arrived
    return found


@asynccontextmanager
async def _serving(storm: Storm, port: int, folder: Path) -> AsyncIterator[Cluster]:
    settings = {
        "YOMI_MODELS": models(port, names=NAMES),
        "YOMI_MODEL": "fake-0",
        "YOMI_RUNS": "64",
        "YOMI_RUN_TIMEOUT_S": str(storm.run_timeout_s),
    }
    async with running(folder, webs=1, workers=0, database=None, settings=settings) as cluster:
        yield cluster


@dataclass
class Nowhere:
    """Where redirects point to."""

    port: int
    arrived: int = 0


@asynccontextmanager
async def nowhere() -> AsyncIterator[Nowhere]:
    place = Nowhere(0)

    async def arrive(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place.arrived += 1
        writer.close()

    server = await asyncio.start_server(arrive, "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    async with server:
        yield place


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [storm.name for storm in STORMS]
    parser.add_argument("storms", nargs="*", default=names, metavar="STORM", help=", ".join(names))
    given = parser.parse_args()
    console, faults = Console(width=160), []
    table = Table(
        f"storm, commit {commit()}",
        "runs",
        "ended as",
        "attempts",
        "calls a run",
        "slowest run s",
        "in all s",
        "faults",
    )
    for storm in STORMS:
        if storm.name in given.storms:
            found = await weather(storm, Path(tempfile.mkdtemp(prefix=f"yomi-{storm.name}-")))
            faults += found.faults()
            table.add_row(
                storm.name, str(found.runs), _listed(found.statuses), _listed(found.attempts), f"{found.calls:.2f}" + (f" ({found.open_calls:.3f} while open)" if found.open_calls else ""),
                f"{found.slowest_s:.1f}", f"{found.seconds:.0f}", "; ".join(found.faults()) or "none",
            )  # fmt: skip
    console.print(table)
    raise SystemExit(1 if faults else 0)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


if __name__ == "__main__":
    asyncio.run(main())
