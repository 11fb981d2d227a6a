"""Whether this process can take work: everything that work needs is asked, within two seconds in all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy import text

from server.adapters.database import Database
from server.application.ports import Blobs
from server.domain.errors import BusyError, ConflictError, StorageFullError, YomiError

PATIENCE_S = 2.0
FRESH_S = 10.0
"""What was well may stay so for this long before it is tried again: a bucket's writes cost money."""
PROBE = "probe/ready"

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, in a word; None: nothing."""


class Readiness:
    """Checks by the name of their trouble."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """The key of a check is the word for its not answering at all."""
        self._checks = dict(checks)

    async def troubles(self) -> Sequence[str]:
        """What keeps work from being taken, in a word each; nothing: all is well."""
        found = await asyncio.gather(*(self._of(name, check) for name, check in self._checks.items()))
        return list(dict.fromkeys(trouble for trouble in found if trouble))

    @staticmethod
    async def _of(name: str, check: Check) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await check()
        except Exception:  # noqa: BLE001 (whatever it is, it does not answer)
            return name


def database_check(database: Database) -> Check:
    """The database answers, at this program's version, and lets itself be written to."""

    async def check() -> str | None:
        if not await database.answers():
            return "database"
        try:
            async with asyncio.timeout(PATIENCE_S / 2), database.transaction() as transaction:
                # Undone, and touching no row: it only asks for leave.
                await transaction.write(text("DELETE FROM alembic_version WHERE 1 = 0"))
        except StorageFullError:
            return "storage_full"
        except ConflictError:
            return "read_only"
        except (BusyError, TimeoutError):
            pass  # Others are writing: that is no reason to send the work elsewhere.
        return None

    return check


def blobs_check(blobs: Blobs) -> Check:
    """A blob can be written, read and removed."""
    well_until = float("-inf")

    async def check() -> str | None:
        nonlocal well_until
        if time.monotonic() < well_until:
            return None
        try:
            await blobs.put(PROBE, b"ready")
            if await blobs.get(PROBE) != b"ready":
                return "blobs"
        except StorageFullError:
            return "storage_full"
        except (YomiError, OSError):
            return "blobs"
        well_until = time.monotonic() + FRESH_S
        return None

    return check


def queue_check(answers: Callable[[], Awaitable[bool]]) -> Check:
    """The broker answers."""

    async def check() -> str | None:
        return None if await answers() else "queue"

    return check


def sweeper_check(is_alive: Callable[[], bool]) -> Check:
    """Somebody still takes up what was left behind."""

    async def check() -> str | None:
        return None if is_alive() else "sweeper"

    return check
