"""Pages that fill in by themselves, when what they show is deleted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from server.application import follow
from server.application.ports import Event
from server.domain.ids import PaperId
from server.domain.papers import PaperStatus

from builders import a_comparison, a_paper, a_persona, a_queued_run, an_extraction
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def looked_at(house: ServedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that is being read again, and two readers that never come to an end."""
    monkeypatch.setattr(follow, "POLL_S", 0.01)
    memory = house.memory
    memory.has(an_extraction())
    memory.has(replace(a_paper(), status=PaperStatus.READING))
    runs = [a_queued_run("run-1"), a_queued_run("run-2", persona=a_persona("interpreter"))]
    for run in runs:
        await house.shelf.keep(a_persona(run.persona.id))
        memory.has(run)
    memory.has(a_comparison(runs))


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ("/papers/paper-1", "#paper"),
        ("/runs/run-1", "#run"),
        ("/comparisons/comparison-1", "#comparison"),
    ],
)
async def test_a_page_says_that_what_it_shows_has_been_deleted(
    house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch, page: str, place: str
) -> None:
    events = house.memory.events
    after = events.after

    async def after_it_is_deleted(streams: Sequence[str], seq: int) -> Sequence[Event]:
        if house.memory.kept.papers:
            await house.change.delete_paper(PaperId("paper-1"))
        return await after(streams, seq)

    monkeypatch.setattr(events, "after", after_it_is_deleted)

    stream = (await api.get(f"{page}/live")).text

    assert f'hx-target="{place}"' in stream
    assert 'role="alert"' in stream
    assert "event: done" in stream
