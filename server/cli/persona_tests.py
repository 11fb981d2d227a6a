"""`yomi personas test`: do personas still answer as their tests say?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.output import as_json
from server.cli.session import DONE, FAILED, complain, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.application.test_persona import TestResult
    from server.bootstrap import Services
    from server.domain.personas import Persona

MAIN = "persona.md"


@dataclass(frozen=True)
class _Target:
    """A persona to be tried, and the folder its papers may be in."""

    persona: Persona
    folder: Path | None


@click.command(
    "test",
    help=say(
        en="Try the tests of personas (ids or folders; all, unless said): with their recorded answers, without a model, "
        "or with -m by asking MODEL.",
        ja="読み手のテストを実行する（id かフォルダー。省略するとすべて）。記録した答えかモデルなしで試し、-m なら MODEL に尋ねる。",
    ),
)
@click.argument("targets", nargs=-1, metavar="[ID|PATH]...")
@click.option("-m", "--model", help=say(en="Ask this model.", ja="このモデルに尋ねる。"))
@click.option("--format", "format_", type=click.Choice(("table", "json")), default="table")
def test(targets: tuple[str, ...], model: str | None, format_: str) -> None:
    """Exit 1 when a test fails, cannot be read, or there is none."""
    language = interface_language()

    async def work(services: Services) -> int:
        from server.adapters.persona_problems import errors_of
        from server.adapters.persona_test_papers import TestPapers
        from server.adapters.persona_tests import read_tests
        from server.cli.work import tell_hosts
        from server.terminal.persona_tests import problem_line, results_table
        from server.terminal.screen import show

        found = [(target, read_tests(target.persona)) for target in await _targets(services, targets)]
        named = {one.model for _, read in found for one in read.tests if one.model}
        if asked := [model] if model else [name for name in sorted(named) if _is_offered(services, name)]:
            tell_hosts(services, asked)
        results: list[tuple[Persona, TestResult]] = []
        broken = False
        for target, read in found:
            for problem in errors_of(read.problems):
                broken = True
                complain(problem_line(target.persona.id, problem, language))
            for one in read.tests:
                result = await services.test_persona(
                    target.persona, one, paper=TestPapers(target.folder), model=model
                )
                results.append((target.persona, result))
        if not results and not broken:
            complain(say(en="There is no test to try.", ja="実行できるテストがありません。"))
        if format_ == "json":
            from server.web.persona_tests import results_out

            click.echo(as_json(results_out(results)))
        elif results:
            show(results_table(results, language))
        failed = any(result.status == "failed" for _, result in results)
        return FAILED if failed or broken or not results else DONE

    run(work)


def _is_offered(services: Services, model: str) -> bool:
    """Whether there is such a model; a test that names another fails and says so."""
    from server.domain.errors import NotFoundError

    try:
        services.models.get(model)
    except NotFoundError:
        return False
    return True


async def _targets(services: Services, names: tuple[str, ...]) -> list[_Target]:
    """The personas named, or all.

    Raises:
        NotFoundError, PersonaInvalidError
    """
    from server.adapters.persona_files import persona_in

    if not names:
        return [_Target(one, services.library.folder_of(one.id)) for one in await services.shelf.list()]
    found = []
    for name in names:
        folders = _folders(name)
        found += [_Target(persona_in(folder), folder) for folder in folders]
        if not folders:
            persona = await services.shelf.get(name)
            found.append(_Target(persona, services.library.folder_of(persona.id)))
    return found


def _folders(name: str) -> list[Path]:
    """The persona's folder, or the folders of a folder of personas; none for an id.

    Raises:
        click.UsageError: a path without personas.
    """
    path = Path(name)
    if path.name == MAIN and path.is_file():
        return [path.parent]
    if (path / MAIN).is_file():
        return [path]
    below = sorted(file.parent for file in path.glob(f"*/{MAIN}")) if path.is_dir() else []
    if not below and ("/" in name or name in {".", ".."}):
        raise click.UsageError(
            say(en=f"There is no {MAIN} in {path}.", ja=f"{path} に {MAIN} がありません。")
        )
    return below
