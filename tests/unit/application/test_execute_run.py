"""Executing a run: what is told while it goes on, and what is kept of it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.scripted_engine import Script, ScriptedEngine
from server.application.leases import LEASE
from server.domain.errors import (
    ContentFilterError,
    RateLimitedError,
    RefusedError,
    RunError,
    RunTimeoutError,
    TruncatedError,
    UnavailableError,
)
from server.domain.extractions import Notice
from server.domain.fields import Length
from server.domain.models import EXTRACTIVE, Prices
from server.domain.papers import Problem
from server.domain.runs import Attempt, RunStatus, Usage
from server.domain.statements import IdentityVerdict, StatementStatus

from builders import TITLE, a_field, a_model, a_persona
from house import PAGED, QUOTE, House, ListedPersonas, a_wire_answer, statement, until

pytestmark = pytest.mark.anyio

FIELDS = ["field /header", "field /what", "field /discussion", "field /next_papers"]
OTHER = {"title": "Deep Energy Saving for Buildings", "authors": "A. Author", "year": 2020}


def pieces(answer: dict[str, Any], size: int = 7) -> list[str]:
    text = json.dumps(answer, ensure_ascii=False)
    return [text[at : at + size] for at in range(0, len(text), size)]


async def test_events_come_in_order_and_the_run_is_kept_whole() -> None:
    house = House(Script(pieces(a_wire_answer()), usage=Usage(600, 500, 300)))

    run = await house.executed()

    assert house.told(run) == ["started", "progress waiting", "progress asking", *FIELDS, "finished finished"]
    assert [event.id for event in house.events_of(run)] == list(range(1, 9))
    assert run.status is RunStatus.FINISHED
    assert run.answer == {
        "header": {"title": TITLE, "authors": "Yomikurabe Project", "year": 2026},
        "what": "It places the paper first.",
        "discussion": "Readers take turns.",
        "next_papers": [{"title": PAGED, "why": "It shares prefixes."}],
    }
    assert run.grounding
    assert run.grounding.identity is IdentityVerdict.CONFIRMED
    assert run.input
    assert (run.input.billed_tokens, run.input.pages_read) == (600, (1, 2, 3))
    assert (run.attempts, run.error, run.lease_until) == ((Attempt("ok", 0),), None, None)


async def test_a_field_is_told_only_when_it_is_closed_and_grounded() -> None:
    answer = a_wire_answer()
    text = json.dumps(answer)
    middle = text.index('"discussion"')
    house = House(Script([text[:middle], text[middle:]], delay_s=0.02))
    run = await house.a_run()

    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: "field /header" in house.told(run))
    told_in_the_middle = house.told(run)
    await going

    # `what` is written whole, but only what follows it proves that.
    assert told_in_the_middle[-1] == "field /header"
    what = next(event for event in house.events_of(run) if event.data.get("path") == "/what")
    assert what.data["value"] == "It places the paper first."
    assert [s["status"] for s in what.data["statements"]] == ["supported"]
    assert what.data["statements"][0]["evidence"][0]["page"] == 1


async def test_what_the_stream_did_not_close_is_told_at_the_end() -> None:
    run_text = f"Here you are:\n```json\n{json.dumps(a_wire_answer())}\n```\nAnything else?"
    house = House(Script(run_text))

    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert [name for name in house.told(run) if name.startswith("field")] == FIELDS


async def test_one_repair_is_asked_for_with_what_was_wrong() -> None:
    wrong = {k: v for k, v in a_wire_answer().items() if k != "discussion"}
    house = House(
        Script(wrong, usage=Usage(600, 0, 200)), Script(a_wire_answer(), usage=Usage(700, 600, 100))
    )

    run = await house.executed()

    first, second = house.engine.questions
    assert first.repair is None
    assert second.repair
    assert json.loads(second.repair.previous) == wrong
    assert second.repair.messages == ("/: 'discussion' is missing",)
    assert house.told(run) == [
        "started",
        "progress waiting",
        "progress asking",
        "field /header",
        "field /what",
        "reset",
        "progress repairing",
        "progress asking",
        *FIELDS,
        "finished finished",
    ]
    assert next(e.data for e in house.events_of(run) if e.name == "reset") == {"attempt": 2}
    assert run.attempts == (Attempt("ok", 0), Attempt("ok", 0))
    assert run.usage == Usage(1300, 600, 300)
    assert run.input
    assert run.input.billed_tokens == 600, "of the first call: the sum of two says nothing about one prompt"


async def test_an_answer_still_wrong_after_the_repair_is_no_answer() -> None:
    house = House(Script('{"what": 3}'))

    run = await house.executed()

    assert run.status is RunStatus.FAILED
    assert run.error
    assert run.error.code == "answer_invalid"
    assert {"path": "/what", "message": "must be array"} in run.error.data["errors"]
    assert (run.answer, run.statements, len(house.engine.questions)) == (None, (), 2)
    assert house.told(run)[-1] == "finished failed"


async def test_an_answer_about_another_paper_is_aborted_while_it_is_written() -> None:
    house = House(Script(pieces(a_wire_answer(header=OTHER))))

    run = await house.executed()

    assert run.error == Problem("wrong_paper", {})
    assert (run.answer, run.statements, run.grounding) == (None, (), None)
    assert run.rejected_answer == {"header": OTHER}, "as the model said it, not as the paper prints it"
    assert run.attempts == (Attempt("wrong_paper", 0),)
    assert house.engine.abandoned == 1
    assert "field /what" not in house.told(run)
    assert run.response
    assert len(run.response) < len(json.dumps(a_wire_answer(header=OTHER)))


async def test_a_paper_that_the_persona_does_not_ask_about_is_checked_all_the_same() -> None:
    other = {"_paper": {"title": OTHER["title"], "authors": OTHER["authors"]}, "abstract": [], "methods": []}
    house = House(Script(pieces({**other, "limitations": []})))

    run = await house.executed("interpreter")

    assert run.error == Problem("wrong_paper", {})
    assert house.engine.abandoned == 1
    assert not any("_paper" in name for name in house.told(run))


async def test_identity_that_says_nothing_fails_no_run() -> None:
    house = House(a_wire_answer(header={"title": None, "authors": None, "year": None}))

    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert run.answer
    assert run.answer["header"]["title"] == TITLE
    assert run.grounding
    assert run.grounding.identity is IdentityVerdict.UNKNOWN


async def test_a_reader_sees_the_papers_own_identity_whatever_the_model_says() -> None:
    house = House(a_wire_answer(header={"title": TITLE, "authors": "Someone Else", "year": 1999}))

    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert run.answer
    assert run.answer["header"] == {"title": TITLE, "authors": "Yomikurabe Project", "year": 2026}
    assert [n.code for n in run.warnings] == ["identity_doubtful"]
    doubted = [s.path for s in run.statements if s.status is StatementStatus.PARTLY]
    assert doubted == ["/header/authors", "/header/year"]
    assert house.told(run)[-2:] == ["warning", "finished finished"]


async def test_corrections_made_by_a_person_decide_which_paper_it_is() -> None:
    house = House(a_wire_answer(header={**OTHER}))
    paper_id = await house.a_ready_paper()
    await house.change.correct_paper(paper_id, {"title": OTHER["title"], "authors": ("A. Author",)})

    run = await house.executed(paper_id=paper_id)

    assert run.status is RunStatus.FINISHED
    assert run.answer
    assert run.answer["header"] == {"title": OTHER["title"], "authors": "A. Author", "year": 2026}


async def test_an_answer_without_one_true_quote_is_ungrounded() -> None:
    invented = "It saves 30 % of the energy that buildings need."
    house = House(
        a_wire_answer(
            what=[statement("It saves energy.", invented)],
            discussion=[statement("Nothing is said.")],
            next_papers=[],
        )
    )

    run = await house.executed()

    assert run.error == Problem("ungrounded", {})
    assert run.answer is None
    assert run.rejected_answer
    assert run.rejected_answer["what"] == "It saves energy."


async def test_an_answer_that_states_nothing_is_not_ungrounded() -> None:
    house = House(a_wire_answer(what=[], discussion=[], next_papers=[]))

    run = await house.executed()

    assert run.status is RunStatus.FINISHED
    assert run.answer
    assert (run.answer["what"], run.answer["next_papers"]) == (None, None)


@pytest.mark.parametrize(
    "error",
    [
        TruncatedError(),
        RefusedError(),
        ContentFilterError(),
        RateLimitedError(),
        RunTimeoutError(seconds=60),
        UnavailableError(host="127.0.0.1:8080"),
    ],
    ids=lambda error: error.code,
)
async def test_what_ends_a_call_ends_the_run_with_its_name_and_attempts(error: RunError) -> None:
    half = json.dumps(a_wire_answer())[:200]
    house = House(Script(half, restarts=["{"], error=error))

    run = await house.executed()

    assert run.error == Problem(error.code, error.data)
    assert run.attempts == (Attempt("unavailable", 0), Attempt(error.code, 0))
    assert (run.answer, run.rejected_answer, run.statements) == (None, None, ())
    assert len(house.engine.questions) == 1, "no repair is asked for"
    assert run.finished_at == house.memory.clock.now()


async def test_a_failed_repair_ends_the_run_as_that_call_ended() -> None:
    house = House({}, RateLimitedError())

    run = await house.executed()

    assert run.error == Problem("rate_limited", {})
    assert run.attempts == (Attempt("ok", 0), Attempt("rate_limited", 0))


async def test_a_call_made_again_takes_back_what_it_had_said() -> None:
    first = json.dumps(a_wire_answer())[:400]
    house = House(Script(a_wire_answer(), restarts=[first, first]))

    run = await house.executed()

    told = house.told(run)
    assert told[3:8] == ["field /header", "field /what", "reset", "field /header", "field /what"]
    assert told[-5:] == [*FIELDS, "finished finished"]
    assert [e.data["attempt"] for e in house.events_of(run) if e.name == "reset"] == [2, 3]
    assert run.attempts == (Attempt("unavailable", 0), Attempt("unavailable", 0), Attempt("ok", 0))
    assert len([s for s in run.statements if s.path == "/what"]) == 1


async def test_a_cancelled_run_keeps_nothing_and_closes_the_call() -> None:
    house = House(Script(pieces(a_wire_answer()), delay_s=0.01))
    run = await house.a_run()
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: "field /header" in house.told(run))

    await house.change.cancel_run(run.id)
    going.cancel()
    with suppress(asyncio.CancelledError):
        await going

    kept = house.kept(run)
    assert kept.status is RunStatus.CANCELLED
    assert kept.error == Problem("cancelled", {})
    assert (kept.answer, kept.statements, kept.rejected_answer) == (None, (), None)
    assert house.engine.abandoned == 1
    assert house.told(run)[-1] == "finished cancelled"
    await house.execute(run.id)
    assert len(house.engine.questions) == 1, "what is over is not taken up again"


async def test_a_run_whose_process_stops_is_handed_on_and_starts_afresh() -> None:
    house = House(Script(pieces(a_wire_answer()), delay_s=0.01), a_wire_answer())
    run = await house.a_run()
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: "field /header" in house.told(run))

    going.cancel()
    with suppress(asyncio.CancelledError):
        await going
    handed_back = house.kept(run)
    await house.another_executor()(run.id)

    assert (handed_back.status, handed_back.lease_until) == (RunStatus.QUEUED, None)
    assert house.kept(run).status is RunStatus.FINISHED
    assert house.kept(run).fence == 2
    told = house.told(run)
    assert told[told.index("reset") :] == [
        "reset",
        "started",
        "progress waiting",
        "progress asking",
        *FIELDS,
        "finished finished",
    ]


async def test_a_run_is_handed_on_whenever_the_process_stops() -> None:
    house = House(a_wire_answer())
    run = await house.a_run()
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: house.kept(run).status is RunStatus.RUNNING)

    going.cancel()  # as soon as it is claimed
    with suppress(asyncio.CancelledError):
        await going

    assert house.kept(run).status is RunStatus.QUEUED


async def test_only_one_executor_takes_a_run() -> None:
    house = House(Script(pieces(a_wire_answer(), 100)))
    run = await house.a_run()

    await asyncio.gather(house.execute(run.id), house.another_executor()(run.id))

    assert len(house.engine.questions) == 1
    assert house.told(run).count("started") == 1


async def test_a_result_that_comes_after_a_takeover_is_discarded() -> None:
    slow = a_wire_answer(what=[statement("The late one.", QUOTE)])
    house = House(Script(pieces(slow, 40), delay_s=0.01), a_wire_answer())
    run = await house.a_run()
    late = asyncio.create_task(house.execute(run.id))
    await until(lambda: house.engine.questions)

    house.memory.clock.advance(31)  # the lease has passed: another process takes the run
    await house.another_executor()(run.id)
    finished = house.told(run).count("finished finished")
    await late

    kept = house.kept(run)
    assert kept.answer
    assert kept.answer["what"] == "It places the paper first."
    assert (kept.fence, finished) == (2, 1)
    assert house.told(run).count("finished finished") == 1


async def test_a_lease_in_force_keeps_others_away() -> None:
    house = House(Script(pieces(a_wire_answer(), 60), delay_s=0.01))
    run = await house.a_run()
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: house.engine.questions)

    house.memory.clock.advance(LEASE.total_seconds() - 1)
    await house.another_executor()(run.id)
    await going

    assert len(house.engine.questions) == 1
    assert house.kept(run).fence == 1


async def test_the_lease_is_renewed_and_survives_a_storage_that_falters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.application.leases.RENEW_EVERY_S", 0.01)
    house = House(Script(pieces(a_wire_answer(), 100), delay_s=0.02))
    run = await house.a_run()
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: house.engine.questions)
    first = house.kept(run).lease_until
    house.memory.clock.advance(20)
    await until(lambda: house.kept(run).lease_until != first)
    renewed = house.kept(run).lease_until

    falter = house.memory.unit_of_work
    failures = []

    def fails_once() -> Any:
        if not failures:
            failures.append("failed")
            raise OSError
        return falter()

    object.__setattr__(house.execute, "unit_of_work", fails_once)
    await going

    assert first
    assert renewed
    assert (renewed - first).total_seconds() == 20
    assert failures == ["failed"]
    assert house.kept(run).status is RunStatus.FINISHED


async def test_a_bug_ends_the_run_and_keeps_no_message() -> None:
    house = House()
    run = await house.a_run()

    async def forgets(*_: object) -> None:
        message = "text of the paper"
        raise KeyError(message)

    object.__setattr__(house.execute, "extractions", type("Broken", (), {"get": forgets})())
    await house.execute(run.id)

    kept = house.kept(run)
    assert (kept.status, kept.error) == (RunStatus.FAILED, Problem("internal", {}))
    assert house.told(run)[-1] == "finished failed"


async def test_a_model_that_is_no_longer_offered_ends_the_run() -> None:
    house = House()
    run = await house.a_run()
    house.models._models = {"other": (a_model("other"), house.engine)}

    await house.execute(run.id)

    error = house.kept(run).error
    assert error == Problem("not_found", {"kind": "model", "id": "scripted", "nearest": "other"})


async def test_a_paper_too_long_for_the_model_is_not_sent() -> None:
    house = House(context_window=500)

    run = await house.executed()

    assert run.error
    assert run.error.code == "context_too_long"
    assert run.error.data["window"] == 500
    assert house.engine.questions == []


async def test_a_deleted_run_leaves_nothing_behind() -> None:
    house = House(Script(pieces(a_wire_answer()), delay_s=0.005))
    run = await house.a_run()
    going = asyncio.create_task(house.execute(run.id))
    await until(lambda: "field /header" in house.told(run))

    await house.change.delete_run(run.id)
    await going

    assert house.events_of(run) == []
    assert house.engine.abandoned == 1


async def test_an_answer_longer_than_asked_is_noticed_and_kept() -> None:
    fields = (a_field("what", label=a_field().label, length=Length(en=(1, 2))), a_field("novelty"))
    said = "one two three four five"
    wire = {
        "_paper": {"title": TITLE, "authors": None},
        "what": [statement(said, QUOTE)],
        "novelty": [],
    }
    house = House(wire, library=ListedPersonas(a_persona("short", fields=fields)))

    run = await house.executed("short", language="en")

    label = fields[0].label.en
    assert run.warnings == (Notice("too_long_answer", data={"field": label, "length": 5, "limit": 2}),)
    assert run.answer == {"what": said, "novelty": None}


async def test_the_cost_is_counted_where_prices_are_known() -> None:
    house = House(
        Script(a_wire_answer(), usage=Usage(1_000_000, 400_000, 100_000)),
        prices=Prices(input=2.0, output=10.0, cached_input=0.5),
    )

    run = await house.executed()

    assert run.usage.cost_usd == pytest.approx(0.6 * 2.0 + 0.4 * 0.5 + 0.1 * 10.0)


async def test_no_cost_is_made_up() -> None:
    priced = House(a_wire_answer(), prices=Prices(input=2.0, output=10.0))
    unpriced = House(Script(a_wire_answer(), usage=Usage(1000, 0, 10)))

    runs = [await priced.executed(), await unpriced.executed()]

    assert [run.usage.cost_usd for run in runs] == [None, None]


async def test_a_server_that_bills_for_a_part_of_the_paper_is_noticed() -> None:
    house = House(Script(a_wire_answer(), usage=Usage(40, 0, 100)))

    run = await house.executed()

    assert run.input
    assert run.input.truncated
    assert [n.code for n in run.warnings] == ["input_truncated"]


async def test_without_a_model_the_answer_is_in_the_papers_language_and_says_so() -> None:
    house = House(models=[(a_model(EXTRACTIVE, default=False), ExtractiveEngine())])

    asked = await house.executed(model=EXTRACTIVE, language="ja")
    unasked = await house.executed(model=EXTRACTIVE)

    assert (asked.status, asked.language) == (RunStatus.FINISHED, "en")
    notice = Notice("language_not_applied", data={"actual": "en", "asked": "ja"})
    assert notice in asked.warnings
    assert unasked.language == "en"
    assert [n.code for n in unasked.warnings if n.code == "language_not_applied"] == []


async def test_the_second_reader_waits_for_the_first() -> None:
    engine = Overlapping(a_wire_answer())
    house = House(models=[(a_model("one"), engine)])
    paper_id = await house.a_ready_paper()
    runs = [await house.a_run(paper_id=paper_id, model="one", fresh=True) for _ in range(3)]

    await asyncio.gather(*(house.execute(run.id) for run in runs))

    assert engine.most_at_once == 1
    assert [house.kept(run).status for run in runs] == [RunStatus.FINISHED] * 3


async def test_where_the_cache_is_shared_the_next_starts_at_the_first_token() -> None:
    engine = Overlapping(a_wire_answer())
    house = House(models=[(a_model("one", shares_cache=True), engine)])
    paper_id = await house.a_ready_paper()
    runs = [await house.a_run(paper_id=paper_id, model="one", fresh=True) for _ in range(3)]

    await asyncio.gather(*(house.execute(run.id) for run in runs))

    assert engine.most_at_once == 3
    assert engine.most_before_first_token == 1


class Overlapping(ScriptedEngine):
    """Counts how many questions are in work at once, and how many before their first piece."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(Script(pieces(answer, 200), delay_s=0.01))
        self.now = self.before_first = self.most_at_once = self.most_before_first_token = 0

    async def ask(self, question: Any) -> Any:
        self.now += 1
        self.before_first += 1
        self.most_at_once = max(self.most_at_once, self.now)
        self.most_before_first_token = max(self.most_before_first_token, self.before_first)
        waiting = True
        try:
            async for event in super().ask(question):
                if waiting:
                    waiting = False
                    self.before_first -= 1
                yield event
        finally:
            self.now -= 1
