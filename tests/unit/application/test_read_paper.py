"""Reading a recorded paper: it becomes ready or refused, and never stays `reading`."""

from __future__ import annotations

import asyncio

import pytest
from server.domain.errors import (
    EncryptedPaperError,
    MalformedPaperError,
    NoTextError,
    PaperError,
    ParserCrashedError,
    ResourceLimitError,
    StorageFullError,
    TooManyPagesError,
    YomiError,
)
from server.domain.identity import Found, Source
from server.domain.ids import PaperId
from server.domain.papers import Problem

from house import PDF, House, until

pytestmark = pytest.mark.anyio


async def recorded(house: House) -> PaperId:
    return (await house.ingest(PDF, filename=None)).paper.id


async def test_a_paper_that_can_be_read_is_ready_with_its_extraction() -> None:
    house = House()
    paper_id = await recorded(house)

    await house.read_paper(paper_id)

    paper = house.memory.kept.papers[paper_id]
    assert (paper.status.value, paper.error) == ("ready", None)
    assert paper.extraction_id in house.memory.extractions.kept
    assert house.memory.events.names(f"paper:{paper_id}") == ["started", "finished"]
    assert house.memory.events.all[-1].data == {"status": "ready"}


@pytest.mark.parametrize(
    "error",
    [
        EncryptedPaperError(),
        MalformedPaperError(),
        NoTextError(pages=3, characters=12),
        TooManyPagesError(pages=900, limit=500),
        ResourceLimitError(),
        ParserCrashedError(),
        StorageFullError(),
    ],
    ids=lambda error: error.code,
)
async def test_a_paper_that_cannot_be_read_is_refused_with_the_reason(error: YomiError) -> None:
    house = House()
    paper_id = await recorded(house)
    house.reader.error = error

    await house.read_paper(paper_id)

    paper = house.memory.kept.papers[paper_id]
    assert (paper.status.value, paper.error) == ("refused", Problem(error.code, error.data))
    assert (paper.extraction_id, house.memory.extractions.kept) == (None, {})
    assert house.memory.events.all[-1].data == {"status": "refused"}


async def test_every_kind_of_refusal_has_a_sentence_that_its_data_fills() -> None:
    data = {"pages": 3, "characters": 1, "limit": 2, "limit_mb": 1, "url": "u", "why": "w"}
    for kind in PaperError.__subclasses__():
        words = kind(**data).words
        assert "{" not in words.ja + words.en


async def test_a_bug_refuses_the_paper_and_repeats_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    house = House()
    paper_id = await recorded(house)
    house.reader.error = KeyError("a secret sentence of the paper")

    await house.read_paper(paper_id)

    assert house.memory.kept.papers[paper_id].error == Problem("internal", {})
    assert "secret" not in caplog.text
    assert "KeyError" in caplog.text


async def test_bytes_that_are_gone_refuse_the_paper() -> None:
    house = House()
    paper_id = await recorded(house)
    house.memory.blobs.kept.clear()

    await house.read_paper(paper_id)

    assert house.memory.kept.papers[paper_id].error == Problem("malformed", {})


async def test_reading_twice_reads_once() -> None:
    house = House()
    paper_id = await recorded(house)

    await house.read_paper(paper_id)
    await house.read_paper(paper_id)
    await house.read_paper(PaperId("unknown"))

    assert house.reader.asked == 1


async def test_nothing_of_a_paper_deleted_while_it_was_read_comes_back() -> None:
    house = House()
    paper_id = await recorded(house)
    house.reader.go_on.clear()
    reading = asyncio.create_task(house.read_paper(paper_id))
    await house.reader.began.wait()

    await house.change.delete_paper(paper_id)
    house.reader.go_on.set()
    await reading

    kept = house.memory
    assert (kept.kept.papers, kept.extractions.kept, kept.blobs.kept, kept.events.all) == ({}, {}, {}, [])


async def test_a_correction_made_while_it_was_read_stays() -> None:
    house = House()
    paper_id = await recorded(house)
    house.reader.go_on.clear()
    reading = asyncio.create_task(house.read_paper(paper_id))
    await house.reader.began.wait()

    await house.change.correct_paper(paper_id, {"title": "As I know it"})
    house.reader.go_on.set()
    await reading

    paper = house.memory.kept.papers[paper_id]
    assert (paper.status.value, paper.corrections.title) == ("ready", Found("As I know it", Source.USER))


async def test_a_paper_deleted_before_its_reading_began_is_not_read() -> None:
    house = House()
    paper_id = await recorded(house)
    await house.change.delete_paper(paper_id)

    await house.read_paper(paper_id)
    await until(lambda: True)

    assert house.reader.asked == 0
