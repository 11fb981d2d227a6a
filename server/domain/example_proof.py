"""Take along what a run's answer was proven with, when a correction of it is kept as an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.domain.example_claims import statements
from server.domain.grounding import field_of
from server.domain.personas import Persona
from server.domain.runs import Run
from server.domain.statements import EvidenceStatus

MOST_QUOTES = 40
"""Passages of the paper that are copied into one example."""


@dataclass(frozen=True, slots=True)
class Proof:
    excerpt: str = ""
    """The quotes, each a paragraph."""
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def quoted(persona: Persona, run: Run, answer: Mapping[str, Any]) -> Proof:
    """The passages found in the paper for the fields that the example shows.

    Where the corrected value has as many sentences or items as the run had statements, each keeps its own passage;
    else they are paired anew whenever the example is shown.
    """
    quotes: dict[str, list[str]] = {}
    for statement in run.statements:
        found = [e.quote for e in statement.evidence if e.status is EvidenceStatus.VERIFIED]
        quotes.setdefault(field_of(statement.path), []).append(found[0] if found else "")
    shown = {name: own for name, own in quotes.items() if name in answer and name in persona.by_id}
    passages = dict.fromkeys(quote.strip() for own in shown.values() for quote in own if quote.strip())
    kept = list(passages)[:MOST_QUOTES]
    evidence = {
        name: tuple(own)
        for name, own in shown.items()
        if all(quote.strip() in kept for quote in own)
        and len(own) == len(statements(persona.by_id[name], answer[name]))
    }
    return Proof("\n\n".join(kept), evidence)
