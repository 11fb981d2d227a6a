"""What the commands that read papers do in this process: take a paper in, name the readers, follow their runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.session import complain, note
from server.cli.words import interface_language, say
from server.domain.ensembles.lineup import Over, ensemble_of
from server.domain.errors import InvalidRequestError, YomiError, error_of
from server.domain.models import EngineKind
from server.domain.requests import ReaderRequest, check_language, parse_reader

if TYPE_CHECKING:
    from server.application.ports import Event
    from server.application.views import PaperView
    from server.bootstrap import Services
    from server.domain.ids import PaperId, RunId
    from server.domain.personas import Persona
    from server.domain.runs import Run
    from server.terminal.progress import ProgressLine


def readers_of(personas: Sequence[str], models: Sequence[str], language: str | None) -> list[ReaderRequest]:
    """Every persona with every model, in that order.

    Raises:
        click.UsageError: a short form that cannot be read.
    """
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


async def announce(services: Services, readers: Sequence[ReaderRequest]) -> None:
    """Before anything is read: that the readers are there, and where the paper goes; or why it goes nowhere although
    a key is set.

    Raises:
        NotFoundError, PersonaInvalidError, InvalidRequestError: a persona or model cannot be used.
    """
    models: list[str | None] = []
    for reader in readers:
        persona = await services.shelf.get(reader.ref)
        models += [reader.model, *_beside(services, reader, persona)]
    tell_hosts(services, models)


def _beside(services: Services, reader: ReaderRequest, persona: Persona) -> tuple[str, ...]:
    """The models that read beside the reader's own."""
    ensemble = ensemble_of(persona.ensemble, reader.settings)
    if ensemble is None or ensemble.over is not Over.MODELS:
        return ()
    alone = services.models.get(reader.model).engine is EngineKind.EXTRACTIVE
    return () if alone else ensemble.others


def tell_hosts(services: Services, models: Iterable[str | None]) -> None:
    """Where the paper goes when these models are asked; or why it goes nowhere although a key is set.

    Raises:
        NotFoundError: there is no such model.
    """
    specs = {spec.name: spec for spec in map(services.models.get, models)}
    for spec in specs.values():
        if spec.host:
            note(
                say(
                    en=f"The paper is sent to {spec.host} (model {spec.model}).",
                    ja=f"論文を {spec.host} に送ります（モデル {spec.model}）。",
                )
            )
        for host in spec.fallback_hosts:
            note(
                say(
                    en=f"If that cannot answer, it is sent to {host} (YOMI_FALLBACK_MODELS).",
                    ja=f"回答できないときは {host} にも送ります（YOMI_FALLBACK_MODELS）。",
                )
            )
    embedder = services.settings.embeddings_model
    if embedder and any(spec.host for spec in specs.values()):
        spec = services.models.get(embedder)
        note(
            say(
                en=f"Where it is given in excerpts, its passages are sent to {spec.host} (embeddings, {spec.model}).",
                ja=f"抜粋で渡すときは、本文を {spec.host} にも送ります（埋め込み、{spec.model}）。",
            )
        )
    if services.models.hint and not any(spec.host for spec in specs.values()):
        note(services.models.hint.in_(interface_language()))


async def tell_cost(
    services: Services, paper_id: PaperId, readers: Sequence[ReaderRequest], *, fresh: bool, language: str
) -> None:
    """Before the first call: what it may cost, where prices are known and anything does."""
    estimate = services.preview.estimate
    priced = any(services.models.get(reader.model).prices for reader in readers)
    if estimate is None or not priced:
        return
    from server.application.start_run import RunRequest
    from server.domain.spending import dollars, sum_of_estimates

    requests = [RunRequest(paper_id, one, fresh=fresh, interface_language=language) for one in readers]
    prepared = [await services.start_run.prepare(request) for request in requests]
    total = sum_of_estimates([await estimate(one.run) for one in prepared if not one.reused])
    if total.at_most_micros:
        expected, most = dollars(total.expected_micros, up=True), dollars(total.at_most_micros, up=True)
        note(
            say(
                en=f"Estimated cost: about ${expected:.4f}, at most ${most:.4f}.",
                ja=f"費用の見積もり：約 {expected:.4f} ドル、最大 {most:.4f} ドル。",
            )
        )


async def take_in(services: Services, source: str, progress: ProgressLine) -> PaperView:
    """The paper, read.

    Raises:
        PaperError: it cannot be read.
        InvalidRequestError: neither a file nor an arXiv id.
    """
    from server.application.follow import wait_until
    from server.application.read_paper import paper_stream
    from server.domain.papers import PaperStatus

    path = Path(source)
    progress("reading", 0, 1)
    if path.is_file():  # noqa: ASYNC240 (a command line has nothing else to do)
        ingested = await services.ingest(bytes_of(path), filename=path.name)
    elif path.is_dir():  # noqa: ASYNC240
        raise _not_a_paper(
            ja=f"「{source}」はフォルダーです。PDFを指定してください（例：{path / '*.pdf'}）。",
            en=f"'{source}' is a folder. Give its PDFs, e.g. {path / '*.pdf'}.",
        )
    elif path.suffix.lower() == ".pdf" and "//" not in source:
        raise _not_a_paper(ja=f"「{source}」というファイルはありません。", en=f"There is no file '{source}'.")
    else:
        try:
            ingested = await services.ingest.from_arxiv(source)
        except InvalidRequestError as error:
            words = error.words
            raise _not_a_paper(
                ja=f"「{source}」というファイルはありません。{words.ja}",
                en=f"There is no file '{source}'. {words.en}",
            ) from None
    paper_id: PaperId = ingested.paper.id
    if not ingested.created and ingested.paper.status is PaperStatus.READING:
        # Whoever was reading it may be gone (Ctrl-C, a crash); reading it once more is harmless.
        await services.jobs.read_paper(paper_id)

    async def over() -> bool:
        return (await services.queries.paper_record(paper_id)).status is not PaperStatus.READING

    wait = services.settings.read_timeout_s + 30
    await wait_until(over, events=services.events, streams=[paper_stream(paper_id)], timeout_s=wait)
    view = await services.queries.paper(paper_id)
    if view.paper.error:
        raise error_of(view.paper.error.code, view.paper.error.data)
    progress("reading", 1, 1)
    return view


async def follow(
    services: Services, events: AsyncIterator[Event | None], runs: Sequence[RunId], progress: ProgressLine
) -> None:
    """Show progress until the end. When interrupted, cancel the runs that are ours."""
    try:
        async for event in events:
            if event and event.name == "progress":
                progress.follow(event.data)
    except asyncio.CancelledError:
        for run_id in runs:
            with suppress(YomiError):
                await services.change.cancel_run(run_id)
        raise


def complain_of(run: Run, *, about: str, language: str) -> None:
    """Why a run did not finish, on stderr. `about`: which paper or candidate it was."""
    if run.error:
        complain(f"{about}: {error_of(run.error.code, run.error.data).words.in_(language)}")


def bytes_of(path: Path) -> bytes:
    """Of a file.

    Raises:
        InvalidRequestError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise _not_a_paper(
            ja=f"{path} を読めません：{error.strerror}", en=f"{path} cannot be read: {error.strerror}."
        ) from None


def _not_a_paper(*, ja: str, en: str) -> YomiError:
    return InvalidRequestError(reason_ja=ja, reason_en=en)
