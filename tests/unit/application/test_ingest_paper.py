"""Taking in a PDF: the same bytes are one paper, and what is not a paper leaves nothing behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from server.domain.errors import (
    EncryptedPaperError,
    FetchFailedError,
    NotPdfError,
    StorageFullError,
    TooLargeError,
)
from server.domain.ids import WorkspaceId
from server.domain.papers import PaperStatus

from house import PDF, House

pytestmark = pytest.mark.anyio


async def test_a_paper_is_recorded_before_its_reading_is_queued() -> None:
    house = House()

    ingested = await house.ingest(PDF, filename="paper-first.pdf")

    paper = ingested.paper
    assert ingested.created
    assert (paper.status, paper.bytes, paper.filename) == (PaperStatus.READING, len(PDF), "paper-first.pdf")
    assert house.memory.kept.papers == {paper.id: paper}
    assert house.memory.jobs.papers == [paper.id]
    assert house.memory.jobs.committed_when_enqueued == [True]
    assert list(house.memory.blobs.kept.values()) == [PDF]


async def test_the_same_bytes_are_one_paper_whatever_their_name() -> None:
    house = House()

    first = await house.ingest(PDF, filename="a.pdf")
    again = await house.ingest(PDF, filename="b.pdf")

    assert (again.created, again.paper) == (False, first.paper)
    assert len(house.memory.jobs.papers) == 1


async def test_the_same_bytes_sent_twice_at_once_are_one_paper() -> None:
    house = House()

    both = await asyncio.gather(*(house.ingest(PDF, filename=f"{n}.pdf") for n in range(4)))

    assert sorted(one.created for one in both) == [False, False, False, True]
    assert len({one.paper.id for one in both}) == len(house.memory.kept.papers) == 1
    assert len(house.memory.jobs.papers) == 1


async def test_workspaces_do_not_share_papers() -> None:
    house = House()

    mine = await house.ingest(PDF, filename=None)
    theirs = await house.ingest(PDF, filename=None, workspace_id=WorkspaceId("other"))

    assert theirs.created
    assert theirs.paper.id != mine.paper.id
    assert len(house.memory.blobs.kept) == 2


async def test_a_refused_paper_sent_again_is_read_again() -> None:
    house = House()
    house.reader.error = EncryptedPaperError()
    paper_id = await house.a_ready_paper()
    refused = house.memory.kept.papers[paper_id]
    house.reader.error = None

    again = await house.ingest(PDF, filename="a.pdf")
    await house.read_paper(paper_id)

    assert refused.status is PaperStatus.REFUSED
    assert (again.created, again.paper.id, again.paper.status) == (False, paper_id, PaperStatus.READING)
    assert again.paper.error is None
    assert house.memory.jobs.papers == [paper_id, paper_id]
    assert house.memory.kept.papers[paper_id].status is PaperStatus.READY


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\papers\\論文.pdf", "論文.pdf"),
        ("evil\u202efdp.exe\x00\n.pdf", "evilfdp.exe.pdf"),
        ("a" * 400 + ".pdf", "a" * 255),
        ("", "paper.pdf"),
        (None, "paper.pdf"),
        ("/", "paper.pdf"),
    ],
)
async def test_a_file_name_is_only_shown_and_made_fit_for_that(given: str | None, shown: str) -> None:
    house = House()

    assert (await house.ingest(PDF, filename=given)).paper.filename == shown
    assert not any(shown in key for key in house.memory.blobs.kept)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotPdfError),
        (b"<html>%PDF", NotPdfError),
        (b" " * 1024 + PDF, NotPdfError),
        (PDF + b" " * 10_000, TooLargeError),
    ],
    ids=["empty", "another format", "header too late", "too large"],
)
async def test_what_is_no_paper_leaves_nothing_behind(data: bytes, error: type[Exception]) -> None:
    house = House()

    with pytest.raises(error):
        await house.ingest(data, filename="a.pdf")

    assert (house.memory.kept.papers, house.memory.blobs.kept, house.memory.jobs.papers) == ({}, {}, [])


async def test_a_header_behind_a_little_rubbish_is_a_pdf() -> None:
    assert (await House().ingest(b"\n" * 1000 + PDF, filename=None)).created


async def test_what_cannot_be_stored_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()

    async def full(*_: object) -> None:
        raise StorageFullError

    monkeypatch.setattr(house.memory.blobs, "put", full)
    with pytest.raises(StorageFullError):
        await house.ingest(PDF, filename=None)

    assert house.memory.kept.papers == {}


async def test_a_fetched_paper_is_a_paper_like_any_other() -> None:
    house = House()

    fetched = await house.ingest.from_arxiv("https://arxiv.org/abs/2312.10997")
    sent = await house.ingest(PDF, filename="mine.pdf")

    assert (fetched.paper.filename, sent.paper.id) == ("2312.10997.pdf", fetched.paper.id)


async def test_what_cannot_be_fetched_is_not_recorded() -> None:
    house = House()
    house.fetcher.error = FetchFailedError(url="https://arxiv.org/pdf/2312.10997", why="no network")

    with pytest.raises(FetchFailedError):
        await house.ingest.from_arxiv("2312.10997")

    assert house.memory.kept.papers == {}


async def test_a_paper_read_by_an_older_reader_is_read_again() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    newer = replace(house.ingest, reader_version="a reader 2.0")

    again = await newer(PDF, filename="a.pdf")

    assert again.paper.id == paper_id
    assert again.paper.status is PaperStatus.READING
    assert not again.created
