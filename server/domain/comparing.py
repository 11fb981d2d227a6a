"""Lay finished runs side by side: rows, differences, shared evidence, cited pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from server.domain.comparisons import (
    ROWS,
    ComparisonStatus,
    ConflictSide,
    Difference,
    Row,
    RowKind,
    SameInput,
)
from server.domain.fields import Field
from server.domain.grounding import field_of
from server.domain.guards import numbers
from server.domain.identity_check import is_empty
from server.domain.models import EngineKind
from server.domain.personas import Persona
from server.domain.runs import Run, RunStatus
from server.domain.statements import EvidenceStatus, Statement, StatementStatus

SAME = 0.5
"""Least overlap of evidence (Jaccard, by characters of the paper) that is called "same passages"."""

MIN_COMPARED = 2
"""Least number of answers that can differ."""


@dataclass(frozen=True)
class Reader:
    """One candidate: its label, run and persona."""

    label: str
    run: Run
    persona: Persona


def compare_readers(readers: Sequence[Reader]) -> tuple[Row, ...]:
    """The rows on which at least one reader has a question, in the fixed order."""
    rows = []
    for kind in ROWS:
        cells = {reader.label: _fields(reader, kind) for reader in readers}
        if any(cells.values()):
            rows.append(_row(kind, cells, readers))
    return tuple(rows)


def status_of(runs: Sequence[Run]) -> ComparisonStatus:
    """Running until all are over; then by how many finished."""
    if not all(run.status.is_over for run in runs):
        return ComparisonStatus.RUNNING
    finished = sum(run.status is RunStatus.FINISHED for run in runs)
    if finished == len(runs):
        return ComparisonStatus.FINISHED
    return ComparisonStatus.PARTIAL if finished else ComparisonStatus.FAILED


def same_input(runs: Sequence[Run]) -> SameInput:
    """Whether all runs were sent the same text of the paper, whole and from the same pages. Texts that someone brought
    along were sent none, and say nothing about the others."""
    runs = [run for run in runs if run.engine != EngineKind.TEXT]
    inputs = [(run.input.digest, run.input.pages_read, run.input.truncated) for run in runs if run.input]
    if len(inputs) < len(runs) or len(set(inputs)) != 1:
        return SameInput(identical=False, digest=None)
    return SameInput(identical=True, digest=inputs[0][0])


def cited_pages(run: Run, *, pages: int) -> tuple[float, ...]:
    """Per page the share of the run's verified quotes that are found there; all 0 when there are none."""
    cited = [
        e.page for s in run.statements for e in s.evidence if e.status is EvidenceStatus.VERIFIED and e.page
    ]
    return tuple(
        round(cited.count(number) / len(cited), 3) if cited else 0.0 for number in range(1, pages + 1)
    )


def value_at(answer: Mapping[str, Any], path: str) -> Any:
    """The value a JSON Pointer (RFC 6901) points to; None where there is none."""
    value: Any = answer
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return value


def text_of(run: Run, statement: Statement) -> str:
    """The words of a statement, cut from the answer it belongs to."""
    value = value_at(run.answer or {}, statement.path)
    return value[statement.start : statement.end] if isinstance(value, str) else str(value)


def _fields(reader: Reader, kind: RowKind) -> tuple[Field, ...]:
    """What a reader was asked; a reading that ended early did not come to all of it."""
    left = reader.run.input.fields_not_asked if reader.run.input else ()
    asked = (field for field in reader.persona.fields if field.id not in left)
    return tuple(field for field in asked if field.aspects[0] in kind.aspects)


def _row(kind: RowKind, fields: Mapping[str, tuple[Field, ...]], readers: Sequence[Reader]) -> Row:
    asked = {label: {field.id for field in own} for label, own in fields.items()}
    statements = {
        r.label: [s for s in r.run.statements if field_of(s.path) in asked[r.label]] for r in readers
    }
    finished = [r for r in readers if r.run.status is RunStatus.FINISHED]
    conflicts = tuple(
        conflict
        for a, b in combinations(finished, 2)
        for conflict in _conflicts(a, b, statements[a.label], statements[b.label])
    )
    shared = _shared([_cited(statements[r.label]) for r in finished])
    difference, only = _difference(readers, asked, statements, shared, conflicting=bool(conflicts))
    return Row(
        kind=kind,
        cells={label: tuple(field.id for field in own) for label, own in fields.items()},
        difference=difference,
        only=only,
        shared_evidence=shared,
        conflicts=conflicts,
    )


def _difference(
    readers: Sequence[Reader],
    asked: Mapping[str, set[str]],
    statements: Mapping[str, list[Statement]],
    shared: float | None,
    *,
    conflicting: bool,
) -> tuple[Difference, str | None]:
    """The one word that tells most, first match wins."""
    asking = [reader for reader in readers if asked[reader.label]]
    failed = [reader for reader in asking if reader.run.status is not RunStatus.FINISHED]
    if failed and len(asking) - len(failed) < MIN_COMPARED:
        return Difference.FAILED, None
    # Who has no answer is said once, with the reader; the row tells how the others differ.
    asking = [reader for reader in asking if reader not in failed]
    readers = [reader for reader in readers if reader not in failed]
    telling = [
        r for r in asking if any(not is_empty((r.run.answer or {}).get(field)) for field in asked[r.label])
    ]
    if not telling:
        return Difference.NOT_STATED, None
    if len(asking) < len(readers):
        return Difference.NOT_ASKED, None
    if len(telling) == 1:
        return Difference.ONLY, telling[0].label
    if conflicting:
        return Difference.NUMBERS_DIFFER, None
    if shared is None:
        proven = all(s.status is StatementStatus.SUPPORTED for r in telling for s in statements[r.label])
        anything = any(statements[r.label] for r in telling)
        return (Difference.SAME_PASSAGES if proven and anything else Difference.NO_EVIDENCE), None
    return (Difference.SAME_PASSAGES if shared >= SAME else Difference.DIFFERENT_PASSAGES), None


def _cited(statements: Sequence[Statement]) -> set[int]:
    """Offsets of the paper's text covered by verified evidence."""
    return {
        offset
        for statement in statements
        for e in statement.evidence
        if e.status is EvidenceStatus.VERIFIED and e.start is not None and e.end is not None
        for offset in range(e.start, e.end)
    }


def _shared(cited: Sequence[set[int]]) -> float | None:
    """Mean overlap of each pair; None when there is no pair, or nobody cites anything."""
    if len(cited) < MIN_COMPARED or not any(cited):
        return None
    overlaps = [len(a & b) / len(a | b) if a | b else 0.0 for a, b in combinations(cited, 2)]
    return round(sum(overlaps) / len(overlaps), 3)


def _conflicts(
    a: Reader, b: Reader, ours: Sequence[Statement], theirs: Sequence[Statement]
) -> Iterator[dict[str, ConflictSide]]:
    """Pairs of statements on overlapping evidence that give one number each of the same unit, and not the same."""
    for one, other in product(ours, theirs):
        if not _cited([one]) & _cited([other]):
            continue
        mine, yours = numbers(text_of(a.run, one)), numbers(text_of(b.run, other))
        for unit in mine.keys() & yours.keys():
            if unit and len(mine[unit]) == len(yours[unit]) == 1 and mine[unit] != yours[unit]:
                yield {
                    a.label: ConflictSide(one.path, _shown(mine[unit][0], unit), _page(one)),
                    b.label: ConflictSide(other.path, _shown(yours[unit][0], unit), _page(other)),
                }


def _shown(number: str, unit: str) -> str:
    return f"{number} {unit}" if re.match(r"\w|%", unit) else f"{number}{unit}"


def _page(statement: Statement) -> int | None:
    return next((e.page for e in statement.evidence if e.status is EvidenceStatus.VERIFIED), None)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Candidates that are one reader asked several times."""

    labels: tuple[str, ...]
    shared_evidence: float | None
    """Mean overlap of what they verifiably cite, over the whole answers: how much two askings of one reader agree.
    None when nobody cites anything."""


def repeats(runs: Mapping[str, Run]) -> tuple[Repeat, ...]:
    """The readers that meet themselves (A/A): same persona, model, language and settings. Only finished runs tell."""
    groups: dict[object, list[str]] = {}
    for label, run in runs.items():
        if run.status is RunStatus.FINISHED and run.engine != EngineKind.TEXT:
            key = (run.persona, run.engine, run.model, run.language, run.settings)
            groups.setdefault(key, []).append(label)
    return tuple(
        Repeat(tuple(labels), _shared([_cited(runs[label].statements) for label in labels]))
        for labels in groups.values()
        if len(labels) > 1
    )
