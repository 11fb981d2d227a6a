"""Follow what happens: events of a paper, a run or a whole comparison, and waiting for the end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.application.conversation import run_stream
from server.application.ports import Event, Events, UnitOfWorkFactory
from server.application.read_paper import paper_stream
from server.domain.comparing import status_of
from server.domain.comparisons import Comparison
from server.domain.ids import PaperId, RunId
from server.domain.papers import PaperStatus
from server.domain.runs import Run

POLL_S = 10.0
"""At the latest then an idle stream says that it is alive."""

DELETED = "deleted"
"""How a stream ends whose record is gone."""

GRACE_S = 2.0
"""How long a stream waits for the last events of a record that says it is over: they are written just after it, and
ending without them would number the end otherwise than a replay does."""

Merge = Callable[[Event, str | None], list[tuple[str, dict[str, Any]]]]
"""What becomes of an event of the run with this label."""


@dataclass(frozen=True)
class Follow:
    """Replays a stream from any event on, then stays with it until its end."""

    events: Events
    unit_of_work: UnitOfWorkFactory

    async def run(self, run_id: RunId, *, after: int) -> AsyncIterator[Event | None]:
        """Events of a run with ids above `after`; None now and then while nothing happens."""

        async def over() -> str | None:
            run = await self._run(run_id)
            if run is None:
                return DELETED
            return run.status.value if run.status.is_over else None

        async for event in self._follow({run_stream(run_id): None}, after=after, over=over):
            yield event

    async def paper(self, paper_id: PaperId, *, after: int) -> AsyncIterator[Event | None]:
        """Events of the reading of a paper."""

        async def over() -> str | None:
            async with self.unit_of_work() as uow:
                paper = await uow.papers.get(paper_id)
            if paper is None:
                return DELETED
            return None if paper.status is PaperStatus.READING else paper.status.value

        async for event in self._follow({paper_stream(paper_id): None}, after=after, over=over):
            yield event

    async def comparison(self, comparison: Comparison, *, after: int) -> AsyncIterator[Event | None]:
        """Events of all its runs in the order they happened, each with its candidate's label.

        The order is that of the event table and never changes, so the ids given here are as durable as those.

        Of a blind one only how many are done is told, even after a vote: what comes first, and how fast, tells a
        model, and the ids stay the same for everyone.
        """
        labels: dict[str, str | None] = {run_stream(c.run_id): c.label for c in comparison.candidates}

        async def over() -> str | None:
            runs = [run for c in comparison.candidates if (run := await self._run(c.run_id))]
            if not runs:
                return DELETED
            return status_of(runs).value if all(run.status.is_over for run in runs) else None

        merge = _counted(len(labels)) if comparison.blind else _merged
        async for event in self._follow(labels, after=after, over=over, merge=merge):
            yield event

    async def _run(self, run_id: RunId) -> Run | None:
        async with self.unit_of_work() as uow:
            return await uow.runs.get(run_id)

    async def _follow(
        self,
        labels: Mapping[str, str | None],
        *,
        after: int,
        over: Callable[[], Awaitable[str | None]],
        merge: Merge | None = None,
    ) -> AsyncIterator[Event | None]:
        streams, seq, given = list(labels), 0, 0
        name = streams[0] if len(streams) == 1 else "comparison"
        pending = [(0, "started", dict[str, Any]())] if len(streams) > 1 else []
        untold, ends_by, merge, let_go = set(streams), 0.0, merge or _merged, False
        while True:
            ended = await over()  # asked before the events, so that none written before the end is missed
            for event in await self.events.after(streams, seq):
                seq = event.seq
                pending += [(seq, *merged) for merged in merge(event, labels[event.stream])]
                if event.name == "finished":
                    untold.discard(event.stream)
            if ended is not None and not ends_by:
                ends_by = time.monotonic() + GRACE_S
            at_end = ended is not None and (ended == DELETED or not untold or time.monotonic() >= ends_by)
            if at_end:
                pending.append((seq, "finished", {"status": ended}))
            for at, kind, data in pending:
                given += 1
                if given > after:
                    yield Event(given, at, name, kind, data)
            pending = []
            if at_end or let_go:
                return  # let go it ends without an end: whoever follows comes back, here or to another server
            yield None
            left = ends_by - time.monotonic() if ends_by else POLL_S
            # When the process stops, what happened until then is told: a run's end may be the last of it.
            let_go = not await self.events.wait(streams, timeout_s=max(left, 0))


def _merged(event: Event, label: str | None) -> list[tuple[str, dict[str, Any]]]:
    """An event of one run as the comparison's stream tells it."""
    data = dict(event.data)
    if label is None:  # a stream of its own; its end is told when the record says so
        return [] if event.name == "finished" else [(event.name, data)]
    if event.name == "started":
        return [("progress", {"candidate": label, "stage": "started", "done": 0, "total": 1})]
    if event.name == "finished":
        return [("progress", {"candidate": label, "stage": str(data["status"]), "done": 1, "total": 1})]
    return [(event.name, {"candidate": label, **data})]


def _counted(total: int) -> Merge:
    """Tells of the ends of runs only, and not whose they were."""
    done = 0

    def merge(event: Event, _: str | None) -> list[tuple[str, dict[str, Any]]]:
        nonlocal done
        if event.name != "finished":
            return []
        done += 1
        return [("progress", {"stage": "reading", "done": done, "total": total})]

    return merge


async def wait_until(
    over: Callable[[], Awaitable[bool]], *, events: Events, streams: Sequence[str], timeout_s: float
) -> bool:
    """Wait for `over`, at most `timeout_s` and not beyond the stop of this process. Returns whether it is."""
    deadline = time.monotonic() + timeout_s
    while True:
        if await over():
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        if not await events.wait(streams, timeout_s=min(left, 1.0)):
            return await over()
