"""`yomi batch`: a folder of papers through several readers, resumable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.batch_files import Lost, Places, lost, lost_items, name_of, pdfs_in, places_of, write_items
from server.cli.options import language_option, models_option, persona_help, server_option
from server.cli.session import DONE, FAILED, complain, note, run
from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.application.batch_results import BatchView
    from server.bootstrap import Services
    from server.domain.batches import Batch
    from server.domain.ids import PaperId
    from server.domain.requests import ReaderRequest
    from server.terminal.batch_progress import BatchProgress
    from server.web.batch_shapes import BatchItemOut

LOOK_S = 0.2
LATER_S = 3.0
"""While all that is left is with the provider."""
TOLD = 10
"""Failures that are said one by one; the results have all."""


@click.command(
    help=say(
        en="Read all PDFs of FOLDER, and of the folders in it, through one or several personas. Stopped with Ctrl-C, the "
        "same command goes on where it was.",
        ja="FOLDER（下のフォルダーも含む）のすべての PDF を、一人または複数の読み手で読みます。Ctrl-C で止めても、同じコマンドで続きから"
        "再開します。",
    )
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-p", "--persona", "personas", multiple=True, required=True, help=persona_help)
@models_option
@language_option
@click.option(
    "-o",
    "--output",
    help=say(
        en="A .jsonl or .csv file, or a folder for both; otherwise JSON lines on stdout.",
        ja="出力先：.jsonl か .csv のファイル、または両方を書き出すフォルダー。省略時は標準出力に JSON Lines。",
    ),
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help=say(en="Also do again what failed before.", ja="以前に失敗したものもやり直す。"),
)
@click.option(
    "--bom",
    is_flag=True,
    help=say(en="CSV with a byte order mark, for Excel.", ja="Excel 用に CSV の先頭へ BOM を付ける。"),
)
@click.option(
    "--mode",
    type=click.Choice(("queue", "provider")),
    default="queue",
    show_default=True,
    help=say(
        en="provider: endpoints that offer it are asked in bulk, at half the price and within a day.",
        ja="provider：対応する接続先にはまとめて問い合わせます（半額、24時間以内）。",
    ),
)
@server_option
def batch(
    folder: Path,
    personas: Sequence[str],
    models: Sequence[str],
    language: str | None,
    output: str | None,
    retry_failed: bool,  # noqa: FBT001
    bom: bool,  # noqa: FBT001
    mode: str,
    server_url: str | None,
) -> None:
    """Every paper through every persona with every model."""
    from server.cli.work import announce, readers_of

    readers = readers_of(personas, models, language)
    pdfs, places = pdfs_in(folder), places_of(output)
    if server_url:
        from server.cli.batch_remote import send_batch

        done = send_batch(
            server_url,
            pdfs,
            readers,
            places,
            name=name_of(folder),
            mode=mode,
            retry_failed=retry_failed,
            bom=bom,
        )
        raise SystemExit(DONE if done else FAILED)

    async def work(services: Services) -> int:
        from server.application.start_batch import BatchRequest
        from server.domain.batches import BatchMode
        from server.terminal.batch_progress import BatchProgress

        await announce(services, readers)
        started, bad, interrupted = None, list[Lost](), False
        with BatchProgress(interface_language()) as progress:
            try:
                papers, bad = await _taken_in(services, pdfs, progress)
                if papers:
                    started = await services.batching(
                        BatchRequest(
                            papers,
                            tuple(readers),
                            name=name_of(folder),
                            mode=BatchMode(mode),
                            retry_failed=retry_failed,
                            interface_language=interface_language(),
                        )
                    )
                    await _worked_off(services, started, progress)
            except asyncio.CancelledError:
                interrupted = True
        return await _conclude(services, started, bad, readers, places, bom=bom, interrupted=interrupted)

    run(work)


async def _taken_in(
    services: Services, pdfs: Sequence[Path], progress: BatchProgress
) -> tuple[tuple[PaperId, ...], list[Lost]]:
    """The papers, each once; they are read meanwhile. And the files that are none."""
    from server.cli.work import bytes_of
    from server.domain.errors import YomiError
    from server.domain.papers import PaperStatus

    papers: list[PaperId] = []
    bad: list[Lost] = []
    for path in pdfs:
        data = None
        try:
            data = bytes_of(path)
            ingested = await services.ingest(data, filename=path.name)
        except YomiError as error:
            if error.code == "storage_full":
                raise
            bad.append(lost(path, data, error))
            continue
        if not ingested.created and ingested.paper.status is PaperStatus.READING:
            # Whoever was reading it may be gone (Ctrl-C, a crash); reading it once more is harmless.
            await services.jobs.read_paper(ingested.paper.id)
        papers.append(ingested.paper.id)
        progress.papers(0, len(pdfs))
    return tuple(dict.fromkeys(papers)), bad


async def _worked_off(services: Services, batch: Batch, progress: BatchProgress) -> None:
    """Until it is over, or waits for another day."""
    from server.domain.batches import BatchStatus, ItemStatus

    while True:
        soon = await services.run_batches.step(batch.id)
        view = await services.batch_results.batch(batch.id)
        async with services.start_run.unit_of_work() as uow:
            unread = await uow.papers.waiting(at_most=view.papers)
        progress.papers(view.papers - unread, view.papers)
        failed = view.counts.get(ItemStatus.FAILED, 0)
        progress.runs(view.over, view.items, failed=failed, cost_usd=view.batch.cost_usd)
        if view.batch.status is not BatchStatus.RUNNING:
            return
        await asyncio.sleep(LOOK_S if soon else LATER_S)


async def _conclude(
    services: Services,
    batch: Batch | None,
    bad: Sequence[Lost],
    readers: Sequence[ReaderRequest],
    places: Places,
    *,
    bom: bool,
    interrupted: bool,
) -> int:
    """Write what there is, and say what is missing. Returns the exit status."""
    from server.web.batch_shapes import item_out

    language = interface_language()
    view = await services.batch_results.batch(batch.id) if batch else None
    failures = [f"{file.path}: {file.sentence}" for file in bad]

    async def items() -> AsyncIterator[BatchItemOut]:
        if batch:
            async for result in services.batch_results.results(batch.id):
                item = item_out(result, language)
                if item.error:
                    who = f"{item.paper.filename} ({item.persona})"
                    failures.append(f"{who}: {item.error['detail']}")
                yield item
        first = 1 + (view.items if view else 0)
        for item in lost_items(bad, view.batch.readers if view else readers, first=first):
            yield item

    await write_items(items(), places, bom=bom)
    tell(failures)
    if interrupted:
        complain(
            say(
                en="Interrupted. What is done is kept; the same command goes on.",
                ja="中断しました。終わった分は保存されています。同じコマンドで続きから再開します。",
            )
        )
        return FAILED
    return _summed_up(view) if view and not bad else FAILED


def tell(failures: Sequence[str]) -> None:
    """Why items failed, the first few."""
    for sentence in failures[:TOLD]:
        complain(sentence)
    if more := len(failures[TOLD:]):
        note(say(en=f"and {more} more, see the results", ja=f"ほか {more} 件（結果を参照）"))


def _summed_up(view: BatchView) -> int:
    from server.domain.batches import ItemStatus
    from server.web.sentences import problem_words

    if view.batch.reason:
        complain(problem_words(view.batch.reason).in_(interface_language()))
        note(say(en="The same command goes on then.", ja="そのあと、同じコマンドで再開します。"))
        return FAILED
    return DONE if view.counts.get(ItemStatus.FINISHED, 0) == view.items else FAILED
