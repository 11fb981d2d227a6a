"""Starting a run: recorded before it is queued, reused where an equal one is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.domain.errors import ConflictError, EncryptedPaperError, NotFoundError
from server.domain.ids import PaperId, WorkspaceId
from server.domain.models import EXTRACTIVE
from server.domain.requests import ReaderRequest
from server.domain.runs import PersonaRef, RunSettings, RunStatus

from builders import a_model, a_persona
from house import PDF, SCRIPTED, House, renamed

pytestmark = pytest.mark.anyio


async def test_the_run_is_visible_before_its_job_is_queued() -> None:
    house = House()
    paper_id = await house.a_ready_paper()
    house.memory.jobs.committed_when_enqueued.clear()

    started = await house.start(await house.a_request(paper_id=paper_id))

    run, persona = started.run, a_persona()
    assert not started.reused
    assert (run.status, run.persona) == (
        RunStatus.QUEUED,
        PersonaRef("summarizer", "1.0.0", persona.digest),
    )
    assert (run.engine, run.model, run.owner) == ("openai", SCRIPTED, "server")
    assert house.memory.jobs.enqueued == [run.id]
    assert house.memory.jobs.committed_when_enqueued == [True]


async def test_an_equal_finished_run_is_reused() -> None:
    house = House()
    run = await house.executed()

    again = await house.start(await house.a_request(paper_id=run.paper_id))

    assert (again.reused, again.run) == (True, run)
    assert house.memory.jobs.enqueued == [run.id]


async def test_a_fresh_run_is_made_and_may_be_reused_itself() -> None:
    house = House()
    run = await house.executed()

    fresh = await house.start(await house.a_request(paper_id=run.paper_id, fresh=True))
    await house.execute(fresh.run.id)
    later = await house.start(await house.a_request(paper_id=run.paper_id))

    assert (fresh.reused, later.reused, later.run.id) == (False, True, fresh.run.id)


async def test_a_repeat_neither_reuses_nor_is_reused() -> None:
    house = House()
    run = await house.executed()

    repeat = await house.start(await house.a_request(paper_id=run.paper_id, fresh=True, repeat=True))
    await house.execute(repeat.run.id)
    later = await house.start(await house.a_request(paper_id=run.paper_id))

    assert (repeat.reused, repeat.run.reuse_key, later.run.id) == (False, None, run.id)


async def test_only_what_is_finished_is_reused() -> None:
    house = House({})
    failed = await house.executed()
    waiting = await house.a_run(paper_id=failed.paper_id)

    third = await house.start(await house.a_request(paper_id=failed.paper_id))

    assert failed.status is RunStatus.FAILED
    assert not third.reused
    assert len({failed.id, waiting.id, third.run.id}) == 3


@pytest.mark.parametrize(
    "difference",
    [
        {"language": "ja"},
        {"model": "other"},
        {"settings": RunSettings(temperature=0.5)},
        {"persona": "interpreter"},
    ],
    ids=lambda difference: next(iter(difference)),
)
async def test_a_run_that_asks_otherwise_is_not_reused(difference: dict[str, object]) -> None:
    house = House()
    house.models._models["other"] = (a_model("other"), house.engine)
    run = await house.executed()

    reader = replace(ReaderRequest("summarizer"), **difference)  # type: ignore[arg-type]
    started = await house.start(replace(await house.a_request(paper_id=run.paper_id), reader=reader))

    assert not started.reused


async def test_a_changed_persona_or_a_corrected_paper_is_read_anew() -> None:
    house = House()
    run = await house.executed()

    await house.change.correct_paper(run.paper_id, {"year": 2025})
    corrected = await house.start(await house.a_request(paper_id=run.paper_id))
    await house.change.correct_paper(run.paper_id, {"year": None})
    house.library.personas[0] = renamed(a_persona())  # type: ignore[attr-defined]
    changed = await house.start(await house.a_request(paper_id=run.paper_id))

    assert (corrected.reused, changed.reused) == (False, False)


async def test_the_language_is_what_the_request_says_then_the_persona_then_the_interface() -> None:
    house = House()
    house.library.personas.append(a_persona("japanese", language="ja"))  # type: ignore[attr-defined]
    paper_id = await house.a_ready_paper()

    async def language(persona: str, **changes: str) -> str:
        return (
            await house.start(await house.a_request(persona, paper_id=paper_id, fresh=True, **changes))
        ).run.language

    assert await language("japanese", language="en", interface_language="en") == "en"
    assert await language("japanese", interface_language="en") == "ja"
    assert await language("summarizer", interface_language="ja") == "ja"
    assert await language("summarizer") == "en"


async def test_without_a_model_the_language_is_the_papers_unless_asked_for() -> None:
    house = House(models=[(a_model(EXTRACTIVE), ExtractiveEngine())])
    house.library.personas.append(a_persona("japanese", language="ja"))  # type: ignore[attr-defined]

    unasked = await house.a_run("japanese", model=EXTRACTIVE)
    asked = await house.a_run("japanese", model=EXTRACTIVE, language="de", paper_id=unasked.paper_id)

    assert (unasked.language, asked.language) == ("", "de")


@pytest.mark.parametrize(
    ("reader", "kind", "nearest"),
    [
        (ReaderRequest("sumarizer"), "persona", "summarizer"),
        (ReaderRequest("summarizer", version="9.9.9"), "persona", None),
        (ReaderRequest("xyzzy"), "persona", None),
        (ReaderRequest("summarizer", model="scriptd"), "model", SCRIPTED),
    ],
    ids=["misspelt", "unknown version", "unknown", "unknown model"],
)
async def test_what_is_unknown_is_named_with_the_nearest(
    reader: ReaderRequest, kind: str, nearest: str | None
) -> None:
    house = House()
    request = replace(await house.a_request(), reader=reader)

    with pytest.raises(NotFoundError) as caught:
        await house.start(request)

    assert (caught.value.data["kind"], caught.value.data["nearest"]) == (kind, nearest)
    assert house.memory.kept.runs == {}


async def test_a_paper_must_be_ready() -> None:
    house = House()
    reading = (await house.ingest(PDF, filename=None)).paper.id
    with pytest.raises(ConflictError, match="being read"):
        await house.a_run(paper_id=reading)

    house.reader.error = EncryptedPaperError()
    await house.read_paper(reading)
    with pytest.raises(ConflictError, match="could not be read"):
        await house.a_run(paper_id=reading)

    with pytest.raises(NotFoundError):
        await house.a_run(paper_id=PaperId("unknown"))
    assert (house.memory.kept.runs, house.memory.jobs.enqueued) == ({}, [])


async def test_a_paper_of_another_workspace_is_not_found() -> None:
    house = House()
    request = replace(await house.a_request(), workspace_id=WorkspaceId("other"))

    with pytest.raises(NotFoundError):
        await house.start(request)
