"""Following: dense ids, resumable anywhere, and an end that is always told last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from server.adapters.scripted_engine import Script
from server.application.follow import wait_until
from server.application.ports import Event
from server.domain.comparisons import Comparison
from server.domain.errors import EncryptedPaperError
from server.domain.requests import ReaderRequest
from server.domain.runs import Run

from builders import TITLE
from house import PDF, House, a_wire_answer, until

pytestmark = pytest.mark.anyio


async def all_of(events: AsyncIterator[Event | None]) -> list[Event]:
    return [event async for event in events if event]


def told(events: list[Event]) -> list[tuple[int, str, dict[str, Any]]]:
    return [(event.id, event.name, dict(event.data)) for event in events]


def an_interpretation() -> dict[str, Any]:
    return {"_paper": {"title": TITLE, "authors": None}, "abstract": [], "methods": [], "limitations": []}


async def two_readers(house: House) -> Comparison:
    comparison: Comparison = await house.a_comparison(
        ReaderRequest("summarizer"), ReaderRequest("interpreter")
    )
    return comparison


async def test_a_run_is_told_from_the_first_event_to_the_end() -> None:
    house = House()
    run = await house.executed()

    events = await all_of(house.follow.run(run.id, after=0))

    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert [event.name for event in events] == [
        "started",
        "progress",
        "progress",
        "field",
        "field",
        "field",
        "field",
        "finished",
    ]
    assert events[-1].data == {"status": "finished"}


async def test_resuming_after_any_event_gives_exactly_the_rest() -> None:
    house = House(Script(a_wire_answer(), restarts=['{"header":']))
    run = await house.executed()
    whole = told(await all_of(house.follow.run(run.id, after=0)))

    for after in range(len(whole) + 1):
        assert told(await all_of(house.follow.run(run.id, after=after))) == whole[after:]


async def test_whoever_follows_from_the_start_sees_what_is_replayed_later() -> None:
    answer = a_wire_answer(header={"title": TITLE, "authors": "Someone Else", "year": 2026})  # with a warning
    house = House(Script(answer, delay_s=0.01))
    run = await house.a_run()
    following = asyncio.create_task(all_of(house.follow.run(run.id, after=0)))

    await house.execute(run.id)
    live = told(await asyncio.wait_for(following, 5))

    assert live == told(await all_of(house.follow.run(run.id, after=0)))
    assert [name for _, name, _ in live][-2:] == ["warning", "finished"]


async def test_a_run_recorded_as_over_waits_for_its_last_events() -> None:
    """They are written after the record: whoever looks in between must not get another numbering."""
    house = House(a_wire_answer(header={"title": TITLE, "authors": "Someone Else", "year": 2026}))
    run = await house.a_run()
    append, go_on = house.memory.events.append, asyncio.Event()

    async def held_back(stream: str, name: str, data: Any, **held: Any) -> Event:
        if name in ("warning", "finished"):
            await go_on.wait()
        return await append(stream, name, data, **held)

    house.memory.events.append = held_back  # type: ignore[method-assign]
    executing = asyncio.create_task(house.execute(run.id))
    await until(lambda: house.kept(run).status.is_over)
    following = asyncio.create_task(all_of(house.follow.run(run.id, after=0)))
    await asyncio.sleep(0.01)
    go_on.set()
    await executing

    live = told(await asyncio.wait_for(following, 5))
    assert live == told(await all_of(house.follow.run(run.id, after=0)))
    assert [name for _, name, _ in live][-2:] == ["warning", "finished"]


async def test_a_run_whose_last_events_were_lost_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.follow.GRACE_S", 0.01)
    house = House()
    run = await house.executed()
    house.memory.events.all.pop()  # the process died between the record and the event

    events = await asyncio.wait_for(all_of(house.follow.run(run.id, after=0)), 5)

    assert (events[-1].name, events[-1].data) == ("finished", {"status": "finished"})


async def test_silence_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.follow.POLL_S", 0.01)
    house = House()
    run = await house.a_run()
    following = house.follow.run(run.id, after=0)

    assert [await anext(following) for _ in range(3)] == [None, None, None]


async def test_a_run_that_ends_as_the_process_stops_is_told_to_its_end() -> None:
    house = House()
    run = await house.a_run()
    following = house.follow.run(run.id, after=0)
    while await anext(following):
        pass  # up to its first silence
    await house.execute(run.id)
    house.memory.events.let_go()

    rest = await all_of(following)

    assert told(rest)[-1][1:] == ("finished", {"status": "finished"})


async def test_a_run_that_goes_on_as_the_process_stops_ends_its_stream_without_an_end() -> None:
    house = House()
    run = await house.a_run()
    following = house.follow.run(run.id, after=0)
    while await anext(following):
        pass
    house.memory.events.let_go()

    assert await all_of(following) == []


async def test_a_comparison_is_one_stream_of_all_its_runs() -> None:
    house = House(a_wire_answer(), an_interpretation())
    comparison = await two_readers(house)
    following = asyncio.create_task(all_of(house.follow.comparison(comparison, after=0)))

    for candidate in comparison.candidates:
        await house.execute(candidate.run_id)
    live = await asyncio.wait_for(following, 5)

    assert [event.id for event in live] == list(range(1, len(live) + 1))
    assert [event.name for event in live].count("started") == 1
    assert [event.name for event in live].count("finished") == 1
    assert (live[0].name, live[-1].name, live[-1].data) == ("started", "finished", {"status": "finished"})
    assert {event.data["candidate"] for event in live[1:-1]} == {"A", "B"}
    fields = [(event.data["candidate"], event.data["path"]) for event in live if event.name == "field"]
    assert fields == [
        *(("A", path) for path in ("/header", "/what", "/discussion", "/next_papers")),
        *(("B", path) for path in ("/abstract", "/methods", "/limitations")),
    ]
    ends = [event.data["candidate"] for event in live if event.data.get("done") == 1]
    assert ends == ["A", "B"]


async def test_a_comparison_is_resumed_after_any_event() -> None:
    house = House(a_wire_answer(), an_interpretation())
    comparison = await two_readers(house)
    executing = [asyncio.create_task(house.execute(c.run_id)) for c in comparison.candidates]
    await asyncio.gather(*executing)
    whole = told(await all_of(house.follow.comparison(comparison, after=0)))

    for after in range(len(whole) + 1):
        assert told(await all_of(house.follow.comparison(comparison, after=after))) == whole[after:]


async def test_a_comparison_with_a_failed_reader_ends_partial() -> None:
    house = House(a_wire_answer(), {})
    comparison = await two_readers(house)
    for candidate in comparison.candidates:
        await house.execute(candidate.run_id)

    events = await all_of(house.follow.comparison(comparison, after=0))

    assert events[-1].data == {"status": "partial"}
    assert [e.data["candidate"] for e in events if e.name == "reset"] == ["B"]


async def test_a_deleted_run_ends_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.follow.POLL_S", 0.01)
    house = House()
    run = await house.a_run()
    following = asyncio.create_task(all_of(house.follow.run(run.id, after=0)))
    await asyncio.sleep(0)

    await house.change.delete_run(run.id)

    events = await asyncio.wait_for(following, 5)
    assert (events[-1].name, events[-1].data) == ("finished", {"status": "deleted"})


async def test_a_deleted_comparison_ends_its_stream() -> None:
    house = House()
    comparison = await two_readers(house)

    await house.change.delete_paper(comparison.paper_id)

    events = await asyncio.wait_for(all_of(house.follow.comparison(comparison, after=0)), 5)
    assert (events[-1].name, events[-1].data) == ("finished", {"status": "deleted"})


async def test_a_cancelled_run_ends_its_stream() -> None:
    house = House()
    run = await house.a_run()

    await house.change.cancel_run(run.id)

    events = await all_of(house.follow.run(run.id, after=0))
    assert told(events) == [(1, "finished", {"status": "cancelled"})]


@pytest.mark.parametrize(("error", "status"), [(None, "ready"), (EncryptedPaperError(), "refused")])
async def test_the_reading_of_a_paper_is_told_to_its_end(error: Exception | None, status: str) -> None:
    house = House()
    house.reader.error = error
    paper_id = (await house.ingest(PDF, filename=None)).paper.id
    following = asyncio.create_task(all_of(house.follow.paper(paper_id, after=0)))

    await house.read_paper(paper_id)

    events = await asyncio.wait_for(following, 5)
    assert told(events) == [(1, "started", {}), (2, "finished", {"status": status})]


async def test_waiting_ends_as_soon_as_it_is_over_and_at_the_latest_in_time() -> None:
    house = House()
    run: Run = await house.a_run()

    async def over() -> bool:
        return house.kept(run).status.is_over

    stream = [f"run:{run.id}"]
    in_time = await wait_until(over, events=house.memory.events, streams=stream, timeout_s=0.01)
    waiting = asyncio.create_task(wait_until(over, events=house.memory.events, streams=stream, timeout_s=5))
    await house.execute(run.id)

    assert (in_time, await asyncio.wait_for(waiting, 2)) == (False, True)
