"""Start a batch, go on with one, stop or delete it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from server.application.change_records import ChangeRecords
from server.application.one_answer import recorded_for
from server.application.ports import UnitOfWork, UnitOfWorkFactory
from server.application.send_in_bulk import SendInBulk
from server.application.start_run import StartRun
from server.domain.batches import (
    MAX_READERS,
    Batch,
    BatchItem,
    BatchMode,
    BatchStatus,
    ItemStatus,
    batch_key,
)
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, BatchId, PaperId, RunId, WorkspaceId
from server.domain.requests import ReaderRequest

WHOLE_LIBRARY = "all"
"""The data set of every paper that is read, or being read, when the batch is started."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Readers for many papers; each paper goes to each reader.

    With a `name`, a batch of this name that asks alike is gone on with: new papers are added, what was stopped is
    taken up again, and with `retry_failed` what failed.
    """

    papers: tuple[PaperId, ...]
    readers: tuple[ReaderRequest, ...]
    dataset: str | None = None
    """Instead of `papers`: `WHOLE_LIBRARY`."""
    name: str | None = None
    mode: BatchMode = BatchMode.QUEUE
    retry_failed: bool = False
    interface_language: str = "en"
    key: str | None = None
    """Of the request, as `OneAnswer` knows it."""
    workspace_id: WorkspaceId = LOCAL_WORKSPACE


@dataclass(frozen=True)
class StartBatch:
    """Record a batch with all its items in one transaction. Nothing is run here: whoever feeds batches does that."""

    unit_of_work: UnitOfWorkFactory
    start_run: StartRun
    change: ChangeRecords
    bulk: SendInBulk | None = None
    """For batches that may be asked in bulk; None: there are none."""

    async def __call__(self, request: BatchRequest) -> Batch:
        """
        Raises:
            InvalidRequestError: no papers or readers, or too many; no model can be asked in bulk.
            NotFoundError: no such paper, persona or model.
        """
        if before := await self._recorded(request.key):
            return before
        readers, key = await self._readers(request)
        async with self.unit_of_work() as uow:
            papers = await _papers(uow, request)
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            known = await uow.batches.with_key(request.workspace_id, key) if key else None
            batch = known or self._new(request, readers, key)
            if known:
                batch = replace(batch, owner=self.start_run.owner, mode=request.mode, fed_until=None)
                there: Collection[PaperId] = await uow.batches.papers_of(batch.id)
                await self._again(uow, batch, request)
            else:
                await uow.batches.add(batch)
                there = ()
            new = [paper for paper in papers if paper not in there]
            first = 1 + len(there) * len(readers)
            await uow.batches.add_items(_items(batch, new, first=first))
            if known:
                counts = await uow.batches.counts(batch.id)
                if any(count and not status.is_over for status, count in counts.items()):
                    batch = batch.resume(at=self.start_run.clock.now())
                await uow.batches.save(batch)
            if request.key:
                await uow.keys.bind(request.key, f"batch:{batch.id}", paper_id=None)
            await uow.commit()
        return batch

    async def cancel(self, batch_id: BatchId) -> None:
        """Stop it. What is done stays, and runs that others wait for too go on.

        Raises:
            NotFoundError
            ConflictError: it is over already.
        """
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            batch = await found(uow, batch_id)
            if batch.status.is_over:
                raise ConflictError(
                    reason_ja="この一括処理はもう終わっています。", reason_en="This batch is over already."
                )
            running = [
                item
                for status in (ItemStatus.RUNNING, ItemStatus.SENT)
                for item in await uow.batches.items(batch_id, status=status)
            ]
            mine = [item.run_id for item in running if item.run_id and not await _is_shared(uow, item)]
            stopped = [replace(item, status=ItemStatus.CANCELLED) for item in running]
            await uow.batches.save_items(stopped)
            await uow.batches.move(batch_id, out_of=(ItemStatus.WAITING,), to=ItemStatus.CANCELLED)
            await uow.batches.save(batch.end(BatchStatus.CANCELLED, at=self.start_run.clock.now()))
            await uow.commit()
        await self._stop(mine)
        if self.bulk:
            await self.bulk.cancel(batch, running)

    async def delete(self, batch_id: BatchId) -> None:
        """Forget it; its runs stay.

        Raises:
            NotFoundError
            ConflictError: it is still being worked on.
        """
        async with self.unit_of_work() as uow:
            await uow.batches.alone()
            batch = await found(uow, batch_id)
            if not batch.status.is_over:
                raise ConflictError(
                    reason_ja="この一括処理はまだ動いています。先に取り消してください。",
                    reason_en="This batch is still being worked on. Cancel it first.",
                )
            await uow.batches.delete(batch_id)
            await uow.commit()

    async def _recorded(self, key: str | None) -> Batch | None:
        """What an earlier request with this key recorded."""
        recorded = await recorded_for(self.unit_of_work, key)
        if recorded is None:
            return None
        async with self.unit_of_work() as uow:
            return await found(uow, BatchId(recorded[1]))

    async def _stop(self, runs: Sequence[RunId]) -> None:
        for run_id in dict.fromkeys(runs):
            with suppress(ConflictError, NotFoundError):  # over, or deleted, just now
                await self.change.cancel_run(run_id)

    async def _again(self, uow: UnitOfWork, batch: Batch, request: BatchRequest) -> None:
        """Let wait what was stopped, and on demand what failed."""
        again = {ItemStatus.CANCELLED}
        if request.retry_failed:
            again |= {ItemStatus.FAILED, ItemStatus.GONE}
        await uow.batches.move(batch.id, out_of=again, to=ItemStatus.WAITING)

    async def _readers(self, request: BatchRequest) -> tuple[tuple[ReaderRequest, ...], str | None]:
        """The readers by their versions and models, so that all items are asked alike; and the batch's key."""
        readers, asked = list[ReaderRequest](), list[list[str]]()
        for wanted in request.readers:
            persona = await self.start_run.shelf.get(wanted.ref, workspace_id=request.workspace_id)
            spec = self.start_run.models.get(wanted.model)
            reader = replace(wanted, version=persona.version, model=spec.name)
            if reader not in readers:
                readers.append(reader)
                parts = (
                    persona.digest,
                    spec.base_url,
                    spec.model,
                    reader.language,
                    reader.settings.short_form,
                )
                asked.append([str(part) for part in parts])
        if not 1 <= len(readers) <= MAX_READERS:
            raise InvalidRequestError(
                reason_ja=f"読み手は 1〜{MAX_READERS} 人を指定してください。",
                reason_en=f"Give one to {MAX_READERS} readers.",
                path="/personas",
            )
        self._check_mode(request.mode, readers)
        key = batch_key(request.name, [[request.interface_language], *asked]) if request.name else None
        return tuple(readers), key

    def _check_mode(self, mode: BatchMode, readers: Sequence[ReaderRequest]) -> None:
        specs = [self.start_run.models.get(reader.model) for reader in readers]
        if mode is BatchMode.PROVIDER and not (self.bulk and any(spec.batch for spec in specs)):
            raise InvalidRequestError(
                reason_ja="まとめて問い合わせられるモデルがありません。YOMI_MODELS で batch = true としたモデルを指定してください。",
                reason_en="None of the models can be asked in bulk. Name one that has batch = true in YOMI_MODELS.",
                path="/mode",
            )

    def _new(self, request: BatchRequest, readers: tuple[ReaderRequest, ...], key: str | None) -> Batch:
        return Batch(
            id=BatchId(self.start_run.ids.new()),
            workspace_id=request.workspace_id,
            readers=readers,
            interface_language=request.interface_language,
            mode=request.mode,
            owner=self.start_run.owner,
            created_at=self.start_run.clock.now(),
            name=request.name,
            key=key,
        )


async def found(uow: UnitOfWork, batch_id: BatchId) -> Batch:
    """
    Raises:
        NotFoundError
    """
    batch = await uow.batches.get(batch_id)
    if batch is None:
        raise NotFoundError(kind="batch", id=batch_id)
    return batch


async def _papers(uow: UnitOfWork, request: BatchRequest) -> Sequence[PaperId]:
    """Those asked for, each once.

    Raises:
        InvalidRequestError, NotFoundError
    """
    if request.dataset not in (None, WHOLE_LIBRARY) or bool(request.dataset) == bool(request.papers):
        raise InvalidRequestError(
            reason_ja=f"paper_ids に論文の id を並べるか、dataset に {WHOLE_LIBRARY}（ライブラリー全体）を指定してください。",
            reason_en=f"Give either paper_ids, or the dataset '{WHOLE_LIBRARY}' (the whole library).",
            path="/paper_ids",
        )
    if request.dataset:
        papers = await uow.batches.library(request.workspace_id)
        if not papers:
            raise InvalidRequestError(
                reason_ja="ライブラリーに論文がありません。",
                reason_en="There are no papers in the library.",
                path="/dataset",
            )
        return papers
    wanted = tuple(dict.fromkeys(request.papers))
    there = await uow.batches.papers(wanted)
    for paper_id in wanted:
        if paper_id not in there or there[paper_id].workspace_id != request.workspace_id:
            raise NotFoundError(kind="paper", id=paper_id)
    return wanted


def _items(batch: Batch, papers: Sequence[PaperId], *, first: int) -> list[BatchItem]:
    pairs = [(paper, reader) for paper in papers for reader in range(len(batch.readers))]
    return [BatchItem(batch.id, number, paper, reader) for number, (paper, reader) in enumerate(pairs, first)]


async def _is_shared(uow: UnitOfWork, item: BatchItem) -> bool:
    """Whether somebody else waits for its run."""
    users = await uow.batches.users_of(RunId(str(item.run_id)))
    return item.shared or any(user.batch_id != item.batch_id for user in users)
