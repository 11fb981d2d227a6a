"""`yomi check` and `yomi demo`: hold an answer that someone brought along against its paper, without any model."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.answers import read_answer
from server.cli.options import output_option, server_option
from server.cli.output import as_json, chosen_format, expect_writable, format_option, link_to, write
from server.cli.session import DONE, FAILED, load_settings, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.application.views import CheckView, ComparisonView
    from server.bootstrap import Services


@click.command(
    help=say(
        en="Is ANSWER (a file, or - for stdin) about PAPER, and what of it stands there? No model is asked.",
        ja="ANSWER（ファイル、または標準入力の -）は PAPER についてのものか、書かれていることは論文にあるかを調べます。モデルは使いません。",
    )
)
@click.argument("paper")
@click.argument("answer")
@output_option
@format_option
@server_option
def check(paper: str, answer: str, output: Path | None, format_: str | None, server_url: str | None) -> None:
    """Exit 1 when the answer is about another paper."""
    from server.application.views import CheckView
    from server.cli.work import take_in
    from server.domain.check_reports import CheckVerdict
    from server.terminal.progress import ProgressLine

    wanted = chosen_format(format_, output)
    expect_writable(output)
    text = read_answer(answer, paper=paper)
    if server_url:
        from server.cli.remote import send_check

        sys.exit(DONE if send_check(server_url, paper, text, format_=wanted, output=output) else FAILED)
    language = interface_language()

    async def work(services: Services) -> int:
        with ProgressLine(language) as progress:
            view = await take_in(services, paper, progress)
            report = await services.check_text(view.paper.id, text)
        pdf = link_to(paper, output)
        _deliver(CheckView(report, view), format_=wanted, output=output, language=language, pdf=pdf)
        return FAILED if report.verdict is CheckVerdict.OTHER_PAPER else DONE

    run(work)


@click.command(
    help=say(
        en="Ten seconds, no key: the sample paper, two readers, and a made-up answer unmasked.",
        ja="10秒・キー不要：見本の論文を二人の読み手で読み、作り話の回答を見破ります。",
    )
)
@output_option
@format_option
def demo(output: Path | None, format_: str | None) -> None:
    """Leaves nothing behind but what -o names."""
    from server.adapters.sample_files import PAPER, fabricated_answer, sample
    from server.application.start_comparison import ComparisonRequest
    from server.application.views import CheckView
    from server.cli.work import follow, take_in
    from server.domain.models import EXTRACTIVE
    from server.domain.requests import ReaderRequest
    from server.terminal.progress import ProgressLine

    wanted = chosen_format(format_, output)
    expect_writable(output)
    language = interface_language()
    readers = tuple(ReaderRequest(persona, model=EXTRACTIVE) for persona in ("summarizer", "interpreter"))

    async def work(services: Services) -> int:
        with ProgressLine(language) as progress:
            view = await take_in(services, str(sample(PAPER)), progress)
            asked = ComparisonRequest(view.paper.id, readers, interface_language=language)
            comparison = await services.start_comparison(asked)
            runs = [candidate.run_id for candidate in comparison.candidates]
            await follow(services, services.follow.comparison(comparison, after=0), runs, progress)
        text = fabricated_answer(language).read_text(encoding="utf-8")
        checked = CheckView(await services.check_text(view.paper.id, text), view)
        compared = await services.queries.comparison(comparison.id)
        _deliver_demo(compared, checked, format_=wanted, output=output, language=language)
        return DONE

    with tempfile.TemporaryDirectory(prefix="yomi-demo-") as folder:
        own = {"data_dir": Path(folder), "database_url": None, "model": None}
        run(work, settings=load_settings().model_copy(update=own))


def _deliver(view: CheckView, *, format_: str, output: Path | None, language: str, pdf: str | None) -> None:
    """Print to stdout, or write a file (whole or not at all)."""
    if output is None and format_ == "table":
        from server.terminal.check import check_table
        from server.terminal.screen import show

        show(check_table(view, language))
        return
    _hand_over(_rendered(view, format_, language, pdf=pdf), output)


def _rendered(view: CheckView, format_: str, language: str, *, pdf: str | None) -> str:
    if format_ == "table":
        from server.terminal.check import check_table
        from server.terminal.screen import as_text

        return as_text(check_table(view, language))
    if format_ == "json":
        from server.web.shapes import check_report_out

        return as_json(check_report_out(view))
    if format_ == "markdown":
        from server.web.check_markdown import check_markdown

        return check_markdown(view, language, pdf=pdf)
    from server.web.check_html import check_html

    return check_html(view, language, pdf=pdf)


def _deliver_demo(
    comparison: ComparisonView, checked: CheckView, *, format_: str, output: Path | None, language: str
) -> None:
    """The comparison, and below it the made-up answer unmasked."""
    if format_ == "html":
        from server.web.check_html import demo_html

        _hand_over(demo_html(comparison, checked, language), output)
    elif format_ == "json":
        from server.web.shapes import check_report_out, comparison_out

        both = {"comparison": comparison_out(comparison, language), "check": check_report_out(checked)}
        _hand_over(as_json(both), output)
    elif format_ == "markdown":
        from server.web.check_markdown import check_markdown
        from server.web.markdown import comparison_markdown

        both_texts = (comparison_markdown(comparison, language), check_markdown(checked, language))
        _hand_over("\n\n".join(both_texts), output)
    else:
        from server.terminal.check import demo_table
        from server.terminal.screen import as_text, show

        table = demo_table(comparison, checked, language)
        if output:
            write(output, as_text(table))
        else:
            show(table)


def _hand_over(text: str, output: Path | None) -> None:
    if output:
        write(output, text)
    else:
        click.echo(text, nl=not text.endswith("\n"))
