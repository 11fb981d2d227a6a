"""Looking for runs to take up costs the same however many are over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from server.adapters import tables
from server.domain.runs import RunStatus
from sqlalchemy import Connection, event, insert, text

from builders import NOON, a_paper, a_queued_run
from storage import SQL, opened

pytestmark = pytest.mark.anyio

MANY = 5000


@pytest.mark.parametrize("kind", SQL)
async def test_runs_that_are_over_are_not_looked_at(kind: str, tmp_path: Path) -> None:
    row = {
        "workspace_id": "local",
        "paper_id": "paper-1",
        "persona": "summarizer",
        "status": RunStatus.FINISHED,
        "owner": "server",
        "fence": 1,
        "created_at": 0,
        "document": "{}",
    }
    asked: list[tuple[str, Any]] = []
    async with opened(kind, tmp_path) as storage:
        assert storage.database
        await storage.has(a_paper(), a_queued_run("run-1"))
        async with storage.database.transaction() as transaction:
            rows = [row | {"id": f"over-{number}"} for number in range(MANY)]
            await transaction.begin()
            await transaction.do((await transaction.connected()).execute, insert(tables.runs), rows)
            await transaction.commit()
            await transaction.read(text("ANALYZE"))

        def remember(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
            asked.append((statement, parameters))

        event.listen(storage.database.engine, "before_cursor_execute", remember)
        async with storage.unit_of_work() as uow:
            assert await uow.runs.left_behind(owner="server", now=NOON) == ["run-1"]
        statement, parameters = next(one for one in asked if "FROM runs" in one[0])

        def plan(connection: Connection) -> str:
            explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
            return str(connection.exec_driver_sql(explain + statement, parameters).fetchall())

        async with storage.database.transaction() as transaction:
            found = await transaction.do(plan, await transaction.connected())

    assert "ix_runs_" in found
    assert "SCAN runs" not in found
    assert "Seq Scan" not in found
