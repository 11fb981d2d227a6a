"""`yomi ask`: a question to a reader about a paper, or to a run that is there already."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.options import (
    fresh_option,
    language_option,
    model_option,
    output_option,
    persona_help,
    server_option,
)
from server.cli.output import as_json, chosen_format, deliver, expect_writable, format_option, link_to, write
from server.cli.session import DONE, FAILED, note, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.application.views import RunView
    from server.bootstrap import Services
    from server.domain.ids import RunId
    from server.domain.requests import ReaderRequest
    from server.terminal.progress import ProgressLine

RUN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
READER = "summarizer"
"""Who is asked when nobody is named."""


@click.command(
    help=say(
        en="Ask a reader about PAPER (a PDF, or an arXiv id or address), or go on with a RUN by its id. A reader that has "
        "not read the paper yet reads it first.",
        ja="PAPER（PDF、または arXiv の id・アドレス）について読み手に質問します。以前の実行の id（RUN）を渡すと、その続きとして"
        "聞きます。まだ読んでいない論文は、先に読んでから答えます。",
    )
)
@click.argument("source", metavar="PAPER|RUN")
@click.argument("question")
@click.option("-p", "--persona", default=READER, show_default=True, help=persona_help)
@model_option
@language_option
@output_option
@format_option
@fresh_option
@server_option
def ask(
    source: str,
    question: str,
    persona: str,
    model: str | None,
    language: str | None,
    output: Path | None,
    format_: str | None,
    fresh: bool,  # noqa: FBT001
    server_url: str | None,
) -> None:
    """One question, one answer, held against the paper."""
    from server.application.ask_question import checked_question
    from server.cli.session import told
    from server.cli.work import readers_of
    from server.domain.errors import InvalidRequestError

    wanted = chosen_format(format_, output)
    reader = readers_of([persona], [model] if model else [], language)[0]
    try:
        question = checked_question(question)
    except InvalidRequestError as error:
        raise told(error) from None
    expect_writable(output)
    if server_url:
        from server.cli.remote_asking import send_question

        known = source if _is_run(source) else None
        sent = send_question(
            server_url,
            source,
            question,
            run_id=known,
            reader=reader,
            format_=wanted,
            output=output,
            fresh=fresh,
        )
        raise SystemExit(DONE if sent else FAILED)
    shown = language if language in ("ja", "en") else interface_language()

    async def work(services: Services) -> int:
        from server.cli.work import complain_of
        from server.terminal.progress import ProgressLine

        with ProgressLine(shown) as progress:
            asked = await _run_of(services, source, reader, progress, shown=shown)
            if asked is None:
                return FAILED
            view = await _answer(services, asked, question, progress, fresh=fresh)
        complain_of(view.run, about=question, language=interface_language())
        done = view.run.status.value == "finished"
        if done or (wanted == "json" and output is None):
            _hand_over(view, source, format_=wanted, output=output, shown=shown)
        if not _is_run(source):
            note(say(en=f"To go on: yomi ask {asked} …", ja=f"続けて聞くには：yomi ask {asked} …"))
        return DONE if done else FAILED

    run(work)


async def _run_of(
    services: Services, source: str, reader: ReaderRequest, progress: ProgressLine, *, shown: str
) -> RunId | None:
    """The finished run to ask: the one named, or the reader's on this paper, which is read now where it was not before.
    None: it could not be read, which is said on stderr."""
    from server.application.start_run import RunRequest
    from server.cli.voting import COMMAND_LINE
    from server.cli.work import announce, complain_of, follow, take_in, tell_hosts
    from server.domain.ids import RunId

    if _is_run(source):
        known = (await services.queries.run(RunId(source), viewer=COMMAND_LINE)).run
        if known.engine != "text":  # which is refused with a sentence of its own
            tell_hosts(services, [known.model])
        return known.id
    await announce(services, [reader])
    paper = await take_in(services, source, progress)
    request = RunRequest(paper.paper.id, reader, interface_language=shown, viewer=COMMAND_LINE)
    started = await services.start_run(request)
    mine = [] if started.reused else [started.run.id]
    await follow(services, services.follow.run(started.run.id, after=0), mine, progress)
    read = await services.queries.run_record(started.run.id)
    complain_of(read, about=source, language=interface_language())
    return read.id if read.status.value == "finished" else None


async def _answer(
    services: Services, asked: RunId, question: str, progress: ProgressLine, *, fresh: bool
) -> RunView:
    from server.application.ask_question import QuestionRequest
    from server.cli.voting import COMMAND_LINE
    from server.cli.work import follow

    request = QuestionRequest(asked, question, fresh=fresh, viewer=COMMAND_LINE)
    started = await services.ask_question(request)
    mine = [] if started.reused else [started.run.id]
    await follow(services, services.follow.run(started.run.id, after=0), mine, progress)
    return await services.queries.run(started.run.id, viewer=COMMAND_LINE, reused=started.reused)


def _hand_over(view: RunView, source: str, *, format_: str, output: Path | None, shown: str) -> None:
    """JSON has the shape of a question; what people read is shown like any answer."""
    if format_ == "json":
        from server.web.questions import question_out

        text = as_json(question_out(view, shown))
        if output:
            write(output, text)
        else:
            click.echo(text)
        return
    deliver(view, format_=format_, output=output, language=shown, pdf=link_to(source, output))


def _is_run(source: str) -> bool:
    return bool(RUN_ID.fullmatch(source)) and not Path(source).exists()
