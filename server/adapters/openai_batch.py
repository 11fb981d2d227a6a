"""OpenAI's Batch API: a file of chat completions is handed in, and fetched with its answers within a day."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from server.adapters.openai_client import connect
from server.adapters.openai_errors import CallFailedError, bad_response, judge_status, unavailable
from server.adapters.openai_ladder import Ladder
from server.adapters.openai_stream import Reply
from server.adapters.openai_text import pick_object
from server.application.ports import Question
from server.application.ports.bulk import BulkAnswer
from server.domain.errors import RunError
from server.domain.models import ModelSpec

log = logging.getLogger(__name__)

MARK = "yomikurabe"
"""Under this name a batch carries its mark in its metadata."""
MAX_RESULT_BYTES = 1 << 30
NEWEST = 100
"""Batches of the endpoint among which one that was sent already is looked for."""
TIMEOUT_S = 300.0
_PATH = "/v1/chat/completions"
_ENDED = ("completed", "expired", "cancelled", "failed")
"""States of a batch in which nothing more is answered; all but `failed` may have answers."""
_LIVE = ("stream", "stream_options")
"""Of a request; no batch takes them."""


class _Response(msgspec.Struct):
    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Line(msgspec.Struct):
    """Of the output file and of the error file; in any order."""

    custom_id: str
    response: _Response | None = None
    error: Any = None


_DECODER = msgspec.json.Decoder(_Line)


class OpenAIBatch:
    """The Batch API of one endpoint, through the SDK's files and batches."""

    def __init__(self, base_url: str, api_key: str | None, *, transport: str = "aiohttp") -> None:
        self.host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._base_url, self._api_key, self._transport = base_url, api_key, transport
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def send(self, spec: ModelSpec, mark: str, questions: Mapping[str, Question]) -> str:
        """See `ports.Bulk`."""
        for batch in await self._newest(spec):
            if (batch.metadata or {}).get(MARK) == mark:
                return str(batch.id)
        lines = [_line(self.host, id_, question) for id_, question in questions.items()]
        file = ("questions.jsonl", b"".join(lines), "application/jsonl")
        uploaded = await self._do(spec, lambda c, **o: c.files.create(file=file, purpose="batch", **o))
        made = await self._do(
            spec,
            lambda c, **o: c.batches.create(
                input_file_id=uploaded.id,
                endpoint=_PATH,
                completion_window="24h",
                metadata={MARK: mark},
                **o,
            ),
        )
        return str(made.id)

    async def answers(self, spec: ModelSpec, lot: str) -> Mapping[str, BulkAnswer] | None:
        """See `ports.Bulk`. The error file is not needed: what has no answer is asked anew."""
        batch = await self._do(spec, lambda c, **o: c.batches.retrieve(lot, **o))
        if batch.status not in _ENDED:
            return None
        found: dict[str, BulkAnswer] = {}
        if batch.output_file_id:
            data = await self._do(spec, lambda c, **o: _content(c, batch.output_file_id, **o))
            for line in data.splitlines():
                with suppress(msgspec.DecodeError, CallFailedError):
                    id_, answer = self._answer(spec, line)
                    found[id_] = answer
        for file in filter(None, (batch.input_file_id, batch.output_file_id, batch.error_file_id)):
            with suppress(RunError):  # the papers need not stay there
                await self._do(spec, lambda c, file=file, **o: c.files.delete(file, **o))
        return found

    async def cancel(self, spec: ModelSpec, lots: Sequence[str]) -> None:
        """See `ports.Bulk`."""
        for lot in lots:
            await self._do(spec, lambda c, lot=lot, **o: c.batches.cancel(lot, **o))

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _newest(self, spec: ModelSpec) -> Sequence[Any]:
        page = await self._do(spec, lambda c, **o: c.batches.list(limit=NEWEST, **o))
        return list(page.data or ())

    def _answer(self, spec: ModelSpec, line: bytes) -> tuple[str, BulkAnswer]:
        """
        Raises:
            CallFailedError, msgspec.DecodeError: it is none.
        """
        read = _DECODER.decode(line)
        if read.response is None or read.response.status_code != 200 or read.error:
            raise bad_response(self.host, "no answer in the line")
        reply = Reply(self.host, spec.model)
        said = reply.feed(bytes(read.response.body))
        reply.end()
        return read.custom_id, BulkAnswer(pick_object(said), reply.usage)

    async def _do(self, spec: ModelSpec, call: Callable[..., Awaitable[Any]]) -> Any:
        """
        Raises:
            RunError: as for a call to the model.
        """
        async with self._opening:
            if self._client is None:
                self._client = await connect(self._base_url, transport=self._transport)
        openai = importlib.import_module("openai")
        headers = {"Authorization": f"Bearer {self._api_key}" if self._api_key else openai.Omit()}
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await call(self._client, extra_headers=headers)
        except openai.APIStatusError as error:
            raise judge_status(
                error.status_code,
                error.body,
                host=self.host,
                model=spec.model,
                headers=error.response.headers,
            ).error from None
        except (openai.APIConnectionError, OSError, TimeoutError):
            raise unavailable(self.host).error from None
        except RunError:
            raise
        except Exception as error:  # The parsers of both transports raise their own.
            raise bad_response(self.host, "broken answer about a batch").error from error


def _line(host: str, id_: str, question: Question) -> bytes:
    """A request of the input file: as a live one, whole instead of streamed."""
    body = dict(Ladder(host).request(question).body)
    for name in _LIVE:
        body.pop(name, None)
    line = {"custom_id": id_, "method": "POST", "url": _PATH, "body": body}
    return json.dumps(line, ensure_ascii=False, default=dict).encode("utf-8", "replace") + b"\n"


async def _content(client: Any, file_id: str, **options: Any) -> bytes:
    response = await client.files.content(file_id, **options)
    data: bytes = await response.aread()
    if len(data) > MAX_RESULT_BYTES:
        raise ValueError(len(data))
    return data
