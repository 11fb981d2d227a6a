"""What the parts of a paper answered: statements with the quotes that the paper has, best first for each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import msgspec

from server.domain.contexts.rendering import Span
from server.domain.contexts.rooms import Means
from server.domain.fields import CheckRule, Field, FieldType
from server.domain.identity_check import is_empty
from server.domain.matching import fold
from server.domain.personas import Persona
from server.domain.retrieval.choosing import wanted_by
from server.domain.schema import MAX_ITEMS, MAX_STATEMENTS, PAPER_KEY, PAPER_PARTS, asks_for_paper, wire_order
from server.domain.statements import Quote

SENTENCES = 4
"""Of each text, where no model is there to make one answer of many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a part."""

    field: str
    wire: Mapping[str, Any]
    """As it crossed the wire, with nothing but quotes that are in the paper."""
    spans: tuple[Span, ...]
    """Where these stand."""
    pages: tuple[int, ...]

    @property
    def words(self) -> str:
        said = self.wire["text"] if "text" in self.wire else self.wire["value"]
        return said if isinstance(said, str) else msgspec.json.encode(said).decode()


def findings(
    persona: Persona, answers: Sequence[Mapping[str, Any]], means: Means
) -> dict[str, list[Finding]]:
    """Field id → what the parts state, in the order in which their passages answer the question, each thing once.
    A statement none of whose quotes is in the paper is dropped, unless its field needs none."""
    found: dict[str, list[Finding]] = {}
    for field in wire_order(persona):
        if field.check is CheckRule.IDENTITY:
            continue
        stated = [
            finding
            for answer in answers
            for entry in _entries(answer.get(field.id))
            if (finding := _located(field, entry, means))
        ]
        once = {fold(finding.words): finding for finding in reversed(stated)}
        if once:
            found[field.id] = _best_first(field, list(reversed(once.values())), means)
    return found


def identity_of(persona: Persona, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the parts take the paper for, the first one's word before the others'; identity keys of the wire."""
    nothing: dict[str, Any] = {f.id: _nothing(f) for f in persona.identity_fields}
    if asks_for_paper(persona):
        nothing = {PAPER_KEY: dict.fromkeys(PAPER_PARTS), **nothing}
    return {
        name: next((a[name] for a in answers if not _says_nothing(a.get(name))), none)
        for name, none in nothing.items()
    }


def in_turn(found: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """The best of every question, then the second best, and so on."""
    return [one for turn in zip_longest(*found.values()) for one in turn if one is not None]


def merged_answer(
    persona: Persona,
    found: Mapping[str, Sequence[Finding]],
    identity: Mapping[str, Any],
) -> dict[str, Any]:
    """One answer on the wire without a model: of texts the best sentences in reading order, of lists all items, of single
    values the one from the best passage."""
    answer: dict[str, Any] = dict(identity)
    for field in wire_order(persona):
        if field.check is CheckRule.IDENTITY:
            continue
        stated = found.get(field.id, ())
        if field.schema is None and field.type is FieldType.TEXT:
            best = sorted(stated[: min(SENTENCES, MAX_STATEMENTS)], key=_place)
            answer[field.id] = [dict(one.wire) for one in best]
        elif field.schema is None and field.type is FieldType.LIST:
            answer[field.id] = [dict(one.wire) for one in stated[: field.max_items or MAX_ITEMS]]
        else:
            answer[field.id] = dict(stated[0].wire) if stated else {"evidence": [], "value": _nothing(field)}
    return answer


def _nothing(field: Field) -> Any:
    if field.type is FieldType.LIST:
        return []
    return dict.fromkeys(field.properties) if field.schema is None and field.properties else None


def _entries(value: Any) -> list[Mapping[str, Any]]:
    """The statements of a wire value; those that state nothing are none."""
    listed = value if isinstance(value, list) else [value]
    return [
        entry
        for entry in listed
        if isinstance(entry, Mapping) and not _says_nothing(entry.get("text", entry.get("value")))
    ]


def _says_nothing(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_says_nothing(part) for part in value.values())
    return is_empty(value)


def _located(field: Field, entry: Mapping[str, Any], means: Means) -> Finding | None:
    evidence = [means.locate(Quote(one["quote"], one["page"])) for one in entry["evidence"]]
    there = [e for e in evidence if e.start is not None and e.end is not None and e.page is not None]
    if not there and field.check is not CheckRule.NONE:
        return None
    return Finding(
        field.id,
        {**entry, "evidence": [{"quote": e.quote, "page": e.page} for e in there]},
        spans=tuple((e.start, e.end) for e in there if e.start is not None and e.end is not None),
        pages=tuple(dict.fromkeys(e.page for e in there if e.page is not None)),
    )


def _best_first(field: Field, stated: list[Finding], means: Means) -> list[Finding]:
    index = means.index
    order = wanted_by(field, index, scores=means.scores.get(field.id), count=len(index.passages))
    rank = {number: at for at, number in enumerate(order)}
    ranked = [
        (rank.get(index.number_at(one.spans[0][0]), len(rank)) if one.spans else len(rank), at)
        for at, one in enumerate(stated)
    ]
    return [stated[at] for _, at in sorted(ranked)]


def _place(finding: Finding) -> int:
    return finding.spans[0][0] if finding.spans else 0
