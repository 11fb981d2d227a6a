"""Runs whose answer several readings make: who reads, what is told, kept and counted, and what failing members cost."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.application.ports import Question
from server.domain.ensembles.lineup import Ensemble, Merge, Over, ensemble_of
from server.domain.errors import InvalidRequestError, NotFoundError, RefusedError
from server.domain.fields import FieldType
from server.domain.models import EngineKind, Prices
from server.domain.personas import Part, Role
from server.domain.runs import RunSettings, RunStatus, Usage

from builders import a_field, a_model, a_persona
from house import SECOND_QUOTE, House, ListedPersonas, a_wire_answer, statement, until

pytestmark = pytest.mark.anyio

THREE = RunSettings(ensemble=3)
INVENTED = statement("It saves 41% of all energy in Atlantis.", "Energy fell by 41% in Atlantis.")


def off_the_mark() -> dict[str, Any]:
    """True about the paper, but for one sentence that nothing in the paper proves. Asked to mend it, a model that says
    so twice has said so."""
    return a_wire_answer(what=[INVENTED])


def voices() -> list[str]:
    """Nothing but what tells the prompts of two personas apart."""
    return ["Answer briefly.", "Answer as a reviewer."]


def personas_with_voices(**changes: Any) -> ListedPersonas:
    brief, reviewer = (
        (
            Part(
                Role.USER, None, f"{voice} {{% for field in fields %}}{{{{ field.label }}}} {{% endfor %}}", 1
            ),
        )
        for voice in voices()
    )
    own = a_persona(parts=brief, **changes)
    return ListedPersonas(own, a_persona("interpreter", parts=reviewer))


async def test_a_minority_without_evidence_has_no_say() -> None:
    house = House(a_wire_answer(), off_the_mark(), off_the_mark(), a_wire_answer())

    run = await house.executed(settings=THREE)

    assert run.status == "finished"
    assert run.answer
    assert run.answer["what"] == "It places the paper first."
    assert [member.answer["what"] for member in run.members if member.answer] == [
        "It places the paper first.",
        "It saves 41% of all energy in Atlantis.",
        "It places the paper first.",
    ]


async def test_the_answer_is_what_unanimous_members_say() -> None:
    alone, together = House(a_wire_answer()), House(a_wire_answer())

    one = await alone.executed()
    three = await together.executed(settings=THREE)

    assert three.answer == one.answer
    assert three.statements == one.statements
    assert three.grounding == one.grounding


async def test_how_many_say_so_is_told_for_each_statement() -> None:
    house = House(a_wire_answer(), off_the_mark(), off_the_mark(), a_wire_answer())

    run = await house.executed(settings=THREE)

    assert {a.path: (a.agree, a.of) for a in run.agreement} == {
        "/what": (2, 3),
        "/discussion": (3, 3),
        "/next_papers/0/title": (3, 3),
        "/next_papers/0/why": (3, 3),
    }


async def test_samples_differ_by_seed_and_are_drawn_with_chance() -> None:
    house = House()

    await house.executed(settings=RunSettings(ensemble=3, seed=40))

    asked = [question.settings for question in house.engine.questions]
    assert [(one.seed, one.temperature) for one in asked] == [(40, 0.7), (41, 0.7), (42, 0.7)]
    assert all(one.ensemble is None for one in asked)


async def test_a_temperature_that_was_set_holds_for_samples_too() -> None:
    house = House()

    await house.executed(settings=RunSettings(ensemble=2, temperature=0.2))

    assert {question.settings.temperature for question in house.engine.questions} == {0.2}


async def test_two_runs_draw_other_samples_unless_a_seed_was_set() -> None:
    house = House()

    first = await house.executed(settings=THREE)
    again = await house.executed(settings=THREE, fresh=True)

    assert not {m.seed for m in first.members} & {m.seed for m in again.members}


async def test_every_member_is_sent_the_same_prompt_up_to_the_questions() -> None:
    house = House(library=personas_with_voices())

    await house.executed(settings=RunSettings(over="personas", members="interpreter"))

    first, second = (question.prompt for question in house.engine.questions)
    assert (first.rules, first.paper) == (second.rules, second.paper)
    assert [voice in prompt.persona for voice, prompt in zip(voices(), (first, second), strict=True)] == [
        True
    ] * 2


async def test_personas_lend_their_words_and_not_their_questions() -> None:
    house = House(library=personas_with_voices())

    run = await house.executed(settings=RunSettings(over="personas", members="interpreter"))

    assert [member.persona.id for member in run.members] == ["summarizer", "interpreter"]
    assert {question.persona.id for question in house.engine.questions} == {"summarizer"}
    assert all("What is it?" in question.prompt.persona for question in house.engine.questions)
    assert all("Limitations" not in question.prompt.persona for question in house.engine.questions)


async def test_more_members_than_personas_go_round_by_chance() -> None:
    house = House(library=personas_with_voices())

    run = await house.executed(
        settings=RunSettings(ensemble=3, over="personas", members="interpreter", seed=7)
    )

    told = [(member.persona.id, member.seed, member.temperature) for member in run.members]
    assert told == [("summarizer", 7, None), ("interpreter", 7, None), ("summarizer", 9, 0.7)]


async def test_models_read_beside_each_other() -> None:
    other = ScriptedEngine(a_wire_answer())
    house = House(a_wire_answer(), models=[(a_model("other"), other)])

    run = await house.executed(settings=RunSettings(over="models", members="other"))

    assert [member.model for member in run.members] == ["scripted", "other"]
    assert (len(house.engine.questions), len(other.questions)) == (1, 1)
    assert run.status == "finished"


async def test_a_persona_says_by_a_line_that_it_is_an_ensemble() -> None:
    library = ListedPersonas(a_persona(ensemble=Ensemble(runs=2)))
    house = House(library=library)

    run = await house.executed()

    assert len(run.members) == 2


async def test_a_setting_of_one_turns_an_ensemble_off() -> None:
    house = House(library=ListedPersonas(a_persona(ensemble=Ensemble(runs=5))))

    run = await house.executed(settings=RunSettings(ensemble=1))

    assert run.members == ()
    assert len(house.engine.questions) == 1


async def test_nothing_of_an_answer_is_told_before_all_are_heard() -> None:
    house = House(off_the_mark(), off_the_mark(), a_wire_answer())

    run = await house.executed(settings=THREE)

    told = house.told(run)
    last_asked = max(i for i, name in enumerate(told) if name == "progress asking")
    fields = [i for i, name in enumerate(told) if name.startswith("field")]
    assert fields
    assert min(fields) > last_asked
    assert [name for name in told if name.startswith("reset")] == []


async def test_whoever_follows_is_told_which_member_is_asked() -> None:
    house = House()

    run = await house.executed(settings=THREE)

    asked = [e.data for e in house.events_of(run) if e.data.get("stage") == "asking"]
    assert [(d["member"], d["done"], d["total"]) for d in asked] == [(1, 0, 3), (2, 1, 3), (3, 2, 3)]


async def test_what_all_members_cost_is_counted_and_each_is_kept() -> None:
    used = [Usage(input_tokens=100 * n, output_tokens=10 * n) for n in (1, 2, 3)]
    house = House(
        *(Script(a_wire_answer(), usage=usage) for usage in used), prices=Prices(input=1.0, output=2.0)
    )

    run = await house.executed(settings=THREE)

    assert [member.usage.input_tokens for member in run.members] == [100, 200, 300]
    assert (run.usage.input_tokens, run.usage.output_tokens) == (600, 60)
    assert run.usage.cost_usd == pytest.approx(720 / 1_000_000)
    assert [attempt.outcome for attempt in run.attempts] == ["ok"] * 3
    assert run.input
    assert run.input.billed_tokens == 600
    assert all(
        member.response and member.grounding and member.duration_ms is not None for member in run.members
    )


async def test_a_member_that_fails_costs_a_warning_only() -> None:
    house = House(a_wire_answer(), RefusedError(), a_wire_answer())

    run = await house.executed(settings=THREE)

    assert run.status == "finished"
    assert [member.error and member.error.code for member in run.members] == [None, "refused", None]
    assert [(n.code, n.data) for n in run.warnings] == [("member_failed", {"member": 2, "left": 2})]
    assert {(a.agree, a.of) for a in run.agreement} == {(2, 2)}


async def test_fewer_than_two_answers_are_none() -> None:
    house = House(a_wire_answer(), RefusedError(), RefusedError())

    run = await house.executed(settings=THREE)

    assert run.error
    assert (run.status, run.error.code) == ("failed", "refused")
    assert run.answer is None
    assert [attempt.outcome for attempt in run.attempts] == ["ok", "refused", "refused"]
    assert [bool(member.answer) for member in run.members] == [True, False, False]


async def test_a_member_about_another_paper_has_no_say() -> None:
    elsewhere = a_wire_answer(
        header={"title": "Another Paper Altogether", "authors": "A. Author", "year": 1999}, what=[INVENTED]
    )
    house = House(a_wire_answer(), elsewhere, a_wire_answer())

    run = await house.executed(settings=THREE)

    assert run.status == "finished"
    assert [member.error and member.error.code for member in run.members] == [None, "wrong_paper", None]


async def test_when_most_are_about_another_paper_the_run_is_too() -> None:
    elsewhere = a_wire_answer(
        header={"title": "Another Paper Altogether", "authors": "A. Author", "year": 1999}, what=[INVENTED]
    )
    house = House(elsewhere, elsewhere, a_wire_answer())

    run = await house.executed(settings=THREE)

    assert run.error
    assert run.error.code == "wrong_paper"
    assert run.rejected_answer
    assert run.rejected_answer["header"]["title"] == "Another Paper Altogether"


async def test_lists_are_merged_and_grounded_anew() -> None:
    fields = (a_field("what"), a_field("points", type=FieldType.LIST, max_items=5))
    library = ListedPersonas(a_persona(fields=fields))
    true = {"evidence": [{"quote": SECOND_QUOTE, "page": 2}], "value": "Readers take turns."}
    false = {
        "evidence": [{"quote": "Energy fell by 41%.", "page": 1}],
        "value": "It saves 41% of all energy.",
    }

    def answer(*points: Any) -> dict[str, Any]:
        whole = a_wire_answer()
        return {
            "_paper": {"title": whole["header"]["title"], "authors": None},
            "what": whole["what"],
            "points": list(points),
        }

    house = House(answer(false, true), answer(true), answer(true), library=library)

    run = await house.executed(settings=THREE)

    assert run.answer
    assert run.answer["points"] == ["Readers take turns."]
    assert [(s.path, s.status) for s in run.statements if "points" in s.path] == [("/points/0", "supported")]


async def test_a_second_look_is_taken_at_what_all_agree_on_alone() -> None:
    looks: list[Question] = []

    def play(question: Question) -> dict[str, Any]:
        if "verdicts" in question.wire_schema.get("properties", {}):
            looks.append(question)
        return a_wire_answer()

    house = House(Script(play))

    await house.executed(settings=RunSettings(ensemble=2, second_look=True))

    member_settings = [q.settings.second_look for q in house.engine.questions]
    assert member_settings[:2] == [None, None]


async def test_without_a_model_it_reads_once_and_says_so() -> None:
    extractive = ScriptedEngine(a_wire_answer())
    spec = replace(a_model("extractive"), engine=EngineKind.EXTRACTIVE)
    house = House(models=[(spec, extractive)])

    run = await house.executed(model="extractive", settings=THREE)

    assert run.members == ()
    assert len(extractive.questions) == 1
    assert "ensemble_not_applied" in [notice.code for notice in run.warnings]


async def test_an_ensemble_too_large_for_one_run_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.application.ensemble.MAX_CALLS", 2)
    house = House()

    run = await house.executed(settings=THREE)

    assert run.error
    assert (run.error.code, run.error.data) == ("too_many_calls", {"calls": 3, "most": 2})
    assert house.engine.questions == []


async def test_an_unknown_companion_is_named_before_anything_is_recorded() -> None:
    house = House()

    with pytest.raises(NotFoundError) as refused:
        await house.a_run(settings=RunSettings(over="personas", members="interpretor"))

    assert refused.value.data == {"kind": "persona", "id": "interpretor", "nearest": "interpreter"}
    assert house.memory.kept.runs == {}


async def test_a_file_alone_sends_no_paper_to_another_endpoint() -> None:
    elsewhere = a_model("elsewhere", base_url="https://models.example/v1")
    ensemble = Ensemble(over=Over.MODELS, others=("elsewhere",))
    house = House(
        library=ListedPersonas(a_persona(ensemble=ensemble)),
        models=[(elsewhere, ScriptedEngine(a_wire_answer()))],
    )

    with pytest.raises(InvalidRequestError) as refused:
        await house.a_run()

    assert "members=elsewhere" in refused.value.words.en
    assert "models.example" in refused.value.words.ja
    assert len((await house.a_run(settings=RunSettings(members="elsewhere"))).members) == 2


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (RunSettings(ensemble=3, members="interpreter"), "over=personas"),
        (RunSettings(over="models"), "members=a+b"),
        (RunSettings(over="models", members="extractive"), "extractive is no model"),
    ],
)
async def test_settings_that_do_not_go_together_are_refused(settings: RunSettings, word: str) -> None:
    house = House(models=[(a_model("extractive"), ScriptedEngine())])

    with pytest.raises(InvalidRequestError) as refused:
        await house.a_run(settings=settings)

    assert word in refused.value.words.en


async def test_an_equal_ensemble_is_reused_but_not_one_with_a_changed_companion() -> None:
    house = House(library=personas_with_voices())
    settings = RunSettings(over="personas", members="interpreter")
    await house.executed(settings=settings)

    again = await house.start(await house.a_request(settings=settings))
    library: Any = house.library
    library.personas[1] = replace(library.personas[1], digest="another")
    changed = await house.start(await house.a_request(settings=settings))

    assert (again.reused, changed.reused) == (True, False)


async def test_an_ensemble_is_not_reused_for_a_single_reading() -> None:
    house = House()
    await house.executed(settings=THREE)

    alone = await house.start(await house.a_request())

    assert not alone.reused


async def test_a_run_taken_over_asks_all_members_again() -> None:
    house = House(RefusedError(), RefusedError(), RefusedError(), a_wire_answer())
    run = await house.a_run(settings=THREE)
    await house.execute(run.id)
    failed = house.kept(run)
    house.memory.kept.runs[run.id] = replace(failed, status=RunStatus.QUEUED, error=None)

    await house.execute(run.id)

    assert house.kept(run).status == "finished"
    assert all(member.error is None for member in house.kept(run).members)


def test_settings_win_over_the_persona() -> None:
    own = Ensemble(runs=5, over=Over.PERSONAS, merge=Merge.UNION, others=("keshav", "reviewer"))

    assert ensemble_of(own, RunSettings()) == own
    assert ensemble_of(own, RunSettings(merge="vote")) == replace(own, merge=Merge.VOTE)
    assert ensemble_of(own, RunSettings(over="samples")) == Ensemble(None, Over.SAMPLES, Merge.UNION)
    chosen = ensemble_of(own, RunSettings(members="claims"))
    assert chosen
    assert (chosen.size, chosen.others) == (2, ("claims",))


async def test_stopping_ends_every_call_and_gives_the_run_back() -> None:
    house = House(Script(a_wire_answer(), delay_s=60), shares_cache=True)
    run = await house.a_run(settings=THREE)
    task = asyncio.create_task(house.execute(run.id))
    await until(lambda: house.engine.questions)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert house.engine.abandoned == len(house.engine.questions)
    assert house.kept(run).status == "queued"
    assert [member.error for member in house.kept(run).members] == [None] * 3


async def test_where_a_cache_is_shared_the_next_member_starts_at_the_first_token_of_the_one_before() -> None:
    first_piece, rest = '{"header": ', json.dumps(a_wire_answer())[len('{"header": ') :]
    house = House(Script([first_piece, rest], delay_s=0.05), shares_cache=True)
    run = await house.a_run(settings=THREE)

    await house.execute(run.id)

    asking = [event.data["done"] for event in house.events_of(run) if event.data.get("stage") == "asking"]
    assert asking[:2] == [0, 0]
    assert house.kept(run).status == "finished"
