"""`yomi personas import` and `export`: personas in the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.output import write
from server.cli.session import DONE, note, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.application.persona_formats import Note
    from server.bootstrap import Services

MAIN = "persona.md"
MAX_FILES = 100
MAX_FILE_BYTES = 512 * 1024
FORMATS = ("fabric", "prompty", "skill")


@click.command(
    "import",
    help=say(
        en="Make a persona of a fabric pattern, a Prompty file or a SKILL.md (file or folder). Without -o it is printed.",
        ja="fabric のパターン、Prompty、SKILL.md（ファイルかフォルダー）から読み手を作る。-o がなければ表示する。",
    ),
)
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="SOURCE")
@click.option("--as", "id_", metavar="ID", help=say(en="The persona's id.", ja="読み手の id。"))
@click.option(
    "-o",
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=say(en="Write DIR/ID/persona.md.", ja="DIR/ID/persona.md に書き出す。"),
)
@click.option(
    "--format",
    "format_",
    type=click.Choice((*FORMATS, "persona")),
    help=say(en="What SOURCE is.", ja="SOURCE の形式。"),
)
def import_(source: Path, id_: str | None, into: Path | None, format_: str | None) -> None:
    """What was guessed or left out is told on stderr."""
    files, name = _files_of(source)

    async def work(services: Services) -> int:
        from server.application.persona_formats import Format

        imported = await services.desk.import_persona(
            files, id_=id_, name=name, format_=Format(format_) if format_ else None
        )
        _tell(imported.notes)
        if into is None:
            click.echo(imported.source, nl=not imported.source.endswith("\n"))
            return DONE
        folder = into / imported.id
        if (folder / MAIN).exists():
            raise click.UsageError(
                say(
                    en=f"{folder / MAIN} is there already. Choose another id with --as.",
                    ja=f"{folder / MAIN} は既にあります。--as で別の id にしてください。",
                )
            )
        write(folder / MAIN, imported.source)
        for path, data in imported.files.items():
            write(folder / path, data.decode("utf-8", errors="replace"))
        return DONE

    run(work)


@click.command(
    "export",
    help=say(
        en="Write a persona as a Prompty file, an agent skill or a fabric pattern.",
        ja="読み手を Prompty、エージェントスキル（SKILL.md）、fabric のパターンとして書き出す。",
    ),
)
@click.argument("id_", metavar="ID")
@click.option("--to", type=click.Choice(FORMATS), required=True, help=say(en="The format.", ja="形式。"))
@click.option(
    "-l", "--language", type=click.Choice(("ja", "en")), help=say(en="Of the questions.", ja="問いの言語。")
)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR",
    help=say(
        en="A file, or a folder (with / at its end, or there already). Without it: printed.",
        ja="ファイルかフォルダー（末尾が /、または既にあるもの）。なければ表示する。",
    ),
)
def export(id_: str, to: str, language: str | None, output: str | None) -> None:
    """By id or id@version; what the format cannot carry is told on stderr."""
    target = Path(output) if output else None
    is_folder = bool(output and target and (output.endswith("/") or target.is_dir()))

    async def work(services: Services) -> int:
        from server.application.persona_formats import Format

        written = await services.desk.export_persona(
            id_, to=Format(to), language=language or interface_language()
        )
        _tell(written.notes)
        if target is None:
            click.echo(written.text, nl=not written.text.endswith("\n"))
            return DONE
        inside = Path(written.folder or "") / written.file
        write(target / inside if is_folder else target, written.text)
        return DONE

    run(work)


def _tell(notes: Iterable[Note]) -> None:
    for one in notes:
        note(f"· {one.words.in_(interface_language())}")


def _files_of(source: Path) -> tuple[dict[str, bytes], str | None]:
    """The file, or the files of a folder and of the folders in it; links that leave it are not followed.

    Raises:
        click.UsageError: they are too many or too large.
    """
    if source.is_file():
        known = source.name.lower() in ("system.md", "skill.md", MAIN)
        beside = source.parent / "user.md"
        found = [source, *([beside] if source.name == "system.md" and beside.is_file() else [])]
        name = source.resolve().parent.name if known else source.stem
        return {path.name: _read(path) for path in found}, name
    root = source.resolve()
    paths = sorted(p for p in source.rglob("*") if p.is_file() and p.resolve().is_relative_to(root))
    if len(paths) > MAX_FILES:
        raise click.UsageError(
            say(
                en=f"{source} holds more than {MAX_FILES} files. Name the folder of one persona.",
                ja=f"{source} には {MAX_FILES} 個を超えるファイルがあります。一つの読み手のフォルダーを指定してください。",
            )
        )
    return {path.relative_to(source).as_posix(): _read(path) for path in paths}, root.name


def _read(path: Path) -> bytes:
    """At most as much as will be refused for its size."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)
