"""Find the passages that an example's statements rest on, so that it can be shown with evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.domain.content import content_words, coverage, is_japanese, topic_of, translated
from server.domain.examples import Example
from server.domain.fields import CheckRule, Field, FieldType
from server.domain.personas import Persona
from server.domain.quantities import quantities
from server.domain.sentences import one_line, split
from server.domain.statements import Claim, Quote

NUMBER = 1.0
"""What a number that a statement shares with a sentence is worth; all of its words together are worth as much."""

TELLING = 0.15
"""Least worth of what a statement must share with a sentence to rest on it. Below, pairing them would be a guess."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What of an example can be shown with evidence."""

    answer: Mapping[str, Any]
    claims: tuple[Claim, ...]
    left_out: tuple[str, ...] = ()
    """Fields with a statement for which no passage is known: shown, they would teach to state without proof."""


def proven(persona: Persona, example: Example) -> Proven:
    """The fields of an example that have all of their evidence: the one written beside them, or else the sentence of
    the excerpt that says most of the statement."""
    if example.claims:
        return Proven(example.answer, example.claims)
    sentences = sentences_of(example.excerpt)
    answer, claims, left_out = dict[str, Any](), list[Claim](), list[str]()
    for field in persona.fields:
        if field.id not in example.answer:
            continue
        value = example.answer[field.id]
        found = list(_with_quotes(field, value, example.evidence.get(field.id, ()), sentences))
        needs = field.check in (CheckRule.QUOTE, CheckRule.BIBLIOGRAPHY)
        if needs and not all(claim.quotes for claim in found):
            left_out.append(field.id)
            continue
        answer[field.id] = value
        claims += found
    return Proven(answer, tuple(claims), tuple(left_out))


def statements(field: Field, value: Any) -> tuple[Claim, ...]:
    """Sentences of a text, items of a list, or the whole value; none of nothing."""
    return tuple(_statements(field, value))


def sentences_of(excerpt: str) -> tuple[str, ...]:
    """Its sentences, each on one line; a blank line ends one too."""
    return tuple(one_line(excerpt[span.start : span.end]) for span in split(excerpt))


def _with_quotes(field: Field, value: Any, given: Sequence[str], sentences: Sequence[str]) -> Iterator[Claim]:
    if field.check is CheckRule.IDENTITY:
        return
    for number, claim in enumerate(statements(field, value)):
        quote = given[min(number, len(given) - 1)] if given else ""
        if not quote and field.check is not CheckRule.NONE:
            quote = _best(claim.text, sentences)
        yield replace(claim, quotes=(Quote(one_line(quote), 1),)) if quote else claim


def _statements(field: Field, value: Any) -> Iterator[Claim]:
    if value is None or field.check is CheckRule.IDENTITY:
        return
    if field.schema is None and field.type is FieldType.TEXT:
        for span in split(value):
            yield Claim(f"/{field.id}", span.start, span.end, value[span.start : span.end])
    elif field.schema is None and field.type is FieldType.LIST:
        for index, item in enumerate(value):
            yield _whole(f"/{field.id}/{index}", _checked(field, item))
    else:
        yield _whole(f"/{field.id}", _checked(field, value))


def _whole(path: str, value: Any) -> Claim:
    text = "; ".join(_leaves(value))
    return Claim(path, 0, len(text), text)


def _checked(field: Field, value: Any) -> Any:
    """Without the parts that are the reader's own judgement."""
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if name not in field.unchecked}


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    elif value is not None:
        yield str(value)


def _best(text: str, sentences: Sequence[str]) -> str:
    """The sentence that shares most with a statement; empty where none shares enough."""
    best = max(sentences, key=lambda sentence: _shared(text, sentence), default="")
    return best if best and _shared(text, best) >= TELLING else ""


def _shared(text: str, sentence: str) -> float:
    own = {quantity.value for quantity in quantities(text)}
    numbers = len(own & {quantity.value for quantity in quantities(sentence)})
    is_translated = is_japanese(text) and not is_japanese(sentence)
    topic = translated(text) if is_translated else topic_of(text)
    return NUMBER * numbers + coverage(topic, content_words(sentence))
