"""Several servers and workers on one PostgreSQL, before a fake endpoint: what `crash.py`, `storm.py` and `scale.py` run.

Every process is `yomi serve` or `yomi worker` as people start them; each writes its log into the cluster's folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "papers"
SAMPLES = HERE.parent / "samples"
PAPERS = ("n18", "s2orc", "specter", "papermage", "tableformer", "tidydata")
START_S = 60
OVER = ("finished", "failed", "cancelled")


def some_papers() -> list[Path]:
    """Six real papers where there are any, else the project's own samples."""
    chosen = [SHARED / f"{name}.pdf" for name in PAPERS]
    return [paper for paper in chosen if paper.is_file()] or sorted(SAMPLES.glob("*.pdf"))


def models(endpoint: int, *, names: int = 8, **more: Any) -> str:
    """`YOMI_MODELS`: so many names of the fake endpoint's one model, so that readers stand in several lines."""
    given = {
        "base_url": f"http://127.0.0.1:{endpoint}/v1",
        "shares_cache": True,
        "context_window": 128_000,
        **more,
    }
    return json.dumps([{"name": f"fake-{n}", "model": f"fake-{n}", **given} for n in range(names)])


@dataclass
class Member:
    """One process of the cluster."""

    name: str
    arguments: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    port: int | None = None
    process: asyncio.subprocess.Process | None = None
    starts: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_up(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        self.starts += 1
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server", *self.arguments,
                cwd=self.folder, env=dict(self.env), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def send(self, number: signal.Signals) -> None:
        if self.is_up and self.process:
            with suppress(ProcessLookupError):
                self.process.send_signal(number)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        if self.process:
            await self.process.wait()

    async def stop(self) -> None:
        """In order; killed after a while."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.process:
            try:
                async with asyncio.timeout(30):
                    await self.process.wait()
            except TimeoutError:
                await self.kill()


@dataclass
class Cluster:
    """Members by kind, and a client that asks any of the webs."""

    folder: Path
    env: Mapping[str, str]
    session: aiohttp.ClientSession
    webs: list[Member] = field(default_factory=list)
    workers: list[Member] = field(default_factory=list)

    @property
    def members(self) -> list[Member]:
        return [*self.webs, *self.workers]

    async def add_web(self) -> Member:
        port = _free_port()
        name = f"web{len(self.webs) + 1}"
        web = Member(name, ("serve", "--port", str(port)), self.env, self.folder, port)
        await web.start()
        self.webs.append(web)
        return web

    async def add_worker(self) -> Member:
        worker = Member(f"worker{len(self.workers) + 1}", ("worker",), self.env, self.folder)
        await worker.start()
        self.workers.append(worker)
        return worker

    async def ready(self, *webs: Member) -> None:
        """Until these (or all) webs say so."""
        deadline = time.monotonic() + START_S
        for web in webs or self.webs:
            while True:
                try:
                    async with self.session.get(f"{web.url}/readyz") as response:
                        if response.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                if time.monotonic() > deadline:
                    message = f"{web.name} is not ready: see {self.folder}"
                    raise TimeoutError(message)
                await asyncio.sleep(0.1)

    async def get(self, path: str) -> Any:
        """From whichever web answers."""
        while True:
            for web in self.webs:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with self.session.get(web.url + path) as response:
                        if response.status < 500:
                            response.raise_for_status()
                            return await response.json()
            await asyncio.sleep(0.2)

    async def upload(self, papers: Sequence[Path]) -> list[str]:
        """Papers, read. Returns their ids."""
        ids = []
        for paper in papers:
            headers = {"Content-Type": "application/pdf", "Prefer": "wait=60"}
            async with self.session.post(
                f"{self.webs[0].url}/api/papers", data=paper.read_bytes(), headers=headers
            ) as response:
                told = await response.json()
                if response.status not in (200, 201):
                    raise RuntimeError(told)
                ids.append(str(told["id"]))
        return ids

    async def idle(self, *, patience_s: float = 600) -> float:
        """Until nothing is queued or running. Returns the seconds it took."""
        began = time.monotonic()
        while time.monotonic() < began + patience_s:
            left = [
                (await self.get(f"/api/runs?status={at}&limit=1"))["items"] for at in ("queued", "running")
            ]
            if not any(left):
                return time.monotonic() - began
            await asyncio.sleep(0.5)
        message = f"still something to do after {patience_s} s"
        raise TimeoutError(message)


@asynccontextmanager
async def running(
    folder: Path, *, webs: int, workers: int, database: str | None, settings: Mapping[str, str]
) -> AsyncIterator[Cluster]:
    """A cluster that is ready. `database`: a PostgreSQL's address, queue too; None: one server with SQLite."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("YOMI_", "OPENAI_"))}
    env = {
        **inherited,
        "PYTHONPATH": str(HERE.parent),
        "YOMI_DATA_DIR": str(folder / "data"),
        "YOMI_LOG_LEVEL": "warning",
        **({"YOMI_DATABASE_URL": database} if database else {}),
        **({"YOMI_QUEUE_URL": database} if database and workers else {}),
        **settings,
    }
    timeout = aiohttp.ClientTimeout(total=120, connect=5)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        cluster = Cluster(folder, env, session)
        try:
            await cluster.ready(await cluster.add_web())  # the first one makes the tables
            for _ in range(webs - 1):
                await cluster.add_web()
            for _ in range(workers):
                await cluster.add_worker()
            await cluster.ready()
            yield cluster
        finally:
            await asyncio.gather(*(member.stop() for member in cluster.members))


def postgres(*, fsync: bool = True) -> Any:
    """A PostgreSQL from the package index (`tests/postgres.py`)."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from postgres import server  # noqa: PLC0415 (not every run needs one)

    started = server()
    if fsync:
        started.say("ALTER SYSTEM SET fsync = on")  # the tests turn it off
        started.say("SELECT pg_reload_conf()")
    return started


async def control(session: aiohttp.ClientSession, port: int, path: str, **sent: Any) -> Any:
    """Ask or tell the fake endpoint."""
    method = "POST" if sent or path.endswith("reset") else "GET"
    async with session.request(method, f"http://127.0.0.1:{port}/{path}", json=sent or None) as response:
        return await response.json()


def commit() -> str:
    """Of the checkout that is measured."""
    import subprocess  # noqa: PLC0415

    said = subprocess.run(  # noqa: S603 (fixed words)
        ["git", "-C", str(HERE.parent), "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return said.stdout.strip() or "?"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
