"""Suggested readings: titles that stand in the paper's list of references, and titles that do not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from .cases import Case, Column, SuggestedReading, dice
from .noise import broken_lines, hyphenated, ligatures, typography
from .papers import BenchPaper, squeeze

DATA = Path(__file__).resolve().parents[1] / "data"
_SWAPS = ("neural", "quantum", "medical", "legal", "visual", "secure", "biological", "acoustic")
_MADE_UP = (
    "A Survey of {a} for {b}", "{a} Meets {b}: A Unified View", "Towards Robust {b} with {a}",
    "Efficient {a} under Limited {b}", "Rethinking {a}: Lessons from {b}", "On the Limits of {a} in {b}",
)  # fmt: skip
_TOPICS = (
    "Persona Routing", "Citation Hallucination", "Energy-Aware Decoding", "Token-Level Experts", "Scholarly Summaries",
    "Prompt Forensics", "Spectral Tables", "Typed Embeddings", "Ledger Consensus", "Folded Attention",
)  # fmt: skip


def titles(paper: BenchPaper) -> tuple[str, ...]:
    """The titles of the paper's list: labelled by hand where that was done, else as the reader split them."""
    labels = DATA / f"references_{Path(paper.name).stem}.csv"
    if labels.is_file():
        with labels.open(encoding="utf-8") as file:
            return tuple(row["title"] for row in csv.DictReader(file) if row["title"])
    return tuple(r.title for r in paper.extraction.references if r.title and len(r.title) > 12)


def reading_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    own = {name: titles(paper) for name, paper in papers.items() if paper.language in ("en", "ja")}
    for name, listed in own.items():
        paper = papers[name]
        columns = (Column.JA,) if paper.language == "ja" else (Column.EN, Column.JA_ON_EN)
        foreign = [t for other, theirs in own.items() if other != name for t in theirs]
        for column in columns:
            if listed:
                yield from _true(column, name, listed)
                yield from _planted(column, paper, listed, foreign)


def _true(column: Column, name: str, listed: tuple[str, ...]) -> Iterator[Case]:
    for title in listed:
        yield _case("listed reference", column, name, title, title)
        roll = dice("reading", column, name, title)
        for shape in (title.upper(), title.title(), f"「{title}」", f"{title}."):
            yield _case("listed reference, other spelling", column, name, shape, title)
        for noise in (ligatures, hyphenated, broken_lines, typography):
            changed = noise(title, roll)
            if changed:
                yield _case("listed reference, other spelling", column, name, changed, title)
        head, colon, _ = title.partition(": ")
        if colon and len(head) >= 12:
            yield _case("listed reference without its subtitle", column, name, head, title)


def _planted(
    column: Column, paper: BenchPaper, listed: tuple[str, ...], foreign: list[str]
) -> Iterator[Case]:
    for title in listed:
        words = title.split()
        roll = dice("swap", column, paper.name, title)
        places = [n for n, w in enumerate(words) if len(w) >= 5 and w.strip(":,-").isalpha()]
        if len(words) >= 3 and places:
            at = roll.choice(places)
            changed = " ".join([*words[:at], roll.choice(_SWAPS), *words[at + 1 :]])
            yield _case("reference with one word swapped", column, paper.name, changed, title, planted=True)
    for title in foreign:
        if len(title) >= 12 and squeeze(title).casefold() not in paper.squeezed.casefold():
            yield _case("reference real but not listed", column, paper.name, title, "", planted=True)
    roll = dice("made up", column, paper.name)
    for _ in range(30):
        first, second = roll.sample(_TOPICS, 2)
        title = roll.choice(_MADE_UP).format(a=first, b=second)
        yield _case("reference invented", column, paper.name, title, "", planted=True)


def _case(kind: str, column: Column, name: str, title: str, origin: str, *, planted: bool = False) -> Case:
    return Case(kind, column, name, SuggestedReading(title), planted=planted, origin=origin)
