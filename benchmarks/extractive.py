"""Print what the extractive engine chooses on real papers: time, fields left empty, and what two personas share.

python benchmarks/extractive.py [FOLDER or PDF…] [-p summarizer -p interpreter] [--show]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.application.ports import Delta, Question
from server.domain.errors import PaperError
from server.domain.extractions import Extraction
from server.domain.models import EXTRACTIVE, EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.prompts import Prompt
from server.domain.quotes import PaperIndex
from server.domain.runs import RunSettings
from server.domain.schema import wire_schema
from server.domain.statements import EvidenceStatus, Quote

ROOT = Path(__file__).resolve().parents[1]
PAPERS = (ROOT.parent / "shared" / "papers", ROOT / "samples")
MODEL = ModelSpec(EXTRACTIVE, EngineKind.EXTRACTIVE, EXTRACTIVE)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, default=[p for p in PAPERS if p.is_dir()])
    parser.add_argument("-p", "--persona", action="append", dest="personas")
    parser.add_argument("--show", action="store_true", help="print the chosen sentences")
    asked = parser.parse_args()
    library = {persona.id: persona for persona in FolderPersonas(builtin_personas()).list()}
    personas = [library[name] for name in asked.personas or ("summarizer", "interpreter")]
    asyncio.run(measure(list(pdfs(asked.paths)), personas, show=asked.show))


def pdfs(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        yield from sorted(path.glob("*.pdf")) if path.is_dir() else [path]


async def measure(paths: list[Path], personas: list[Persona], *, show: bool) -> None:
    console = Console(width=150)
    table = Table(
        title="Extractive engine: CPU ms (the first persona pays for reading the paper's sentences)"
    )
    for heading in ("paper", "pages", *(f"{p.id} ms" for p in personas), "sentences", "both", "both / fewer"):
        table.add_column(heading, justify="right" if heading != "paper" else "left")
    for heading in ("not located", "empty"):
        table.add_column(heading)
    reader = PdfProcessReader(workers=1)
    try:
        for path in paths:
            try:
                extraction = await reader.read(path.read_bytes())
            except PaperError as error:
                console.print(f"{path.name}: {error.code}")
                continue
            table.add_row(path.name, *await row(extraction, personas, show=show, console=console))
    finally:
        await reader.close()
    console.print(table)


async def row(extraction: Extraction, personas: list[Persona], *, show: bool, console: Console) -> list[str]:
    """Pages, milliseconds per persona, sentences chosen, shared ones, quotes that were not found, empty fields."""
    engine = ExtractiveEngine()
    located = PaperIndex(extraction)
    times: list[str] = []
    chosen: list[set[str]] = []
    empty: list[str] = []
    lost = 0
    for persona in personas:
        began = time.process_time()
        answer = await answer_of(persona, extraction, engine)
        times.append(f"{(time.process_time() - began) * 1000:.0f}")
        chosen.append(set(texts(answer)))
        empty += [f"{persona.id[:3]}.{key}" for key, value in answer.items() if value == []]
        found = [located.locate(Quote(q["quote"], q["page"])) for q in quotes(answer)]
        lost += sum(evidence.status is not EvidenceStatus.VERIFIED for evidence in found)
        if show:
            print_answer(persona, answer, console)
    both = len(set.intersection(*chosen))
    fewer = min(map(len, chosen)) or 1
    counts = "/".join(str(len(texts)) for texts in chosen)
    return [
        str(len(extraction.pages)),
        *times,
        counts,
        str(both),
        f"{both / fewer:.0%}",
        str(lost),
        " ".join(empty),
    ]


async def answer_of(persona: Persona, extraction: Extraction, engine: ExtractiveEngine) -> dict[str, Any]:
    question = Question(
        persona=persona,
        extraction=extraction,
        language=extraction.language,
        model=MODEL,
        settings=RunSettings(),
        prompt=Prompt("", "", ""),
        wire_schema=wire_schema(persona, extraction.language),
        max_output_tokens=0,
        deadline_s=60.0,
    )
    text = "".join([event.text async for event in engine.ask(question) if isinstance(event, Delta)])
    answer: dict[str, Any] = json.loads(text)
    return answer


def texts(answer: Mapping[str, Any]) -> Iterable[str]:
    for value in answer.values():
        if isinstance(value, list):
            yield from (statement["text"] for statement in value if "text" in statement)


def quotes(answer: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for value in answer.values():
        for statement in value if isinstance(value, list) else [value]:
            if isinstance(statement, dict):
                yield from statement.get("evidence", [])


def print_answer(persona: Persona, answer: Mapping[str, Any], console: Console) -> None:
    console.rule(persona.id)
    for key, value in answer.items():
        console.print(f"[bold]{key}[/bold]")
        if not isinstance(value, list):
            console.print("  ", json.dumps(value, ensure_ascii=False), markup=False)
            continue
        for statement in value:
            page = statement["evidence"][0]["page"] if statement["evidence"] else "-"
            said = statement.get("text") or json.dumps(statement["value"], ensure_ascii=False)
            console.print(f"  p. {page}: {said}", markup=False)


if __name__ == "__main__":
    main()
