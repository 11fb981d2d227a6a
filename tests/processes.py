"""The command `yomi` as processes of its own, far from the environment of whoever runs the tests."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "paper-first.pdf"
JAPANESE = ROOT / "samples" / "japanese-pdf.pdf"
YOMI = (sys.executable, "-m", "server")
PATIENCE_S = 60


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What it complained about; no traceback, no second complaint."""
        assert "Traceback" not in self.err, self.err
        found = [line for line in self.err.splitlines() if line.startswith("✕ ")]
        assert len(found) == 1, self.err
        return found[0].removeprefix("✕ ")


Call = Callable[..., Result]
"""Arguments, and variables of the environment by name."""


def environment(home: Path, **changes: str) -> dict[str, str]:
    """Only what a fresh account would have, its data under `home`."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    plain = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }
    return {**kept, **plain, **changes}


def _heed_interrupts() -> None:
    """A shell starts background jobs with SIGINT ignored, and children inherit that: the tests may run in one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Yomi:
    """Runs commands with one home directory; `env` goes into every one of them."""

    home: Path
    env: Mapping[str, str]

    async def __call__(self, *arguments: str | Path, **env: str) -> Result:
        process = await self.start(*arguments, **env)
        return await self.end(process)

    async def start(self, *arguments: str | Path, **env: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *YOMI,
            *map(str, arguments),
            cwd=self.home,
            env=environment(self.home, **{**self.env, **env}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_heed_interrupts,
        )

    async def end(self, process: asyncio.subprocess.Process) -> Result:
        """Wait for its end."""
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
        return Result(int(process.returncode or 0), out.decode(), err.decode())


@dataclass
class Server:
    """A running `yomi serve`."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    @property
    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, timeout=PATIENCE_S)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end. Returns the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def serving(home: Path, **env: str) -> AsyncIterator[Server]:
    """`yomi serve` on a free port, until the body is left."""
    log = home / "server.log"
    with log.open("ab") as file:
        began = file.tell()
        process = await asyncio.create_subprocess_exec(
            *YOMI,
            "serve",
            "--port",
            "0",
            cwd=home,
            env=environment(home, **env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=file,
        )
    try:
        yield Server(process, await _address(process, log, began), log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass
class Working:
    """A running `yomi worker`."""

    process: asyncio.subprocess.Process
    log: Path

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end. Returns the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def working(home: Path, name: str = "worker", **env: str) -> AsyncIterator[Working]:
    """`yomi worker`, until the body is left; ready when it says so."""
    log = home / f"{name}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *YOMI,
            "worker",
            cwd=home,
            env=environment(home, **env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=file,
            preexec_fn=_heed_interrupts,
        )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while b"Ctrl-C" not in log.read_bytes():
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        yield Working(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _address(process: asyncio.subprocess.Process, log: Path, began: int) -> str:
    """Where it listens, once it is ready."""
    deadline = time.monotonic() + PATIENCE_S
    found = None
    async with httpx2.AsyncClient() as client:
        while time.monotonic() < deadline and process.returncode is None:
            await asyncio.sleep(0.05)
            said = log.read_bytes()[began:].decode()  # noqa: ASYNC240
            found = re.search(r"http://[\d.]+:\d+", said)
            if found and (await client.get(f"{found[0]}/readyz")).status_code == 200:
                return found[0]
    raise AssertionError(log.read_text())  # noqa: ASYNC240
