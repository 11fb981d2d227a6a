"""`yomi personas`: list, show, create and check personas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.output import as_json, write
from server.cli.session import DONE, complain, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.bootstrap import Services

MAIN = "persona.md"
format_option = click.option("--format", "format_", type=click.Choice(("table", "json")), default="table")


@click.group(help=say(en="List, show, create and check personas.", ja="読み手の一覧・表示・作成・検査。"))
def personas() -> None:
    """All that concerns personas."""


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
    from server.adapters.persona_scaffold import scaffold
    from server.domain.errors import InvalidRequestError, PersonaInvalidError

    target = into / id_ / MAIN
    if target.exists():
        raise click.UsageError(say(en=f"{target} is there already.", ja=f"{target} は既にあります。"))
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
    from server.adapters.persona_lint import lint as lint_source

    language = interface_language()
    broken = False
    reports = []
    for path in paths:
        file = path / MAIN if path.is_dir() else path
        if not file.is_file():
            raise click.UsageError(say(en=f"There is no {file}.", ja=f"{file} がありません。"))
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
        problems = lint_source(text, file.resolve().parent.name)
        reports.append({"file": str(file), "problems": problems})
        errors = [p for p in problems if p.get("severity") != "warning"]
        broken = broken or bool(errors)
        if format_ == "json":
            continue
        for problem in problems:
            mark = "✕" if problem in errors else "△"
            click.echo(
                f"{mark} {file}:{problem['line']}: {problem['message'][language]} {problem['fix'][language]}"
            )
        if not problems:
            click.echo(f"✓ {file}")
    if format_ == "json":
        click.echo(as_json({"items": reports}))
    ctx.exit(1 if broken else DONE)
