"""A check report in the words of a colleague: the verdict, what needs a look and why, and the rest in brief."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.application.views import CheckView
from server.domain.brought_markup import clean
from server.domain.check_reports import CheckReport, CheckVerdict, kind_of
from server.domain.statements import (
    CheckStatus,
    Evidence,
    Statement,
    StatementStatus,
)
from server.domain.words import Words
from server.web.part_words import part_label
from server.web.pieces import LOCATED
from server.web.plain import plain

VERDICTS: dict[CheckVerdict, Words] = {
    CheckVerdict.THIS_PAPER: Words(ja="この論文についての文章です", en="This is about this paper"),
    CheckVerdict.DOUBTFUL: Words(
        ja="この論文についての文章か、疑わしいところがあります",
        en="It is doubtful that this is about this paper",
    ),
    CheckVerdict.OTHER_PAPER: Words(
        ja="別の論文の可能性があります：題名・著者が本文に見つかりません",
        en="This seems to be about another paper: its title and authors are not in this one",
    ),
    CheckVerdict.UNKNOWN: Words(
        ja="どの論文についての文章か、分かりません", en="It does not tell which paper it is about"
    ),
}
VERDICT_MARKS = {
    CheckVerdict.THIS_PAPER: "✓",
    CheckVerdict.DOUBTFUL: "△",
    CheckVerdict.OTHER_PAPER: "✕",
    CheckVerdict.UNKNOWN: "·",
}
ADVICE: dict[CheckVerdict, Words] = {
    CheckVerdict.OTHER_PAPER: Words(
        ja="この論文の要約としては使わないでください。PDFを渡し直して、もう一度聞くのが確実です。",
        en="Do not use it as a summary of this paper. Give the service the PDF again and ask once more.",
    ),
    CheckVerdict.DOUBTFUL: Words(
        ja="使う前に、下の点を論文で確かめてください。",
        en="Look at the points below in the paper before you use it.",
    ),
    CheckVerdict.UNKNOWN: Words(
        ja="題名も著者も書かれていないため、内容だけから判断しました。",
        en="It names neither title nor authors, so only what it says could be compared.",
    ),
}
_NOTHING = Words(ja="気になるところは見つかりませんでした。", en="Nothing that could be checked looks wrong.")
_UNSURE = Words(
    ja="題名は合っていますが、中身がほとんど論文に見つかりません。",
    en="The title fits, but hardly anything in it stands in the paper.",
)
_COUNTS = Words(
    ja="全 {total} 文：根拠あり {proven}、一部だけ {partly}、見つからない {missing}、照合できない {unchecked}",
    en="of {total} statements {proven} proven, {partly} partly, {missing} not found, {unchecked} not checkable",
)
_UNCHECKED = Words(
    ja="照合できない {count} 文には、論文と照らし合わせられる数値・名前・引用がありません。誤りという意味ではありません。",
    en="Not checkable ({count}): no number, name or quote that could be held against the paper. That does not make it wrong.",
)
_PROVEN = Words(ja="根拠が見つかった文", en="Found in the paper")
MORE = Words(ja="ほか {count} 文", en="and {count} more")
GROUPS: dict[str, Words] = {
    "identity": Words(ja="論文の名前が違います", en="Which paper it names"),
    "numbers": Words(ja="論文に見つからない数値", en="Numbers that are not in the paper"),
    "references": Words(
        ja="この論文の参考文献にないもの", en="Readings that are not in this paper's references"
    ),
    "quotes": Words(ja="論文と違う引用", en="Quotations that the paper does not have"),
    "statements": Words(ja="根拠が見つからない文", en="Statements without support"),
    "partly": Words(ja="一部だけ合っている文", en="Statements that hold in part"),
}
"""What needs a look, in this order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that needs a look, or one that was found."""

    text: str
    status: StatementStatus
    label: str | None
    """What it is, where it is about the paper's identity: `Title`, `First author`."""
    reason: str | None
    pages: tuple[int, ...]
    """Where it stands, or something close to it."""
    evidence: tuple[Evidence, ...]
    start: int = 0
    """Of the statement in the text; a text has no two that start at one place."""


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    label: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """All that is said about a report, ready to be set."""

    verdict: CheckVerdict
    mark: str
    headline: str
    counts: str
    advice: str | None
    groups: tuple[Group, ...]
    proven: Group
    unchecked: str | None
    """How many statements could not be checked, and what that means."""


def tell(view: CheckView, language: str) -> Told:
    """The report in words; nothing of it left out."""
    report = view.report
    found = [(statement, _finding(report, statement, language)) for statement in report.statements]
    doubted = (StatementStatus.PARTLY, StatementStatus.UNSUPPORTED)
    groups = tuple(
        Group(id_, words.in_(language), own)
        for id_, words in GROUPS.items()
        if (own := tuple(f for s, f in found if s.status in doubted and _group_of(s) == id_))
    )
    unchecked = _unchecked(report)
    return Told(
        verdict=report.verdict,
        mark=VERDICT_MARKS[report.verdict],
        headline=VERDICTS[report.verdict].in_(language),
        counts=counts(report, language),
        advice=_advice(report, groups, language),
        groups=groups,
        proven=Group(
            "proven",
            _PROVEN.in_(language),
            tuple(f for s, f in found if s.status is StatementStatus.SUPPORTED),
        ),
        unchecked=_UNCHECKED.in_(language).format(count=unchecked) if unchecked else None,
    )


def counts(report: CheckReport, language: str) -> str:
    """`12 statements proven, 3 partly, 2 not found, 9 not checkable`."""
    return _COUNTS.in_(language).format(
        total=len(report.statements),
        proven=report.count(StatementStatus.SUPPORTED),
        partly=report.count(StatementStatus.PARTLY),
        missing=report.count(StatementStatus.UNSUPPORTED),
        unchecked=_unchecked(report),
    )


def summary(report: CheckReport) -> Words:
    """The first line of a report in both languages: verdict and counts."""
    return Words(
        ja=f"{VERDICTS[report.verdict].ja}。{counts(report, 'ja')}。",
        en=f"{VERDICTS[report.verdict].en}: {counts(report, 'en')}.",
    )


def pages_of(statement: Statement) -> tuple[int, ...]:
    """Where a statement, or something close to it, stands in the paper."""
    pages = [e.page for e in statement.evidence if e.page]
    if not pages and (statement.status is StatementStatus.SUPPORTED or kind_of(statement) == "identity"):
        # Of a doubted sentence the checks found are not what is doubted.
        pages = [c.page for c in statement.checks if c.page]
    return tuple(dict.fromkeys(pages))


def _unchecked(report: CheckReport) -> int:
    return report.count(StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)


def _advice(report: CheckReport, groups: tuple[Group, ...], language: str) -> str | None:
    if not groups and report.verdict is CheckVerdict.THIS_PAPER:
        return _NOTHING.in_(language)
    if report.verdict is CheckVerdict.DOUBTFUL and not any(group.id == "identity" for group in groups):
        return _UNSURE.in_(language)
    words = ADVICE.get(report.verdict)
    return words.in_(language) if words else None


def _group_of(statement: Statement) -> str:
    kind = kind_of(statement)
    if kind == "identity":
        return kind
    if kind == "reference":
        return "references"
    missing = {check.kind for check in statement.checks if check.status is CheckStatus.NOT_FOUND}
    if missing & {"number", "year"}:
        return "numbers"
    if any(e.status not in LOCATED for e in statement.evidence):
        return "quotes"
    return "statements" if statement.status is StatementStatus.UNSUPPORTED else "partly"


def _finding(report: CheckReport, statement: Statement, language: str) -> Finding:
    is_named = kind_of(statement) == "identity"
    part = next((check.part for check in statement.checks if check.part), None) if is_named else None
    return Finding(
        text=plain(clean(report.text, _lines(report.text, statement)).text),
        status=statement.status,
        label=part_label(part, language) if part else None,
        reason=plain(statement.reason.in_(language)) if statement.reason else None,
        pages=pages_of(statement),
        evidence=statement.evidence,
        start=statement.start,
    )


def _lines(text: str, statement: Statement) -> Iterator[tuple[int, int]]:
    """The lines of a statement, as stretches of the text."""
    at = statement.start
    for line in text[statement.start : statement.end].splitlines(keepends=True):
        yield at, at + len(line.rstrip())
        at += len(line)
