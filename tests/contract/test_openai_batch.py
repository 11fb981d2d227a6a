"""OpenAI's Batch API against a stand-in that keeps to its documented shapes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from server.adapters.openai_batch import OpenAIBatch
from server.adapters.openai_client import TRANSPORTS
from server.application.ports import Question
from server.domain.errors import ProviderAuthError, UnavailableError
from server.domain.models import EngineKind, ModelSpec
from server.domain.prompts import Prompt
from server.domain.runs import RunSettings

from builders import a_persona, an_extraction
from fake_provider import completion

pytestmark = pytest.mark.anyio

SCHEMA = {"type": "object", "properties": {"what": {"type": "string"}}}


class BatchProvider:
    """Files and batches in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.purposes: list[str] = []
        self.batches: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.created: list[dict[str, Any]] = []
        self.base_url = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[BatchProvider]:
        app = web.Application(middlewares=[_middleware(self._note)])
        app.add_routes(
            [
                web.post("/v1/files", self._upload),
                web.get("/v1/files/{id}/content", self._content),
                web.delete("/v1/files/{id}", self._delete),
                web.post("/v1/batches", self._create),
                web.get("/v1/batches", self._list),
                web.get("/v1/batches/{id}", self._get),
                web.post("/v1/batches/{id}/cancel", self._cancel),
            ]
        )
        async with TestServer(app) as server:
            self.base_url = str(server.make_url("/v1"))
            yield self

    def end(self, status: str, *lines: dict[str, Any], errors: tuple[dict[str, Any], ...] = ()) -> None:
        """The newest batch is over, with these lines of output."""
        batch = self.batches[-1]
        batch["status"] = status
        for name, given in (("output_file_id", lines), ("error_file_id", errors)):
            if given:
                batch[name] = f"{name}-1"
                self.files[batch[name]] = "".join(json.dumps(line) + "\n" for line in given).encode()

    async def _note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.keys.add(request.headers.get("Authorization"))
        if request.headers.get("Authorization") == "Bearer wrong":
            return web.json_response({"error": {"message": "Incorrect API key"}}, status=401)
        answered: web.StreamResponse = await handler(request)
        return answered

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        id_ = f"file-{len(self.files) + 1}"
        self.files[id_] = file.file.read()
        self.purposes.append(str(form["purpose"]))
        return web.json_response({"id": id_, "object": "file", "purpose": "batch", "status": "processed"})

    async def _content(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["id"]])

    async def _delete(self, request: web.Request) -> web.Response:
        self.files.pop(request.match_info["id"])
        return web.json_response({"id": request.match_info["id"], "object": "file", "deleted": True})

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.created.append(asked)
        self.batches.append(
            {
                "id": f"batch_{len(self.batches) + 1}",
                "object": "batch",
                "status": "validating",
                "output_file_id": None,
                "error_file_id": None,
                "created_at": 1,
                "request_counts": {"total": 0, "completed": 0, "failed": 0},
                **asked,
            }
        )
        return web.json_response(self.batches[-1])

    async def _list(self, _: web.Request) -> web.Response:
        newest = list(reversed(self.batches))
        return web.json_response({"object": "list", "data": newest, "has_more": False})

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._batch(request))

    async def _cancel(self, request: web.Request) -> web.Response:
        self._batch(request)["status"] = "cancelling"
        return web.json_response(self._batch(request))

    def _batch(self, request: web.Request) -> dict[str, Any]:
        return next(batch for batch in self.batches if batch["id"] == request.match_info["id"])


def _middleware(note: Any) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        answered: web.StreamResponse = await note(request, handler)
        return answered

    return middleware


def a_spec(provider: BatchProvider) -> ModelSpec:
    return ModelSpec("m", EngineKind.OPENAI, "model-1", base_url=provider.base_url, batch=True)


def a_question(spec: ModelSpec, asked: str = "What?") -> Question:
    return Question(
        persona=a_persona(),
        extraction=an_extraction(),
        language="en",
        model=spec,
        settings=RunSettings(temperature=0.5),
        prompt=Prompt("rules", "the paper", asked),
        wire_schema=SCHEMA,
        max_output_tokens=500,
        deadline_s=60,
    )


def answered(id_: str, text: str = '{"what": "x"}', **changes: Any) -> dict[str, Any]:
    """A line of the output file."""
    response = {"status_code": 200, "request_id": "r", "body": completion(text)}
    return {"id": f"batch_req_{id_}", "custom_id": id_, "response": response, "error": None, **changes}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_questions_are_handed_in_as_a_file_of_requests(transport: str) -> None:
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "key", transport=transport)

        lot = await bulk.send(spec, "mark-1", {"run-1": a_question(spec), "run-2": a_question(spec, "Why?")})
        await bulk.close()

    lines = [json.loads(line) for line in provider.files["file-1"].splitlines()]
    assert lot == "batch_1"
    assert provider.purposes == ["batch"]
    assert provider.created == [
        {
            "input_file_id": "file-1",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {"yomikurabe": "mark-1"},
        }
    ]
    assert [(line["custom_id"], line["method"], line["url"]) for line in lines] == [
        ("run-1", "POST", "/v1/chat/completions"),
        ("run-2", "POST", "/v1/chat/completions"),
    ]
    body = lines[0]["body"]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("model-1", 0.5, 500)
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert not {"stream", "stream_options"} & body.keys()
    assert provider.keys == {"Bearer key"}


async def test_a_lot_that_is_there_is_not_sent_again() -> None:
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "key")
        first = await bulk.send(spec, "mark-1", {"run-1": a_question(spec)})
        other = await bulk.send(spec, "mark-2", {"run-2": a_question(spec)})

        again = await bulk.send(spec, "mark-1", {"run-1": a_question(spec)})
        await bulk.close()

    assert (first, other, again) == ("batch_1", "batch_2", "batch_1")
    assert len(provider.files) == 2


@pytest.mark.parametrize("status", ["validating", "in_progress", "finalizing", "cancelling"])
async def test_there_are_no_answers_while_the_provider_is_at_it(status: str) -> None:
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "key")
        lot = await bulk.send(spec, "m", {"run-1": a_question(spec)})
        provider.end(status)

        assert await bulk.answers(spec, lot) is None
        await bulk.close()


async def test_answers_are_known_by_their_ids_in_any_order_and_failed_lines_have_none() -> None:
    refused = {"status_code": 429, "request_id": "r", "body": {"error": {"message": "slow down"}}}
    expired = {"code": "batch_expired", "message": "This request could not be executed in time."}
    cut = {"status_code": 200, "body": completion('{"wh', finish="length")}
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "key")
        lot = await bulk.send(spec, "m", {f"run-{n}": a_question(spec) for n in range(1, 7)})
        provider.end(
            "completed",
            answered("run-3", '{"what": "three"}'),
            answered("run-2", response=refused),
            answered("run-1", '{"what": "one"}'),
            answered("run-5", response=cut),
            {"custom_id": "run-6", "response": {"status_code": 200, "body": "?"}},
            errors=(answered("run-4", response=None, error=expired),),
        )

        answers = await bulk.answers(spec, lot)
        await bulk.close()

    assert answers
    assert {id_: answer.text for id_, answer in answers.items()} == {
        "run-1": '{"what": "one"}',
        "run-3": '{"what": "three"}',
    }
    assert (answers["run-1"].usage.input_tokens, answers["run-1"].usage.cached_tokens) == (2515, 2489)
    assert answers["run-1"].usage.cost_usd is None
    assert provider.files == {}


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
async def test_of_a_batch_that_came_to_nothing_there_are_the_answers_that_there_are(status: str) -> None:
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "key")
        lot = await bulk.send(spec, "m", {"run-1": a_question(spec)})
        provider.end(status)
        assert await bulk.answers(spec, lot) == {}

        provider.files["file-1"] = b""
        provider.end(status, answered("run-1"))
        assert set(await bulk.answers(spec, lot) or ()) == {"run-1"}
        await bulk.close()


async def test_a_batch_is_cancelled_there() -> None:
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "key")
        lot = await bulk.send(spec, "m", {"run-1": a_question(spec)})

        await bulk.cancel(spec, [lot])
        await bulk.close()

    assert provider.batches[0]["status"] == "cancelling"


async def test_errors_are_those_of_a_call() -> None:
    async with BatchProvider().listening() as provider:
        spec = a_spec(provider)
        bulk = OpenAIBatch(provider.base_url, "wrong")
        with pytest.raises(ProviderAuthError):
            await bulk.send(spec, "m", {"run-1": a_question(spec)})
        await bulk.close()
    away = OpenAIBatch(provider.base_url, "key")

    with pytest.raises(UnavailableError):
        await away.answers(spec, "batch_1")
    await away.close()
