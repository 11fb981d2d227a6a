"""What the checker says about a case, in the three words the table counts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from server.domain.fields import Aspect, CheckRule, Field
from server.domain.grounding import Grounder
from server.domain.identity_check import identity_verdict
from server.domain.statements import (
    CheckStatus,
    Claim,
    EvidenceStatus,
    IdentityVerdict,
    Quote,
    StatementStatus,
)
from server.domain.statements import Statement as Judged
from server.domain.words import same

from .cases import Case, Outcome, QuoteOnly, StatedIdentity, Statement, SuggestedReading
from .papers import BenchPaper
from .quote_cases import exponent_sheet

_STATEMENTS = {
    StatementStatus.SUPPORTED: Outcome.ACCEPTED,
    StatementStatus.PARTLY: Outcome.DOUBTED,
    StatementStatus.UNSUPPORTED: Outcome.DOUBTED,
    StatementStatus.NOT_CHECKED: Outcome.NOT_CHECKED,
    StatementStatus.NOT_STATED: Outcome.NOT_CHECKED,
}
_IDENTITIES = {
    IdentityVerdict.CONFIRMED: Outcome.ACCEPTED,
    IdentityVerdict.DOUBTFUL: Outcome.DOUBTED,
    IdentityVerdict.MISMATCH: Outcome.DOUBTED,
    IdentityVerdict.UNKNOWN: Outcome.NOT_CHECKED,
}


def judge(case: Case, papers: Mapping[str, BenchPaper]) -> tuple[Outcome, str]:
    """The outcome, and the checker's own words for it."""
    paper = papers.get(case.paper) or exponent_sheet(case.column.answer_language)
    match case.subject:
        case QuoteOnly(text):
            found = paper.grounder.index.locate(Quote(text))
            said = f"{found.status} {found.score} {found.difference.en if found.difference else ''}"
            if found.status is EvidenceStatus.TOO_SHORT:
                return Outcome.NOT_CHECKED, said
            verified = found.status is EvidenceStatus.VERIFIED
            return (Outcome.ACCEPTED if verified else Outcome.DOUBTED), said
        case StatedIdentity():
            verdict = identity_verdict(case.subject.mapping, paper.extraction.identity)
            return _IDENTITIES[verdict], str(verdict)
        case SuggestedReading(title):
            claim = Claim("/reading/0/title", 0, len(title), title)
            (judged,) = paper.grounder.ground_field(_field(CheckRule.BIBLIOGRAPHY), (claim,))
            return _STATEMENTS[judged.status], _said(judged)
        case Statement(text, quotes):
            claim = Claim("/text", 0, len(text), text, tuple(Quote(quote) for quote in quotes))
            judged = _judged(paper.grounder, claim)
            return (Outcome.DERIVED if _is_derived(judged) else _STATEMENTS[judged.status]), _said(judged)


def _is_derived(judged: Judged) -> bool:
    """Whether nothing is held against a statement but that a number follows from others."""
    statuses = {check.status for check in judged.checks}
    return (
        judged.status is StatementStatus.PARTLY
        and CheckStatus.DERIVED in statuses
        and CheckStatus.NOT_FOUND not in statuses
        and bool(judged.reason and "follows from" in judged.reason.en)
    )


def _judged(grounder: Grounder, claim: Claim) -> Judged:
    if claim.quotes:
        (judged,) = grounder.ground_field(_field(CheckRule.QUOTE), (claim,))
    else:
        (judged,) = grounder.ground_text((claim,))
    return judged


def _said(judged: Judged) -> str:
    checks = " ".join(f"[{c.kind} {c.text!r} {c.status}]" for c in judged.checks)
    evidence = " ".join(f"<{e.status} {e.score}>" for e in judged.evidence)
    reason = judged.reason.en if judged.reason else ""
    return " ".join(filter(None, (str(judged.status), evidence, checks, reason)))


@cache
def _field(check: CheckRule) -> Field:
    return Field("reading", (Aspect.OTHER,), same("-"), same("-"), check=check)
