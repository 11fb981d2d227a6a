"""Read the two long papers with a model of 8k: what each context strategy sends, in how many calls, and how well it was counted.

    YOMI_PEER_MODEL=$(.ci/fetch_model.sh) python benchmarks/long_papers.py [--paper timp] [--context retrieve] [--window 8192]
    python benchmarks/long_papers.py --plan          # what would be sent; no model

Asks llama.cpp's own server (extra `local`, one thread), whose `/props` and `/tokenize` tell the window and count the tokens. Each
string of an answer is cut at 24 characters, and lists have one item: a model of 135 million parameters does not stop by
itself. Title and authors are given to it. What it says is nonsense; calls, tokens and refusals are what is measured. A strategy of parts evaluates the whole
paper, at about 55 tokens a second on one core: half an hour for the book.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
sys.path[:0] = [str(ROOT), str(TESTS), str(TESTS / "peer")]

from readers import bounded  # noqa: E402
from serve import running_peer  # noqa: E402
from server.adapters.models import ConfiguredModels  # noqa: E402
from server.adapters.pdf_process import PdfProcessReader  # noqa: E402
from server.adapters.persona_files import FolderPersonas, builtin_personas  # noqa: E402
from server.adapters.templates import JinjaTemplates  # noqa: E402
from server.application.contexts import Contexts  # noqa: E402
from server.application.ports import Engine, EngineEvent, Question  # noqa: E402
from server.domain.contexts.choices import Strategy  # noqa: E402
from server.domain.contexts.planning import Wanted, planned  # noqa: E402
from server.domain.contexts.rooms import Means  # noqa: E402
from server.domain.contexts.writing import Writer  # noqa: E402
from server.domain.errors import YomiError  # noqa: E402
from server.domain.extractions import Extraction  # noqa: E402
from server.domain.models import ModelSpec  # noqa: E402
from server.domain.runs import Run, RunSettings  # noqa: E402

from house import House, ReadingAloud  # noqa: E402

PAPERS = ("timp", "geotopo_de")
STRATEGIES = tuple(s for s in Strategy if s is not Strategy.FULL)
PERSONA = "summarizer"


class Ending:
    """An engine whose answers come to an end."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        schema = told(bounded(question.wire_schema), question.extraction)
        async with aclosing(self.engine.ask(replace(question, wire_schema=schema))) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        await self.engine.close()


def told(schema: dict[str, Any], paper: Extraction) -> dict[str, Any]:
    """The schema with the paper's title and authors in it: a model this small makes them up, and would be stopped."""
    identity = paper.identity
    known = {
        "title": identity.title.value if identity.title else None,
        "authors": ", ".join(identity.authors.value) if identity.authors else None,
    }
    parts = {name: told(part, paper) for name, part in schema.get("properties", {}).items()}
    parts |= {name: {"enum": [value]} for name, value in known.items() if name in parts}
    return {**schema, "properties": parts} if parts else schema


class Models(ConfiguredModels):
    def engine(self, spec: ModelSpec) -> Engine:
        return Ending(super().engine(spec))


class Having(ReadingAloud):
    """Has read this paper already."""

    def __init__(self, paper: Extraction) -> None:
        super().__init__()
        self.paper = paper

    async def read(self, data: bytes, *, on_progress: object = None) -> Extraction:  # noqa: ARG002
        return self.paper


async def extracted(names: tuple[str, ...]) -> dict[str, Extraction]:
    folder = ROOT.parent / "shared" / "papers"
    reader = PdfProcessReader()
    try:
        return {name: await reader.read((folder / f"{name}.pdf").read_bytes()) for name in names}
    finally:
        await reader.close()


async def run_of(paper: Extraction, context: str, *, base_url: str, key: str) -> Run:
    models = Models(default="peer", base_url=base_url, api_key=key)
    house = House(library=FolderPersonas(builtin_personas(), ()))
    for part in (house.start, house.execute):
        object.__setattr__(part, "models", models)
    object.__setattr__(house.execute, "contexts", Contexts(models))
    object.__setattr__(house.execute, "run_timeout_s", 3600.0)
    object.__setattr__(house.read_paper, "reader", Having(paper))
    settings = RunSettings(context=context, temperature=0.0, seed=1)
    try:
        return await house.executed(PERSONA, language="en", settings=settings)
    finally:
        await models.close()


def plan_row(paper: Extraction, context: Strategy, window: int) -> tuple[Any, ...]:
    persona = FolderPersonas(builtin_personas(), ()).get(PERSONA)
    assert persona
    render = JinjaTemplates().render
    writer = Writer(persona, paper, paper.identity, "en", RunSettings(), render, b"secret")
    start = time.perf_counter()
    try:
        plan, _ = planned([writer], Means(paper, window=window), Wanted(context))
    except YomiError as error:
        return (error.code, *["–"] * 5)
    took = time.perf_counter() - start
    sent = plan.input
    return (
        sent.strategy,
        plan.calls,
        f"{sent.estimated_tokens:,}",
        len(sent.pages_read),
        len(sent.pages_left_out),
        f"{took:.2f}",
    )


@click.command()
@click.option("--paper", "papers", multiple=True, type=click.Choice(PAPERS), help="Default: both.")
@click.option(
    "--context",
    "contexts",
    multiple=True,
    type=click.Choice([s.value for s in STRATEGIES]),
    help="Default: retrieve.",
)
@click.option("--window", default=8192, show_default=True, help="Tokens.")
@click.option("--plan", "plan_only", is_flag=True, help="Only what would be sent, for all strategies.")
def main(papers: tuple[str, ...], contexts: tuple[str, ...], window: int, *, plan_only: bool) -> None:
    """Print one line per paper and strategy."""
    read = asyncio.run(extracted(papers or PAPERS))
    if plan_only:
        show_plans(read, window)
        return
    model = Path(os.environ.get("YOMI_PEER_MODEL", ""))
    if not model.is_file():
        raise click.UsageError("YOMI_PEER_MODEL must be the path of a GGUF model; see .ci/fetch_model.sh")
    table = Table(title=f"{PERSONA}, {model.name}, window {window}")
    heads = (
        "paper",
        "context",
        "calls",
        "refused",
        "estimated",
        "billed",
        "cached",
        "out",
        "read",
        "left out",
        "s",
        "run",
    )
    for heading in heads:
        table.add_column(heading, justify="left" if heading in ("paper", "context", "run") else "right")
    for name, paper in read.items():
        for context in contexts or (Strategy.RETRIEVE,):
            with running_peer(model, context_tokens=window) as peer:
                start = time.perf_counter()
                run = asyncio.run(run_of(paper, context, base_url=peer.base_url, key=peer.key))
                took = time.perf_counter() - start
            sent, usage = run.input, run.usage
            assert sent
            outcomes = [attempt.outcome for attempt in run.attempts]
            counts = (
                outcomes.count("ok"),
                outcomes.count("context_too_long"),
                sent.estimated_tokens,
                sent.billed_tokens,
            )
            rest = (usage.cached_tokens, usage.output_tokens, len(sent.pages_read), len(sent.pages_left_out))
            ended = run.error.code if run.error else run.status.value
            table.add_row(name, sent.strategy, *map(str, (*counts, *rest)), f"{took:.0f}", ended)
    Console(width=130).print(table)


def show_plans(read: dict[str, Extraction], window: int) -> None:
    table = Table(title=f"{PERSONA}, window {window}: what would be sent")
    for heading in ("paper", "asked for", "strategy", "calls", "tokens in", "pages read", "left out", "s"):
        table.add_column(
            heading, justify="left" if heading in ("paper", "asked for", "strategy") else "right"
        )
    for name, paper in read.items():
        for context in Strategy:
            table.add_row(name, context, *map(str, plan_row(paper, context, window)))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
