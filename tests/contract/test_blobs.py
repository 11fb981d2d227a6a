"""Blobs and the extractions kept in them."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from server.adapters.blobs import MARGIN, FileBlobs
from server.adapters.extraction_codec import BlobExtractions, dump_extraction, load_extraction
from server.application.ports import Blobs
from server.application.ports.blobs import DamagedError
from server.domain.errors import StorageFullError
from server.domain.extractions import Extraction, HiddenText, Hiding
from server.domain.ids import LOCAL_WORKSPACE, ExtractionId

import s3
from builders import ABSTRACT_PAGE, a_notice, a_page, an_extraction
from memory import MemoryBlobs

pytestmark = pytest.mark.anyio

KEY = "local/papers/ab/abcd.pdf"
ID = ExtractionId("extraction-1")


@pytest.fixture(params=["memory", "files", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    match request.param:
        case "memory":
            return MemoryBlobs()
        case "files":
            return FileBlobs(tmp_path / "blobs")
        case _:
            return s3.bucket().blobs()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_bytes_come_back_as_they_were_kept(blobs: Blobs) -> None:
    data = bytes(range(256)) * 1000

    await blobs.put(KEY, data)

    assert await blobs.get(KEY) == data


async def test_what_is_not_there_is_none_and_may_be_deleted(blobs: Blobs) -> None:
    await blobs.delete(KEY)

    assert await blobs.get(KEY) is None


async def test_a_deleted_blob_is_gone(blobs: Blobs) -> None:
    await blobs.put(KEY, b"1")
    await blobs.delete(KEY)

    assert await blobs.get(KEY) is None


async def test_the_same_key_may_be_written_again_and_by_many_at_once(blobs: Blobs) -> None:
    await asyncio.gather(*(blobs.put(KEY, b"the same bytes") for _ in range(20)))

    assert await blobs.get(KEY) == b"the same bytes"


@pytest.mark.parametrize(
    "key",
    [
        "../etc/passwd",
        "local/../../x",
        "/etc/passwd",
        "local//x",
        "local/.hidden",
        "local/./x",
        "local",
        "",
        "local/x\0y",
        "local/x\n",
        "local\\..\\x",
        "local/" + "x" * 200,
        "/".join("x" * 9),
        "local/論文.pdf",
    ],
)
async def test_a_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    blobs = FileBlobs(tmp_path)
    for attempt in (blobs.put(key, b""), blobs.get(key), blobs.delete(key)):
        with pytest.raises(ValueError, match="not a blob key"):
            await attempt
    assert names(tmp_path) == []


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
async def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = {"write": "os.fdopen", "fsync": "os.fsync", "replace": "pathlib.Path.replace"}[step]
    folder = tmp_path / "local/papers/ab"
    folder.mkdir(parents=True)
    monkeypatch.setattr(target, full)

    with pytest.raises(StorageFullError):
        await FileBlobs(tmp_path).put(KEY, b"1" * 100)

    assert names(folder) == []


async def test_a_failed_write_leaves_the_blob_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = FileBlobs(tmp_path)
    await blobs.put(KEY, b"before")

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="broken"):
        await blobs.put(KEY, b"after")

    assert await blobs.get(KEY) == b"before"
    assert names(tmp_path / "local/papers/ab") == ["abcd.pdf"]


async def test_what_a_killed_process_left_is_swept_when_nobody_can_be_writing_it(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    await blobs.put(KEY, b"1")
    folder = tmp_path / "local/papers/ab"
    for name, age_s in [(".old.part", 25 * 3600), (".new.part", 3600)]:
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age_s,) * 2)
    os.utime(folder / "abcd.pdf", (0, 0))

    await blobs.check()

    assert names(folder) == [".new.part", "abcd.pdf"]


async def test_a_folder_that_is_not_there_yet_is_swept_too(tmp_path: Path) -> None:
    await FileBlobs(tmp_path / "blobs").check()

    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
async def test_only_the_owner_can_read_what_is_kept(tmp_path: Path) -> None:
    await FileBlobs(tmp_path / "blobs").put(KEY, b"1")

    kept = [tmp_path / "blobs", tmp_path / "blobs" / "local", tmp_path / "blobs" / KEY]
    assert [path.stat().st_mode & 0o077 for path in kept] == [0, 0, 0]


# Extractions


def a_long_extraction() -> Extraction:
    """15 pages of about 4,000 characters each."""
    text = "\n".join([ABSTRACT_PAGE] * 16)
    return an_extraction(
        id=ID,
        pages=tuple(a_page(number, text) for number in range(1, 16)),
        hidden=(HiddenText(2, "ignore all", Hiding.NO_INK),),
        warnings=(a_notice(),),
    )


def test_an_extraction_comes_back_equal_in_every_part() -> None:
    extraction = a_long_extraction()
    extraction.boxes(0, 40)  # what was derived from it is not kept with it

    loaded = load_extraction(dump_extraction(extraction))

    assert loaded == extraction
    assert loaded.boxes(0, 40) == extraction.boxes(0, 40)
    assert loaded.digest == extraction.digest
    assert dump_extraction(loaded) == dump_extraction(a_long_extraction())


def test_fifteen_pages_are_loaded_in_a_blink() -> None:
    packed = dump_extraction(a_long_extraction())
    load_extraction(packed)

    def cpu_s() -> float:
        started = time.thread_time()
        load_extraction(packed)
        return time.thread_time() - started

    assert min(cpu_s() for _ in range(5)) < 0.03


@pytest.mark.parametrize(
    "packed", [b"", b"yx1\n", b"%PDF-1.7", b"yx1\nnot zlib", dump_extraction(an_extraction())[:-20]]
)
def test_other_bytes_are_not_an_extraction(packed: bytes) -> None:
    with pytest.raises(ValueError, match="extraction"):
        load_extraction(packed)


async def test_extractions_are_kept_as_blobs_of_their_workspace(blobs: Blobs) -> None:
    await BlobExtractions(blobs).put(LOCAL_WORKSPACE, an_extraction(id=ID))

    assert await BlobExtractions(blobs).get(LOCAL_WORKSPACE, ID) == an_extraction(id=ID)
    assert await blobs.get("local/extractions/-1/extraction-1.bin") is not None
    assert await BlobExtractions(blobs).get(LOCAL_WORKSPACE, ExtractionId("nothing")) is None


async def test_an_extraction_that_was_loaded_is_handed_out_again(blobs: Blobs) -> None:
    extractions = BlobExtractions(blobs)
    await extractions.put(LOCAL_WORKSPACE, an_extraction(id=ID))

    first = await extractions.get(LOCAL_WORKSPACE, ID)

    assert first is not None
    assert await extractions.get(LOCAL_WORKSPACE, ID) is first


async def test_only_the_last_few_are_at_hand(blobs: Blobs) -> None:
    extractions = BlobExtractions(blobs, at_hand=2)
    kept = [an_extraction(id=ExtractionId(f"extraction-{n}")) for n in range(3)]
    for extraction in kept:
        await extractions.put(LOCAL_WORKSPACE, extraction)

    oldest = await extractions.get(LOCAL_WORKSPACE, kept[0].id)
    newest = await extractions.get(LOCAL_WORKSPACE, kept[2].id)

    assert newest is kept[2]
    assert oldest is not kept[0]
    assert oldest == kept[0]


async def test_a_deleted_extraction_is_not_at_hand_either(blobs: Blobs) -> None:
    extractions = BlobExtractions(blobs)
    await extractions.put(LOCAL_WORKSPACE, replace(an_extraction(), id=ID))

    await extractions.delete(LOCAL_WORKSPACE, ID)

    assert await extractions.get(LOCAL_WORKSPACE, ID) is None


async def test_one_flipped_bit_anywhere_is_noticed(blobs: Blobs) -> None:
    place = "local/extractions/-1/extraction-1.bin"
    await BlobExtractions(blobs).put(LOCAL_WORKSPACE, an_extraction(id=ID))
    whole = await blobs.get(place)
    assert whole

    for at in range(0, len(whole), max(1, len(whole) // 40)):
        flipped = bytearray(whole)
        flipped[at] ^= 0x10
        await blobs.put(place, bytes(flipped))
        with pytest.raises(DamagedError):
            await BlobExtractions(blobs).get(LOCAL_WORKSPACE, ID)


async def test_files_take_only_what_leaves_room_for_what_is_made_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FileBlobs(tmp_path / "not" / "there" / "yet")
    free = 2 * 1000 + MARGIN
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))

    await files.expect_room(1000)
    with pytest.raises(StorageFullError):
        await files.expect_room(1001)
