"""Answer one request once, however often it is sent: at the same time, after a lost connection, after a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat

from server.application.ports import Clock, UnitOfWorkFactory
from server.application.ports.keys import KeptAnswer, KeptKey
from server.domain.errors import ConflictError, IdempotencyKeyReusedError

log = logging.getLogger(__name__)

KEPT = timedelta(hours=24)
"""How long a key is remembered."""
LEASE = timedelta(seconds=30)
RENEW_EVERY_S = 10.0
WAIT_S = 60.0
"""How long a second request waits for the answer of the first."""
PAUSES_S = (0.05, 0.1, 0.2, 0.4)
"""Between looking whether the first is answered; the last for as long as it takes."""
LATER_S = 5
"""When to come back if it is not."""


@dataclass(frozen=True)
class Answered:
    answer: KeptAnswer
    replayed: bool
    """Whether it is the answer of an earlier request."""


@dataclass(frozen=True)
class OneAnswer:
    """Lets the first request with a key be answered and gives all others the same answer.

    What the request does is bound to the key in the transaction that does it (`uow.keys.bind`). So a request that comes
    after a crash in between finds it done, and only its answer is made anew.
    """

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    wait_s: float = WAIT_S

    async def __call__(
        self, key: str, fingerprint: str, make: Callable[[], Awaitable[KeptAnswer]]
    ) -> Answered:
        """
        Args:
            key: With whose key it is in it; the same at every process.
            fingerprint: Equal for equal requests.
            make: Answers the request. Only answers that report success are kept.

        Raises:
            IdempotencyKeyReusedError: the key was sent with another request.
            ConflictError: the first request is still being answered.
        """
        given_up_at = self.clock.monotonic() + self.wait_s
        for pause in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            taken = await self._take(key, fingerprint)
            if isinstance(taken, KeptAnswer):
                return Answered(taken, replayed=True)
            if taken is not None:
                return Answered(await self._made(key, taken, make), replayed=False)
            if self.clock.monotonic() >= given_up_at:
                break
            await asyncio.sleep(pause)
        raise ConflictError(
            reason_ja="同じ Idempotency-Key のリクエストがまだ処理中です。少し待って再度お試しください。",
            reason_en="The request with this Idempotency-Key is still being answered. Wait a moment and try again.",
            retry_after_s=LATER_S,
        )

    async def sweep(self) -> None:
        """Forget keys that are too old."""
        async with self.unit_of_work() as uow:
            await uow.keys.forget(before=self.clock.now() - KEPT)
            await uow.commit()

    async def _take(self, key: str, fingerprint: str) -> KeptAnswer | datetime | None:
        """The answer that is there; or until when it is ours to give one; or None: somebody else is at it."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            kept = await uow.keys.get(key)
        if kept and kept.created_at < now - KEPT:
            await self.sweep()
            kept = None
        if kept and kept.fingerprint != fingerprint:
            raise IdempotencyKeyReusedError
        if kept and kept.answer:
            return kept.answer
        if kept and _is_held(kept, now):
            return None
        lease_until = now + LEASE
        async with self.unit_of_work() as uow:
            taken = await uow.keys.take(key, fingerprint, now=now, lease_until=lease_until)
            await uow.commit()
        return lease_until if taken else None

    async def _made(
        self, key: str, lease_until: datetime, make: Callable[[], Awaitable[KeptAnswer]]
    ) -> KeptAnswer:
        async with self._held(key, lease_until) as lease:
            try:
                made = await make()
            except BaseException:
                await asyncio.shield(self._let_go(key, lease))
                raise
        if made.status >= 300:
            await self._let_go(key, lease)
            return made
        try:
            async with self.unit_of_work() as uow:
                await uow.keys.answer(key, made, held_until=lease.until)
                await uow.commit()
        except Exception as error:  # noqa: BLE001 (it was done: that it cannot be kept must not turn it into an error)
            log.warning("answer not kept: %s", type(error).__name__)
        return made

    async def _let_go(self, key: str, lease: _Lease) -> None:
        with suppress(Exception):  # then its lease ends by itself
            async with self.unit_of_work() as uow:
                await uow.keys.let_go(key, held_until=lease.until)
                await uow.commit()

    @asynccontextmanager
    async def _held(self, key: str, until: datetime) -> AsyncIterator[_Lease]:
        """Keep the lease while the body runs."""
        lease = _Lease(until)

        async def renew() -> None:
            while True:
                await asyncio.sleep(RENEW_EVERY_S)
                later = self.clock.now() + LEASE
                try:
                    async with self.unit_of_work() as uow:
                        renewed = await uow.keys.renew(key, held_until=lease.until, lease_until=later)
                        await uow.commit()
                except Exception as error:  # noqa: BLE001 (storage that falters once)
                    log.warning("key not renewed: %s", type(error).__name__)
                else:
                    if renewed:
                        lease.until = later

        task = asyncio.create_task(renew())
        try:
            yield lease
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def recorded_for(unit_of_work: UnitOfWorkFactory, key: str | None) -> tuple[str, str] | None:
    """Kind and id of what was recorded for this key; None: nothing, or there is no key."""
    if key is None:
        return None
    async with unit_of_work() as uow:
        kept = await uow.keys.get(key)
    if kept is None or kept.about is None:
        return None
    kind, _, id_ = kept.about.partition(":")
    return kind, id_


@dataclass
class _Lease:
    until: datetime


def _is_held(kept: KeptKey, now: datetime) -> bool:
    return kept.lease_until is not None and kept.lease_until >= now
