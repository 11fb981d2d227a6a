"""What each technique costs: tokens in, cached and out, calls and seconds, per line of a persona file.

    YOMI_PEER_MODEL=$(.ci/fetch_model.sh) python benchmarks/techniques.py [PDF…] [--only NAME…]

Every variant asks llama.cpp's own server (extra `local`, one thread, one slot, 8k of context) the same four short questions
about the same papers; a server of its own for each variant, so that none profits from another's cache. Beside them the
extractive engine. Each string of an answer is cut at 24 characters, and lists have one item: a model of 135 million
parameters does not stop by itself. This shows the mechanics and says nothing about the quality of answers. Token counts do
not depend on the machine; times do. Long papers: benchmarks/long_papers.py.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "peer")]

from readers import bounded  # noqa: E402
from serve import running_peer  # noqa: E402
from server import bootstrap  # noqa: E402
from server.adapters.models import ConfiguredModels  # noqa: E402
from server.application import grounded  # noqa: E402
from server.application.conversation import run_stream  # noqa: E402
from server.application.follow import wait_until  # noqa: E402
from server.application.ports import Engine, EngineEvent, Question  # noqa: E402
from server.application.read_paper import paper_stream  # noqa: E402
from server.application.start_run import RunRequest  # noqa: E402
from server.bootstrap import Services, build  # noqa: E402
from server.domain.ids import PaperId, RunId  # noqa: E402
from server.domain.models import ModelSpec  # noqa: E402
from server.domain.papers import PaperStatus  # noqa: E402
from server.domain.requests import parse_reader  # noqa: E402
from server.domain.runs import Run  # noqa: E402
from server.domain.statements import IdentityVerdict  # noqa: E402
from server.settings import Settings  # noqa: E402

CONTEXT_TOKENS = 8192
PATIENCE_S = 3000
SHORT = (ROOT / "samples" / "hidden-instruction.pdf", ROOT / "samples" / "paper-first.pdf")
PROBE = """\
---
format: 1
version: "1.0.0"
name:
  ja: 試し
  en: Probe
license: CC0-1.0
language: en
fields:
  - id: kind
    aspects: [overview]
    label: {ja: 種類, en: Kind}
    instruction: {ja: 論文の種類を選ぶ。, en: Choose the kind of the paper.}
    type: choice
    choices:
      method: {ja: 手法, en: method}
      survey: {ja: サーベイ, en: survey}
  - id: has_numbers
    aspects: [results]
    label: {ja: 数値の有無, en: Numbers}
    instruction: {ja: 結果に数値があるか。, en: "Does it report results in numbers?"}
    type: boolean
  - id: gist
    aspects: [method]
    label: {ja: 要点, en: Gist}
    instruction: {ja: 一文で。, en: One sentence.}
    length: {ja: 60, en: 25}
---
system:
Answer briefly.
user:
{% for field in fields %}{{ loop.index }}. {{ field.label }}: {{ field.instruction }}
{% endfor %}
"""
EXAMPLE = """\
excerpt: |
  We sort tapes with two drives. The new order saves 12 % of the time on 40 tapes.
language: en
answer:
  kind: method
  has_numbers: true
  gist: A new order of drives saves 12 % of the time.
evidence:
  kind: We sort tapes with two drives.
  has_numbers: The new order saves 12 % of the time on 40 tapes.
why: Short, and every part stands in the excerpt.
"""
STEPS = """\
steps:
  - id: notes
    collect: quotes
    label: {ja: 引用, en: Quotes}
"""
VARIANTS: Mapping[str, str] = {
    "one call, whole paper": "probe:context=full",
    "evidence after the text": "probe:context=full,evidence=after",
    "one example": "probe:context=full,examples=1",
    "quotes, then answer (steps)": "probe-steps:context=full",
    "free text, then structure": "probe:context=full,structure=after,max_output_tokens=200",
    "retrieve": "probe:context=retrieve",
    "sections": "probe:context=sections",
    "map and reduce": "probe:context=map_reduce",
    "ensemble of 3 samples": "probe:context=full,ensemble=3",
    "second look": "probe:context=full,second_look=true",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pdfs", nargs="*", type=Path)
    parser.add_argument("--only", nargs="*", help="parts of the names of variants")
    asked = parser.parse_args()
    model = Path(os.environ.get("YOMI_PEER_MODEL", ""))
    if not model.is_file():
        parser.error("YOMI_PEER_MODEL must be the path of a GGUF model; see .ci/fetch_model.sh")
    wanted = {
        name: ref
        for name, ref in VARIANTS.items()
        if not asked.only or any(part in name for part in asked.only)
    }
    bootstrap.ConfiguredModels = Bounded  # type: ignore[misc]
    # So small a model gets titles wrong, and an answer about another paper is not heard to its end: nobody looks here.
    grounded.identity_verdict = lambda *_, **__: IdentityVerdict.UNKNOWN  # type: ignore[attr-defined]
    console = Console(width=150)
    for pdf in asked.pdfs or SHORT:
        table = Table(title=f"{pdf.name} ({model.name}, {CONTEXT_TOKENS} tokens of context, one thread)")
        for heading in (
            "technique",
            "calls",
            "in",
            "cached",
            "out",
            "seconds",
            "pages read",
            "left out",
            "ended",
        ):
            table.add_column(heading, justify="left" if heading in ("technique", "ended") else "right")
        data = pdf.read_bytes()
        for name, ref in wanted.items():
            with running_peer(model, context_tokens=CONTEXT_TOKENS) as peer:
                spec = {
                    "model": "peer", "base_url": peer.base_url, "api_key_env": "YOMI_PEER_KEY", "context_window": CONTEXT_TOKENS,
                }  # fmt: skip
                os.environ["YOMI_PEER_KEY"] = peer.key
                run = asyncio.run(one_run(pdf.read_bytes(), ref, {"peer": spec}))
            table.add_row(name, *figures(run))
            console.print(name, *figures(run))
        run = asyncio.run(one_run(data, "probe", {}))
        table.add_row("extractive engine", *figures(run))
        console.print(table)


class Ending:
    """An engine whose answers come to an end."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        schema = bounded(question.wire_schema) if question.wire_schema else {}
        async with aclosing(self.engine.ask(replace(question, wire_schema=schema))) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        await self.engine.close()


class Bounded(ConfiguredModels):
    def engine(self, spec: ModelSpec) -> Engine:
        return Ending(super().engine(spec))


async def one_run(pdf: bytes, reader: str, models: dict[str, Any]) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        personas = Path(folder) / "personas"
        write_probe(personas / "probe", PROBE)
        write_probe(personas / "probe-steps", PROBE.replace("fields:\n", f"{STEPS}fields:\n", 1))
        settings = Settings(
            data_dir=Path(folder) / "data",
            personas_dir=(personas,),
            models=json.dumps(models) if models else None,
            readers=1,
            run_timeout_s=PATIENCE_S,
        )
        services = build(settings, owner="benchmark")
        await services.start()
        try:
            return await executed(services, pdf, reader, model="peer" if models else None)
        finally:
            await services.close()


async def executed(services: Services, pdf: bytes, reader: str, *, model: str | None) -> Run:
    paper_id = PaperId((await services.ingest(pdf, filename="paper.pdf")).paper.id)
    queries, events = services.queries, services.events

    async def is_read() -> bool:
        return (await queries.paper_record(paper_id)).status is not PaperStatus.READING

    await wait_until(is_read, events=events, streams=[paper_stream(paper_id)], timeout_s=PATIENCE_S)
    started = await services.start_run(RunRequest(paper_id, replace(parse_reader(reader), model=model)))
    run_id = RunId(started.run.id)

    async def is_over() -> bool:
        return (await queries.run_record(run_id)).status.is_over

    await wait_until(is_over, events=events, streams=[run_stream(run_id)], timeout_s=PATIENCE_S)
    return await queries.run_record(run_id)


def write_probe(folder: Path, text: str) -> None:
    (folder / "examples").mkdir(parents=True)
    (folder / "persona.md").write_text(text, encoding="utf-8")
    (folder / "examples" / "tapes.yaml").write_text(EXAMPLE, encoding="utf-8")


def figures(run: Run) -> tuple[str, ...]:
    """A row of the table."""
    usage, sent = run.usage, run.input
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0
    return (
        str(len(run.attempts)),
        *(
            f"{n:,}" if n is not None else "–"
            for n in (usage.input_tokens, usage.cached_tokens, usage.output_tokens)
        ),
        f"{took:.1f}",
        str(len(sent.pages_read)) if sent else "–",
        str(len(sent.pages_left_out)) if sent else "–",
        run.error.code if run.error else run.status.value,
    )


if __name__ == "__main__":
    main()
