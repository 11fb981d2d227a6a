"""Print how much of what is planted in answers the checker catches, and how often it doubts what is true.

python benchmarks/grounding.py [--half dev|held-out|all] [--show KIND] [--only KIND…] [--markdown]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.domain.quotes import PaperIndex
from server.domain.statements import Quote

from grounding_cases.cases import Case, Column, Half, Outcome, StatedIdentity, dice, some, wilson
from grounding_cases.hidden_cases import WAYS, hidden_cases, hidden_sets, lines, set_aside
from grounding_cases.identity_cases import identity_cases
from grounding_cases.judging import judge
from grounding_cases.mutations import digit
from grounding_cases.number_cases import number_cases
from grounding_cases.papers import BenchPaper, load_papers
from grounding_cases.quote_cases import quote_cases
from grounding_cases.reading_cases import reading_cases
from grounding_cases.table_cases import table_cases
from grounding_cases.written import written_cases

HEADINGS = {
    Column.EN: "English on English",
    Column.JA: "Japanese on Japanese",
    Column.JA_ON_EN: "Japanese on English",
}

_ESCAPES = (Outcome.ACCEPTED, Outcome.DERIVED, Outcome.NOT_CHECKED)
_ALARMS = (Outcome.DOUBTED,)


@dataclass(frozen=True)
class Judged:
    case: Case
    outcome: Outcome
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=["dev", "held-out", "all"], default="all")
    parser.add_argument("--only", action="append", default=[], help="only kinds that contain this")
    parser.add_argument(
        "--show", action="append", default=[], help="print misses and false alarms of this kind"
    )
    parser.add_argument("--column", choices=[c.value for c in Column], help="with --show: only this column")
    parser.add_argument("--most", type=int, default=30, help="with --show: at most so many")
    asked = parser.parse_args()
    papers = load_papers()
    sets = (
        hidden_sets()
        if _wanted(["quote of hidden text", "quote of small or pale visible text"], asked.only)
        else {}
    )
    cases = [case for case in all_cases(papers, sets) if _wanted([case.kind], asked.only)]
    if asked.half != "all":
        cases = [case for case in cases if case.half is Half(asked.half)]
    began = time.process_time()
    judged = [Judged(case, *judge(case, {**papers, **sets})) for case in cases]
    spent = time.process_time() - began
    print(f"{_commit()}; half: {asked.half}; {len(cases)} cases in {spent:.1f} CPU s\n")
    print_table(judged)
    if sets:
        print_hidden(papers, sets)
    if not asked.only:
        print_speed(papers)
    for kind in asked.show:
        print_misses(
            [j for j in judged if kind in j.case.kind and asked.column in (None, j.case.column)], asked.most
        )


def all_cases(papers: Mapping[str, BenchPaper], sets: Mapping[str, BenchPaper]) -> tuple[Case, ...]:
    """Every case, drawn to the same number per kind and column."""
    made: list[Case] = []
    for cases in (
        quote_cases(papers), number_cases(papers), table_cases(papers), written_cases(papers), identity_cases(papers),
        reading_cases(papers), hidden_cases(papers, sets),
    ):  # fmt: skip
        made.extend(cases)
    return some(made)


def print_table(judged: Sequence[Judged]) -> None:
    """One row per kind: in each column the number of cases, the rate with its interval, and the share not checked."""
    print(f"| kind | {' | '.join(HEADINGS.values())} |")
    print("|---|" + "---|" * len(HEADINGS))
    for planted, heading in ((False, "**true: false alarms**"), (True, "**planted: caught**")):
        print(f"| {heading} |" + " |" * len(HEADINGS))
        mine = [j for j in judged if j.case.planted is planted]
        for kind in dict.fromkeys(j.case.kind for j in mine):
            print(
                f"| {kind} | "
                + " | ".join(
                    _cell([j for j in mine if j.case.kind == kind and j.case.column is c]) for c in Column
                )
                + " |"
            )
        print(
            "| *all* | " + " | ".join(_cell([j for j in mine if j.case.column is c]) for c in Column) + " |"
        )
    print()


def _cell(judged: Sequence[Judged]) -> str:
    if not judged:
        return "–"
    counts = Counter(j.outcome for j in judged)
    n, doubted = len(judged), counts[Outcome.DOUBTED]
    low, high = wilson(doubted, n)
    notes = [
        f"; {counts[outcome]} {words}"
        for outcome, words in ((Outcome.DERIVED, "as derived"), (Outcome.NOT_CHECKED, "not checkable"))
        if counts[outcome]
    ]
    return f"{doubted}/{n} = {doubted / n:.1%} [{low:.1%}–{high:.1%}]{''.join(notes)}"


def print_hidden(papers: Mapping[str, BenchPaper], sets: Mapping[str, BenchPaper]) -> None:
    print("| way of hiding | lines | set aside as hidden | in the visible text |\n|---|---|---|---|")
    for way in WAYS:
        paper = sets.get(f"hidden, {way.name}")
        if paper:
            planted = lines()[: len(paper.extraction.pages)]
            aside, shown = set_aside(paper.extraction, planted)
            print(f"| {way.name} | {len(planted)} | {aside} | {shown} |")
    honest = [p for p in papers.values() if p.name != "hidden-instruction.pdf"]
    flagged = [p.name for p in honest if p.extraction.hidden]
    pages = sum(len(p.extraction.pages) for p in honest)
    print(
        f"\nOrdinary papers with text set aside: {len(flagged)} of {len(honest)} ({pages} pages) {' '.join(flagged)}\n"
    )


def print_speed(papers: Mapping[str, BenchPaper]) -> None:
    """CPU time of locating 100 quotes in the first 100 pages of the longest paper."""
    longest = max(papers.values(), key=lambda p: len(p.extraction.pages))
    extraction = replace(longest.extraction, pages=longest.extraction.pages[:100], references=(), sections=())
    drawn = dice("speed").sample(list(_stretches(extraction.text)), 100)
    index = PaperIndex(extraction)
    built = _cpu_ms(lambda: (index.visible, index.hidden, extraction.page_starts))
    quotes = [Quote(text) for text in drawn]
    wrong = [Quote(digit(text, dice(text)) or text[::-1]) for text in drawn]
    located = _cpu_ms(lambda: [index.locate(quote) for quote in quotes])
    missed = _cpu_ms(lambda: [index.locate(quote) for quote in wrong])
    found = sum(index.locate(quote).status == "verified" for quote in quotes)
    print(
        f"Locating 100 quotes in {len(extraction.pages)} pages ({longest.name}): {located:.0f} CPU ms ({found} verified); "
        f"100 falsified ones: {missed:.0f} CPU ms; making the paper ready, once: {built:.0f} CPU ms\n"
    )


def _stretches(text: str) -> Iterable[str]:
    """Twenty words each, from within one page, in any language."""
    for page in text.split("\f"):
        yield from _stretches_of(page)


def _stretches_of(text: str) -> Iterable[str]:
    words = [m.span() for m in re.finditer(r"\S+", text)]
    for at in range(20, len(words) - 40, 30):
        stretch = " ".join(text[words[at][0] : words[at + 19][1]].split())
        if sum(c.isalpha() for c in stretch) > 60:
            yield stretch


def _cpu_ms(work: object) -> float:
    began = time.process_time()
    work()  # type: ignore[operator]
    return 1000 * (time.process_time() - began)


def print_misses(judged: Sequence[Judged], most: int) -> None:
    wrong = [j for j in judged if j.outcome in (_ESCAPES if j.case.planted else _ALARMS)]
    for j in wrong[:most]:
        subject = j.case.subject
        said = (
            subject.mapping
            if isinstance(subject, StatedIdentity)
            else getattr(subject, "text", None) or getattr(subject, "title", "")
        )
        print(f"--- {j.case.kind} | {j.case.column} | {j.case.paper} | {j.outcome} | {j.case.half}")
        print(f"    case   {said!r}")
        if getattr(subject, "quotes", ()):
            print(f"    quotes {subject.quotes!r}")
        if j.case.origin and j.case.origin != said:
            print(f"    from   {j.case.origin!r}")
        print(f"    said   {j.said}")
    print(f"{len(wrong)} in all")


def _wanted(kinds: Iterable[str], only: Sequence[str]) -> bool:
    return not only or any(part in kind for part in only for kind in kinds)


def _commit() -> str:
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S607
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "server"], check=False)  # noqa: S607
    if git.returncode:
        return "no commit known"
    return f"commit {git.stdout.strip()}{' with changes in server/' if changed.returncode else ''}"


if __name__ == "__main__":
    main()
