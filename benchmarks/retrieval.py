"""Print whether the passage that holds the answer comes back, for questions with known pages: naive, advanced, full text.

python benchmarks/retrieval.py [--half tune|held|fresh|all] [--misses]

The questions are in data/retrieval.yaml; an entry whose answer does not stand on its page is refused. Facts are halved by
the hash of their answers: the weights of the advanced ranking were chosen on the half `tune`, `held` was only counted.
Those marked `fresh` were written when the ranking was finished, so they know nothing of it, nor it of them.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.domain.budgets import estimate_tokens
from server.domain.extractions import Extraction
from server.domain.fields import Field
from server.domain.matching import MatchingKey, fold
from server.domain.passages import Passage
from server.domain.prompts import paper_text
from server.domain.retrieval.choosing import choose, shared_priority
from server.domain.retrieval.index import PassageIndex
from server.domain.retrieval.queries import question
from server.domain.retrieval.ranking import advanced, naive

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT.parent / "shared" / "papers", ROOT / "samples")
QUESTIONS = Path(__file__).parent / "data" / "retrieval.yaml"
CUTS = (1, 3, 5, 10)
ROOMS = (2000, 4000, 6000)
"""Tokens for the paper: what a model with a window of 4k, 6k or 8k leaves beside persona and answer."""
Ranker = Callable[..., tuple[Passage, ...]]
RANKERS: Mapping[str, Ranker] = {"naive": naive, "advanced": advanced}


@dataclass(frozen=True)
class Asked:
    """One question about one paper, and the passages that answer it."""

    paper: str
    field: Field
    text: str
    kind: str
    """How question and paper relate: `en→en`, `ja→en`, `field` …"""
    right: frozenset[int]
    half: str


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("tune", "held", "fresh", "all"), default="all")
    parser.add_argument(
        "--misses", action="store_true", help="name the questions whose answer is not among ten"
    )
    options = parser.parse_args()
    if not FOLDERS[0].is_dir():
        print("needs ../shared/papers beside the checkout")
        return 1
    data = YAML(typ="safe").load(QUESTIONS)
    extractions = asyncio.run(read(papers_of(data)))
    indexes = {name: PassageIndex.of(extraction) for name, extraction in extractions.items()}
    asked = [a for a in questions(data, indexes) if options.half in ("all", a.half)]
    console = Console(width=130)
    report(asked, indexes, console, misses=options.misses)
    if fields := [a for a in asked if a.kind.startswith("field")]:
        report_choice(fields, indexes, console)
    return 0


def papers_of(data: Mapping[str, Any]) -> list[str]:
    named = [name for name in data if name != "fields"]
    return list(dict.fromkeys([*named, *(entry["paper"] for entry in data["fields"])]))


async def read(names: Iterable[str]) -> dict[str, Extraction]:
    reader = PdfProcessReader(workers=1)
    try:
        paths = [next(f / name for f in FOLDERS if (f / name).is_file()) for name in names]
        return {path.name: await reader.read(path.read_bytes()) for path in paths}
    finally:
        await reader.close()


def questions(data: Mapping[str, Any], indexes: Mapping[str, PassageIndex]) -> Iterator[Asked]:
    library = {persona.id: persona for persona in FolderPersonas(builtin_personas()).list()}
    for name, index in indexes.items():
        key = MatchingKey.of(index.extraction.text)
        entries = [*data.get(name, ()), *(e for e in data["fields"] if e["paper"] == name)]
        for entry in entries:
            right = frozenset(n for answer in entry["answers"] for n in holding(answer, index, key))
            half = entry.get("half") or half_of(entry["answers"][0]["text"])
            if "field" in entry:
                persona, _, field_id = entry["field"].partition(".")
                field = library[persona].by_id[field_id]
                yield Asked(name, field, entry["field"], f"field→{index.language}", right, half)
            for language in ("en", "ja", "de"):
                if language in entry:
                    kind = f"{language}→{index.language}"
                    yield Asked(name, question(entry[language]), entry[language], kind, right, half)


def half_of(answer: str) -> str:
    return "tune" if hashlib.sha256(answer.encode()).digest()[0] % 2 else "held"


def holding(answer: Mapping[str, Any], index: PassageIndex, key: MatchingKey) -> list[int]:
    """Numbers of the passages on the named page in which the answer begins or ends.

    Raises:
        SystemExit: the answer does not stand there.
    """
    wanted = fold(answer["text"])
    found: list[int] = []
    at = key.key.find(wanted)
    while at >= 0:
        start, end = key.span(at, at + len(wanted))
        if answer["page"] in {index.extraction.page_at(start), index.extraction.page_at(end - 1)}:
            found += [p.order for p in index.passages if p.start < end and start < p.end]
        at = key.key.find(wanted, at + 1)
    if not found:
        sys.exit(f"page {answer['page']} does not say: {answer['text']}")
    return found


def report(
    asked: Sequence[Asked], indexes: Mapping[str, PassageIndex], console: Console, *, misses: bool
) -> None:
    ranks: dict[str, list[int | None]] = {}
    times: dict[str, float] = {}
    tokens: dict[str, list[int]] = {}
    sizes = {name: [estimate_tokens(p.text) for p in index.passages] for name, index in indexes.items()}
    for name, ranker in RANKERS.items():
        began = time.process_time()
        results = [ranker(a.field, indexes[a.paper], k=max(CUTS)) for a in asked]
        times[name] = (time.process_time() - began) * 1000 / len(asked)
        ranks[name] = [rank_of(a.right, found) for a, found in zip(asked, results, strict=True)]
        tokens[name] = [
            sum(sizes[a.paper][p.order] for a, found in zip(asked, results, strict=True) for p in found[:k])
            // len(asked)
            for k in CUTS
        ]
    whole = sum(estimate_tokens(paper_text(indexes[a.paper].extraction)) for a in asked) // len(asked)
    began = time.process_time()
    for index in indexes.values():
        PassageIndex.of(index.extraction)
    pages = sum(len(index.extraction.pages) for index in indexes.values())
    indexing = (time.process_time() - began) * 1000 / pages
    summary(asked, ranks, tokens, times, whole=whole, console=console)
    by_kind(asked, ranks, console)
    console.print(f"Making passages and index: {indexing:.1f} CPU ms a page ({pages} pages)")
    if misses:
        for a, rank in zip(asked, ranks["advanced"], strict=True):
            if rank is None or rank > 5:
                console.print(f"{rank or '>10'}: {a.kind} {a.paper} {a.text} {sorted(a.right)}", markup=False)


def report_choice(asked: Sequence[Asked], indexes: Mapping[str, PassageIndex], console: Console) -> None:
    """Whether the passage that answers a field is among those chosen for its whole persona."""
    table = Table(
        title=f"Choosing for a whole persona: share of {len(asked)} fields that are given their answer"
    )
    for heading in (
        "room",
        "as it begins",
        "chosen",
        "in the shared block",
        "tokens sent",
        "shared",
        "CPU ms",
    ):
        table.add_column(heading, justify="right")
    library = {persona.id: persona for persona in FolderPersonas(builtin_personas()).list()}
    priorities = {a.paper: shared_priority(indexes[a.paper]) for a in asked}
    for room in ROOMS:
        began = time.process_time()
        choices = [
            choose(
                library[a.text.partition(".")[0]].fields,
                indexes[a.paper],
                budget_tokens=room,
                count_tokens=estimate_tokens,
                priority=priorities[a.paper],
            )
            for a in asked
        ]
        spent = (time.process_time() - began) * 1000 / len(asked)
        pairs = list(zip(asked, choices, strict=True))
        begun = sum(any(n in a.right for n in beginning(indexes[a.paper], room)) for a in asked)
        given = sum(any(p.order in a.right for p in choice.passages) for a, choice in pairs)
        common = sum(any(p.order in a.right for p in choice.shared) for a, choice in pairs)
        shared = sum(estimate_tokens(p.text) for choice in choices for p in choice.shared)
        table.add_row(
            str(room),
            *(f"{count / len(asked):.0%}" for count in (begun, given, common)),
            str(sum(choice.tokens for choice in choices) // len(asked)),
            str(shared // len(asked)),
            f"{spent:.0f}",
        )
    console.print(table)


def beginning(index: PassageIndex, room: int) -> Iterator[int]:
    """What a server that cuts the end off would leave."""
    for passage in index.passages:
        room -= estimate_tokens(passage.text)
        if room < 0:
            return
        yield passage.order


def rank_of(right: frozenset[int], found: Sequence[Passage]) -> int | None:
    return next((rank for rank, passage in enumerate(found, 1) if passage.order in right), None)


def recall(ranks: Sequence[int | None], k: int) -> str:
    return f"{sum(rank is not None and rank <= k for rank in ranks) / len(ranks):.0%}"


def summary(
    asked: Sequence[Asked],
    ranks: Mapping[str, Sequence[int | None]],
    tokens: Mapping[str, Sequence[int]],
    times: Mapping[str, float],
    *,
    whole: int,
    console: Console,
) -> None:
    table = Table(title=f"{len(asked)} questions, {len({(a.paper, a.right) for a in asked})} facts")
    table.add_column("ranking")
    for k in CUTS:
        table.add_column(f"recall@{k}", justify="right")
    for heading in (*(f"tokens@{k}" for k in CUTS), "CPU ms"):
        table.add_column(heading, justify="right")
    for name in ranks:
        table.add_row(
            name, *(recall(ranks[name], k) for k in CUTS), *map(str, tokens[name]), f"{times[name]:.2f}"
        )
    table.add_row("full text", *["100%"] * len(CUTS), *[str(whole)] * len(CUTS), "0.0")
    console.print(table)


def by_kind(asked: Sequence[Asked], ranks: Mapping[str, Sequence[int | None]], console: Console) -> None:
    table = Table(title="By language of question and paper")
    for heading in ("kind", "questions", *(f"{name} @{k}" for k in CUTS for name in ranks)):
        table.add_column(heading, justify="right")
    rows: dict[str, list[int]] = defaultdict(list)
    for number, a in enumerate(asked):
        rows[a.kind].append(number)
    for kind, numbers in sorted(rows.items()):
        cells = [recall([ranks[name][n] for n in numbers], k) for k in CUTS for name in ranks]
        table.add_row(kind, str(len(numbers)), *cells)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
