"""Have the questions of a batch answered in bulk: hand them in, fetch the answers, let the runs find them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from server.application.ports import Clock, Jobs, Models, Question, RecordedCall, UnitOfWorkFactory
from server.application.ports.bulk import Bulk, BulkAnswer
from server.application.pricing import priced
from server.application.recorded import record_answer
from server.domain.batches import Batch, BatchItem, BatchStatus, ItemStatus
from server.domain.errors import RunError, YomiError
from server.domain.ids import RunId
from server.domain.models import ModelSpec
from server.domain.runs import Attempt, Run, RunStatus

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Questions of one lot: with papers of 100,000 characters some 50 MB; a provider takes 200."""
PATIENCE = timedelta(hours=26)
"""A provider answers within 24. A run that nobody woke by then is asked live."""
LOOK_EVERY = timedelta(seconds=60)
UNSENT = "to send:"
"""In front of a lot's mark, until it is known under the provider's name."""


class Asks(Protocol):
    async def only_question(self, run: Run) -> Question | None:
        """What a queued run would ask, when that is all it asks; None: it takes several calls.

        Raises:
            YomiError: it would end without asking.
        """
        ...


@dataclass
class SendInBulk:
    """Moves the items of a batch that are `sent`. Each step may be cut off anywhere and done again."""

    unit_of_work: UnitOfWorkFactory
    asks: Asks
    models: Models
    jobs: Jobs
    clock: Clock
    bulk: Bulk
    at_once: int = AT_ONCE
    look_every: timedelta = LOOK_EVERY
    _looked: dict[str, datetime] = field(default_factory=dict)

    def takes(self, run: Run) -> bool:
        """Whether a run may be asked in bulk, as far as its record tells."""
        spec = self.models.get(run.model)
        return spec.batch and not run.members and not run.follow_up

    def asleep(self, run: Run) -> Run:
        """The run as it is recorded: nobody takes it up before the provider had its time."""
        return replace(run, wake_at=self.clock.now() + PATIENCE)

    async def cancel(self, batch: Batch, items: Sequence[BatchItem]) -> None:
        """Give up at the provider what is not answered yet; when it cannot be reached, the answers are not used."""
        lots = {
            i.sent: batch.readers[i.reader].model for i in items if i.sent and not i.sent.startswith(UNSENT)
        }
        for lot, model in lots.items():
            with suppress(RunError):
                await self.bulk.cancel(self.models.get(model), [str(lot)])

    async def step(self, batch: Batch) -> None:
        """Send what is to be sent, and fetch what is answered."""
        async with self.unit_of_work() as uow:
            items = await uow.batches.items(batch.id, status=ItemStatus.SENT)
        lots = defaultdict[str, list[BatchItem]](list)
        for item in items:
            lots[item.sent or ""].append(item)
        for lot, some in lots.items():
            try:
                if lot and not self._is_due(lot):
                    continue
                if lot and await self._overtaken(some):
                    continue
                if not lot:
                    if not await self._has_more(batch, some):
                        await self._mark(batch, some)
                elif lot.startswith(UNSENT):
                    await self._send(lot, some)
                else:
                    await self._fetch(batch, lot, some)
            except RunError as error:  # the endpoint is away, or says no: ask again later, at last live
                log.warning("batch at the provider not moved on: %s", error.code)

    def _is_due(self, lot: str) -> bool:
        """Whether it is time to ask the provider again."""
        now = self.clock.now()
        if lot in self._looked and now < self._looked[lot] + self.look_every:
            return False
        self._looked[lot] = now
        return True

    async def _overtaken(self, items: Sequence[BatchItem]) -> bool:
        """Whether some of their runs sleep no more: asked live by now, cancelled, or deleted. Their items follow them."""
        runs, now = await self._runs(items), self.clock.now()

        def sleeps(run: Run | None) -> bool:
            return bool(run and run.status is RunStatus.QUEUED and run.wake_at and run.wake_at > now)

        awake = [item for item in items if not sleeps(runs.get(RunId(str(item.run_id))))]
        await self._wake(awake)
        return bool(awake)

    async def _has_more(self, batch: Batch, items: Sequence[BatchItem]) -> bool:
        """Whether it is worth waiting for others to send them together."""
        if len(items) >= self.at_once or batch.status is not BatchStatus.RUNNING:
            return False
        async with self.unit_of_work() as uow:
            return bool(await uow.batches.items(batch.id, limit=1, status=ItemStatus.WAITING))

    async def _mark(self, batch: Batch, items: Sequence[BatchItem]) -> None:
        """Decide which items go together, before anything is sent: a lot is known again by its mark."""
        by_model = defaultdict[str | None, list[BatchItem]](list)
        for item in items:
            by_model[batch.readers[item.reader].model].append(item)
        marked = [
            replace(item, sent=f"{UNSENT}{mark}")
            for some in by_model.values()
            for at in range(0, len(some), self.at_once)
            for mark in [uuid4().hex]
            for item in some[at : at + self.at_once]
        ]
        await self._change(batch, marked)

    async def _send(self, lot: str, items: Sequence[BatchItem]) -> None:
        """Hand in one lot; what takes several calls, or has nothing to ask, is left to the queue."""
        questions, spec, live = dict[str, Question](), None, list[BatchItem]()
        for run in (await self._runs(items)).values():
            try:
                question = await self.asks.only_question(run)
            except YomiError:
                question = None
            if question is not None:
                questions[run.id], spec = question, question.model
        live = [item for item in items if item.run_id not in questions]
        await self._wake(live)
        if spec is None:
            return
        try:
            name = await self.bulk.send(spec, lot.removeprefix(UNSENT), questions)
        except RunError as error:
            if error.code not in ("rate_limited", "unavailable", "timeout"):
                await self._wake([item for item in items if item not in live])  # it will never be taken there
            raise
        batch_id = items[0].batch_id
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            now = {item.number: item for item in await uow.batches.items(batch_id, status=ItemStatus.SENT)}
            sent = [
                replace(item, sent=name)
                for item in items
                if now.get(item.number) == item and item not in live
            ]
            await uow.batches.save_items(sent)
            await uow.commit()

    async def _fetch(self, batch: Batch, lot: str, items: Sequence[BatchItem]) -> None:
        spec = self.models.get(batch.readers[items[0].reader].model)
        answers = await self.bulk.answers(spec, lot)
        if answers is None:
            return
        for run in (await self._runs(items)).values():
            if answer := answers.get(run.id):
                await self._record(run, spec, answer)
        await self._wake(items)
        self._looked.pop(lot, None)

    async def _record(self, run: Run, spec: ModelSpec, answer: BulkAnswer) -> None:
        """Keep an answer where the run looks before it asks."""
        try:
            question = await self.asks.only_question(run)
        except YomiError:
            return
        if question is None:
            return
        usage = priced(answer.usage, spec)
        if usage.cost_usd is not None:
            usage = replace(usage, cost_usd=round(usage.cost_usd * spec.batch_discount, 6))
        call = RecordedCall(
            self.clock.now(), answer.text, usage=usage, attempts=(Attempt("ok", 0),), answer_usage=usage
        )
        async with self.unit_of_work() as uow:
            await record_answer(uow, run.id, question, call)
            await uow.commit()

    async def _wake(self, items: Sequence[BatchItem]) -> None:
        """Let their runs be executed now: they find their answer, or ask."""
        if not items:
            return
        woken = list[RunId]()
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            still = await uow.batches.items(items[0].batch_id, status=ItemStatus.SENT)
            numbers = {item.number for item in items}
            waking = [item for item in still if item.number in numbers]
            runs = await uow.batches.runs({item.run_id for item in waking if item.run_id})
            for run in runs.values():
                if run.status is RunStatus.QUEUED and await uow.runs.save(replace(run, wake_at=None)):
                    woken.append(run.id)
            await uow.batches.save_items([replace(item, status=ItemStatus.RUNNING) for item in waking])
            await uow.commit()
        await self.jobs.execute_runs(woken)

    async def _runs(self, items: Sequence[BatchItem]) -> Mapping[RunId, Run]:
        async with self.unit_of_work() as uow:
            return await uow.batches.runs({item.run_id for item in items if item.run_id})

    async def _change(self, batch: Batch, items: Sequence[BatchItem]) -> None:
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            now = {item.number: item for item in await uow.batches.items(batch.id, status=ItemStatus.SENT)}
            await uow.batches.save_items([i for i in items if i.number in now and now[i.number].sent is None])
            await uow.commit()
