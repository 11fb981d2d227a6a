"""Whatever a PDF does to the process that reads it, its caller gets an extraction or a typed error, and others go on."""

from __future__ import annotations

import asyncio
import os
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from server.adapters import pdf_supervised
from server.adapters.pdf_process import PdfProcessReader
from server.domain.errors import (
    EncryptedPaperError,
    MalformedPaperError,
    NoTextError,
    NotFoundError,
    NotPdfError,
    PaperError,
    ParserCrashedError,
    ResourceLimitError,
    TooLargeError,
    TooManyPagesError,
)
from server.domain.extractions import HiddenText, Hiding, Notice
from tests.pdfs import (
    FIRST_FREE,
    HIDDEN,
    SECRET,
    a_paper,
    a_pdf,
    a_scan,
    body,
    encrypted,
    stream,
    text_at,
    zeros,
)

pytestmark = pytest.mark.anyio

MIB = 2**20


@asynccontextmanager
async def reading(**options: Any) -> AsyncIterator[PdfProcessReader]:
    reader = PdfProcessReader(**{"workers": 1, "deadline_s": 20.0} | options)
    try:
        yield reader
    finally:
        await reader.close()


@pytest.fixture
async def reader() -> AsyncIterator[PdfProcessReader]:
    async with reading() as made:
        yield made


def is_running(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    return False


def environment_of(pid: int) -> bytes | None:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return None


# What is read


async def test_a_paper_is_read_with_all_that_belongs_to_an_extraction(reader: PdfProcessReader) -> None:
    extraction = await reader.read(a_paper(pages=2))

    assert extraction.reader.startswith("pypdfium2 ")
    assert extraction.reader in reader.version
    assert [page.number for page in extraction.pages] == [1, 2]
    assert extraction.pages[0].text.startswith(
        "Visible line 0: the method improves accuracy by 3.2 points.\n"
    )
    assert extraction.pages[0].width == 612.0
    assert len(extraction.pages[0].lines) == 12
    assert extraction.hidden == ()
    assert extraction.warnings == () or {w.code for w in extraction.warnings} == {"no_title"}


async def test_the_same_bytes_give_the_same_extraction(reader: PdfProcessReader) -> None:
    first, second = await reader.read(a_paper()), await reader.read(a_paper())
    other = await reader.read(a_paper(pages=3))

    assert (first.id, first.digest, first.sha256) == (second.id, second.digest, second.sha256)
    assert len(first.id) == 32
    assert other.id != first.id


async def test_hidden_text_is_kept_apart_and_reported(reader: PdfProcessReader) -> None:
    extraction = await reader.read(HIDDEN["white"])

    assert SECRET not in extraction.text
    assert extraction.hidden == (HiddenText(1, SECRET, Hiding.NO_INK),)
    assert Notice("hidden_text", page=1, excerpt=SECRET, data={"count": len(SECRET)}) in extraction.warnings


async def test_pages_that_are_pictures_are_named_and_blank_ones_are_not(reader: PdfProcessReader) -> None:
    picture = b"0 g 100 100 300 300 re f\n"
    extraction = await reader.read(a_pdf(body(), picture, body(), b"", body(), body(), picture))

    assert Notice("pages_without_text", data={"pages": "2, 7"}) in extraction.warnings


async def test_progress_is_told_while_a_long_paper_is_read(reader: PdfProcessReader) -> None:
    told: list[tuple[str, int, int]] = []

    await reader.read(a_paper(pages=200), on_progress=lambda *progress: told.append(progress))

    assert told
    assert all(done <= total for _, done, total in told)
    assert told == sorted(told, key=lambda progress: ("admit", "read", "describe").index(progress[0]))


async def test_an_empty_password_opens_a_protected_paper(reader: PdfProcessReader) -> None:
    extraction = await reader.read(encrypted(a_paper(), password=""))

    assert extraction.pages[0].text.startswith("Visible line 0")


async def test_a_damaged_table_of_objects_does_not_stop_the_reading(reader: PdfProcessReader) -> None:
    damaged = a_paper().replace(b"startxref\n", b"startxref\n9")

    assert "Visible line 0" in (await reader.read(damaged)).text


# What is refused


REFUSED: dict[str, tuple[Callable[[], bytes], type[PaperError]]] = {
    "nothing": (lambda: b"", NotPdfError),
    "a login page": (lambda: b"<!DOCTYPE html><html>Sign in</html>" * 99, NotPdfError),
    "a header too far in": (lambda: b"\n" * 2000 + a_paper(), NotPdfError),
    "a header only": (lambda: b"%PDF-1.7\n", MalformedPaperError),
    "the first half": (lambda: (p := a_paper(pages=9))[: len(p) // 2 - 900], MalformedPaperError),
    "garbage": (lambda: b"%PDF-1.7\n" + zlib.compress(os.urandom(MIB)) + b"\n%%EOF", MalformedPaperError),
    "a password": (lambda: encrypted(a_paper(), password="secret"), EncryptedPaperError),
    "a scan": (a_scan, NoTextError),
    "a single word": (lambda: a_pdf(text_at(72, 700, "Hello")), NoTextError),
    "only hidden text": (lambda: a_pdf(text_at(72, 700, SECRET * 3, state="3 Tr")), NoTextError),
    "too many pages": (lambda: a_paper(pages=501), TooManyPagesError),
    "a page a thousand times": (
        lambda: a_pdf(body(), kids=b"100 0 R " * 1000, count=1000),
        TooManyPagesError,
    ),
    "a flate bomb": (
        lambda: a_pdf(stream(zeros(256 * MIB), b"/Filter/FlateDecode")),
        ResourceLimitError,
    ),
    "a flate bomb in a flate bomb": (
        lambda: a_pdf(stream(zlib.compress(zeros(512 * MIB), 9), b"/Filter[/FlateDecode/FlateDecode]")),
        ResourceLimitError,
    ),
    "one large content on every page": (
        lambda: a_pdf(stream(zeros(60 * MIB), b"/Filter/FlateDecode"), kids=b"100 0 R " * 400, count=400),
        ResourceLimitError,
    ),
}


async def test_a_page_tree_without_end_is_cut_or_refused(reader: PdfProcessReader) -> None:
    with suppress(PaperError):
        await reader.read(a_pdf(body(), kids=b"100 0 R 2 0 R", count=2))

    assert (await reader.read(a_paper())).pages


@pytest.mark.parametrize("what", REFUSED)
async def test_it_is_refused_by_its_name_and_the_next_paper_is_read(
    reader: PdfProcessReader, what: str
) -> None:
    make, error = REFUSED[what]

    with pytest.raises(error):
        await reader.read(make())

    assert (await reader.read(a_paper())).pages


SURVIVED: dict[str, Callable[[], bytes]] = {
    "a form that draws itself": lambda: a_pdf(
        body() + b"/X Do\n",
        resources=b"/XObject<</X 11 0 R>>",
        objects={
            11: stream(
                b"/X Do\n", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 11 0 R>>>>"
            )
        },
    ),
    "arrays in arrays": lambda: a_pdf(b"[" * 200_000 + b"]" * 200_000 + b"\n" + body()),
    "dictionaries in the catalogue": lambda: a_pdf(
        body(), catalogue=b"/Names " + b"<</A " * 20_000 + b"1" + b">>" * 20_000
    ),
    "an outline that bites its tail": lambda: a_pdf(
        body(),
        catalogue=b"/Outlines 11 0 R",
        objects={
            11: b"<</Type/Outlines/First 12 0 R/Last 12 0 R/Count 1>>",
            12: b"<</Title(loop)/Parent 11 0 R/Next 12 0 R/First 12 0 R/Dest[100 0 R/Fit]>>",
        },
    ),
    "a lie about the pages": lambda: a_pdf(body(), count=2**31 - 1),
    "scripts and programs": lambda: a_pdf(
        body(),
        catalogue=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>/AA<</WC<</S/Launch/F(/bin/sh)>>>>",
    ),
    "a content in another file": lambda: a_pdf(
        body(), b"<</Length 0/F(/etc/passwd)>>\nstream\n\nendstream", body()
    ),
    "a page as large as a town": lambda: a_pdf(body(), page=b"/MediaBox[0 0 2000000 2000000]"),
    "a picture of 3,600 megapixels": lambda: a_pdf(
        b"q 500 0 0 500 50 50 cm /I Do Q\n" + body(),
        resources=b"/XObject<</I 11 0 R>>",
        objects={
            11: stream(
                zeros(64 * MIB, filler=b"\0"),
                b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray"
                b"/BitsPerComponent 8/Filter/FlateDecode",
            )
        },
    ),
    "a map of four billion characters": lambda: a_pdf(
        body(),
        objects={
            FIRST_FREE: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 11 0 R>>",
            11: stream(
                b"begincmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange "
                + b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange " * 50
                + b"endcmap"
            ),
        },
    ),
}


@pytest.mark.parametrize("what", SURVIVED)
async def test_it_is_harmless_and_the_paper_is_read(reader: PdfProcessReader, what: str) -> None:
    extraction = await reader.read(SURVIVED[what]())

    assert "Visible line 0: the method improves accuracy by 3.2 points." in extraction.text
    assert "root:" not in extraction.text


def nested_forms() -> bytes:
    """3 KB that draw a text 10⁹ times."""
    font = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>"
    forms = {20 + n: stream(b"/X Do\n" * 10, font + b"/XObject<</X %d 0 R>>>>" % (21 + n)) for n in range(8)}
    forms[28] = stream(text_at(72, 700, "again"), font + b">>")
    return a_pdf(b"/X Do\n" * 10, resources=b"/XObject<</X 20 0 R>>", objects=forms)


async def test_a_document_that_eats_memory_fails_alone() -> None:
    async with reading(text_memory_bytes=400 * MIB, picture_memory_bytes=400 * MIB) as reader:
        with pytest.raises(ResourceLimitError):
            await reader.read(nested_forms())

        assert (await reader.read(a_paper())).pages


async def test_a_document_that_eats_processor_time_fails_alone() -> None:
    async with reading(cpu_s=1, text_memory_bytes=4096 * MIB, picture_memory_bytes=4096 * MIB) as reader:
        with pytest.raises(ResourceLimitError):
            await reader.read(nested_forms())

        assert (await reader.read(a_paper())).pages


# What happens to the children


async def test_one_child_reads_many_documents(reader: PdfProcessReader) -> None:
    await reader.read(a_paper())
    before = reader.children
    for _ in range(3):
        await reader.read(a_paper())

    assert reader.children == before


async def test_a_child_is_replaced_after_its_share_of_documents() -> None:
    async with reading(recycle_after=2) as reader:
        await reader.read(a_paper())
        first = reader.children
        await reader.read(a_paper())

        assert reader.children == ()
        assert not is_running(first[0])
        await reader.read(a_paper())
        assert reader.children != first


async def test_a_child_past_its_deadline_is_killed_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading(deadline_s=0.3) as reader:
        with monkeypatch.context() as patch:
            patch.setattr(pdf_supervised, "_CODE", "import time; time.sleep(60)")
            await reader.start()
            pids = reader.children
            started = time.monotonic()
            with pytest.raises(ResourceLimitError):
                await reader.read(a_paper())
        reader.deadline_s = 20.0

        assert time.monotonic() - started < 5
        assert not is_running(pids[0])
        assert (await reader.read(a_paper())).pages


@pytest.mark.parametrize(
    "code",
    [
        "print('Segmentation fault, said the library')",
        "import sys; sys.stdout.buffer.write(b'\\xff' * 64); sys.stdout.flush(); sys.stdin.read()",
        "import sys; sys.stdout.buffer.write((5).to_bytes(8, 'big') + b'hello'); sys.stdout.flush(); sys.stdin.read()",
        "import os; os.abort()",
        "",
    ],
    ids=["text", "an endless message", "no message at all", "abort", "silence"],
)
async def test_a_child_that_talks_nonsense_is_replaced(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    async with reading() as reader:
        with monkeypatch.context() as patch:
            patch.setattr(pdf_supervised, "_CODE", code)
            with pytest.raises(ParserCrashedError):
                await reader.read(a_paper())

        assert (await reader.read(a_paper())).pages


async def test_a_child_killed_in_the_middle_is_a_crash_and_not_the_papers_fault(
    reader: PdfProcessReader,
) -> None:
    def kill(*_: object) -> None:
        for pid in reader.children:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)

    with pytest.raises(ParserCrashedError):
        await reader.read(a_paper(pages=400), on_progress=kill)

    assert (await reader.read(a_paper())).pages


async def test_a_child_that_died_idle_is_not_noticed_by_the_next_paper(reader: PdfProcessReader) -> None:
    await reader.read(a_paper())
    os.kill(reader.children[0], 9)
    await anyio.sleep(0.2)

    assert (await reader.read(a_paper())).pages


async def test_a_slow_document_does_not_hold_up_another() -> None:
    async with reading(workers=2, text_memory_bytes=4096 * MIB, picture_memory_bytes=4096 * MIB) as reader:
        await reader.read(a_paper())
        slow = asyncio.create_task(reader.read(nested_forms()))
        await anyio.sleep(0.05)

        assert (await reader.read(a_paper())).pages
        assert not slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert len(reader.children) == 1


async def test_closing_ends_every_child() -> None:
    async with reading(workers=2) as reader:
        await asyncio.gather(reader.read(a_paper()), reader.read(a_paper()))
        pids = reader.children

    assert len(pids) == 2
    assert not any(is_running(pid) for pid in pids)
    with pytest.raises(ParserCrashedError):
        await reader.read(a_paper())


async def test_closing_does_not_wait_for_a_document_in_hand() -> None:
    async with reading(text_memory_bytes=4096 * MIB, picture_memory_bytes=4096 * MIB) as reader:
        slow = asyncio.create_task(reader.read(nested_forms()))
        await anyio.sleep(0.3)
        pids = reader.children
        started = time.monotonic()
        await reader.close()

        assert time.monotonic() - started < 2
        assert not any(is_running(pid) for pid in pids)
        with pytest.raises(ParserCrashedError):
            await slow


async def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch, reader: PdfProcessReader) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    await reader.read(a_paper())
    environment = environment_of(reader.children[0])

    assert environment is not None
    assert b"sk-secret" not in environment


async def test_what_is_too_large_is_refused_before_a_child_sees_it() -> None:
    async with reading(max_bytes=1000) as reader:
        with pytest.raises(TooLargeError):
            await reader.read(a_paper(pages=9))

        assert reader.children == ()


# Pictures


async def test_a_page_is_drawn_as_a_png_of_the_asked_width(reader: PdfProcessReader) -> None:
    png = await reader.picture(a_paper(), page=2, width=306)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (306, 396)
    pixels = zlib.decompress(png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8])
    assert len(pixels) == 396 * (1 + 3 * 306)
    assert {min(pixels) < 100, max(pixels) == 255} == {True}


@pytest.mark.parametrize(("asked", "given"), [(1, 50), (99_999, 2_000)])
async def test_the_width_of_a_picture_is_bounded(reader: PdfProcessReader, asked: int, given: int) -> None:
    png = await reader.picture(a_paper(), page=1, width=asked)

    assert int.from_bytes(png[16:20], "big") == given


async def test_a_page_that_is_not_there_is_not_found(reader: PdfProcessReader) -> None:
    with pytest.raises(NotFoundError):
        await reader.picture(a_paper(), page=3, width=100)
