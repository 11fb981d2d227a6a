"""Kill servers and workers at random under load; every acknowledged run must end exactly once.

    python benchmarks/crash.py [--kills 100] [--stops 5] [--webs 2] [--workers 3]

Two webs and three workers (`cluster.py`) on PostgreSQL execute runs that are started over HTTP, each with an
Idempotency-Key and a seed of its own, through whichever web answers; a start that got no answer is repeated with the same
key. Every acknowledgement goes into a ledger outside (a file, synced). Meanwhile members are killed with SIGKILL and
started again, and workers are stopped with SIGSTOP for longer than a lease and then go on. At the end, against the ledger:

* lost: acknowledged, but not there or not over;
* twice: a key with two runs, or a run with two last events;
* paid: calls that the endpoint counted for the run's seed. A run that was taken over n times may pay for one call in
  flight each time, 1 + n in all; more is `overpaid`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import aiohttp
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from cluster import OVER, Cluster, Member, commit, control, models, postgres, running, some_papers
from fake_endpoint import started

PERSONA = "summarizer"
NAMES = 8
LEASE_S = 30
IN_FLIGHT = 40


@dataclass
class Ledger:
    """What the servers said yes to, kept outside of them."""

    file: TextIO
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Key → run."""
    seeds: dict[str, int] = field(default_factory=dict)
    asked_again: int = 0

    def enter(self, key: str, run_id: str, seed: int) -> None:
        known = self.acknowledged.setdefault(key, run_id)
        if known != run_id:
            message = f"{key}: two runs, {known} and {run_id}"
            raise AssertionError(message)
        self.seeds[run_id] = seed
        self.file.write(json.dumps({"key": key, "run": run_id, "seed": seed, "at": time.time()}) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


async def start_run(cluster: Cluster, ledger: Ledger, paper: str, number: int) -> str:
    """Ask until somebody says yes."""
    key, seed = f"crash-{number}", 1_000_000 + number
    body = {
        "paper_id": paper, "persona": PERSONA, "model": f"fake-{number % NAMES}", "language": "en",
        "fresh": True, "settings": {"seed": seed},
    }  # fmt: skip
    while True:
        web = random.choice(cluster.webs)  # noqa: S311
        try:
            async with cluster.session.post(
                f"{web.url}/api/runs", json=body, headers={"Idempotency-Key": key}
            ) as response:
                if response.status in (200, 202):
                    run_id = str((await response.json())["id"])
                    ledger.enter(key, run_id, seed)
                    return run_id
                if response.status not in (409, 503):
                    raise AssertionError(await response.text())
        except (aiohttp.ClientError, TimeoutError):
            pass
        ledger.asked_again += 1
        await asyncio.sleep(0.2)


async def load(
    cluster: Cluster, ledger: Ledger, papers: list[str], until: asyncio.Event, over: Callable[[], set[str]]
) -> int:
    """Keep some runs in flight until told to stop. Returns how many were started. `over`: ids of those that ended."""
    slots, starting, number = asyncio.Semaphore(IN_FLIGHT), set[asyncio.Task[str]](), 0
    under_way = set[str]()

    async def look() -> None:
        while True:
            await asyncio.sleep(0.5)
            ended = under_way & await asyncio.to_thread(over)
            under_way.difference_update(ended)
            for _ in ended:
                slots.release()

    def begun(task: asyncio.Task[str]) -> None:
        starting.discard(task)
        under_way.add(task.result())

    looking = asyncio.create_task(look())
    while not until.is_set():
        await slots.acquire()
        number += 1
        task = asyncio.create_task(start_run(cluster, ledger, papers[number % len(papers)], number))
        starting.add(task)
        task.add_done_callback(begun)
    await asyncio.gather(*starting)
    looking.cancel()
    return number


async def harm(cluster: Cluster, kills: int, stops: int, console: Console) -> Counter[str]:
    """Kill and stop at random. Returns what was done to whom."""
    done = Counter[str]()
    deeds = ["kill"] * kills + ["stop"] * stops
    random.shuffle(deeds)
    stopped: list[asyncio.Task[None]] = []
    for count, deed in enumerate(deeds, 1):
        await asyncio.sleep(random.uniform(0.5, 3))  # noqa: S311
        if deed == "kill":
            victim = random.choice([m for m in cluster.members if m.is_up])  # noqa: S311
            await victim.kill()
            await victim.start()
            done[f"killed {victim.name}"] += 1
        elif awake := [m for m in cluster.workers if m.is_up]:
            victim = random.choice(awake)  # noqa: S311
            stopped.append(asyncio.create_task(_stop(victim)))
            done[f"stopped {victim.name}"] += 1
        if count % 10 == 0:
            console.print(f"{count} of {len(deeds)} …")
    await asyncio.gather(*stopped)
    return done


async def _stop(worker: Member) -> None:
    process = worker.process
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(LEASE_S + 5)
    if worker.process is process:  # else it was killed meanwhile
        worker.send(signal.SIGCONT)


async def judge(
    cluster: Cluster, ledger: Ledger, say: Callable[[str], list[tuple[Any, ...]]], port: int
) -> dict[str, Any]:
    seen = await control(cluster.session, port, "stats?by=seed")
    ends = (
        "SELECT stream, count(*) FROM events WHERE name = 'finished' AND stream LIKE 'run:%' GROUP BY stream"
    )
    last = Counter(dict(say(ends)))
    recorded = {id_: (status, fence) for id_, status, fence in say("SELECT id, status, fence FROM runs")}
    outcomes, lost, overpaid, again = Counter[str](), [], [], 0
    for run_id in ledger.acknowledged.values():
        status, fence = recorded.get(run_id, ("gone", 0))
        outcomes[status] += 1
        if status not in OVER or last[f"run:{run_id}"] != 1:
            lost.append((run_id, status, last[f"run:{run_id}"]))
        made, whole = seen["by_seed"].get(str(ledger.seeds[run_id]), (0, 0))
        again += max(0, whole - 1)
        if made > max(1, fence):
            overpaid.append((run_id, made, fence))
    return {
        "acknowledged": len(ledger.acknowledged),
        "recorded": len(recorded),
        "outcomes": dict(outcomes),
        "lost": lost,
        "overpaid": overpaid,
        "calls": seen["calls"],
        "whole answers beyond one a run": again,
        "taken over": sum(max(0, fence - 1) for _, fence in recorded.values()),
        "asked again": ledger.asked_again,
    }


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stops", type=int, default=5)
    parser.add_argument("--webs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--latency", type=float, default=2.0, help="of the endpoint's answers, in seconds")
    parser.add_argument("--seed", type=int, default=1, help="of what is killed when")
    given = parser.parse_args()
    random.seed(given.seed)
    console = Console(width=140)
    database = postgres()
    address = database.database()
    name = str(make_url(address).database)

    def say(sql: str) -> list[tuple[Any, ...]]:
        return database.say(sql, name)  # type: ignore[no-any-return]

    def over() -> set[str]:
        return {row[0] for row in say("SELECT id FROM runs WHERE status NOT IN ('queued', 'running')")}

    folder = Path(tempfile.mkdtemp(prefix="yomi-crash-"))
    with started("--latency", str(given.latency)) as (port, controls, _):
        settings = {"YOMI_MODELS": models(port, names=NAMES), "YOMI_RUNS": "16", "YOMI_MAX_QUEUED": "500"}
        began = time.monotonic()
        with (folder / "ledger.jsonl").open("w") as file:
            ledger, stop = Ledger(file), asyncio.Event()
            async with running(
                folder, webs=given.webs, workers=given.workers, database=address, settings=settings
            ) as cluster:
                papers = await cluster.upload(some_papers())
                working = asyncio.create_task(load(cluster, ledger, papers, stop, over))
                deeds = await harm(cluster, given.kills, given.stops, console)
                stop.set()
                started_runs = await working
                settled = await cluster.idle()
                told = await judge(cluster, ledger, say, controls)
        table = Table(f"commit {commit()}", f"{time.monotonic() - began:.0f} s")
        table.add_row("SIGKILL", str(sum(n for d, n in deeds.items() if d.startswith("killed"))))
        table.add_row(
            "SIGSTOP past the lease", str(sum(n for d, n in deeds.items() if d.startswith("stopped")))
        )
        table.add_row("runs started", str(started_runs))
        for label, value in told.items():
            table.add_row(label, str(len(value) if isinstance(value, list) else value))
        table.add_row("settled after the last kill, s", f"{settled:.1f}")
        console.print(table, f"logs and ledger: {folder}")
        for label in ("lost", "overpaid"):
            for one in told[label][:10]:
                console.print(label, one)
        if told["lost"] or told["overpaid"] or told["recorded"] != told["acknowledged"]:
            raise SystemExit(1)


if __name__ == "__main__":
    asyncio.run(main())
