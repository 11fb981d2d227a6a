"""One PDF-reading child process as its parent sees it: asked, watched, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

import msgspec

from server.adapters.pdf_messages import (
    LENGTH_BYTES,
    MAX_REPLY_BYTES,
    Progressed,
    Reply,
    Request,
    framed,
    reply_of,
)
from server.application.ports import Progress

_CODE = "import sys; sys.path[:] = sys.argv[2:]; from server.adapters.pdf_child import main; main(int(sys.argv[1]))"
_ENVIRONMENT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP")
"""All of the parent's environment that the child gets: keys of providers are none of its business."""
_WATCH_EVERY_S = 0.02
_FULL = 0.5
"""A child that dies holding this share of its memory died of it: buffers double, and the next doubling failed."""
_BUFFER_BYTES = 2**20
_DEATH_S = 2.0
_PAGE_BYTES = 4096


class ChildLostError(Exception):
    """The child died or talked nonsense while it was asked."""

    def __init__(self, *, by_limit: bool) -> None:
        self.by_limit = by_limit
        super().__init__("ended by a limit" if by_limit else "crashed")


class Child:
    """Not for two questions at a time."""

    def __init__(self, process: Process) -> None:
        self.documents = 0
        self._process = process
        self._fullest = 0.0
        self._asked = False

    @classmethod
    async def spawn(cls, *, memory_bytes: int) -> Child:
        """Returns as soon as the process exists. It imports what the parent would, but from absolute paths only."""
        paths = [path for path in (*sys.path, str(Path(__file__).parents[2])) if os.path.isabs(path)]  # noqa: PTH117
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", _CODE, str(memory_bytes), *dict.fromkeys(paths)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # Ctrl-C is the parent's affair
            limit=_BUFFER_BYTES,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_bloated(self, memory_bytes: int) -> bool:
        """So much is still mapped after a document that the next could fail for it."""
        return _address_space(self._process.pid) >= _FULL * memory_bytes

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, request: Request, on_progress: Progress | None) -> Reply:
        """Hand over one document and wait for its answer.

        Raises:
            ChildLostError
        """
        self.documents += 1
        self._asked = True
        watch = asyncio.create_task(self._watch(request.ceiling.memory_bytes))
        try:
            return await self._exchange(request, on_progress)
        except (EOFError, OSError) as error:
            await self._await_death()
            raise ChildLostError(by_limit=self._hit_a_limit()) from error
        except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as error:
            raise ChildLostError(by_limit=False) from error
        finally:
            self._asked = False
            watch.cancel()

    async def kill(self) -> None:
        """Gone when it returns, and its pipes closed unless somebody waits for its answer (who then closes them)."""
        if self.is_alive:
            # Not Process.kill: it may reap the dead behind asyncio's back, and the exit code is lost.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        if self._asked:
            await self._process.wait()
        else:
            with suppress(OSError):
                await self._process.communicate()

    async def _await_death(self) -> None:
        """Its pipes are closed, so that it is dying; its exit code tells why."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DEATH_S):
                await self._process.wait()

    async def _exchange(self, request: Request, on_progress: Progress | None) -> Reply:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101  made with pipes
        assert stdout is not None  # noqa: S101
        for part in framed(request):
            stdin.write(part)
            await stdin.drain()
        while True:
            length = int.from_bytes(await stdout.readexactly(LENGTH_BYTES), "big")
            if length > MAX_REPLY_BYTES:
                raise OverflowError(length)
            reply = reply_of(await stdout.readexactly(length))
            if not isinstance(reply, Progressed):
                return reply
            if on_progress:
                on_progress(reply.stage, reply.done, reply.total)

    async def _watch(self, memory_bytes: int) -> None:
        """Notice how full the child's memory gets: a native library that finds none left just aborts."""
        self._fullest = 0.0
        while True:
            self._fullest = max(self._fullest, _address_space(self._process.pid) / memory_bytes)
            await asyncio.sleep(_WATCH_EVERY_S)

    def _hit_a_limit(self) -> bool:
        """Out of processor time; or dead by its own hand with its memory full."""
        code = self._process.returncode
        out_of_time = code is not None and code == -getattr(signal, "SIGXCPU", 0)
        killed_from_outside = code == -getattr(signal, "SIGKILL", 0)
        return out_of_time or (self._fullest >= _FULL and not killed_from_outside)


def _address_space(pid: int) -> int:
    """Bytes a process has mapped; 0 where the system does not tell. No disk is touched: the kernel makes it up."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0
