"""How many readings say so: of statements, list entries, scalars and silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from server.domain.ensembles.agreement import Said, agreement
from server.domain.ensembles.likeness import say_the_same
from server.domain.fields import FieldType, ScalarType
from server.domain.grounding import Grounder
from server.domain.personas import Persona
from server.domain.quotes import PaperIndex
from server.domain.wire import read_wire

from builders import a_field, a_persona, an_extraction
from house import QUOTE, SECOND_QUOTE, a_wire_answer, an_interpretation, statement

GROUNDER = Grounder(PaperIndex(an_extraction()))
PERSONA = a_persona(
    fields=(
        a_field("what"),
        a_field("open", type=FieldType.BOOLEAN),
        a_field("servers", type=FieldType.NUMBER),
        a_field("parts", type=FieldType.LIST, items={"name": ScalarType.TEXT, "role": ScalarType.TEXT}),
    )
)


def reading(persona: Persona = PERSONA, wire: Mapping[str, Any] | None = None, **answers: Any) -> Said:
    read = read_wire(persona, wire or answers, language="en")
    statements = [
        s
        for f in persona.fields
        for s in GROUNDER.ground_field(f, [c for c in read.claims if c.path.split("/")[1] == f.id])
    ]
    return Said(persona, read.answer, statements)


def counted(of: Said, *among: Said) -> dict[tuple[str, int], tuple[int, int]]:
    return {(a.path, a.start): (a.agree, a.of) for a in agreement(of, among)}


def value(of: Any, *quotes: str) -> dict[str, Any]:
    return {"evidence": [{"quote": quote, "page": 1} for quote in quotes], "value": of}


def test_each_sentence_is_counted_for_itself() -> None:
    both = reading(
        what=[statement("The paper comes first.", QUOTE), statement("Readers take turns.", SECOND_QUOTE)]
    )
    one = reading(what=[statement("The paper comes first.", QUOTE)])

    assert counted(both, both, one, one) == {("/what", 0): (3, 3), ("/what", 23): (1, 3)}


def test_a_paraphrase_that_cites_the_same_place_agrees() -> None:
    mine = reading(what=[statement("The paper is placed before the persona.", QUOTE)])
    yours = reading(what=[statement("Before the persona comes the paper.", QUOTE)])

    assert counted(mine, yours) == {("/what", 0): (1, 1)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It evaluates 28 tokens.", "It evaluates 29 tokens."),
        ("The cache helps every reader.", "The cache does not help every reader."),
        ("キャッシュは役に立つ。", "速度は三割向上した。"),
    ],
)
def test_what_contradicts_or_tells_of_other_things_is_not_the_same(one: str, other: str) -> None:
    assert not say_the_same(one, other, cited=1.0)


def test_scalars_agree_when_they_are_equal() -> None:
    mine = reading(open=value(True, QUOTE), servers=value(1, QUOTE))  # noqa: FBT003 (an answer)
    yours = reading(open=value(False, QUOTE), servers=value(1.0, QUOTE))  # noqa: FBT003 (an answer)

    assert counted(mine, mine, yours) == {("/open", 0): (1, 2), ("/servers", 0): (2, 2)}


def test_entries_of_lists_are_found_wherever_they_stand() -> None:
    reads, asks = (
        {"name": "the reader", "role": "It reads the paper."},
        {"name": "the server", "role": "It asks."},
    )
    other_role = {"name": "the reader", "role": "Nobody knows what for."}
    mine = reading(parts=[value(reads, QUOTE)])
    yours = reading(parts=[value(asks, QUOTE), value(reads, QUOTE)])
    theirs = reading(parts=[value(other_role, SECOND_QUOTE)])

    assert counted(mine, yours, theirs) == {("/parts/0/name", 0): (2, 2), ("/parts/0/role", 0): (1, 2)}


def test_who_says_nothing_does_not_agree() -> None:
    mine = reading(what=[statement("The paper comes first.", QUOTE)])

    assert counted(mine, mine, reading(what=[])) == {("/what", 0): (1, 2)}


def test_the_identity_is_the_papers_own_and_not_counted() -> None:
    said = reading(a_persona(), a_wire_answer())

    assert "header" not in {path.split("/")[1] for path, _ in counted(said, said)}


def test_readers_of_other_questions_are_asked_on_the_same_aspect() -> None:
    summary = reading(a_persona(), a_wire_answer(what=[statement("The paper comes first.", QUOTE)]))
    other = reading(a_persona("interpreter"), an_interpretation())

    found = counted(summary, summary, other)

    assert found[("/what", 0)] == (2, 2)
    assert found[("/discussion", 0)] == (1, 1)
