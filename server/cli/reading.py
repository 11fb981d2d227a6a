"""`yomi compare`, `yomi read`, `yomi paper`: from a PDF to a result, in this process or at a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import (
    blind_option,
    candidate_help,
    fresh_option,
    language_option,
    model_option,
    models_option,
    output_option,
    output_or_folder_option,
    persona_help,
    server_option,
)
from server.cli.output import (
    chosen_format,
    deliver,
    expect_writable,
    format_option,
    link_to,
    places_for,
)
from server.cli.session import DONE, FAILED, complain, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.application.start_text import TextRequest
    from server.application.views import ComparisonView, RunView
    from server.bootstrap import Services
    from server.domain.requests import ReaderRequest


@click.command(
    help=say(
        en="Read PAPER (a PDF, or an arXiv id or address) through two to six personas.",
        ja="PAPER（PDF、または arXiv の id・アドレス）を2〜6人の読み手で読み比べます。",
    )
)
@click.argument("paper")
@click.option("-p", "--persona", "personas", multiple=True, required=True, help=candidate_help)
@models_option
@language_option
@output_option
@format_option
@fresh_option
@blind_option
@server_option
def compare(
    paper: str,
    personas: Sequence[str],
    models: Sequence[str],
    language: str | None,
    output: Path | None,
    format_: str | None,
    fresh: bool,  # noqa: FBT001
    blind: bool,  # noqa: FBT001
    server_url: str | None,
) -> None:
    """Candidates are every persona with every model, then the answers brought along."""
    from server.application.start_comparison import ComparisonRequest, check_count
    from server.cli.answers import texts_among
    from server.cli.voting import COMMAND_LINE, ask_for_vote
    from server.cli.work import announce, follow, readers_of, take_in, tell_cost
    from server.terminal.progress import ProgressLine

    wanted = chosen_format(format_, output)
    asked, texts = texts_among(personas, paper=paper)
    readers = readers_of(asked, models, language)
    candidates: tuple[ReaderRequest | TextRequest, ...] = (*readers, *texts)
    expect_writable(output)
    if server_url:
        from server.cli.remote import send

        sent = send(
            server_url,
            "compare",
            paper,
            readers=readers,
            texts=texts,
            format_=wanted,
            output=output,
            fresh=fresh,
            blind=blind,
        )
        raise SystemExit(DONE if sent else FAILED)
    shown = _shown_in(language)

    async def work(services: Services) -> int:
        check_count(candidates)
        await announce(services, readers)
        with ProgressLine(shown) as progress:
            view = await take_in(services, paper, progress)
            await tell_cost(services, view.paper.id, readers, fresh=fresh, language=shown)
            comparison = await services.start_comparison(
                ComparisonRequest(
                    view.paper.id,
                    candidates,
                    fresh=fresh,
                    interface_language=shown,
                    blind=blind,
                    viewer=COMMAND_LINE,
                )
            )
            runs = [c.run_id for c in comparison.candidates if not c.reused]
            await follow(services, services.follow.comparison(comparison, after=0), runs, progress)
        result = await services.queries.comparison(comparison.id, viewer=COMMAND_LINE)
        status = _hand_over(result, paper=paper, format_=wanted, output=output, shown=shown)
        if blind and result.status.value != "failed":
            await ask_for_vote(services, result, language=shown)
        return status

    run(work)


@click.command(
    help=say(
        en="Read PAPERs (PDFs, arXiv ids or addresses) through one persona.",
        ja="PAPER（PDF、arXiv の id・アドレス。複数可）を一人の読み手で読みます。",
    )
)
@click.argument("papers", nargs=-1, required=True, metavar="PAPER...")
@click.option("-p", "--persona", required=True, help=persona_help)
@model_option
@language_option
@output_or_folder_option
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
    from server.cli.work import announce, readers_of

    reader = readers_of([persona], [model] if model else [], language)[0]
    wanted, places = places_for(papers, output, format_, persona=reader.persona)
    for place in places:
        expect_writable(place)
    if server_url:
        from server.cli.remote import send

        sent = [
            send(server_url, "read", paper, readers=[reader], format_=wanted, output=place, fresh=fresh)
            for paper, place in zip(papers, places, strict=True)
        ]
        raise SystemExit(DONE if all(sent) else FAILED)
    shown = _shown_in(language)

    async def work(services: Services) -> int:
        await announce(services, [reader])
        statuses = [
            await _read_one(
                services,
                paper,
                reader,
                fresh=fresh,
                format_=wanted,
                output=place,
                shown=shown,
                alone=len(papers) == 1,
            )
            for paper, place in zip(papers, places, strict=True)
        ]
        return max(statuses)

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
    from server.cli.work import take_in
    from server.terminal.progress import ProgressLine

    wanted = chosen_format(format_, output)
    if wanted not in ("table", "json"):
        raise click.UsageError(
            say(en="A paper is shown as table or json.", ja="論文の表示は table か json です。")
        )
    expect_writable(output)
    language = interface_language()

    async def work(services: Services) -> int:
        with ProgressLine(language) as progress:
            view = await take_in(services, paper, progress)
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
) -> int:
    """One paper through one persona; when it is one of many, its error is only said. Returns the exit status."""
    from server.application.start_run import RunRequest
    from server.cli.work import follow, take_in, tell_cost
    from server.domain.errors import ConflictError, InvalidRequestError, PaperError
    from server.terminal.progress import ProgressLine

    try:
        with ProgressLine(shown) as progress:
            view = await take_in(services, paper, progress)
            await tell_cost(services, view.paper.id, [reader], fresh=fresh, language=shown)
            started = await services.start_run(
                RunRequest(view.paper.id, reader, fresh=fresh, interface_language=shown)
            )
            mine = [] if started.reused else [started.run.id]
            await follow(services, services.follow.run(started.run.id, after=0), mine, progress)
    except (PaperError, InvalidRequestError, ConflictError) as error:
        if alone:
            raise
        complain(f"{paper}: {error.words.in_(interface_language())}")
        return FAILED
    result = await services.queries.run(started.run.id, reused=started.reused)
    return _hand_over(result, paper=paper, format_=format_, output=output, shown=shown)


def _hand_over(
    view: RunView | ComparisonView, *, paper: str, format_: str, output: Path | None, shown: str
) -> int:
    """Deliver what finished, and say on stderr what did not. Where nothing finished nothing is written or shown; only
    JSON on stdout is, because programs read the error there. Returns the exit status."""
    from server.application.views import ComparisonView
    from server.cli.work import complain_of

    if isinstance(view, ComparisonView):
        finished, done = view.status.value != "failed", view.status.value == "finished"
        for candidate in view.candidates:
            who = f"{candidate.label} {candidate.run.persona.name.in_(shown)}"
            complain_of(candidate.run.run, about=who, language=interface_language())
    else:
        finished = done = view.run.status.value == "finished"
        complain_of(view.run, about=paper, language=interface_language())
    if finished or (format_ == "json" and output is None):
        pdf = link_to(paper, output)
        deliver(view, format_=format_, output=output, language=shown, pdf=pdf)
    return DONE if done else FAILED


def _shown_in(language: str | None) -> str:
    return language if language in ("ja", "en") else interface_language()
