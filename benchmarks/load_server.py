"""The server as `yomi serve` runs it, with probes beside it: started by `load.py`, told what to do on standard input.

    mark     forget what was measured so far
    report   print what was measured since, as one line of JSON
    stop     end in order

Settings come from the environment. `--profile` looks every few milliseconds of processor time at what the thread of the
event loop does, and says at the end of which module of ours it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import uvicorn
from greenlet import getcurrent
from server.asgi import create_app
from server.bootstrap import prepare_database
from server.logs import configure_logs
from server.settings import Settings

EVERY_S = 0.005
"""Between two looks at the event loop; of processor time between two looks at its stack."""
OURS = str(Path(__file__).resolve().parents[1] / "server") + os.sep


class Probe:
    """Lag of the event loop, processor time and memory since `mark`."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.mark()

    def mark(self) -> None:
        self.lags: list[float] = []
        self.peak = 0
        self.cpu = self.process.cpu_times()
        self.threads = {one.id: one.user_time + one.system_time for one in self.process.threads()}
        self.samples, self.where, self.who = 0, Counter[str](), Counter[str]()

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        looks = 0
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.lags.append(loop.time() - due)
            looks += 1
            if looks % 20 == 0:
                self.peak = max(self.peak, self.process.memory_info().rss)

    def profile(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def _look(self, _: int, frame: FrameType | None) -> None:
        self.samples += 1
        self.where[_package(frame)] += 1
        self.who[_ours(frame)] += 1

    def report(self) -> dict[str, Any]:
        now, lags = self.process.cpu_times(), sorted(self.lags)
        names = {one.native_id: one.name for one in threading.enumerate()}
        spent: Counter[str] = Counter()
        for one in self.process.threads():
            name = names.get(one.id, "?").rstrip("0123456789-_ ").partition(" ")[0]
            spent[name] += one.user_time + one.system_time - self.threads.get(one.id, 0.0)  # type: ignore[assignment]
        return {
            "cpu_s": now.user + now.system - self.cpu.user - self.cpu.system,
            "system_s": now.system - self.cpu.system,
            "threads": dict(spent),
            "lag_p50": _at(lags, 0.5),
            "lag_p95": _at(lags, 0.95),
            "lag_max": _at(lags, 1),
            "peak_rss": max(self.peak, self.process.memory_info().rss),
            "samples": self.samples,
            "where": self.where.most_common(25),
            "who": self.who.most_common(45),
        }


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _ours(frame: FrameType | None) -> str:
    """The innermost module and function of ours on the stack, or what else it is."""
    outermost = frame
    for one in _stack(frame):
        outermost = one
        name = one.f_code.co_filename
        if name.startswith(OURS):
            return f"{name.removeprefix(OURS)}:{one.f_code.co_name}"
    return f"({_package(frame)})" if outermost else "(none)"


def _stack(frame: FrameType | None) -> Any:
    """From the inside out, through the switch of greenlets that SQLAlchemy makes."""
    green = getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and (green := green.parent) is not None:
            frame = green.gr_frame


def _package(frame: FrameType | None) -> str:
    if frame is None:
        return "none"
    name = frame.f_code.co_filename
    if name.startswith(OURS):
        return "server/" + name.removeprefix(OURS).rpartition(os.sep)[0]
    if "site-packages" in name:
        return name.partition("site-packages" + os.sep)[2].partition(os.sep)[0]
    if "selectors" in name:
        return "waiting (or another thread)"
    return "python: " + Path(name).parent.name + "/" + Path(name).stem


async def obey(probe: Probe, server: uvicorn.Server) -> None:
    """Read commands until told to stop, or until nobody is there to tell."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while command := (await reader.readline()).decode().strip():
        if command == "mark":
            probe.mark()
        elif command == "report":
            print(json.dumps(probe.report()), flush=True)
        elif command == "stop":
            break
    server.should_exit = True


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    settings = Settings()
    configure_logs(settings.log_level)
    app = create_app(settings)
    await prepare_database(settings)
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=10,
        )
    )
    probe = Probe()
    if given.profile:
        probe.profile()
    beside = [asyncio.create_task(probe.watch()), asyncio.create_task(obey(probe, server))]
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    await server.serve(sockets=[listening])
    for task in beside:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
