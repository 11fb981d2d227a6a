"""Texts to search through: written with their record, gone with it, found in memory and in SQL alike."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path

import pytest
from server.adapters import search_looking
from server.adapters.database import Database
from server.adapters.stores import SqlUnitOfWorkFactory
from server.domain.ids import LOCAL_WORKSPACE, RunId, WorkspaceId
from server.domain.papers import PaperStatus
from server.domain.searching import HitKind, fold, paper_text
from sqlalchemy import text

from builders import a_comparison, a_finished_run, a_paper, a_queued_run, an_identity
from storage import STORAGES, Storage, opened

pytestmark = pytest.mark.anyio


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened(request.param, tmp_path) as storage:
        yield storage


async def find(
    storage: Storage,
    *words: str,
    kind: HitKind = HitKind.RUN,
    limit: int = 9,
    cursor: str | None = None,
    personas: Mapping[str, Collection[str]] | None = None,
    workspace: WorkspaceId = LOCAL_WORKSPACE,
) -> Sequence[str]:
    async with storage.unit_of_work() as uow:
        found = await uow.search.find(
            workspace,
            [fold(w) for w in words],
            kind=kind,
            limit=limit,
            cursor=cursor,
            personas=personas or {},
        )
    return [f.id for f in found]


async def put(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        await uow.search.put(paper_text(a_paper(), an_identity()))
        await uow.commit()


@pytest.mark.parametrize("word", ["率", "効率", "の効率", "省"])
async def test_a_word_is_found_however_short_and_at_the_very_end_of_a_text(
    storage: Storage, word: str
) -> None:
    await storage.has(a_paper(), a_finished_run(answer={"what": "省電力の効率"}))

    assert len(await find(storage, word)) == 1
    assert await find(storage, word + "x") == []


async def test_a_word_that_many_runs_have_finds_the_newest_first(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_looking, "MANY", 2)
    many = [a_finished_run(id=RunId(f"run-{n}"), answer={"what": f"精度は {n} 回目"}) for n in range(5)]
    await storage.has(a_paper(), *many)

    for word in ("精度は", "精度"):
        assert await find(storage, word, limit=3) == ["run-4", "run-3", "run-2"]
        assert await find(storage, word, "3 回", limit=3) == ["run-3"]


async def test_a_run_is_found_by_its_answer_once_it_is_finished(storage: Storage) -> None:
    queued = a_queued_run(answer=None)
    await storage.has(a_paper(), queued)
    assert await find(storage, "精度") == []

    async with storage.unit_of_work() as uow:
        await uow.runs.save(
            queued.finish(answer={"novelty": "認識の精度が上がる。", "list": [{"why": "Speed"}]})
        )
        await uow.commit()

    assert await find(storage, "精度") == [queued.id]  # two characters: fewer than a trigram
    assert await find(storage, "認識の精") == [queued.id]
    assert await find(storage, "SPEED", "精") == [queued.id]
    assert await find(storage, "speed", "遅い") == []


async def test_what_is_not_committed_is_not_found(storage: Storage) -> None:
    await storage.has(a_paper())
    async with storage.unit_of_work() as uow:
        await uow.runs.add(a_finished_run(answer={"a": "unheard of"}))

    assert await find(storage, "unheard") == []


async def test_a_paper_is_found_by_title_author_and_file_name(storage: Storage) -> None:
    await storage.has(a_paper(filename="vLLM_notes.pdf"))
    async with storage.unit_of_work() as uow:
        await uow.search.put(paper_text(a_paper(filename="vLLM_notes.pdf"), an_identity()))
        await uow.commit()

    for word in ("Prefix Reuse", "yomikurabe", "vllm_", "2026"):
        assert await find(storage, word, kind=HitKind.PAPER) == [a_paper().id]
    assert await find(storage, "vllm%", kind=HitKind.PAPER) == []
    assert await find(storage, "vllmxnotes", kind=HitKind.PAPER) == []


async def test_runs_and_comparisons_have_the_words_of_their_paper_too(storage: Storage) -> None:
    runs = [a_finished_run(id=RunId(f"run-{n}"), answer={"a": f"answer {n}"}) for n in (1, 2)]
    comparison = a_comparison(runs)
    await storage.has(a_paper(), *runs, comparison)
    await put(storage)

    assert await find(storage, "prefix", "answer 2") == ["run-2"]
    assert await find(storage, "answer 1", "answer 2", kind=HitKind.COMPARISON) == [comparison.id]
    assert await find(storage, "answer 3", kind=HitKind.COMPARISON) == []
    assert await find(storage, "answer", kind=HitKind.PAPER) == []


async def test_runs_are_found_by_what_their_reader_is_called(storage: Storage) -> None:
    run = a_finished_run()
    comparison = a_comparison([run, a_finished_run(id=RunId("run-2"))])
    await storage.has(a_paper(), run, a_finished_run(id=RunId("run-2")), comparison)
    called = {"要約": {run.persona.id}}

    assert await find(storage, "要約", personas=called) == ["run-2", run.id]
    assert await find(storage, "要約", kind=HitKind.COMPARISON, personas=called) == [comparison.id]
    assert await find(storage, "要約", personas={"要約": set()}) == []


async def test_the_newest_comes_first_page_by_page(storage: Storage) -> None:
    runs = [a_finished_run(id=RunId(f"run-{n}"), answer={"a": "same"}) for n in range(1, 6)]
    await storage.has(a_paper(), *runs)

    assert await find(storage, "same", limit=2) == ["run-5", "run-4"]
    assert await find(storage, "same", limit=2, cursor="run-4") == ["run-3", "run-2"]


async def test_what_is_corrected_is_found_in_its_new_words_only(storage: Storage) -> None:
    await storage.has(a_paper())
    await put(storage)
    async with storage.unit_of_work() as uow:
        await uow.search.put(paper_text(a_paper(), an_identity(title=None)))
        await uow.commit()

    assert await find(storage, "prefix reuse", kind=HitKind.PAPER) == []


@pytest.mark.parametrize("gone", ["run", "paper"])
async def test_what_is_deleted_is_not_found(storage: Storage, gone: str) -> None:
    run = a_finished_run(answer={"a": "findable"})
    await storage.has(a_paper(), run)
    async with storage.unit_of_work() as uow:
        await (uow.runs.delete(run.id) if gone == "run" else uow.papers.delete(a_paper().id))
        await uow.commit()

    assert await find(storage, "findable") == []
    async with storage.unit_of_work() as uow:
        assert await uow.search.of([run.id]) == {}


async def test_other_workspaces_are_not_searched(storage: Storage) -> None:
    await storage.has(a_paper(), a_finished_run(answer={"a": "mine"}))

    assert await find(storage, "mine", workspace=WorkspaceId("other")) == []


@pytest.mark.parametrize("word", ['"', 'a"b OR c', "%", "_", "*", "AND", "NEAR(a b)", "'; DROP TABLE runs"])
async def test_no_word_is_a_command(storage: Storage, word: str) -> None:
    said = a_finished_run(id=RunId("run-1"), answer={"a": f"before {word} after"})
    await storage.has(a_paper(), said, a_finished_run(id=RunId("run-2"), answer={"a": "nothing"}))

    assert await find(storage, word) == ["run-1"]


async def test_what_has_no_text_yet_is_missing(storage: Storage) -> None:
    await storage.has(a_paper(status=PaperStatus.READY), a_finished_run())
    async with storage.unit_of_work() as uow:
        assert [record.id for record in await uow.search.missing(LOCAL_WORKSPACE, limit=9)] == [a_paper().id]
        assert await uow.search.missing(WorkspaceId("other"), limit=9) == []


async def test_the_index_of_trigrams_stays_in_step_and_is_used(tmp_path: Path) -> None:
    file = tmp_path / "yomi.db"
    database = Database(f"sqlite:///{file}")
    await database.upgrade()
    storage = SqlUnitOfWorkFactory(database)
    async with storage() as uow:
        await uow.papers.add(a_paper())
        await uow.runs.add(a_finished_run(answer={"a": "indexed words"}))
        await uow.commit()
    async with database.transaction() as transaction:
        await transaction.write(text("INSERT INTO search_index (search_index) VALUES ('integrity-check')"))
        await transaction.commit()
    async with storage() as uow:
        await uow.papers.delete(a_paper().id)
        await uow.commit()
    await database.close()

    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO search_index (search_index) VALUES ('integrity-check')")
        assert connection.execute("SELECT count(*) FROM search_index('indexed')").fetchone() == (0,)
    connection.close()
