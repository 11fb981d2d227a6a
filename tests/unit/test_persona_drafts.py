"""A model's draft of a persona: what is asked, what is taken, what is sent back; and the nearest one without a model."""

from __future__ import annotations

from typing import Any

import pytest
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.domain.fields import Aspect, CheckRule, FieldType, Length, ScalarType
from server.domain.persona_choosing import GENERAL, nearest_persona
from server.domain.persona_drafts import MAX_QUESTIONS, draft_prompt, read_draft
from server.domain.persona_forms import PersonaForm

PERSONAS = FolderPersonas(builtin_personas()).list()


def pair(ja: str = "日本語", en: str = "English") -> dict[str, str]:
    return {"ja": ja, "en": en}


def a_question(label: str = "What does it cost?", **changes: Any) -> dict[str, Any]:
    return {
        "label": pair("費用は？", label),
        "instruction": pair("金額を書く。", "Give the amounts."),
        "aspect": "evaluation",
        "type": "text",
        "length": {"ja": 150, "en": 60},
        "max_items": None,
        **changes,
    }


def a_draft(*questions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "name": pair("費用を読む", "Reader of costs"),
        "description": pair("費用だけを読む。", "Reads what things cost."),
        "questions": list(questions)
        or [a_question(), a_question("Who paid?"), a_question("Is it worth it?")],
        **changes,
    }


def form_of(draft: Any) -> PersonaForm:
    form = read_draft(draft)
    assert isinstance(form, PersonaForm), form
    return form


def test_nothing_is_sent_but_constant_words_and_the_wish() -> None:
    one, other = draft_prompt("costs of drugs"), draft_prompt("限界だけ")

    assert one.messages[0] == other.messages[0]
    assert one.messages[1].content.replace("costs of drugs", "限界だけ") == other.messages[1].content
    assert len(one.messages) == 2


def test_the_identity_is_asked_first_and_ids_come_from_the_labels() -> None:
    form = form_of(a_draft(a_question(), a_question(), a_question("この論文は？")))

    assert [one.field.id for one in form.fields] == ["header", "cost", "cost_2", "question"]
    assert form.fields[0].field.check is CheckRule.IDENTITY
    assert [one.was for one in form.fields] == [None] * 4
    assert form.fields[1].field.length == Length(ja=(0, 150), en=(0, 60))


def test_works_to_read_are_held_against_the_reference_list() -> None:
    cites = a_question("What next?", aspect="references", type="list", max_items=3)

    field = form_of(a_draft(cites, a_question(), a_question())).fields[1].field

    assert (field.type, field.check, field.max_items) == (FieldType.LIST, CheckRule.BIBLIOGRAPHY, 3)
    assert field.items == {"title": ScalarType.TEXT, "why": ScalarType.TEXT}
    assert field.aspects == (Aspect.REFERENCES,)


def test_figures_beyond_reason_are_brought_back_to_it() -> None:
    wild = a_question(type="list", max_items=10**9, length={"ja": -5, "en": 10**9})

    field = form_of(a_draft(wild, a_question(), a_question())).fields[1].field

    assert (field.max_items, field.length) == (20, Length(ja=(0, 20), en=(0, 500)))


def test_a_text_comes_on_one_line_without_control_characters() -> None:
    draft = a_draft(name=pair("名\x00前\u2028二", " Two\n\nlines\t"))

    assert form_of(draft).name.en == "Two lines"
    assert form_of(draft).name.ja == "名 前 二"


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ([], "/: must be object"),
        (a_draft(a_question()), "/questions: give 3 to 7 questions, not 1"),
        (a_draft(*[a_question()] * (MAX_QUESTIONS + 1)), "/questions"),
        (a_draft(name=pair(en=" ")), "/name/en: is empty"),
        (a_draft(name=pair(ja="長" * 81)), "/name/ja: at most 80 characters, not 81"),
        (a_draft(a_question(aspect="identity"), a_question(), a_question()), "/questions/0/aspect"),
        (a_draft(a_question(type="essay"), a_question(), a_question()), "/questions/0/type"),
        (a_draft(a_question(extra=1), a_question(), a_question()), "/questions/0: unknown: 'extra'"),
        ({**a_draft(), "name": "one"}, "/name: must be object"),
    ],
    ids=range(9),
)
def test_what_is_wrong_with_a_draft_is_told_with_its_place(draft: Any, told: str) -> None:
    wrong = read_draft(draft)

    assert isinstance(wrong, list)
    assert any(one.startswith(told) for one in wrong), wrong


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("この手法を自分で実装したい", "implementer"),
        ("限界と再現性だけ知りたい", "reproducibility"),
        ("査読の準備", "reviewer"),
        ("What are the claims and how strong is the evidence?", "claims"),
        ("I want to reproduce the experiments", "reproducibility"),
        ("ゼミで発表するスライドを作りたい", "slides"),
        ("臨床試験の患者と介入", "pico"),
        ("用語の意味を知りたい", "glossary-ja"),
    ],
)
def test_the_persona_whose_words_are_those_of_the_wish_is_nearest(wish: str, expected: str) -> None:
    nearest = nearest_persona(wish, PERSONAS)

    assert (nearest.persona.id, nearest.is_near) == (expected, True)


def test_questions_are_named_that_ask_for_what_was_wished() -> None:
    fields = nearest_persona("What are the claims and how strong is the evidence?", PERSONAS).fields

    assert fields[0].id == "claims"


@pytest.mark.parametrize("wish", ["xyzzy", "…", "I want to read"])
def test_where_nothing_is_near_the_general_one_is_taken_and_says_so(wish: str) -> None:
    nearest = nearest_persona(wish, PERSONAS)

    assert (nearest.persona.id, nearest.fields, nearest.is_near) == (GENERAL, (), False)
