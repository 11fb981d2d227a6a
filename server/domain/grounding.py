"""The verdict of the checks: per statement, per field, and on which paper an answer is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain import reasons
from server.domain.content import is_japanese
from server.domain.fields import CheckRule, Field
from server.domain.identity_check import is_empty, same_title
from server.domain.matching import fold
from server.domain.personas import Persona
from server.domain.quotes import PaperIndex
from server.domain.references import Reference
from server.domain.statement_checks import StatementChecks
from server.domain.statements import (
    Check,
    CheckStatus,
    Claim,
    Evidence,
    EvidenceStatus,
    Grounding,
    IdentityVerdict,
    Quote,
    Statement,
    StatementStatus,
)
from server.domain.words import Words

NUMBER_PARTS = ("number", "index", "ref", "reference_number", "no")
"""Properties of a suggested reading that name its entry in the paper's list."""

ITEM_DEPTH = 2
"""Slashes in the path of a list item that is plain text."""

SHORTEST_TITLE = 6
SAFE_TITLE = 16
"""Key characters of a title that is looked for; of one that may be found inside an entry."""

BESIDE_THE_POINT = 0.12
"""Least share of a statement's content words in its quotes, when both are in one language."""


@dataclass(frozen=True)
class Grounder:
    """Checks claims against one paper."""

    index: PaperIndex
    examples: tuple[str, ...] = ()
    """Matching keys of what the model was shown as examples: a quote copied from there proves nothing."""

    def ground_field(self, field: Field, claims: Sequence[Claim]) -> tuple[Statement, ...]:
        """One statement per claim of this field, each with its verdict."""
        if field.check is CheckRule.BIBLIOGRAPHY:
            return tuple(self._ground_readings(claims))
        return tuple(self._ground(field, claim) for claim in claims)

    def ground_text(
        self, claims: Sequence[Claim], *, references: Sequence[str] = ()
    ) -> tuple[Statement, ...]:
        """The same for a text without a model's quotes: each sentence is looked for itself, then its numbers and names.

        Args:
            references: Titles that the text suggests for reading; claims that are one of them are held against the
                paper's list.
        """
        suggested = {fold(title) for title in references}
        return tuple(
            self._ground_reference(claim) if fold(claim.text) in suggested else self._ground_bare(claim)
            for claim in claims
        )

    def _ground(self, field: Field, claim: Claim) -> Statement:
        if field.check in (CheckRule.NONE, CheckRule.IDENTITY):
            return _statement(claim, StatementStatus.NOT_CHECKED)
        return self._ground_quotes(claim)

    def _ground_readings(self, claims: Sequence[Claim]) -> Iterator[Statement]:
        """Suggested readings: the title must be in the paper's list, the number be that entry's; the rest is quoted."""
        titles = {
            _item(c.path): find_reference(c.text, self._references) for c in claims if _is_title(c.path)
        }
        for claim in claims:
            if _is_title(claim.path):
                yield self._ground_reference(claim)
            elif claim.path.rpartition("/")[2] in NUMBER_PARTS:
                yield _ground_number(claim, titles.get(_item(claim.path)))
            else:
                yield self._ground_quotes(claim)

    @property
    def _references(self) -> tuple[Reference, ...]:
        return self.index.extraction.references

    def _ground_quotes(self, claim: Claim) -> Statement:
        """A statement with quotes: they must be in the paper, and say what it says."""
        evidence = tuple(self._locate(quote) for quote in claim.quotes)
        if not evidence:
            return _statement(claim, StatementStatus.UNSUPPORTED, reason=reasons.NO_QUOTE)
        if any(e.status is EvidenceStatus.VERIFIED and fold(e.quote) == fold(claim.text) for e in evidence):
            return _statement(claim, StatementStatus.SUPPORTED, evidence=evidence)
        checks = StatementChecks(self.index, claim.text, _spans(evidence))
        status, reason = self._judge(evidence, checks)
        return _statement(claim, status, reason=reason, evidence=evidence, checks=checks.all)

    def _locate(self, quote: Quote) -> Evidence:
        """A quote that stands in an example word for word, and not in the paper, comes from the example."""
        found = self.index.locate(quote)
        if found.status in (EvidenceStatus.NOT_FOUND, EvidenceStatus.APPROXIMATE) and self.examples:
            key = fold(quote.quote)
            if any(key in example for example in self.examples):
                return Evidence(
                    quote.quote, EvidenceStatus.NOT_FOUND, score=0.0, difference=reasons.FROM_EXAMPLE
                )
        return found

    def _judge(
        self, evidence: Sequence[Evidence], checks: StatementChecks
    ) -> tuple[StatementStatus, Words | None]:
        """The verdict on a statement with quotes; the gravest doubt gives the reason."""
        found = sum(e.status is EvidenceStatus.VERIFIED for e in evidence)
        near = sum(e.status is EvidenceStatus.APPROXIMATE for e in evidence)
        doubtful = next((e.difference for e in evidence if e.status is not EvidenceStatus.VERIFIED), None)
        if not found and not near:
            return StatementStatus.UNSUPPORTED, doubtful
        if checks.missing:
            status = (
                StatementStatus.PARTLY
                if found and len(checks.missing) < len(checks.all)
                else StatementStatus.UNSUPPORTED
            )
            return status, reasons.missing(checks.missing)
        if doubtful:
            return StatementStatus.PARTLY, doubtful
        if checks.elsewhere:
            return StatementStatus.PARTLY, reasons.elsewhere(checks.elsewhere)
        if checks.derived:
            return StatementStatus.PARTLY, reasons.derived(checks.derived)
        if self._is_beside_the_point(checks):
            return StatementStatus.PARTLY, reasons.BESIDE_THE_POINT
        return StatementStatus.SUPPORTED, reasons.rounded(checks.rounded)

    def _is_beside_the_point(self, checks: StatementChecks) -> bool:
        """Whether quotes in the statement's own language share next to nothing with it."""
        if (
            is_japanese(checks.text) != is_japanese(self.index.extraction.text[:3000])
            or len(checks.topic) < 4
        ):
            return False
        return not checks.numbers and checks.overlap(checks.evidence) < BESIDE_THE_POINT

    def _ground_bare(self, claim: Claim) -> Statement:
        """A statement without quotes of its own, or with those that its writer put into it.

        Its own words are no quote: that they differ from the paper's is no fault, unless a number does.
        """
        own = tuple(self.index.locate(quote) for quote in claim.quotes)
        if own:
            checks = StatementChecks(self.index, claim.text, _spans(own))
            status, reason = self._judge(own, checks)
            return _statement(claim, status, reason=reason, evidence=own, checks=checks.all)
        itself = self.index.locate(Quote(claim.text))
        if itself.status is EvidenceStatus.VERIFIED:
            return _statement(claim, StatementStatus.SUPPORTED, evidence=(itself,))
        if itself.status is EvidenceStatus.HIDDEN:
            return _statement(
                claim, StatementStatus.UNSUPPORTED, reason=itself.difference, evidence=(itself,)
            )
        near = (itself,) if itself.status is EvidenceStatus.APPROXIMATE else ()
        passage = self.index.copied(claim.text)
        checks = StatementChecks(self.index, claim.text, (passage,) if passage else (), around=0)
        status, reason = _judge_bare(checks)
        return _statement(claim, status, reason=reason, evidence=near, checks=checks.all)

    def _ground_reference(self, claim: Claim) -> Statement:
        reference = find_reference(claim.text, self._references)
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
            claim, StatementStatus.UNSUPPORTED, reason=reasons.NOT_LISTED, evidence=evidence, checks=(check,)
        )


def _item(path: str) -> str:
    """The list item a path points into: `/next_papers/0` of `/next_papers/0/title`."""
    return "/".join(path.split("/")[:3])


def _is_title(path: str) -> bool:
    return path.endswith("/title") or path.count("/") <= ITEM_DEPTH


def _ground_number(claim: Claim, reference: Reference | None) -> Statement:
    """A number in the reference list: the printed label, or the place in the list."""
    right = reference is not None and claim.text.strip(" []()") in (reference.number, str(reference.index))
    check = Check(
        kind="reference",
        text=claim.text,
        status=CheckStatus.FOUND if right else CheckStatus.NOT_FOUND,
        page=reference.page if reference else None,
        reference=reference.index if reference else None,
    )
    status = StatementStatus.SUPPORTED if right else StatementStatus.UNSUPPORTED
    return _statement(claim, status, reason=None if right else reasons.NOT_LISTED, checks=(check,))


def _judge_bare(checks: StatementChecks) -> tuple[StatementStatus, Words | None]:
    """The verdict on a statement without quotes. Names alone prove nothing; numbers do where the paper speaks of the
    same thing. Where nothing can be looked for, nothing is said."""
    if checks.missing:
        every = len(checks.missing) == len(checks.all)
        status = StatementStatus.UNSUPPORTED if every else StatementStatus.PARTLY
        return status, reasons.missing(checks.missing)
    if checks.elsewhere:
        return StatementStatus.PARTLY, reasons.elsewhere(checks.elsewhere)
    if checks.derived:
        return StatementStatus.PARTLY, reasons.derived(checks.derived)
    if all(number.check.kind == "year" for number in checks.numbers):
        return StatementStatus.NOT_CHECKED, None
    return StatementStatus.SUPPORTED, reasons.rounded(checks.rounded)


def _spans(evidence: Sequence[Evidence]) -> tuple[tuple[int, int], ...]:
    """Where verified and approximate quotes stand."""
    return tuple((e.start, e.end) for e in evidence if e.start is not None and e.end is not None)


def find_reference(title: str, references: Sequence[Reference]) -> Reference | None:
    """The entry of the paper's list with this title, whatever its spacing, case and punctuation."""
    key = fold(title)
    if len(key) < SHORTEST_TITLE:
        return None
    for reference in references:
        if reference.title and same_title(title, reference.title):
            return reference
    for reference in references:  # an entry whose title was not recognised: the title stands somewhere in it
        if len(key) >= SAFE_TITLE and key in fold(reference.text):
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
