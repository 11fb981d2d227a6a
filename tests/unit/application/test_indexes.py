"""Papers made ready are kept: by number and by size, each made once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from server.application import indexes
from server.application.indexes import Indexes
from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId
from server.domain.quotes import PaperIndex

from builders import an_extraction

pytestmark = pytest.mark.anyio


def paper(
    name: str, *, text: str = "A sentence that is long enough to be quoted, with 28 tokens."
) -> Extraction:
    return replace(an_extraction([text]), id=ExtractionId(name))


async def test_readers_who_come_at_once_share_one_index(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[Extraction]()

    def counted(extraction: Extraction) -> PaperIndex:
        made.append(extraction)
        return PaperIndex(extraction)

    monkeypatch.setattr(indexes, "_prepared", counted)
    kept = Indexes()

    first, second = await asyncio.gather(kept.of(paper("a")), kept.of(paper("a")))
    third = await kept.of(paper("a"))

    assert first is second is third
    assert len(made) == 1


async def test_a_reader_who_goes_takes_no_index_from_another() -> None:
    kept = Indexes()
    gone = asyncio.ensure_future(kept.of(paper("a")))
    stays = asyncio.ensure_future(kept.of(paper("a")))
    await asyncio.sleep(0)

    gone.cancel()

    assert (await stays).extraction.id == "a"


async def test_what_was_asked_for_least_recently_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "KEPT", 2)
    kept = Indexes()
    first, second = await kept.of(paper("a")), await kept.of(paper("b"))
    await kept.of(paper("a"))

    await kept.of(paper("c"))

    assert await kept.of(paper("a")) is first
    assert await kept.of(paper("b")) is not second


async def test_large_papers_leave_room_for_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "KEPT_BYTES", PaperIndex(paper("a")).size * 5 // 2)
    kept = Indexes()
    first, second = await kept.of(paper("a")), await kept.of(paper("b"))

    large = await kept.of(paper("c", text="A sentence like any other. " * 50))

    assert await kept.of(paper("c")) is large
    assert await kept.of(paper("a")) is not first
    assert await kept.of(paper("b")) is not second


async def test_a_paper_that_cannot_be_made_ready_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Indexes()
    with monkeypatch.context() as broken:
        broken.setattr(PaperIndex, "prepare", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await kept.of(paper("a"))

    assert (await kept.of(paper("a"))).extraction.id == "a"
