"""Limits that a process sets on itself before it opens a file from a stranger; fewer where the system knows fewer."""

from __future__ import annotations

import ctypes
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows: only the deadline of the parent protects
    resource = None  # type: ignore[assignment]

_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What one document may take."""

    cpu_s: int
    memory_bytes: int


def confine(memory_bytes: int) -> None:
    """Die with the parent, dump no core, and never address more memory than this. Call before heavy imports."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if resource is None:
        return
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)


def seal() -> None:
    """Write no file any more. After the imports: Python may have to store its bytecode then."""
    if resource is not None:
        _limit(resource.RLIMIT_FSIZE, 0)


def allow(ceiling: Ceiling) -> None:
    """Grant one more document its share of processor time and memory; beyond it the system ends this process."""
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = usage.ru_utime + usage.ru_stime
    _limit(resource.RLIMIT_CPU, int(used_s) + 1 + ceiling.cpu_s, soft_only=True)
    _limit(resource.RLIMIT_AS, ceiling.memory_bytes, soft_only=True)


def _limit(kind: int, value: int, *, soft_only: bool = False) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, hard if soft_only else value))
