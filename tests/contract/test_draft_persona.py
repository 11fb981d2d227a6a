"""Drafting a persona with a model behind an OpenAI-compatible endpoint, honest or not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from server.adapters.openai_engine import OpenAIEngine
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.adapters.persona_lint import lint, read_persona
from server.application.draft_persona import Drafted
from server.application.duplicate_persona import free_id

from builders import a_model
from fake_provider import FakeProvider, Step, completion, hangs, refuses, responds, streams
from house import House
from unit.test_persona_drafts import a_draft, a_question

pytestmark = pytest.mark.anyio

WISH = "薬の費用を知りたい: what it costs # really"


async def drafted_by(*steps: Step, wish: str = WISH) -> tuple[Drafted, FakeProvider, House]:
    async with FakeProvider(*steps) as provider:
        engine = OpenAIEngine(provider.base_url, backoff_s=0)
        spec = a_model("local", base_url=provider.base_url)
        house = House(library=FolderPersonas(builtin_personas()), models=[(spec, engine)])
        try:
            return await house.desk.draft(wish, model="local"), provider, house
        finally:
            await engine.close()


def says(*drafts: Any) -> list[Step]:
    return [streams(one if isinstance(one, str) else json.dumps(one)) for one in drafts]


async def test_a_model_writes_a_persona_that_lints_clean() -> None:
    drafted, provider, house = await drafted_by(*says(a_draft()))

    assert lint(drafted.source, drafted.id) == []
    persona = read_persona(drafted.source, id=drafted.id).persona
    assert persona is not None
    assert [field.id for field in persona.fields] == ["header", "cost", "paid", "worth"]
    assert (drafted.id, drafted.model, drafted.copy_of, drafted.error) == (
        "reader-of-costs",
        "local",
        None,
        None,
    )
    assert drafted.host is not None
    assert drafted.host in provider.base_url
    assert drafted.host in drafted.origin.ja
    assert house.memory.kept.personas == []


async def test_the_wish_is_all_of_the_users_that_is_sent() -> None:
    _, provider, _ = await drafted_by(*says(a_draft()))

    body = provider.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == f"What I want from a paper:\n\n{WISH}\n"
    assert WISH not in body["messages"][0]["content"]
    assert body["response_format"]["type"] == "json_schema"


async def test_words_that_look_like_yaml_or_templates_stay_words() -> None:
    nasty = {"ja": "---", "en": "{{ 7*7 }}: [x] # 'no' {% raw %}"}
    questions = [{**a_question(), "label": nasty}, a_question(instruction=nasty), a_question()]
    draft = a_draft(*questions, name=nasty)

    drafted, _, _ = await drafted_by(*says(draft))

    persona = read_persona(drafted.source, id="mine").persona
    assert drafted.error is None
    assert persona is not None
    assert (persona.name.ja, persona.name.en) == (nasty["ja"], nasty["en"])
    assert persona.fields[1].label.en == nasty["en"]


async def test_a_draft_that_is_wrong_is_mended_once() -> None:
    drafted, provider, _ = await drafted_by(*says(a_draft(a_question()), a_draft()))

    assert drafted.error is None
    assert len(provider.bodies) == 2
    assert "/questions: give 3 to 7 questions, not 1" in provider.bodies[1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (says(a_draft(a_question())), "answer_invalid"),
        (says("I would rather not."), "answer_invalid"),
        ([responds(completion("[" * 100_000))], "answer_invalid"),
        ([refuses(401, "no key")], "provider_auth"),
        ([refuses(404)], "bad_response"),
        ([streams("{", finish="length")], "truncated"),
    ],
    ids=["still wrong", "prose", "deep", "no key", "no model", "cut off"],
)
async def test_a_model_that_fails_leaves_a_copy_and_says_why(steps: list[Step], code: str) -> None:
    drafted, provider, _ = await drafted_by(*steps)

    assert drafted.error is not None
    assert drafted.error.code == code
    assert drafted.copy_of is not None
    assert drafted.host is not None
    assert len(provider.bodies) <= 2
    assert lint(drafted.source, drafted.id) == []


async def test_a_model_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.draft_persona.DEADLINE_S", 0.3)

    drafted, _, _ = await drafted_by(hangs)

    assert drafted.error is not None
    assert drafted.error.code == "timeout"


async def test_a_drafts_id_is_free() -> None:
    house = House(a_draft(), library=FolderPersonas(builtin_personas()))
    first = await house.desk.draft(WISH)
    await house.desk.save(first.source, id_=first.id)

    second = await house.desk.draft(WISH)

    assert (first.id, second.id) == ("reader-of-costs", "reader-of-costs-2")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Reader of Costs!", "reader-of-costs"),
        ("費用の読み手", "my-reader"),
        ("2nd look", "nd-look"),
        ("draft", "draft-2"),
        ("a" * 100, "a" * 60),
        ("taken", "taken-3"),
    ],
)
def test_any_name_makes_an_id_that_is_free(wanted: str, expected: str) -> None:
    assert free_id(wanted, {"taken", "taken-2"}) == expected
