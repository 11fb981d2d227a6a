"""The files of a batch: the PDFs of a folder, and where its results go."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from server.cli.output import expect_writable
from server.cli.session import note
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.domain.errors import YomiError
    from server.domain.requests import ReaderRequest
    from server.web.batch_shapes import BatchItemOut

LINES = (".jsonl", ".ndjson")
NAMES = ("results.jsonl", "results.csv")
"""In a folder for results."""


@dataclass(frozen=True)
class Lost:
    """A file that could not even be taken in."""

    path: Path
    sha256: str | None
    code: str
    sentence: str


def pdfs_in(folder: Path) -> list[Path]:
    """All PDFs in it and in the folders below, in the order of their names; hidden ones are left out.

    Raises:
        click.UsageError: there is none.
    """
    found = [
        Path(place) / name
        for place, below, names in os.walk(folder)
        if not below.sort() and _shown(below)
        for name in names
        if name.lower().endswith(".pdf") and not name.startswith(".")
    ]
    if not found:
        raise click.UsageError(
            say(en=f"There is no PDF in '{folder}'.", ja=f"「{folder}」に PDF がありません。")
        )
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def name_of(folder: Path) -> str:
    """What the batch of a folder is called, so that the same command finds it again."""
    whole = str(folder.resolve())
    return f"{folder.resolve().name[:200]} ({hashlib.sha256(whole.encode()).hexdigest()[:12]})"


def lost(path: Path, data: bytes | None, error: YomiError) -> Lost:
    sha256 = None if data is None else hashlib.sha256(data).hexdigest()
    return Lost(path, sha256, error.code, error.words.in_(interface_language()))


def lost_items(files: Sequence[Lost], readers: Sequence[ReaderRequest], *, first: int) -> list[BatchItemOut]:
    """Their lines among the results: one per reader, numbered from `first`."""
    from server.domain.papers import display_name
    from server.web.batch_shapes import BatchItemOut, ItemPaperOut

    pairs = [(file, reader) for file in files for reader in readers]
    return [
        BatchItemOut(
            number=number,
            paper=ItemPaperOut(
                id=None, title=None, sha256=file.sha256, filename=display_name(file.path.name)
            ),
            persona=reader.ref,
            model=reader.model or "",
            language=reader.language,
            settings=reader.settings.as_dict(),
            status="failed",
            error={
                "type": f"urn:yomikurabe:problem:{file.code}",
                "detail": file.sentence,
                "code": file.code,
            },
            run=None,
        )
        for number, (file, reader) in enumerate(pairs, first)
    ]


@dataclass(frozen=True)
class Places:
    """Where results go; neither: to stdout, as JSON lines."""

    jsonl: Path | None = None
    csv: Path | None = None

    @contextmanager
    def opened(self) -> Iterator[tuple[IO[bytes] | None, IO[bytes] | None]]:
        """Both to write to; they are there when all is written, whole or not at all."""
        if self.jsonl is None and self.csv is None:
            yield sys.stdout.buffer, None
            return
        with ExitStack() as stack:
            jsonl = stack.enter_context(_whole(self.jsonl)) if self.jsonl else None
            csv = stack.enter_context(_whole(self.csv)) if self.csv else None
            yield jsonl, csv
        for path in filter(None, (self.jsonl, self.csv)):
            note(say(en=f"Wrote {path}", ja=f"{path} に書き出しました"))


def places_of(output: str | None) -> Places:
    """From `-o`: a file by its suffix, or a folder for both.

    Raises:
        click.ClickException: the suffix says nothing, or nothing can be written there.
    """
    if output is None:
        return Places()
    target = Path(output)
    if target.is_dir() or output.endswith("/") or not target.suffix:
        places = Places(*(target / name for name in NAMES))
    elif target.suffix.lower() in LINES:
        places = Places(jsonl=target)
    elif target.suffix.lower() == ".csv":
        places = Places(csv=target)
    else:
        raise click.UsageError(
            say(
                en=f"'{target.name}' does not tell the format. Use .jsonl, .csv, or a folder for both.",
                ja=f"「{target.name}」からは形式が分かりません。.jsonl か .csv、または両方を書き出すフォルダーを指定してください。",
            )
        )
    for path in (places.jsonl, places.csv):
        expect_writable(path)
    return places


async def write_items(items: AsyncIterator[BatchItemOut], places: Places, *, bom: bool) -> None:
    """All items, as they come, to both places."""
    from server.web.batch_lines import BOM, csv_head, csv_rows, json_line

    with places.opened() as (jsonl, csv):
        if csv:
            csv.write((BOM.encode() if bom else b"") + csv_head())
        async for item in items:
            if jsonl:
                jsonl.write(json_line(item))
            if csv:
                csv.write(csv_rows(item))


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise click.ClickException(
            say(
                en=f"{path} cannot be written: {error.strerror}.",
                ja=f"{path} に書き込めません：{error.strerror}",
            )
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _shown(folders: list[str]) -> bool:
    """Go into no hidden folder (`os.walk` looks into this very list). Always true."""
    folders[:] = [name for name in folders if not name.startswith(".")]
    return True
