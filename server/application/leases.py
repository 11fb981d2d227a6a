"""Hold a run for as long as it is executed, and stop at once when it is held by nobody or somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from server.application.patience import Patience
from server.application.ports import Bells, Clock, UnitOfWorkFactory
from server.domain.ids import RunId
from server.domain.runs import Run

LEASE = timedelta(seconds=15)
RENEW_EVERY_S = 5.0
RETRY_S = 2.0
"""After a renewal that storage refused."""


def cancelling(run_id: RunId) -> str:
    """What is called out to who executes a run that has been cancelled or deleted."""
    return f"cancel:{run_id}"


@dataclass
class Lease:
    """Of a run that was claimed just now, by the task that opens it.

    That task is cancelled when it turns out that the run is not its own any more: cancelled, deleted or taken over.
    """

    run: Run
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    patience: Patience
    bells: Bells | None
    since: float
    """Monotonic seconds: the moment from which on the lease was last granted."""
    is_lost: bool = False
    is_over: bool = False
    """The run's end is recorded: nobody needs the lease any more."""
    _is_told: bool = False
    """The whole run has been saved once, so that it is seen when it was begun; most end before."""
    _task: asyncio.Task[object] | None = field(default_factory=asyncio.current_task)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def may_have_passed(self) -> bool:
        """Whether somebody else may have taken the run by now, as far as this process knows by itself."""
        return self.clock.monotonic() - self.since >= LEASE.total_seconds()

    async def sure(self) -> None:
        """Return when the run is known to be held. Who has lost it does not return: they are being cancelled."""
        while self.is_lost or self.may_have_passed:
            if self.is_lost:
                await asyncio.get_running_loop().create_future()
            await self.try_to_renew()
            if self.may_have_passed and not self.is_lost:
                await asyncio.sleep(RETRY_S)

    async def try_to_renew(self) -> bool:
        """Whether storage answered; then it is known whether the run is held."""
        try:
            await self._renew()
        except Exception as error:  # noqa: BLE001 (storage that falters must not cost a paid answer)
            self.patience.failed(error)
            return False
        self.patience.worked()
        return True

    async def end(self, write: Callable[[], Awaitable[bool]]) -> bool:
        """Record the run's end; nobody renews meanwhile. Returns whether it was this holder's to record."""
        async with self._alone:
            self.is_over = await write()
        return self.is_over

    def lose(self) -> None:
        """Somebody found out that the run is not held any more."""
        if self.is_over or self.is_lost:
            return
        self.is_lost = True
        if self._task is not None:
            self._task.cancel()

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[None]:
        """Renew it every few seconds, and whenever the bell rings, while the body runs."""
        task = asyncio.create_task(self._keep_renewing())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep_renewing(self) -> None:
        if self.bells is None:
            await self._renew_on(asyncio.Event())
        else:
            with self.bells.waiting([cancelling(self.run.id)]) as bell:
                await self.bells.listen()
                await self._renew_on(bell)

    async def _renew_on(self, bell: asyncio.Event) -> None:
        pause_s = RENEW_EVERY_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await bell.wait()
            bell.clear()
            pause_s = RENEW_EVERY_S if await self.try_to_renew() else min(RETRY_S, RENEW_EVERY_S)

    async def _renew(self) -> None:
        async with self._alone:
            if self.is_over or self.is_lost:
                return
            since = self.clock.monotonic()
            async with self.unit_of_work() as uow:
                until = self.clock.now() + LEASE
                if self._is_told:
                    held = await uow.runs.renew(self.run.id, fence=self.run.fence, lease_until=until)
                else:
                    held = await uow.runs.save(replace(self.run, lease_until=until))
                await uow.commit()
            if held:
                self.since, self._is_told = since, True
        if not held:
            self.lose()
