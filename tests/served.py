"""The API over the use cases in memory, and over everything. Whatever it answers in any test must be as it says in
its own description: each status documented, each JSON body valid, each error a problem."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from server.adapters.jobs import EmbeddedJobs
from server.asgi import create_app as create_whole_app
from server.domain.ids import PaperId
from server.settings import Settings
from server.web.app import create_app
from server.web.app_state import Health, Limits, UseCases
from server.web.openapi import description

from house import PDF, House

BASE_URL = "http://127.0.0.1:8000"
MAX_BYTES = 200_000

_DESCRIPTION: dict[str, Any] = {}
"""The same for every application; made once."""

Client = AsyncTestClient[Litestar]
Served = Callable[..., AbstractAsyncContextManager[Client]]


class ServedHouse(House):
    """A house whose jobs are done as they come, in the loop that serves."""

    def __init__(self, *scripts: Any, **kwargs: Any) -> None:
        super().__init__(*scripts, max_bytes=MAX_BYTES, **kwargs)
        self.jobs = EmbeddedJobs()
        self.jobs.connect(read_paper=self.read_paper, execute_run=self.execute)
        for use_case in (self.ingest, self.start, self.change):
            object.__setattr__(use_case, "jobs", self.jobs)
        self.run_batches.busy_s = 0.02
        self.is_ready = True

    async def a_ready_paper(self, data: bytes = PDF) -> PaperId:
        """Arrange, and leave nothing to do in this loop: it stands still while the one that serves works."""
        paper_id = await super().a_ready_paper(data)
        await self.jobs.drain()
        return paper_id

    def app(self, **kwargs: Any) -> Litestar:
        async def troubles() -> list[str]:
            return [] if self.is_ready else ["database"]

        @asynccontextmanager
        async def lifespan(_: Litestar) -> AsyncIterator[None]:
            feeding = asyncio.create_task(self.run_batches.forever())
            yield
            feeding.cancel()
            await asyncio.wait([feeding])
            await self.jobs.close(0)

        use_cases = UseCases(
            ingest=self.ingest,
            start=self.start,
            start_comparison=self.start_comparison,
            preview=self.preview,
            spending=self.spending,
            queries=self.queries,
            list_papers=self.list_papers,
            check_text=self.check_text,
            record_text=self.record_text,
            start_demo=self.start_demo,
            change=self.change,
            ask_question=self.ask_question,
            cast_vote=self.cast_vote,
            rank_readers=self.rank_readers,
            search=self.search,
            follow=self.follow,
            shelf=self.shelf,
            desk=self.desk,
            models=self.models,
            reader=self.reader,
            blobs=self.memory.blobs,
            events=self.memory.events,
            one_answer=self.one_answer,
            batching=self.batching,
            run_batches=self.run_batches,
            batch_results=self.batch_results,
            limits=Limits(
                max_upload_bytes=MAX_BYTES,
                max_pages=500,
                max_json_bytes=2 * 2**20,
                max_candidates=6,
                max_wait_s=600,
                read_timeout_s=60.0,
                run_timeout_s=600.0,
                concurrent_runs=8,
            ),
            health=Health(troubles),
        )
        return create_app(use_cases, lifespan=[lifespan], **kwargs)


@asynccontextmanager
async def serving(app: Litestar, **kwargs: Any) -> AsyncIterator[Client]:
    """A client that holds every response against the API's own description."""
    document = _DESCRIPTION or description(app)
    _DESCRIPTION.update(document)

    async def hold_against_description(response: httpx.Response) -> None:
        await response.aread()
        check_response(document, response)

    kwargs.setdefault("base_url", BASE_URL)
    async with AsyncTestClient(app=app, raise_server_exceptions=False, timeout=30, **kwargs) as client:
        client.event_hooks = {"response": [hold_against_description]}
        yield client


@pytest.fixture
def house() -> ServedHouse:
    return ServedHouse()


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    """The API over `house`."""
    async with serving(house.app()) as client:
        yield client


@pytest.fixture
async def whole_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """The API over everything: SQLite, files, child processes that read PDFs, the extractive engine."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "YOMI_MODEL", "YOMI_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    async with serving(create_whole_app(Settings(data_dir=tmp_path / "data", readers=1))) as client:
        yield client


def check_response(document: dict[str, Any], response: httpx.Response) -> None:
    """What was sent is what the description says; errors are problems, documented or common to all routes."""
    status, kind = str(response.status_code), response.headers.get("content-type", "").partition(";")[0]
    assert response.status_code != 500, response.text
    operation = _operation(document, response.request.method, response.url.path)
    is_file = response.headers.get("content-disposition", "").startswith("attachment")
    is_page = kind == "text/html" and not is_file and not response.url.path.startswith("/docs")
    if operation is None and is_page:
        check_page(response)
        return
    if response.is_error:
        check_problem(response)
    if operation is None:
        page_or_docs = not response.url.path.startswith("/api")
        assert page_or_docs or response.status_code in (403, 401, 404, 405, 400)
        return
    assert status in operation["responses"], f"{status} is not documented: {response.text[:300]}"
    content = operation["responses"][status].get("content", {})
    if not response.content:
        return
    assert kind in content, f"{kind} is not documented for {status}: {sorted(content)}"
    if kind.endswith("json"):
        for one in response.text.splitlines() if "ndjson" in kind else [response.text]:
            _validate(document, content[kind]["schema"], json.loads(one))


def check_page(response: httpx.Response) -> None:
    """A page of ours, or a piece of one: under our policy, in the language it says, without a trace of how it works."""
    assert response.headers["content-language"] in ("ja", "en")
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert not re.search(r"Traceback|site-packages|<script>|<style", response.text)


def check_problem(response: httpx.Response) -> None:
    """RFC 9457, in our words, in the language it says."""
    assert response.headers["content-type"].startswith("application/problem+json"), response.text
    problem = response.json()
    assert problem["type"] == f"urn:yomikurabe:problem:{problem['code']}"
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    assert not {"reason_ja", "reason_en"} & problem.keys()
    assert not re.search(r"Traceback|/server/|\.py\b|site-packages", response.text)
    if response.headers["content-language"] == "ja":
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", problem["detail"])


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(f"{pattern}/?", path) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    return None


def _validate(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    whole = {"components": document["components"], **schema}
    _validator(repr(sorted(schema.items())), _Keep(whole)).validate(value)


class _Keep:
    """A schema that takes no part in the cache's key."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keep)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _validator(key: str, keep: _Keep) -> jsonschema_rs.Draft202012Validator:  # noqa: ARG001
    return jsonschema_rs.Draft202012Validator(keep.schema, validate_formats=True)
