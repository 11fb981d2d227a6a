"""Who does the work that this process is asked for: itself, or workers by way of a queue."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from server.adapters.jobs import EmbeddedJobs, Left, Room
from server.application.ports import Clock, Jobs, UnitOfWorkFactory
from server.application.sweep import Sweep
from server.domain.errors import InvalidRequestError

if TYPE_CHECKING:
    from server.adapters.saq_broker import SaqBroker
    from server.adapters.saq_jobs import SaqJobs
    from server.adapters.saq_worker import SaqWorker


class Role(StrEnum):
    """What a process is there for."""

    COMMAND = "command"
    """A command line: works for itself alone, and leaves what others left."""
    SERVER = "server"
    """Serves, and does the work too, unless there is a queue."""
    WORKER = "worker"
    """Does what the queue says."""


class Workforce:
    """Starts and stops all that works in this process. Use cases tell `jobs` what they recorded."""

    def __init__(
        self,
        hands: EmbeddedJobs,
        *,
        broker: SaqBroker | None = None,
        queue: SaqJobs | None = None,
        worker: SaqWorker | None = None,
        sweep: Sweep | None = None,
    ) -> None:
        self.hands, self.queue = hands, queue
        self._broker, self._worker, self._sweep = broker, worker, sweep
        self._sweeper: asyncio.Task[None] | None = None
        self.is_stopping = False

    @property
    def jobs(self) -> Jobs:
        return self.queue or self.hands

    def stops(self) -> bool:
        """Whether it takes nothing more."""
        return self.is_stopping

    @property
    def under_way(self) -> Room:
        """How many jobs of each kind are being done here."""
        return self.hands.under_way

    @property
    def is_looking(self) -> bool:
        """Whether it takes up what others left, or has no need to."""
        return self._sweep is None or (self._sweeper is not None and not self._sweeper.done())

    async def start(self) -> None:
        """
        Raises:
            ConflictError: the queue cannot be reached.
        """
        if self._broker:
            await self._broker.open()
        if self._worker:
            self._worker.start()
        if self._sweep:
            self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self, grace_s: float) -> None:
        """Take nothing more; what is under way may end within `grace_s` seconds, then it is handed back. Harmless to
        repeat, also while it is being done: then with the shorter grace."""
        self.is_stopping = True
        if self._worker:
            self._worker.stop_taking()
        if self._sweeper:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        left = await self.hands.close(grace_s)
        if self._worker:
            await self._worker.ended()
        await self._tell(left)

    async def close(self) -> None:
        """After `stop`."""
        if self._broker:
            await self._broker.close()

    async def _tell(self, left: Left) -> None:
        """Wake others for what was handed back; who is not woken finds it a little later."""
        if self.queue and any(left):
            with suppress(Exception):
                await self.queue.execute_runs(left.runs)
                for paper_id in left.papers:
                    await self.queue.read_paper(paper_id)


def connect(queue_url: str) -> SaqBroker:
    """The queue at this address. Nothing is sent yet.

    Raises:
        InvalidRequestError: the address is wrong, or its packages are missing.
    """
    try:
        from server.adapters.saq_broker import SaqBroker  # noqa: PLC0415 (an extra)

        return SaqBroker(queue_url)
    except ImportError:
        extra = "redis" if queue_url.startswith("redis") else "postgres"
        raise InvalidRequestError(
            reason_ja=f"YOMI_QUEUE_URL を使うには、追加のパッケージが要ります：pip install 'yomikurabe[{extra}]'",
            reason_en=f"YOMI_QUEUE_URL needs an extra: pip install 'yomikurabe[{extra}]'",
        ) from None


def workforce(
    hands: EmbeddedJobs,
    role: Role,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    owner: str,
    queue_url: str | None,
    paper_patience_s: float,
    grace_s: float,
) -> Workforce:
    """What a process of this role needs.

    Args:
        paper_patience_s: After so long a paper that is not read is not being read by anybody.
        grace_s: How long work under way may take to end.

    Raises:
        InvalidRequestError: the queue's address is wrong, its packages are missing, or a worker has none.
    """
    if role is Role.WORKER and not queue_url:
        raise InvalidRequestError(
            reason_ja="ワーカーにはキューが要ります。YOMI_QUEUE_URL を設定してください（なければ yomi serve が自分で処理します）。",
            reason_en="A worker needs a queue: set YOMI_QUEUE_URL. (Without one, yomi serve does the work itself.)",
        )
    patience = timedelta(seconds=paper_patience_s)
    if role is Role.COMMAND:
        return Workforce(hands)
    if not queue_url:
        return Workforce(hands, sweep=Sweep(unit_of_work, hands, clock, owner, patience))
    broker = connect(queue_url)
    from server.adapters.saq_jobs import SaqJobs  # noqa: PLC0415 (an extra)

    queue = SaqJobs(broker, unit_of_work)
    if role is Role.SERVER:
        return Workforce(hands, broker=broker, queue=queue)
    from server.adapters.saq_worker import SaqWorker  # noqa: PLC0415

    return Workforce(
        hands,
        broker=broker,
        queue=queue,
        worker=SaqWorker(broker, hands, unit_of_work, clock, owner=owner, grace_s=grace_s),
        sweep=Sweep(unit_of_work, hands, clock, owner, patience, queue),
    )
