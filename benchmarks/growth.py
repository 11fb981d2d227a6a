"""Grow the tables to 100,000 runs, and see whether lists, reads and searches stay as fast: `python benchmarks/growth.py`.

One sample paper is read by two readers without a model; paper, runs, comparison, events and search texts are then copied
row by row under new ids, two runs and a comparison for every paper. At each size every look is taken through the use
cases, as pages and API take it; the table gives the median of its milliseconds. Then all statements that were said are
explained by the database itself: a plan that walks a whole large table is printed, the others with `--plans`.

    --database sqlite postgres    --sizes 1000 10000 100000

The PostgreSQL of the tests comes without pg_trgm, which searches for rare words need there: give the `--address` of another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table
from server.adapters.clock import UuidIds
from server.application.start_comparison import ComparisonRequest
from server.application.start_run import RunRequest
from server.bootstrap import SERVER, Services, build
from server.domain.ids import ComparisonId, PaperId, RunId
from server.domain.requests import ReaderRequest
from server.domain.runs import RunStatus
from server.settings import Settings
from sqlalchemy import Connection, event, text
from sqlalchemy.util import greenlet_spawn

from cluster import SAMPLES, commit, postgres

LARGE = ("papers", "runs", "comparisons", "candidates", "events", "search_texts")
"""Parents before their children."""
AT_ONCE = 500
WORD = "palimpsest"
"""Stands in the text of one run in a thousand."""
READERS = ("summarizer", "interpreter")
IDS = UuidIds()


class Original:
    """The rows of one paper, to be copied."""

    def __init__(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        self.rows = rows
        self.ids = {row["id"] for name in ("papers", "runs", "comparisons") for row in rows[name]}
        self._ids = re.compile("|".join(re.escape(id_) for id_ in self.ids))

    def copies(self, first: int, count: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Rows for papers number `first` to `first + count`, table by table."""
        renamed = [{id_: IDS.new() for id_ in sorted(self.ids)} for _ in range(count)]
        for table in LARGE:
            made = []
            for number, names in enumerate(renamed, first):
                for row in self.rows[table]:
                    copy = {name: self._renamed(value, names) for name, value in row.items() if name != "seq"}
                    if table == "papers":
                        copy["sha256"] = f"{number:064x}"
                    if table == "runs":
                        copy["reuse_key"] = f"{number}-{row['persona']}"
                    if table == "search_texts" and number % 1000 == 0:
                        copy["text"] = copy["folded"] = f"{copy['folded']} {WORD}"
                    made.append(copy)
            yield table, made

    def _renamed(self, value: Any, names: Mapping[str, str]) -> Any:
        return self._ids.sub(lambda found: names[found[0]], value) if isinstance(value, str) else value


async def read_original(services: Services) -> Original:
    """One paper, two finished runs, one comparison, all made by the program itself."""
    got = await services.ingest((SAMPLES / "paper-first.pdf").read_bytes(), filename="paper.pdf")
    await services.jobs.drain()
    await services.start_comparison(
        ComparisonRequest(got.paper.id, tuple(ReaderRequest(reader, language="en") for reader in READERS))
    )
    await services.jobs.drain()
    rows = {}
    async with services.database.transaction() as transaction:
        for table in LARGE:
            found = await transaction.read(text(f"SELECT * FROM {table}"))  # noqa: S608 (names of ours)
            rows[table] = [dict(row) for row in found.mappings()]
    return Original(rows)


async def grow(services: Services, original: Original, have: int, want: int) -> None:
    """Until there are so many papers."""
    while have < want:
        count = min(AT_ONCE, want - have)
        async with services.database.transaction() as transaction:
            await transaction.begin()
            for table, rows in original.copies(have, count):
                columns = list(rows[0])
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + c for c in columns)})"  # noqa: S608
                await transaction.do((await transaction.connected()).execute, text(sql), rows)
            await transaction.commit()
        have += count
    async with services.database.transaction() as transaction:
        await transaction.insist("ANALYZE")


def looks(services: Services, ids: Mapping[str, str]) -> dict[str, Callable[[], Awaitable[Any]]]:
    """What people and machines look at."""
    queries, search = services.queries, services.search
    paper, run, comparison = PaperId(ids["paper"]), RunId(ids["run"]), ComparisonId(ids["comparison"])

    async def left_behind() -> None:
        async with services.start_run.unit_of_work() as uow:
            await uow.runs.left_behind(owner=SERVER, now=datetime.now(UTC))

    return {
        "library, 20 papers": lambda: services.list_papers(limit=20),
        "GET /api/papers": lambda: queries.papers(limit=20, cursor=None),
        "GET /api/runs": lambda: queries.runs(limit=20, cursor=None),
        "GET /api/runs?status=failed": lambda: queries.runs(limit=20, cursor=None, status=RunStatus.FAILED),
        "GET /api/runs?persona=…": lambda: queries.runs(limit=20, cursor=None, persona="interpreter"),
        "GET /api/runs?persona= (none)": lambda: queries.runs(limit=20, cursor=None, persona="nobody"),
        "GET /api/runs?paper_id=…": lambda: queries.runs(limit=20, cursor=None, paper_id=paper),
        "GET /api/runs, deep cursor": lambda: queries.runs(limit=20, cursor=ids["middle"]),
        "GET /api/runs/{id}": lambda: queries.run(run),
        "GET /api/comparisons": lambda: queries.comparisons(limit=20, cursor=None),
        "GET /api/comparisons/{id}": lambda: queries.comparison(comparison),
        "events of a run": lambda: services.events.after([f"run:{run}"], 0),
        "search, a rare word": lambda: search(WORD, limit=20),
        "search, a word everybody has": lambda: search("persona", limit=20),
        "search, two characters": lambda: search("論文", limit=20),
        "search, nothing": lambda: search("zzyzx", limit=20),
        "start a run (reused or not)": lambda: services.start_run.prepare(
            RunRequest(paper, ReaderRequest("claims"))
        ),
        "sweep": left_behind,
    }


@contextmanager
def overheard(services: Services) -> Iterator[dict[str, Any]]:
    """All statements that are said, with parameters of the first time."""
    said: dict[str, Any] = {}

    def hear(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, _m: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            said.setdefault(statement, parameters)

    event.listen(services.database.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(services.database.engine, "before_cursor_execute", hear)


async def plan_of(services: Services, statement: str, parameters: Any) -> list[str]:
    is_sqlite = services.database.path is not None

    def explain(connection: Connection) -> list[str]:
        word = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        rows = connection.exec_driver_sql(word + statement, parameters)
        return [str(row[-1]) for row in rows]

    async with services.database.transaction() as transaction:
        return await greenlet_spawn(explain, await transaction.connected())


def walks(plan: list[str]) -> bool:
    """Whether it reads a whole large table."""
    names = "|".join(LARGE)
    return any(re.search(rf"\bSCAN ({names})\b(?! USING)|Seq Scan on ({names})\b", line) for line in plan)


async def measure(name: str, given: argparse.Namespace, console: Console) -> None:
    folder = Path(tempfile.mkdtemp(prefix=f"yomi-growth-{name}-"))
    address = None
    if name == "postgres":
        address = given.address or postgres().database()
    services = build(Settings(data_dir=folder, database_url=address, _env_file=None), owner="cli:growth")
    await services.start()
    found: dict[str, list[float]] = {}
    sizes: list[str] = []
    said: dict[str, Any] = {}
    try:
        original = await read_original(services)
        papers = 1
        for size in given.sizes:
            began = time.monotonic()
            await grow(services, original, papers, size // 2)
            papers = size // 2
            grown = time.monotonic() - began
            ids = await some_ids(services, papers)
            with overheard(services) as said:
                for label, look in looks(services, ids).items():
                    took = []
                    for _ in range(given.times):
                        start = time.perf_counter()
                        await look()
                        took.append(1000 * (time.perf_counter() - start))
                    found.setdefault(label, []).append(median(took))
            bytes_ = await stored(services)
            sizes.append(
                f"{bytes_ / 2**30:.2f} GiB, {bytes_ / size / 1024:.0f} KiB a run, filled in {grown:.0f} s"
            )
        table = Table(
            f"{name}, commit {commit()}; ms", *(f"{size:,} runs" for size in given.sizes), "last ÷ first"
        )
        for label, figures in found.items():
            table.add_row(label, *(f"{ms:.1f}" for ms in figures), f"{figures[-1] / figures[0]:.1f}")
        table.add_row("stored", *sizes, "")
        console.print(table)
        for statement, parameters in said.items():
            plan = await plan_of(services, statement, parameters)
            if walks(plan) or given.plans:
                console.print("[red]walks[/red]" if walks(plan) else "[green]index[/green]", end=" ")
                console.print(" ".join(statement.split())[:400], json.dumps(plan, indent=1), markup=False)
    finally:
        await services.close()


async def some_ids(services: Services, papers: int) -> dict[str, str]:
    """Of the newest paper and what belongs to it, and of a run in the middle."""
    async with services.database.transaction() as transaction:

        async def one(sql: str) -> str:
            return str((await transaction.read(text(sql))).scalar_one())

        run = await one("SELECT id FROM runs ORDER BY id DESC LIMIT 1")
        return {
            "run": run,
            "paper": await one(f"SELECT paper_id FROM runs WHERE id = '{run}'"),  # noqa: S608
            "comparison": await one("SELECT id FROM comparisons ORDER BY id DESC LIMIT 1"),
            "middle": await one(f"SELECT id FROM runs ORDER BY id LIMIT 1 OFFSET {papers}"),  # noqa: S608
        }


async def stored(services: Services) -> int:
    """Bytes of the database."""
    if services.database.path:
        return sum(
            path.stat().st_size
            for path in services.database.path.parent.glob(services.database.path.name + "*")
        )
    async with services.database.transaction() as transaction:
        sql = "SELECT pg_database_size(current_database())"
        size: int = (await transaction.read(text(sql))).scalar_one()
    return size


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"]
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--address", help="of an empty PostgreSQL of yours, with the extension pg_trgm")
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument(
        "--plans", action="store_true", help="print all plans, not only those that walk a table"
    )
    given = parser.parse_args()
    console = Console(width=170)
    for name in given.database:
        await measure(name, given, console)


if __name__ == "__main__":
    asyncio.run(main())
