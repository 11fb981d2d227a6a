"""The verdict of the checks: per statement, per field, and on which paper an answer is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from server.domain.fields import CheckRule, Field
from server.domain.identity_check import SAME_TITLE, is_empty
from server.domain.matching import fold
from server.domain.personas import Persona
from server.domain.quotes import PaperIndex
from server.domain.references import Reference
from server.domain.statements import (
    Check,
    CheckStatus,
    Claim,
    Evidence,
    EvidenceStatus,
    Grounding,
    IdentityVerdict,
    Statement,
    StatementStatus,
)
from server.domain.words import Words

_NO_QUOTE = Words(ja="根拠の引用がありません。", en="No quote was given for this.")
_NOT_LISTED = Words(ja="この論文の参考文献にはありません。", en="Not in this paper's references.")


@dataclass(frozen=True)
class Grounder:
    """Checks claims against one paper."""

    index: PaperIndex

    def ground_field(self, field: Field, claims: Sequence[Claim]) -> tuple[Statement, ...]:
        """One statement per claim of this field, each with its verdict."""
        return tuple(self._ground(field, claim) for claim in claims)

    def _ground(self, field: Field, claim: Claim) -> Statement:
        match field.check:
            case CheckRule.NONE | CheckRule.IDENTITY:
                return _statement(claim, StatementStatus.NOT_CHECKED)
            case CheckRule.BIBLIOGRAPHY if claim.path.endswith("/title") or claim.path.count("/") <= 2:
                return self._ground_reference(claim)
            case _:
                return self._ground_quotes(claim)

    def _ground_quotes(self, claim: Claim) -> Statement:
        evidence = tuple(self.index.locate(quote) for quote in claim.quotes)
        found = sum(e.status is EvidenceStatus.VERIFIED for e in evidence)
        if not evidence:
            return _statement(claim, StatementStatus.UNSUPPORTED, reason=_NO_QUOTE)
        if found == len(evidence):
            return _statement(claim, StatementStatus.SUPPORTED, evidence=evidence)
        reason = next(e.difference for e in evidence if e.status is not EvidenceStatus.VERIFIED)
        status = StatementStatus.PARTLY if found else StatementStatus.UNSUPPORTED
        return _statement(claim, status, reason=reason, evidence=evidence)

    def _ground_reference(self, claim: Claim) -> Statement:
        reference = find_reference(claim.text, self.index.extraction.references)
        check = Check(
            kind="reference",
            text=claim.text,
            status=CheckStatus.FOUND if reference else CheckStatus.NOT_FOUND,
            page=reference.page if reference else None,
            reference=reference.index if reference else None,
        )
        evidence = tuple(
            e for q in claim.quotes if (e := self.index.locate(q)).status is EvidenceStatus.VERIFIED
        )
        if reference:
            return _statement(claim, StatementStatus.SUPPORTED, evidence=evidence, checks=(check,))
        return _statement(
            claim, StatementStatus.UNSUPPORTED, reason=_NOT_LISTED, evidence=evidence, checks=(check,)
        )


def find_reference(title: str, references: Sequence[Reference]) -> Reference | None:
    """The entry of the paper's list with this title, whatever its spacing, case and punctuation."""
    key = fold(title)
    if len(key) < 6:
        return None
    for reference in references:
        if reference.title and fuzz.ratio(key, fold(reference.title)) >= SAME_TITLE:
            return reference
    for reference in references:  # an entry whose title was not recognised: the title stands somewhere in it
        if len(key) >= 16 and key in fold(reference.text):
            return reference
    return None


def ground_answer(
    persona: Persona,
    statements: Iterable[Statement],
    *,
    identity: IdentityVerdict,
    answer: Mapping[str, Any],
) -> Grounding:
    """Sum up the statements of a whole answer."""
    by_field: dict[str, list[StatementStatus]] = {field.id: [] for field in persona.fields}
    for statement in statements:
        by_field.setdefault(field_of(statement.path), []).append(statement.status)
    fields = {
        field.id: StatementStatus.NOT_STATED
        if is_empty(answer.get(field.id))
        else _sum_up(by_field[field.id])
        for field in persona.fields
    }
    checked = [s for statuses in by_field.values() for s in statuses if s not in _UNCOUNTED]
    supported = checked.count(StatementStatus.SUPPORTED)
    return Grounding(
        score=round(supported / len(checked), 4) if checked else None,
        identity=identity,
        fields=fields,
    )


def field_of(path: str) -> str:
    """The field a JSON Pointer into an answer belongs to."""
    return path.split("/", 2)[1]


_UNCOUNTED = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)


def _sum_up(statuses: Sequence[StatementStatus]) -> StatementStatus:
    counted = [s for s in statuses if s not in _UNCOUNTED]
    if not counted:
        return StatementStatus.NOT_CHECKED
    if all(s is StatementStatus.SUPPORTED for s in counted):
        return StatementStatus.SUPPORTED
    if all(s is StatementStatus.UNSUPPORTED for s in counted):
        return StatementStatus.UNSUPPORTED
    return StatementStatus.PARTLY


def _statement(
    claim: Claim,
    status: StatementStatus,
    *,
    reason: Words | None = None,
    evidence: tuple[Evidence, ...] = (),
    checks: tuple[Check, ...] = (),
) -> Statement:
    return Statement(claim.path, claim.start, claim.end, status, reason, evidence, checks)
