"""Write an answer as it crosses the wire: the way back from `wire.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.domain.answer_words import in_order
from server.domain.fields import CheckRule, Field, FieldType
from server.domain.personas import Persona
from server.domain.schema import MAX_QUOTES, MAX_STATEMENTS, wire_order
from server.domain.statements import Claim, Quote


def write_wire(persona: Persona, answer: Mapping[str, Any], claims: Sequence[Claim]) -> dict[str, Any]:
    """The fields of `answer` in the order and shape of the wire, each statement behind its quotes.

    Reading it again (`read_wire`) gives the same answer and claims, as far as there were no more of them than the wire
    takes.
    """
    return {
        field.id: in_order(
            _field(field, answer[field.id], [c for c in claims if _is_in(c, field.id)]), persona
        )
        for field in wire_order(persona)
        if field.id in answer
    }


def _field(field: Field, value: Any, claims: Sequence[Claim]) -> Any:
    if field.check is CheckRule.IDENTITY:
        return _whole(field, value)
    if field.schema is None and field.type is FieldType.TEXT:
        return _sentences(value, claims)
    if field.schema is None and field.type is FieldType.LIST:
        return [
            {"evidence": _evidence(c for c in claims if _is_in(c, field.id, index)), "value": item}
            for index, item in enumerate(_parts(field, one) for one in value or ())
        ]
    return {"evidence": _evidence(claims), "value": _whole(field, value)}


def _sentences(value: str | None, claims: Sequence[Claim]) -> list[dict[str, Any]]:
    if not value:
        return []
    kept = sorted(claims, key=lambda claim: claim.start)[:MAX_STATEMENTS]
    if not kept:
        return [{"evidence": [], "text": value}]
    return [{"evidence": _evidence([claim]), "text": value[claim.start : claim.end]} for claim in kept]


def _evidence(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    quotes = dict.fromkeys(quote for claim in claims for quote in claim.quotes)
    return [_quote(quote) for quote in list(quotes)[:MAX_QUOTES]]


def _quote(quote: Quote) -> dict[str, Any]:
    return {"quote": quote.quote, "page": quote.page or 1}


def _whole(field: Field, value: Any) -> Any:
    """With every part that a strict schema requires."""
    if field.schema is None and field.type is FieldType.OBJECT:
        return {name: (value or {}).get(name) for name in field.properties}
    return value


def _parts(field: Field, item: Any) -> Any:
    return {name: item.get(name) for name in field.items} if isinstance(field.items, Mapping) else item


def _is_in(claim: Claim, field_id: str, index: int | None = None) -> bool:
    steps = claim.path.split("/")
    return steps[1] == field_id and (index is None or steps[2:3] == [str(index)])
