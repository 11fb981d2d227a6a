"""The shape of answers: schemas, what crosses the wire, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.domain.answer_words import skeleton
from server.domain.fields import Aspect, CheckRule, Choice, Field, FieldType, Length, ScalarType
from server.domain.personas import Persona
from server.domain.sanitising import sanitise
from server.domain.schema import PAPER_KEY, answer_schema, validate, wire_schema
from server.domain.statements import Claim, Quote
from server.domain.wire import read_wire, read_wire_field
from server.domain.words import Words, same
from tests.builders import a_persona

TEXT, NUMBER = ScalarType.TEXT, ScalarType.NUMBER


def ask(id: str, kind: FieldType = FieldType.TEXT, **changes: Any) -> Field:  # noqa: A002
    asked = {"aspects": (Aspect.OTHER,), "label": Words(f"{id}？", f"{id}?"), "instruction": same("")}
    return Field(id=id, type=kind, **(asked | changes))


NOVELTY = ask("novelty", length=Length((120, 200), (50, 80)))
READINGS = ask(
    "readings", FieldType.LIST, max_items=3, items={"title": TEXT, "why": TEXT}, check=CheckRule.BIBLIOGRAPHY
)
LIMITS = ask("limits", FieldType.LIST)
SIZE = ask("size", FieldType.NUMBER)
OPEN = ask("open_data", FieldType.BOOLEAN)
DECISION = ask(
    "decision", FieldType.CHOICE, choices=(Choice("skip", same("Skip")), Choice("read", same("Read")))
)
SETTING = ask("setting", FieldType.OBJECT, properties={"place": TEXT, "n": NUMBER})
RAW = ask(
    "table",
    schema={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"model": {"type": "string"}, "score": {"type": "number"}},
            "required": ["model"],
        },
    },
)
HEADER = ask(
    "header",
    FieldType.OBJECT,
    properties={"title": TEXT, "authors": TEXT, "year": NUMBER},
    check=CheckRule.IDENTITY,
    aspects=(Aspect.IDENTITY,),
)
AUTHORS = ask("authors", FieldType.LIST, check=CheckRule.IDENTITY)
EVERY = (NOVELTY, READINGS, LIMITS, SIZE, OPEN, DECISION, SETTING, RAW, HEADER, AUTHORS)
"""Every kind of field, the identity last."""


def persona(*fields: Field) -> Persona:
    return a_persona("every", fields=fields or EVERY)


def said(text: str, *quotes: str, page: int = 1) -> dict[str, Any]:
    return {"evidence": [{"quote": quote, "page": page} for quote in quotes], "text": text}


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


def keywords(schema: Any) -> set[str]:
    """All keywords of a schema, the names of properties apart."""
    found = set(schema)
    for name, part in schema.items():
        inner = (
            part.values()
            if name == "properties"
            else [part]
            if name == "items"
            else part
            if name == "anyOf"
            else []
        )
        for one in inner:
            found |= keywords(one)
    return found


def test_every_object_on_the_wire_is_closed_and_requires_all_it_names() -> None:
    found = list(objects(wire_schema(persona(), "en")))

    assert len(found) > 10
    assert all(one["additionalProperties"] is False for one in found)
    assert all(one["required"] == list(one["properties"]) for one in found)


def test_the_wire_uses_only_keywords_that_strict_modes_accept() -> None:
    assert keywords(wire_schema(persona(), "en")) == {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "maxItems",
        "anyOf",
        "enum",
        "description",
    }


def test_the_identity_comes_first_on_the_wire_and_keeps_its_place_in_the_answer() -> None:
    assert list(wire_schema(persona(), "en")["properties"])[:3] == ["header", "authors", "novelty"]
    assert list(answer_schema(persona(), "en")["properties"]) == [f.id for f in EVERY]


def test_evidence_comes_before_what_it_proves() -> None:
    properties = wire_schema(persona(), "en")["properties"]

    assert list(properties["novelty"]["items"]["properties"]) == ["evidence", "text"]
    assert list(properties["readings"]["items"]["properties"]) == ["evidence", "value"]
    assert list(properties["decision"]["properties"]) == ["evidence", "value"]


def test_a_persona_that_does_not_ask_for_the_title_is_asked_for_the_paper_first() -> None:
    assert list(wire_schema(persona(NOVELTY, AUTHORS), "en")["properties"]) == [
        PAPER_KEY,
        "authors",
        "novelty",
    ]
    assert PAPER_KEY not in wire_schema(persona(NOVELTY, HEADER), "en")["properties"]
    assert PAPER_KEY not in answer_schema(persona(NOVELTY), "en")["properties"]


def test_labels_are_in_the_language_asked_for() -> None:
    assert answer_schema(persona(NOVELTY), "ja")["properties"]["novelty"]["title"] == "novelty？"
    assert wire_schema(persona(NOVELTY), "de")["properties"]["novelty"]["description"] == "novelty?"


def test_the_skeleton_fits_the_wire_and_its_reading_fits_the_answer() -> None:
    wire = skeleton(persona())

    assert validate(wire_schema(persona(), "en"), wire) == []
    assert validate(answer_schema(persona(), "en"), read_wire(persona(), wire).answer) == []


def test_an_answer_that_states_nothing_is_valid_and_null_everywhere() -> None:
    read = read_wire(persona(), {})

    assert read.answer == {f.id: None for f in EVERY}
    assert read.claims == ()
    assert validate(answer_schema(persona(), "en"), read.answer) == []


def test_sentences_are_joined_and_each_claim_says_where_its_sentence_stands() -> None:
    read = read_wire_field(
        persona(), "novelty", [said(" It is faster. ", "fast", page=4), said("It is smaller.")]
    )

    assert read.value == "It is faster. It is smaller."
    assert read.claims == (
        Claim("/novelty", 0, 13, "It is faster.", (Quote("fast", 4),)),
        Claim("/novelty", 14, 28, "It is smaller."),
    )


@pytest.mark.parametrize(
    ("first", "second", "language", "joined"),
    [
        ("速い。", "小さい。", None, "速い。小さい。"),
        ("速い。", "BERTより小さい。", "ja", "速い。BERTより小さい。"),
        ("Faster than 速い。", "It is small.", "en", "Faster than 速い。 It is small."),
        ("빠르다.", "작다.", "ko", "빠르다. 작다."),
    ],
)
def test_japanese_sentences_meet_without_a_space(
    first: str, second: str, language: str | None, joined: str
) -> None:
    read = read_wire_field(persona(), "novelty", [said(first), said(second)], language=language)

    assert read.value == joined
    assert [joined[claim.start : claim.end] for claim in read.claims] == [first, second]


def test_paths_follow_the_items_that_are_kept() -> None:
    read = read_wire_field(
        persona(),
        "readings",
        [
            {"evidence": [], "value": {"title": None, "why": None}},
            {"evidence": [{"quote": "as in [3]", "page": 2}], "value": {"title": "Tidy Data", "why": None}},
        ],
    )

    assert read.value == [{"title": "Tidy Data", "why": None}]
    assert read.claims == (Claim("/readings/0/title", 0, 9, "Tidy Data", (Quote("as in [3]", 2),)),)


def test_values_that_are_not_text_are_claimed_by_their_json_text() -> None:
    read = read_wire_field(persona(), "size", {"evidence": [], "value": 12.5})

    assert (read.value, read.claims) == (12.5, (Claim("/size", 0, 4, "12.5"),))


def test_a_judgement_of_the_reader_is_in_the_answer_and_no_statement() -> None:
    field = ask("claims", FieldType.LIST, items={"claim": TEXT, "strength": TEXT}, unchecked=("strength",))
    read = read_wire_field(
        persona(field), "claims", [{"evidence": [], "value": {"claim": "A.", "strength": "weak"}}]
    )

    assert read.value == [{"claim": "A.", "strength": "weak"}]
    assert [claim.path for claim in read.claims] == ["/claims/0/claim"]


def test_what_the_model_takes_for_the_paper_is_kept_apart_from_the_statements() -> None:
    read = read_wire(
        persona(HEADER, AUTHORS),
        {"header": {"title": "Tidy Data", "authors": None, "year": 2014}, "authors": ["Hadley Wickham"]},
    )

    assert read.stated_identity == {"title": "Tidy Data", "year": 2014, "authors": ["Hadley Wickham"]}
    assert read.claims == ()


def test_the_paper_key_is_read_for_its_identity_and_leaves_no_trace_in_the_answer() -> None:
    read = read_wire(
        persona(NOVELTY), {PAPER_KEY: {"title": "Tidy Data", "authors": "H. Wickham"}, "novelty": []}
    )

    assert read.stated_identity == {"title": "Tidy Data", "authors": "H. Wickham"}
    assert read.answer == {"novelty": None}


def test_text_that_nobody_could_see_or_store_is_taken_out() -> None:
    assert sanitise("a\x00b\ud800c\u202ed\U000e0041e\x1b[31m\r\nf\tg") == "abcde[31m\nf\tg"
    assert read_wire_field(persona(), "limits", [{"evidence": [], "value": "\x00\u202e"}]).value is None


json = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["skip", "…"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["evidence", "text", "value", "quote", "page", "title", "place", "n", "year"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.fixed_dictionaries({}, optional={f.id: json for f in EVERY if f is not RAW}))
def test_whatever_comes_over_the_wire_the_answer_read_from_it_is_valid(wire: dict[str, Any]) -> None:
    fields = tuple(f for f in EVERY if f is not RAW)
    read = read_wire(persona(*fields), wire)

    # Nothing is cut: a list longer than asked for is for the wire schema to refuse.
    wrong = [
        one
        for one in validate(answer_schema(persona(*fields), "en"), read.answer)
        if "items" not in one["message"]
    ]
    assert wrong == []
    for claim in read.claims:
        assert claim.end - claim.start == len(claim.text) > 0
        if claim.path == "/novelty":
            assert read.answer["novelty"][claim.start : claim.end] == claim.text


def test_what_does_not_fit_is_said_with_its_place_and_without_its_value() -> None:
    wire = skeleton(persona()) | {
        "novelty": "secret",
        "decision": {"evidence": [], "value": "secret"},
        "setting": {"evidence": [{"quote": 1, "page": 1}], "value": {"place": "x"}},
        "secret_key": 1,
    }
    del wire["size"]

    assert validate(wire_schema(persona(), "en"), wire) == [
        {"path": "", "message": "'size' is missing"},
        {"path": "/novelty", "message": "must be array"},
        {"path": "/decision/value", "message": 'must be one of ["skip","read"]'},
        {"path": "/setting/evidence/0/quote", "message": "must be string"},
        {"path": "/setting/value", "message": "'n' is missing"},
        {"path": "", "message": "unknown: 'secret_key'"},
    ]


def test_at_most_twenty_things_are_said() -> None:
    assert len(validate({"type": "array", "items": {"type": "string"}}, list(range(100)))) == 20


def test_a_value_with_a_lone_surrogate_is_invalid_rather_than_an_error() -> None:
    assert validate({"type": "string"}, "\ud800")


def test_evidence_comes_before_or_after_what_it_proves_and_fits_either_way() -> None:
    persona = a_persona()
    schemas = [wire_schema(replace(persona, evidence=order), "en") for order in ("before", "after")]

    shapes = [list(schema["properties"]["what"]["items"]["properties"]) for schema in schemas]
    assert shapes == [["evidence", "text"], ["text", "evidence"]]
    shapes = [list(schema["properties"]["next_papers"]["items"]["properties"]) for schema in schemas]
    assert shapes == [["evidence", "value"], ["value", "evidence"]]
    answer = skeleton(persona)
    assert [validate(schema, answer) for schema in schemas] == [[], []]
