"""Print what the paper's own sentences answer to follow-up questions without a model, and how often they keep silent.

python benchmarks/answers.py

The questions are those of data/retrieval.yaml. Each is asked of its own paper, where its answer stands at a known place, and
of two papers on something else, where silence is right. The thresholds of `domain/retrieval/answers.py` were chosen on
these questions, so the counts are no promise for others.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML
from server.domain.matching import fold
from server.domain.retrieval.answers import answers
from server.domain.retrieval.index import PassageIndex

from retrieval import FOLDERS, QUESTIONS, papers_of, read

STRANGERS = 2
"""Papers on something else that each question is asked of."""
SEED = 1
PIECE = 25
"""Characters of the expected words, folded, that a sentence shares with them when it holds the answer."""


@dataclass(frozen=True)
class Case:
    paper: str
    language: str
    text: str
    wanted: tuple[str, ...]
    """Folded words of which one must be in the answer."""


def main() -> int:
    if not FOLDERS[0].is_dir():
        print("needs ../shared/papers beside the checkout")
        return 1
    data = YAML(typ="safe").load(QUESTIONS)
    extractions = asyncio.run(read(papers_of(data)))
    indexes = {name: PassageIndex.of(extraction) for name, extraction in extractions.items()}
    counts: dict[str, Counter[str]] = {}
    dice, began, asked = random.Random(SEED), time.process_time(), 0  # noqa: S311 (a fixed draw)
    for case in cases(data):
        count = counts.setdefault(kind_of(case, indexes[case.paper]), Counter())
        told = answers(case.text, indexes[case.paper])
        count["asked"] += 1
        count["answered"] += bool(told)
        count["right"] += any(holds(one.quote, case.wanted) for one in told)
        for name in strangers(case, indexes, dice):
            other = counts.setdefault(kind_of(case, indexes[name]), Counter())
            other["asked elsewhere"] += 1
            other["silent elsewhere"] += not answers(case.text, indexes[name])
            asked += 1
        asked += 1
    took_ms = (time.process_time() - began) * 1000 / asked
    show(counts, took_ms=took_ms)
    return 0


def cases(data: Mapping[str, Any]) -> Iterator[Case]:
    for name, entries in data.items():
        if name == "fields":
            continue
        for entry in entries:
            wanted = tuple(fold(answer["text"]) for answer in entry["answers"])
            for language in ("en", "ja", "de"):
                if language in entry:
                    yield Case(name, language, entry[language], wanted)


def kind_of(case: Case, index: PassageIndex) -> str:
    return "the paper's language" if case.language == index.language else "another language"


def strangers(case: Case, indexes: Mapping[str, PassageIndex], dice: random.Random) -> list[str]:
    """In the language of the question's own paper where there are any; the two prints of one note are one paper."""
    own = case.paper.partition("_luatex")[0].partition("_platex")[0]
    others = [name for name in indexes if not name.startswith(own)]
    alike = [name for name in others if indexes[name].language == indexes[case.paper].language]
    return dice.sample(alike or others, min(STRANGERS, len(alike or others)))


def holds(quote: str, wanted: tuple[str, ...]) -> bool:
    said = fold(quote)
    return any(
        words[at : at + PIECE] in said for words in wanted for at in range(max(1, len(words) - PIECE + 1))
    )


def show(counts: Mapping[str, Counter[str]], *, took_ms: float) -> None:
    table = Table(title="Follow-up questions answered by the paper's own sentences")
    for heading in ("question in", "asked", "answered", "right", "asked of other papers", "silent there"):
        table.add_column(heading, justify="right")
    for kind, count in counts.items():
        names = ("asked", "answered", "right", "asked elsewhere", "silent elsewhere")
        table.add_row(kind, *(str(count[name]) for name in names))
    console = Console(width=110)
    console.print(table)
    console.print(f"{took_ms:.0f} CPU ms a question, the paper made ready")


if __name__ == "__main__":
    sys.exit(main())
