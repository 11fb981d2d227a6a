"""`yomi compare`, `yomi read`, `yomi paper`: from a PDF to a result, in this process or at a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.output import chosen_format, deliver, format_option
from server.cli.session import DONE, FAILED, complain, note, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.application.ports import Event
    from server.application.views import PaperView
    from server.bootstrap import Services
    from server.domain.ids import PaperId, RunId
    from server.domain.requests import ReaderRequest
    from server.terminal.progress import ProgressLine

persona_help = say(
    en="A persona: id[@version][:key=value,…], e.g. summarizer:model=qwen,language=ja. Repeat for more.",
    ja="読み手：id[@version][:key=value,…]（例 summarizer:model=qwen,language=ja）。複数指定可。",
)
model_option = click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    help=say(
        en="Model (default: YOMI_MODEL, else extractive). Repeat to compare models.",
        ja="モデル（既定：YOMI_MODEL、なければ extractive）。複数指定でモデル同士を比較。",
    ),
)
language_option = click.option(
    "-l",
    "--language",
    help=say(en="Language of the answers, e.g. ja or en.", ja="回答の言語（ja、en など）。"),
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help=say(en="Write to a file instead of the terminal.", ja="端末の代わりにファイルへ書き出す。"),
)
fresh_option = click.option(
    "--fresh",
    is_flag=True,
    help=say(en="Do not reuse equal runs.", ja="同じ条件の過去の結果を再利用しない。"),
)
server_option = click.option(
    "--server",
    "server_url",
    help=say(
        en="Send it to a running server, e.g. http://127.0.0.1:8000.",
        ja="起動中のサーバーに送る（例 http://127.0.0.1:8000）。",
    ),
)


@click.command(
    help=say(
        en="Read PAPER (a PDF, or an arXiv id or address) through two to six personas.",
        ja="PAPER（PDF、または arXiv の id・アドレス）を2〜6人の読み手で読み比べます。",
    )
)
@click.argument("paper")
@click.option("-p", "--persona", "personas", multiple=True, required=True, help=persona_help)
@model_option
@language_option
@output_option
@format_option
@fresh_option
@server_option
def compare(
    paper: str,
    personas: Sequence[str],
    models: Sequence[str],
    language: str | None,
    output: Path | None,
    format_: str | None,
    fresh: bool,  # noqa: FBT001
    server_url: str | None,
) -> None:
    """Candidates are every persona with every model."""
    from server.application.start_comparison import ComparisonRequest
    from server.terminal.progress import ProgressLine

    wanted = chosen_format(format_, output)
    readers = _readers(personas, models, language)
    if server_url:
        from server.cli.remote import send

        sent = send(server_url, "compare", paper, readers=readers, format_=wanted, output=output)
        raise SystemExit(DONE if sent else FAILED)
    shown = _shown_in(language)

    async def work(services: Services) -> int:
        _announce(services, readers)
        with ProgressLine(shown) as progress:
            view = await _paper(services, paper, progress)
            comparison = await services.start_comparison(
                ComparisonRequest(view.paper.id, tuple(readers), fresh=fresh, interface_language=shown)
            )
            runs = [c.run_id for c in comparison.candidates if not c.reused]
            await _follow(services, services.follow.comparison(comparison, after=0), runs, progress)
        result = await services.queries.comparison(comparison.id)
        deliver(result, format_=wanted, output=output, language=shown, pdf=_pdf_name(paper))
        return DONE if result.status.value == "finished" else FAILED

    run(work)


@click.command(
    help=say(
        en="Read PAPERs (PDFs, arXiv ids or addresses) through one persona.",
        ja="PAPER（PDF、arXiv の id・アドレス。複数可）を一人の読み手で読みます。",
    )
)
@click.argument("papers", nargs=-1, required=True, metavar="PAPER...")
@click.option("-p", "--persona", required=True, help=persona_help)
@click.option(
    "-m",
    "--model",
    help=say(
        en="Model (default: YOMI_MODEL, else extractive).",
        ja="モデル（既定：YOMI_MODEL、なければ extractive）。",
    ),
)
@language_option
@click.option(
    "-o",
    "--output",
    help=say(
        en="A file; for several papers a folder (ending in /).",
        ja="出力ファイル。複数の論文ではフォルダー（末尾に /）。",
    ),
)
@format_option
@fresh_option
@server_option
def read(
    papers: Sequence[str],
    persona: str,
    model: str | None,
    language: str | None,
    output: str | None,
    format_: str | None,
    fresh: bool,  # noqa: FBT001
    server_url: str | None,
) -> None:
    """One result per paper; a paper that fails does not stop the others."""
    target = Path(output) if output else None
    folder = target if target and (len(papers) > 1 or target.is_dir() or str(output).endswith("/")) else None
    wanted = format_ or "markdown" if folder else chosen_format(format_, target)
    readers = _readers([persona], [model] if model else [], language)
    places = [
        folder / f"{_stem(p)}.{readers[0].persona}.{_suffix(wanted)}" if folder else target for p in papers
    ]
    if server_url:
        from server.cli.remote import send

        sent = [
            send(server_url, "read", paper, readers=readers, format_=wanted, output=place)
            for paper, place in zip(papers, places, strict=True)
        ]
        raise SystemExit(DONE if all(sent) else FAILED)
    shown = _shown_in(language)

    async def work(services: Services) -> int:
        _announce(services, readers)
        failed = 0
        for paper, place in zip(papers, places, strict=True):
            failed += not await _read_one(
                services,
                paper,
                readers[0],
                fresh=fresh,
                format_=wanted,
                output=place,
                shown=shown,
                alone=len(papers) == 1,
            )
        return FAILED if failed else DONE

    run(work)


@click.command(
    help=say(
        en="Show what is extracted from PAPER: identity, sections, characters per page, warnings.",
        ja="PAPER から取り出した書誌情報・章立て・ページごとの文字数・注意を表示します。",
    )
)
@click.argument("paper")
@output_option
@format_option
def paper(paper: str, output: Path | None, format_: str | None) -> None:
    """Reads the paper and runs nothing on it."""
    from server.terminal.progress import ProgressLine

    wanted = chosen_format(format_, output)
    language = interface_language()

    async def work(services: Services) -> int:
        with ProgressLine(language) as progress:
            view = await _paper(services, paper, progress)
        deliver(view, format_=wanted, output=output, language=language, pdf=None)
        return DONE

    run(work)


async def _read_one(
    services: Services,
    paper: str,
    reader: ReaderRequest,
    *,
    fresh: bool,
    format_: str,
    output: Path | None,
    shown: str,
    alone: bool,
) -> bool:
    """One paper through one persona. Returns whether it finished; when it is one of many, its error is only said."""
    from server.application.start_run import RunRequest
    from server.domain.errors import PaperError
    from server.terminal.progress import ProgressLine

    try:
        with ProgressLine(shown) as progress:
            view = await _paper(services, paper, progress)
            started = await services.start_run(
                RunRequest(view.paper.id, reader, fresh=fresh, interface_language=shown)
            )
            mine = [] if started.reused else [started.run.id]
            await _follow(services, services.follow.run(started.run.id, after=0), mine, progress)
    except PaperError as error:
        if alone:
            raise
        complain(f"{paper}: {error.words.in_(shown)}")
        return False
    result = await services.queries.run(started.run.id, reused=started.reused)
    deliver(result, format_=format_, output=output, language=shown, pdf=_pdf_name(paper))
    return result.run.status.value == "finished"


async def _paper(services: Services, source: str, progress: ProgressLine) -> PaperView:
    """The paper, read.

    Raises:
        PaperError: it cannot be read.
        InvalidRequestError: neither a file nor an arXiv id.
    """
    from server.application.follow import wait_until
    from server.application.read_paper import paper_stream
    from server.domain.errors import error_of
    from server.domain.papers import PaperStatus

    path = Path(source)
    progress("reading", 0, 1)
    if path.is_file():  # noqa: ASYNC240 (a command line has nothing else to do)
        ingested = await services.ingest(path.read_bytes(), filename=path.name)  # noqa: ASYNC240
    elif path.suffix.lower() == ".pdf" or path.exists():  # noqa: ASYNC240
        raise click.UsageError(
            say(en=f"There is no file '{source}'.", ja=f"「{source}」というファイルはありません。")
        )
    else:
        ingested = await services.ingest.from_arxiv(source)
    paper_id: PaperId = ingested.paper.id

    async def over() -> bool:
        return (await services.queries.paper_record(paper_id)).status is not PaperStatus.READING

    wait = services.settings.read_timeout_s + 30
    await wait_until(over, events=services.events, streams=[paper_stream(paper_id)], timeout_s=wait)
    view = await services.queries.paper(paper_id)
    if view.paper.error:
        raise error_of(view.paper.error.code, view.paper.error.data)
    progress("reading", 1, 1)
    return view


async def _follow(
    services: Services, events: AsyncIterator[Event | None], runs: Sequence[RunId], progress: ProgressLine
) -> None:
    """Show progress until the end. When interrupted, cancel the runs that are ours."""
    try:
        async for event in events:
            if event and event.name == "progress":
                who = str(event.data.get("candidate", ""))
                progress(str(event.data["stage"]), int(event.data["done"]), int(event.data["total"]), who=who)
    except asyncio.CancelledError:
        from server.domain.errors import YomiError

        for run_id in runs:
            with suppress(YomiError):
                await services.change.cancel_run(run_id)
        raise


def _readers(personas: Sequence[str], models: Sequence[str], language: str | None) -> list[ReaderRequest]:
    """Every persona with every model, in that order.

    Raises:
        click.UsageError: a short form that cannot be read.
    """
    from dataclasses import replace

    from server.domain.errors import InvalidRequestError
    from server.domain.requests import check_language, parse_reader

    try:
        parsed = [parse_reader(persona) for persona in personas]
        asked = check_language(language)
    except InvalidRequestError as error:
        raise click.UsageError(error.words.in_(interface_language())) from None
    return [
        replace(reader, model=reader.model or model, language=reader.language or asked)
        for reader in parsed
        for model in tuple(models) or (None,)
    ]


def _announce(services: Services, readers: Sequence[ReaderRequest]) -> None:
    """Before the first call, name where the paper goes; and why it goes nowhere although a key is set."""
    specs = {spec.name: spec for spec in (services.models.get(reader.model) for reader in readers)}
    for spec in specs.values():
        if spec.host:
            note(
                say(
                    en=f"The paper is sent to {spec.host} (model {spec.model}).",
                    ja=f"論文を {spec.host} に送ります（モデル {spec.model}）。",
                )
            )
    if services.models.hint and not any(spec.host for spec in specs.values()):
        note(services.models.hint.in_(interface_language()))


def _shown_in(language: str | None) -> str:
    return language if language in ("ja", "en") else interface_language()


def _pdf_name(source: str) -> str | None:
    path = Path(source)
    return path.name if path.is_file() else None


def _stem(source: str) -> str:
    path = Path(source)
    return path.stem if path.is_file() else source.rstrip("/").rpartition("/")[2].rpartition(":")[2]


def _suffix(format_: str) -> str:
    return {"table": "txt", "json": "json", "markdown": "md", "html": "html"}[format_]
