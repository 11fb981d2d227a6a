"""What a server shows to Prometheus."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from server.adapters.clock import SystemClock
from server.adapters.database import Database
from server.adapters.gate_figures import GateFigures
from server.adapters.prometheus_telemetry import MOST_NAMES, OTHER, PrometheusTelemetry
from server.adapters.queue_figures import QueueFigures, executing_runs, waiting_runs
from server.adapters.stores import SqlUnitOfWorkFactory
from server.application.ports.telemetry import Answered
from server.domain.models import Breaker, GateState, Prices
from server.domain.papers import Problem
from server.domain.runs import RunStatus, Usage
from sqlalchemy import make_url, text
from sqlalchemy.dialects import postgresql, sqlite

import postgres
from builders import a_model, a_paper, a_queued_run, an_extraction

pytestmark = pytest.mark.anyio


class Shown:
    """All samples by name and label values, in whichever order."""

    def __init__(self, figures: PrometheusTelemetry) -> None:
        families = text_string_to_metric_families(figures.exposition("")[0].decode())
        self.samples = {
            (s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples
        }

    def __getitem__(self, key: tuple[str, ...]) -> float | None:
        return self.samples.get((key[0], *sorted(key[1:])))


def offered(**changes: Any) -> Any:
    return a_model(**{"name": "small", "base_url": "http://127.0.0.1:9/v1", **changes})


def test_a_run_is_counted_by_how_it_ended_where_it_was_asked() -> None:
    figures = PrometheusTelemetry(models=[offered()])
    run = a_queued_run(engine="openai", model="small", fence=1)
    run = run.fail(
        Problem("timeout", {}),
        finished_at=run.created_at + timedelta(seconds=7),
        started_at=run.created_at + timedelta(seconds=2),
    )

    with figures.running(run):
        assert Shown(figures)["yomi_runs_executing",] == 1
        figures.run_ended(run)

    seen = Shown(figures)
    assert seen["yomi_runs_total", "timeout", "openai", "small"] == 1
    assert seen["yomi_run_queued_seconds_sum", "openai"] == 2
    assert seen["yomi_run_seconds_sum", "openai", "small"] == 7
    assert seen["yomi_runs_executing",] == 0


def test_a_claim_of_what_was_claimed_before_and_a_run_that_is_let_go_are_counted() -> None:
    figures = PrometheusTelemetry()

    with pytest.raises(KeyboardInterrupt), figures.running(a_queued_run(fence=2)):
        raise KeyboardInterrupt

    assert Shown(figures)["yomi_runs_claimed_again_total",] == 1
    assert Shown(figures)["yomi_runs_let_go_total",] == 1


def test_a_model_that_only_a_caller_named_is_other() -> None:
    figures = PrometheusTelemetry(models=[offered()])

    figures.run_ended(a_queued_run(engine="openai", model="a sentence of the paper"))

    assert "a sentence" not in figures.exposition("")[0].decode()
    assert Shown(figures)["yomi_runs_total", "queued", "openai", OTHER] == 1


def test_no_caller_can_make_rows_without_end() -> None:
    figures = PrometheusTelemetry()

    for number in range(3 * MOST_NAMES):
        figures.answered(Answered(f"BREW{number}", f"/{number}", 404, 0.1))

    rows = [name for name in Shown(figures).samples if name[0] == "yomi_http_requests_total"]
    assert len(rows) == MOST_NAMES + 1
    assert all(OTHER in row for row in rows)


def test_tokens_and_cost_are_those_of_the_calls_that_told_them() -> None:
    spec = offered(prices=Prices(input=2.0, output=10.0, cached_input=1.0))
    figures = PrometheusTelemetry(models=[spec])

    call = figures.call(spec)
    call.first_token()
    call.first_token()
    call.ended("ok", Usage(input_tokens=1_000_000, cached_tokens=500_000, output_tokens=100_000))
    call.ended("cancelled")
    figures.retrying(spec, after="rate_limited", wait_s=1.0)

    seen = Shown(figures)
    place = ("127.0.0.1:9", "small")
    assert seen["yomi_calls_total", "ok", *place] == 1
    assert seen["yomi_calls_total", "cancelled", *place] is None
    assert seen["yomi_call_first_token_seconds_count", *place] == 1
    assert seen["yomi_call_seconds_count", *place] == 1
    assert [seen["yomi_tokens_total", kind, "small"] for kind in ("input", "cached", "output")] == [
        1_000_000,
        500_000,
        100_000,
    ]
    assert seen["yomi_cost_dollars_total", "small"] == pytest.approx(2.5)
    assert seen["yomi_call_retries_total", "rate_limited", *place] == 1


def test_papers_are_counted_by_outcome_with_their_pages() -> None:
    figures = PrometheusTelemetry()
    paper, extraction = a_paper(), an_extraction()

    with figures.reading(paper):
        figures.paper_read(paper, extraction)
    with figures.reading(paper):
        figures.paper_read(paper, Problem("no_text", {}))

    seen = Shown(figures)
    assert seen["yomi_papers_total", "ready"] == 1
    assert seen["yomi_papers_total", "no_text"] == 1
    assert seen["yomi_paper_pages_total",] == len(extraction.pages)
    assert seen["yomi_paper_reading_seconds_count",] == 2


def test_gates_of_one_place_are_one_row_in_the_worst_of_their_states() -> None:
    figures = PrometheusTelemetry(models=[offered(model="wire-name")])
    gates = [
        GateState("127.0.0.1:9", "wire-name", Breaker.CLOSED, limit=8, in_flight=3, waiting=0, retries=0),
        GateState("127.0.0.1:9", "wire-name", Breaker.OPEN, limit=1, in_flight=0, waiting=5, retries=2),
        GateState("127.0.0.1:9", "unheard of", Breaker.HALF_OPEN, limit=2, in_flight=1, waiting=0, retries=0),
    ]
    figures.registry.register(GateFigures(lambda: gates, figures.place))

    seen = Shown(figures)
    place = ("127.0.0.1:9", "small")
    assert [seen["yomi_breaker", *place, s] for s in ("closed", "open", "half_open")] == [0, 1, 0]
    assert [seen[f"yomi_calls_{name}", *place] for name in ("limit", "in_flight", "waiting")] == [9, 3, 5]
    assert seen["yomi_breaker", "127.0.0.1:9", OTHER, "half_open"] == 1


async def test_the_queue_is_what_the_database_holds_for_this_owner(database: Database) -> None:
    clock = SystemClock()
    now = clock.now()
    async with SqlUnitOfWorkFactory(database)() as uow:
        await uow.papers.add(a_paper())
        for number, changes in enumerate(
            (
                {"created_at": now - timedelta(seconds=90)},
                {"created_at": now - timedelta(seconds=30)},
                {"owner": "cli:1"},
                {"status": RunStatus.RUNNING, "lease_until": now + timedelta(seconds=60)},
                {"status": RunStatus.RUNNING, "lease_until": now - timedelta(seconds=60)},
                {"status": RunStatus.FINISHED},
            )
        ):
            await uow.runs.add(a_queued_run(f"run-{number}", **{"created_at": now, **changes}))
        await uow.commit()
    figures = PrometheusTelemetry()
    queue = QueueFigures(database, clock, owner="server")
    figures.registry.register(queue)

    seen_before = Shown(figures)
    await queue.look()
    seen = Shown(figures)

    assert seen_before["yomi_queue_seen",] == 0
    assert seen_before["yomi_queue_runs",] is None
    assert seen["yomi_queue_runs",] == 2
    assert (seen["yomi_queue_oldest_seconds",] or 0) >= 90
    assert seen["yomi_queue_executing",] == 2
    assert seen["yomi_queue_expired_leases",] == 1


async def test_several_looks_in_a_row_ask_the_database_once(database: Database) -> None:
    queue = QueueFigures(database, SystemClock(), owner="server")

    first = await queue.look()
    await database.close()

    assert first is not None
    assert await queue.look() is first


@pytest.mark.parametrize("query", [waiting_runs("server"), executing_runs("server", now=0)])
async def test_the_queue_is_counted_by_an_index_however_many_runs_are_over(
    database: Database, query: Any
) -> None:
    sql = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))

    async with database.transaction() as transaction:
        plan = [str(row[-1]) for row in (await transaction.read(text(f"EXPLAIN QUERY PLAN {sql}"))).all()]

    assert len(plan) == 1
    assert plan[0].startswith("SEARCH runs USING INDEX ix_runs_")


MANY = """
INSERT INTO runs (workspace_id, id, paper_id, persona, status, owner, fence, created_at, document)
SELECT 'local', 'many-' || n, 'paper-1', 'p', 'finished', 'server', 1, n, '{}' FROM generate_series(1, 20000) n
"""


@pytest.mark.parametrize("query", [waiting_runs("server"), executing_runs("server", now=0)])
async def test_postgresql_counts_the_queue_by_an_index_too(query: Any) -> None:
    server = postgres.server()
    url = server.with_tables()
    database = Database(url)
    async with SqlUnitOfWorkFactory(database)() as uow:
        await uow.papers.add(a_paper())
        await uow.commit()
    await database.close()
    name = str(make_url(url).database)
    server.say(MANY, name)
    server.say("ANALYZE runs", name)
    sql = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))

    plan = "\n".join(str(row[0]) for row in server.say(f"EXPLAIN {sql}", name))

    assert re.search(
        r"Index (Only )?Scan using ix_runs_(going|owner_status)|Bitmap Index Scan on ix_runs_", plan
    )
    assert "Seq Scan" not in plan


@pytest.fixture
async def database(tmp_path: Path) -> Any:
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'yomi.db'}")
    await made.upgrade()
    yield made
    await made.close()
