"""Merging answers: who wins by kind of value and by evidence, and that it hangs on nobody's place."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.domain.ensembles.ballots import Given, Item
from server.domain.ensembles.lineup import Merge
from server.domain.ensembles.lists import clusters
from server.domain.ensembles.merging import likest_member, merge_answers
from server.domain.fields import Choice, Field, FieldType, ScalarType
from server.domain.grounding import Grounder
from server.domain.personas import Persona
from server.domain.quotes import PaperIndex
from server.domain.schema import validate, wire_schema
from server.domain.wire import read_wire
from server.domain.words import Words

from builders import TITLE, a_field, a_persona, an_extraction
from house import QUOTE, SECOND_QUOTE

EXTRACTION = an_extraction()
GROUNDER = Grounder(PaperIndex(EXTRACTION))
INVENTED = "Energy fell by 41% in Atlantis."
QUOTES = (QUOTE, SECOND_QUOTE, INVENTED)


def a_choice(id: str) -> Choice:  # noqa: A002
    return Choice(id, Words(ja=id, en=id))


def fields() -> tuple[Field, ...]:
    """One question of each kind."""
    return (
        a_field("what"),
        a_field("kind", type=FieldType.CHOICE, choices=(a_choice("method"), a_choice("survey"))),
        a_field("open", type=FieldType.BOOLEAN),
        a_field("servers", type=FieldType.NUMBER),
        a_field("points", type=FieldType.LIST, max_items=4),
        a_field("parts", type=FieldType.LIST, items={"name": ScalarType.TEXT, "role": ScalarType.TEXT}),
        a_field(
            "setting", type=FieldType.OBJECT, properties={"model": ScalarType.TEXT, "n": ScalarType.NUMBER}
        ),
    )


PERSONA = a_persona(fields=fields())
PAPER = {"title": TITLE, "authors": None}


def proof(*quotes: str) -> list[dict[str, Any]]:
    return [{"quote": quote, "page": 1} for quote in quotes]


def member(**answers: Any) -> Given:
    """Silent on what it is not given."""
    silent: dict[str, Any] = {"evidence": [], "value": None}
    wire = {
        "_paper": PAPER,
        "what": [],
        "kind": silent,
        "open": silent,
        "servers": silent,
        "points": [],
        "parts": [],
        "setting": {"evidence": [], "value": {"model": None, "n": None}},
        **answers,
    }
    return grounded(PERSONA, wire)


def grounded(persona: Persona, wire: Mapping[str, Any]) -> Given:
    read = read_wire(persona, wire, language="en")
    return Given(
        wire,
        [
            statement
            for f in persona.fields
            for statement in GROUNDER.ground_field(
                f, [c for c in read.claims if c.path.split("/")[1] == f.id]
            )
        ],
    )


def value(of: Any, *quotes: str) -> dict[str, Any]:
    return {"evidence": proof(*quotes), "value": of}


def said(text: str, *quotes: str) -> dict[str, Any]:
    return {"evidence": proof(*quotes), "text": text}


def merged(*members: Given, merge: Merge = Merge.VOTE) -> dict[str, Any]:
    """The answer, as a caller gets it."""
    wire = merge_answers(PERSONA, members, merge=merge)
    assert validate(wire_schema(PERSONA, "en"), wire) == []
    return read_wire(PERSONA, wire, language="en").answer


def texts() -> st.SearchStrategy[list[dict[str, Any]]]:
    sentence = st.sampled_from(
        [
            "The paper comes first.",
            "The paper is placed first.",
            "It saves 41% of energy.",
            "Readers take turns.",
        ]
    )
    return st.lists(st.builds(said, sentence, st.sampled_from(QUOTES)), max_size=3)


def values(of: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(value, of, st.sampled_from(QUOTES))


@st.composite
def members(draw: st.DrawFn) -> Given:
    names = st.sampled_from(["BM25", "BM26", "a small model", "the small model", "one server"])
    return member(
        what=draw(texts()),
        kind=draw(values(st.sampled_from([None, "method", "survey"]))),
        open=draw(values(st.sampled_from([None, True, False]))),
        servers=draw(values(st.sampled_from([None, 1, 1.0, 2, 28]))),
        points=draw(st.lists(values(names), max_size=4)),
        parts=draw(
            st.lists(
                values(st.fixed_dictionaries({"name": names, "role": st.sampled_from([None, "it reads"])})),
                max_size=3,
            )
        ),
        setting=draw(values(st.fixed_dictionaries({"model": names, "n": st.sampled_from([None, 1])}))),
    )


YES, NO = ({"evidence": proof(QUOTE), "value": answer} for answer in (True, False))

any_merge = st.sampled_from(list(Merge))


@settings(max_examples=60, deadline=None)
@given(st.lists(members(), min_size=2, max_size=5), any_merge, st.randoms(use_true_random=False))
def test_the_order_of_the_members_does_not_matter(given_: list[Given], merge: Merge, random: Random) -> None:
    shuffled = random.sample(given_, len(given_))

    assert merge_answers(PERSONA, shuffled, merge=merge) == merge_answers(PERSONA, given_, merge=merge)


@settings(max_examples=60, deadline=None)
@given(members(), st.integers(2, 9), any_merge)
def test_unanimous_members_are_left_as_they_are(one: Given, count: int, merge: Merge) -> None:
    assert merge_answers(PERSONA, [one] * count, merge=merge) == one.wire


@settings(max_examples=60, deadline=None)
@given(st.lists(members(), min_size=1, max_size=5), any_merge)
def test_a_merged_answer_has_the_asked_shape_and_no_words_but_the_members(
    given_: list[Given], merge: Merge
) -> None:
    wire = merge_answers(PERSONA, given_, merge=merge)

    assert validate(wire_schema(PERSONA, "en"), wire) == []
    for name in ("what", "points", "parts"):
        assert all(any(entry in g.wire[name] for g in given_) for entry in wire[name])
    for name in ("kind", "open", "servers", "setting"):
        assert any(wire[name] == g.wire[name] for g in given_)


@settings(max_examples=40, deadline=None)
@given(st.lists(members(), min_size=1, max_size=5))
def test_the_likest_member_is_one_of_them(given_: list[Given]) -> None:
    assert likest_member(PERSONA, given_) in given_


def test_a_majority_decides_choices_and_booleans() -> None:
    answer = merged(
        member(kind=value("method", QUOTE), open=YES),
        member(kind=value("method", QUOTE), open=YES),
        member(kind=value("survey", QUOTE), open=NO),
    )

    assert (answer["kind"], answer["open"]) == ("method", True)


def test_a_proven_vote_outweighs_two_that_nothing_proves() -> None:
    answer = merged(
        member(kind=value("survey", INVENTED)),
        member(kind=value("survey", INVENTED)),
        member(kind=value("method", QUOTE)),
    )

    assert answer["kind"] == "method"


def test_without_any_evidence_the_majority_still_decides() -> None:
    answer = merged(*[member(kind=value(kind, INVENTED)) for kind in ("method", "survey", "method")])

    assert answer["kind"] == "method"


def test_a_number_is_the_median_of_those_that_were_given() -> None:
    given_ = [member(servers=value(number, INVENTED)) for number in (1, 2, 900)]

    assert merged(*given_)["servers"] == 2


def test_the_median_of_an_even_count_is_a_number_that_somebody_gave() -> None:
    given_ = [member(servers=value(number, INVENTED)) for number in (1, 2, 3, 900)]

    assert merged(*given_)["servers"] == 2


def test_an_unproven_number_hardly_pulls_the_median() -> None:
    proven = "The second persona evaluated 28 tokens instead of 2,478."
    given_ = [member(servers=value(n, q)) for n, q in ((28, proven), (900, INVENTED), (901, INVENTED))]

    assert merged(*given_)["servers"] == 28


@pytest.mark.parametrize("merge", list(Merge))
def test_an_invented_sentence_of_a_minority_loses(merge: Merge) -> None:
    true, false = said("The paper is placed first.", QUOTE), said("It saves 41% of energy.", INVENTED)

    assert merged(member(what=[true]), member(what=[false]), member(what=[true]), merge=merge)["what"] == (
        "The paper is placed first."
    )


def test_even_a_majority_of_inventions_loses_to_proof() -> None:
    true, false = said("The paper is placed first.", QUOTE), said("It saves 41% of energy.", INVENTED)
    other = said("All energy of Atlantis is saved.", INVENTED)

    assert merged(member(what=[false]), member(what=[other]), member(what=[true]))["what"] == (
        "The paper is placed first."
    )


def test_of_texts_that_say_the_same_the_middle_one_stays() -> None:
    near = [
        "The paper is placed before the persona.",
        "The paper is placed before the persona in every prompt.",
        "In every prompt the paper is placed before the persona.",
    ]
    far = "Readers of one paper start in turn."

    answer = merged(*[member(what=[said(text, QUOTE)]) for text in (*near, far)])

    assert answer["what"] in near


def test_silence_is_a_vote() -> None:
    lone = member(what=[said("It saves 41% of energy.", INVENTED)], servers=value(41, INVENTED))

    answer = merged(lone, member(), member())

    assert (answer["what"], answer["servers"]) == (None, None)


def test_a_list_keeps_what_most_members_name() -> None:
    answer = merged(
        member(points=[value("one server", SECOND_QUOTE), value("BM25", INVENTED)]),
        member(points=[value("a small model", SECOND_QUOTE), value("one server", SECOND_QUOTE)]),
        member(points=[value("one server", SECOND_QUOTE)]),
        member(points=[value("a small model", SECOND_QUOTE)]),
    )

    assert answer["points"] == ["one server", "a small model"]


def test_a_union_keeps_what_one_member_alone_can_prove() -> None:
    given_ = (
        member(points=[value("one server", QUOTE), value("BM25", INVENTED)]),
        member(points=[value("one server", QUOTE)]),
        member(points=[value("one server", QUOTE), value("before the persona", QUOTE)]),
    )

    assert merged(*given_)["points"] == ["one server"]
    assert merged(*given_, merge=Merge.UNION)["points"] == ["one server", "before the persona"]


def test_a_union_never_outgrows_the_list() -> None:
    names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    given_ = [member(points=[value(name, QUOTE)]) for name in names]

    assert len(merged(*given_, merge=Merge.UNION)["points"]) == 4


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("a small model", "one small model", 1),
        ("日本語の論文十本", "日本語論文十本", 1),
        ("GPT-3", "GPT-4", 2),
        ("the model is faster", "the model is not faster", 2),
        ("Natural Questions", "SQuAD", 2),
        ({"name": "BM25", "role": "it ranks"}, {"name": "bm25", "role": "it finds"}, 1),
        (28, 28.0, 1),
        (28, 2478, 2),
    ],
)
def test_entries_are_one_thing_when_they_are_called_alike(one: Any, other: Any, count: int) -> None:
    place = frozenset(range(100))
    found = [Item(member, 0, None, entry, 1.0, place) for member, entry in enumerate((one, other))]

    assert len(clusters(found)) == count


def test_what_one_member_lists_twice_stays_twice() -> None:
    both = member(points=[value("a small model", QUOTE), value("the small model", QUOTE)])

    assert merged(both, both)["points"] == ["a small model", "the small model"]


def test_japanese_texts_are_compared_too() -> None:
    near = ["論文をペルソナの前に置く。", "論文はペルソナより前に置く。"]
    far = "読み手は順番に始まる。"

    answer = merged(*[member(what=[said(text, QUOTE)]) for text in (*near, far)])

    assert answer["what"] in near


def test_a_question_that_a_member_was_not_asked_is_not_merged() -> None:
    whole = member(what=[said("The paper is placed first.", QUOTE)])
    part = Given({k: v for k, v in whole.wire.items() if k != "points"}, whole.statements)

    assert "points" not in merge_answers(PERSONA, [whole, part], merge=Merge.VOTE)
