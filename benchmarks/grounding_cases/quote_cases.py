"""Quotes: real sentences as printed and with the noise of PDFs and models, and the same sentences falsified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from server.domain.extractions import Extraction, Page
from server.domain.identity import Identity
from server.domain.ids import ExtractionId

from .cases import Case, Column, QuoteOnly, dice
from .mutations import MUTATIONS, exponent, splice, vocabulary, word
from .noise import NOISES, mixed
from .papers import BenchPaper, squeeze

POWERS = 260
"""Sentences with powers on the generated sheet: real papers hardly print any in running prose."""
_SAME_TEXT = ("ja_note_luatex.pdf", "ja_note_platex.pdf")
"""One note, typeset twice."""


def column_of(paper: BenchPaper) -> Column | None:
    return {"en": Column.EN, "ja": Column.JA}.get(paper.language)


def quote_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    """All that can be made from these papers; the caller draws from them."""
    for paper in papers.values():
        column = column_of(paper)
        if column:
            yield from _true(paper, column)
            yield from _changed(paper, column)
            yield from _spliced(paper, column)
            yield from _foreign(paper, column, papers)
    for language, column in (("en", Column.EN), ("ja", Column.JA)):
        sheet = exponent_sheet(language)
        yield from _powers(sheet, column)


def _true(paper: BenchPaper, column: Column) -> Iterator[Case]:
    for sentence in paper.sentences:
        text = sentence.text
        yield Case("quote as printed", column, paper.name, QuoteOnly(text), planted=False, origin=text)
        for name, noise in {**NOISES, "mixed noise": mixed}.items():
            changed = noise(text, dice("noise", name, paper.name, text))
            if changed:
                yield Case(
                    f"quote, {name}", column, paper.name, QuoteOnly(changed), planted=False, origin=text
                )


def _changed(paper: BenchPaper, column: Column) -> Iterator[Case]:
    words = vocabulary([s.text for s in paper.sentences])
    changes = {**MUTATIONS, "exponent changed": exponent, "word changed": word(words)}
    for sentence in paper.sentences:
        for name, change in changes.items():
            changed = change(sentence.text, dice("change", name, paper.name, sentence.text))
            if changed and squeeze(changed) not in paper.squeezed:
                yield Case(name, column, paper.name, QuoteOnly(changed), planted=True, origin=sentence.text)


def _spliced(paper: BenchPaper, column: Column) -> Iterator[Case]:
    sentences = paper.sentences
    for at, first in enumerate(sentences):
        others = [s for n, s in enumerate(sentences) if abs(n - at) > 2]
        if not others:
            continue
        second = dice("splice", paper.name, first.text).choice(others)
        joined = splice(first.text, second.text)
        if joined and squeeze(joined) not in paper.squeezed:
            origin = f"{first.text} // {second.text}"
            yield Case(
                "two sentences spliced", column, paper.name, QuoteOnly(joined), planted=True, origin=origin
            )


def _foreign(paper: BenchPaper, column: Column, papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    for other in papers.values():
        same = other.name == paper.name or {other.name, paper.name} == set(_SAME_TEXT)
        if same or column_of(other) is not column:
            continue
        for sentence in other.sentences:
            if squeeze(sentence.text) not in paper.squeezed:
                yield Case(
                    "quote of another paper",
                    column,
                    paper.name,
                    QuoteOnly(sentence.text),
                    planted=True,
                    origin=other.name,
                )


def _powers(sheet: BenchPaper, column: Column) -> Iterator[Case]:
    for line in sheet.extraction.text.splitlines():
        if line.strip():
            yield Case(
                "quote, powers (generated)", column, sheet.name, QuoteOnly(line), planted=False, origin=line
            )
            changed = exponent(line, dice("power", line))
            if changed and squeeze(changed) not in sheet.squeezed:
                yield Case(
                    "exponent changed (generated)",
                    column,
                    sheet.name,
                    QuoteOnly(changed),
                    planted=True,
                    origin=line,
                )


@cache
def exponent_sheet(language: str) -> BenchPaper:
    """A page of made-up sentences with powers, written as PDFs flatten them: 3.5 × 10−4, 2e-5, cm−1."""
    roll = dice("powers", language)
    lines = []
    for number in range(1, POWERS + 1):
        value = f"{roll.randint(1, 9)}.{roll.randint(0, 99):02d}"
        power = roll.randint(2, 9)
        shape = roll.choice((f"{value} × 10−{power}", f"{value}e-{power}", f"{value} × 10-{power}"))
        unit = roll.choice(("s−1", "cm−1", "m−2"))
        lines.append(
            f"In trial {number} the rate constant was estimated as {shape} {unit} after cooling."
            if language == "en"
            else f"試行 {number} では，冷却後の速度定数は {shape} {unit} と推定された．"
        )
    text = "\n".join(lines)
    page = Page(1, 612.0, 792.0, text, boxes=b"\x00\x00\xc0\x7f" * 4 * len(text))
    return BenchPaper(
        f"powers-{language}",
        Extraction(
            id=ExtractionId(f"powers-{language}"),
            sha256="",
            reader="benchmark",
            pages=(page,),
            hidden=(),
            identity=Identity(),
            sections=(),
            references=(),
            language=language,
        ),
    )
