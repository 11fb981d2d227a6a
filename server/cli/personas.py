"""`yomi personas`: list, show, create and check personas; test, import and export have modules of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.output import as_json, write
from server.cli.persona_formats import export, import_
from server.cli.persona_tests import test
from server.cli.session import DONE, complain, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.bootstrap import Services

MAIN = "persona.md"
format_option = click.option("--format", "format_", type=click.Choice(("table", "json")), default="table")


@click.group(
    help=say(
        en="List, show, create, check, test, import and export personas.",
        ja="読み手の一覧・表示・作成・検査・テスト・取り込み・書き出し。",
    )
)
def personas() -> None:
    """All that concerns personas."""


for _command in (test, import_, export):
    personas.add_command(_command)


@personas.command(
    "list",
    help=say(en="All personas: id, version, name, questions.", ja="すべての読み手：id・版・名前・問い。"),
)
@format_option
def list_(format_: str) -> None:
    """The newest version of each."""
    language = interface_language()

    async def work(services: Services) -> int:
        found = await services.shelf.list()
        for id_, error in services.library.broken().items():
            complain(f"{id_}: {error.words.in_(language)}")
        if format_ == "json":
            from server.web.shapes import persona_out

            click.echo(as_json({"items": [persona_out(persona) for persona in found]}))
            return DONE
        for persona in found:
            click.echo(
                f"{click.style(persona.id, bold=True)}  {persona.version}  {persona.name.in_(language)}"
            )
            click.echo("   " + " · ".join(field.label.in_(language) for field in persona.fields))
        return DONE

    run(work)


@personas.command(
    help=say(
        en="One persona: its questions, and with --source its text.",
        ja="一つの読み手の問い。--source で原文も。",
    )
)
@click.argument("id_", metavar="ID")
@click.option(
    "--source", is_flag=True, help=say(en="Print persona.md itself.", ja="persona.md をそのまま表示。")
)
@format_option
def show(id_: str, source: bool, format_: str) -> None:  # noqa: FBT001
    """By id or id@version."""
    language = interface_language()

    async def work(services: Services) -> int:
        persona = await services.shelf.get(id_)
        if format_ == "json":
            from server.web.shapes import persona_out

            click.echo(as_json(persona_out(persona, source=True)))
        elif source:
            click.echo(persona.source, nl=not persona.source.endswith("\n"))
        else:
            click.echo(click.style(f"{persona.ref}  {persona.name.in_(language)}", bold=True))
            if persona.attribution:
                click.echo(click.style(persona.attribution, dim=True))
            for field in persona.fields:
                aspects = ", ".join(aspect.value for aspect in field.aspects)
                click.echo(f"\n{click.style(field.label.in_(language), bold=True)}  [{aspects}]")
                click.echo(f"  {field.instruction.in_(language)}")
        return DONE

    run(work)


@personas.command(
    help=say(
        en="Write a commented persona to start from, in ./ID (or --into).",
        ja="書き始めのひな型（注釈つき）を ./ID（または --into）に作る。",
    )
)
@click.argument("id_", metavar="ID")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path(),
    help=say(en="Folder to put it in.", ja="置き場所のフォルダー。"),
)
def new(id_: str, into: Path) -> None:
    """It lints clean."""
    from server.adapters.persona_files import builtin_personas
    from server.adapters.persona_scaffold import scaffold
    from server.domain.errors import InvalidRequestError, PersonaInvalidError

    target = into / id_ / MAIN
    if target.exists():
        raise click.UsageError(say(en=f"{target} is there already.", ja=f"{target} は既にあります。"))
    if (builtin_personas() / id_).is_dir():
        raise click.UsageError(
            say(
                en=f"'{id_}' is built in and would hide yours. Choose another id.",
                ja=f"「{id_}」は組み込みの読み手で、同じ id では使えません。別の id にしてください。",
            )
        )
    try:
        text = scaffold(id_)
    except (InvalidRequestError, PersonaInvalidError) as error:
        raise click.UsageError(error.words.in_(interface_language())) from None
    write(target, text)


@personas.command(
    help=say(
        en="Check persona files or folders: every problem with its line and the fix.",
        ja="ペルソナのファイルかフォルダーを検査し、問題の行と直し方を示す。",
    )
)
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH..."
)
@format_option
@click.pass_context
def lint(ctx: click.Context, paths: tuple[Path, ...], format_: str) -> None:
    """Exit 1 when there is an error; warnings alone are fine."""
    from server.adapters.persona_files import lint_folder
    from server.adapters.persona_lint import lint as lint_source

    language = interface_language()
    broken = False
    reports = []
    for file in (file for path in paths for file in _persona_files(path)):
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
        problems = lint_source(text, file.resolve().parent.name) + lint_folder(file)
        reports.append({"file": str(file), "problems": problems})
        errors = [p for p in problems if p.get("severity") != "warning"]
        broken = broken or bool(errors)
        if format_ == "json":
            continue
        for problem in problems:
            mark = "✕" if problem in errors else "△"
            place = file.parent / problem["file"] if "file" in problem else file
            click.echo(
                f"{mark} {place}:{problem['line']}: {problem['message'][language]} {problem['fix'][language]}"
            )
        if not problems:
            click.echo(f"✓ {file}")
    if format_ == "json":
        click.echo(as_json({"items": reports}))
    ctx.exit(1 if broken else DONE)


def _persona_files(path: Path) -> list[Path]:
    """The file itself, that of a persona's folder, or those of a folder of personas.

    Raises:
        click.UsageError: there is none.
    """
    if not path.is_dir():
        return [path]
    found = [path / MAIN] if (path / MAIN).is_file() else sorted(path.glob(f"*/{MAIN}"))
    if not found:
        raise click.UsageError(
            say(en=f"There is no {MAIN} in {path}.", ja=f"{path} に {MAIN} がありません。")
        )
    return found
