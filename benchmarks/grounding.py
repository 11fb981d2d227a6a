"""Print how much of what is planted in answers the checker catches, and how often it doubts what is true.

python benchmarks/grounding.py [--half dev|held-out|all] [--only KIND…] [--show KIND…] [--into PAGE]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from server.domain.quotes import PaperIndex
from server.domain.statements import EvidenceStatus, Quote

from grounding_cases.cases import (
    Case,
    Column,
    Half,
    Outcome,
    QuoteOnly,
    StatedIdentity,
    Statement,
    SuggestedReading,
    dice,
    some,
    wilson,
)
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

HIDDEN_KINDS = ("quote of hidden text", "quote of small or pale visible text")
SUBJECTS = {
    QuoteOnly: "quotes",
    Statement: "statements",
    StatedIdentity: "identity",
    SuggestedReading: "references",
}
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"

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
    parser.add_argument("--into", type=Path, help="write the figures into this page, between its two marks")
    asked = parser.parse_args()
    papers = load_papers()
    sets = hidden_sets() if _wanted(HIDDEN_KINDS, asked.only) else {}
    cases = [case for case in all_cases(papers, sets) if _wanted([case.kind], asked.only)]
    if asked.half != "all":
        cases = [case for case in cases if case.half is Half(asked.half)]
    began = time.process_time()
    judged = [Judged(case, *judge(case, {**papers, **sets})) for case in cases]
    spent = time.process_time() - began
    parts = [f"{_commit()}; half: {asked.half}; {len(cases)} cases in {spent:.1f} CPU s", table(judged)]
    if asked.half == "all":
        parts.append(totals(judged))
    if sets:
        parts.append(hidden_table(papers, sets))
    if not asked.only:
        parts.append(speed(papers))
    figures = "\n\n".join(parts)
    print(figures)
    if asked.into:
        _write_into(asked.into, figures)
    for kind in asked.show:
        shown = [j for j in judged if kind in j.case.kind and asked.column in (None, j.case.column)]
        print_misses(shown, asked.most)


def all_cases(papers: Mapping[str, BenchPaper], sets: Mapping[str, BenchPaper]) -> tuple[Case, ...]:
    """Every case, drawn to the same number per kind and column."""
    made: list[Case] = []
    for cases in (
        quote_cases(papers), number_cases(papers), table_cases(papers), written_cases(papers), identity_cases(papers),
        reading_cases(papers), hidden_cases(papers, sets),
    ):  # fmt: skip
        made.extend(cases)
    return some(made)


def table(judged: Sequence[Judged]) -> str:
    """One row per kind: in each column the number of cases, the rate with its interval, and the share not checked."""
    rows = [f"| kind | {' | '.join(HEADINGS.values())} |", "|---|" + "---|" * len(HEADINGS)]
    for planted, heading in ((False, "**true: false alarms**"), (True, "**planted: caught**")):
        rows.append(f"| {heading} |" + " |" * len(HEADINGS))
        mine = [j for j in judged if j.case.planted is planted]
        kinds = dict.fromkeys(j.case.kind for j in mine)
        rows += [_row(kind, [j for j in mine if j.case.kind == kind]) for kind in kinds]
        rows.append(_row("*all*", mine))
    return "\n".join(rows)


def totals(judged: Sequence[Judged]) -> str:
    """The same by what is checked and by half."""
    rows = [f"| checked | {' | '.join(HEADINGS.values())} |", "|---|" + "---|" * len(HEADINGS)]
    for planted, words in ((False, "false alarms"), (True, "caught")):
        for subject, name in SUBJECTS.items():
            mine = [j for j in judged if j.case.planted is planted and isinstance(j.case.subject, subject)]
            rows += [
                _row(f"{name}: {words}, {half}", [j for j in mine if j.case.half is half])
                for half in Half
                if mine
            ]
    return "\n".join(rows)


def _row(name: str, judged: Sequence[Judged]) -> str:
    cells = (_cell([j for j in judged if j.case.column is column]) for column in Column)
    return f"| {name} | {' | '.join(cells)} |"


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


def hidden_table(papers: Mapping[str, BenchPaper], sets: Mapping[str, BenchPaper]) -> str:
    rows = ["| way of hiding | lines | set aside as hidden | in the visible text |", "|---|---|---|---|"]
    for way in WAYS:
        paper = sets.get(f"hidden, {way.name}")
        if paper:
            planted = lines()[: len(paper.extraction.pages)]
            aside, shown = set_aside(paper.extraction, planted)
            rows.append(f"| {way.name} | {len(planted)} | {aside} | {shown} |")
    honest = [p for p in papers.values() if p.name != "hidden-instruction.pdf"]
    found = [f"{p.name} p. {h.page} {h.text[:30]!r}" for p in honest for h in p.extraction.hidden]
    pages = sum(len(p.extraction.pages) for p in honest)
    listed = f": {'; '.join(found)}" if found else ""
    rows.append(f"\nText set aside in {len(honest)} ordinary papers ({pages} pages): {len(found)}{listed}")
    return "\n".join(rows)


def speed(papers: Mapping[str, BenchPaper]) -> str:
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
    found = sum(index.locate(quote).status is EvidenceStatus.VERIFIED for quote in quotes)
    return (
        f"Locating 100 quotes in {len(extraction.pages)} pages ({longest.name}): {located:.0f} CPU ms "
        f"({found} verified); 100 falsified ones: {missed:.0f} CPU ms; making the paper ready, once: {built:.0f} CPU ms"
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


def _cpu_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
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


def _write_into(page: Path, figures: str) -> None:
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
