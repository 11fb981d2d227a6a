"""The engine for one OpenAI-compatible endpoint: chat completions, streamed, within one deadline."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Any
from urllib.parse import urlsplit

from server.adapters.openai_client import TRANSPORTS, connect, send
from server.adapters.openai_errors import CallFailedError, Retry
from server.adapters.openai_ladder import Ladder, Request
from server.adapters.openai_stream import Reply, read_events
from server.adapters.openai_text import ObjectPicker, TextPicker
from server.application.ports import Completed, Delta, EngineEvent, Question, Restarted
from server.domain.errors import InvalidRequestError, RunError, RunTimeoutError
from server.domain.runs import Attempt, Usage

_MAX_ATTEMPTS = 3
_MAX_BACKOFF_S = 8.0
_USAGE_GRACE_S = 5.0
"""How long an endpoint may take to close a stream that has already said how it ended."""


class OpenAIEngine:
    """Asks one endpoint; remembers per model what the endpoint was found to support.

    Of the SDK only the request and its errors are used: it neither limits time or size in total nor checks envelopes.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        transport: str = "aiohttp",
        backoff_s: float = 0.5,
    ) -> None:
        """`api_key` None: no key is sent, and none is taken from the environment. `backoff_s`: before the second
        attempt wait at most so long, before the third twice."""
        if transport not in TRANSPORTS:
            raise InvalidRequestError(
                reason_ja="YOMI_OPENAI_TRANSPORT は aiohttp か httpx2 にしてください。",
                reason_en="YOMI_OPENAI_TRANSPORT must be aiohttp or httpx2.",
            )
        self.host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._base_url = base_url
        self._api_key = api_key
        self._transport = transport
        self._backoff_s = backoff_s
        self._ladders: dict[str, Ladder] = {}
        self._client: Any = None
        self._opening = asyncio.Lock()

    def support(self, model: str) -> dict[str, Any]:
        """What the endpoint was found to support for this model so far."""
        return self._ladder(model).as_dict()

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """See `ports.Engine`. The deadline covers everything: waiting, retries and the time the caller takes."""
        deadline = asyncio.get_running_loop().time() + question.deadline_s
        ladder = self._ladder(question.model.model)
        attempts: list[Attempt] = []
        failures = 0
        while True:
            request = ladder.request(question)
            started = time.monotonic()
            usage = Usage()
            try:
                async with aclosing(self._call(request, question, deadline)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, str):
                            yield Delta(piece)
                        else:
                            usage = piece
            except TimeoutError:
                seconds = question.deadline_s
                error = RunTimeoutError(seconds=int(seconds) if seconds == int(seconds) else seconds)
                raise _given_up(error, [*attempts, _attempt(error.code, started)]) from None
            except CallFailedError as failed:
                unsupported = failed.complaint is not None and ladder.learn(failed.complaint, request)
                attempts.append(_attempt("unsupported" if unsupported else failed.error.code, started))
                wait_s: float | None = 0.0
                if not unsupported:
                    failures += 1
                    wait_s = self._wait_s(failed, failures, deadline)
                if wait_s is None:
                    raise _given_up(failed.error, attempts) from failed
                yield Restarted(attempts[-1])
                await asyncio.sleep(wait_s)
                continue
            ladder.confirmed = True
            attempts.append(_attempt("ok", started))
            yield Completed(
                usage=usage,
                attempts=tuple(attempts),
                warnings=ladder.notices(question),
            )
            return

    async def close(self) -> None:
        """Close the connections. The engine may be asked again; it opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _ladder(self, model: str) -> Ladder:
        return self._ladders.setdefault(model, Ladder(self.host))

    def _wait_s(self, failed: CallFailedError, failures: int, deadline: float) -> float | None:
        """How long to wait before the next attempt; None: there is none."""
        allowed = {Retry.NEVER: 1, Retry.ONCE: 2, Retry.YES: _MAX_ATTEMPTS}[failed.retry]
        if failures >= allowed:
            return None
        most = min(_MAX_BACKOFF_S, self._backoff_s * 2 ** (failures - 1))
        wait_s = random.uniform(0, most)  # noqa: S311 (spreads retries, guards nothing)
        if failed.retry_after_s is not None:
            wait_s += failed.retry_after_s
        remaining = deadline - asyncio.get_running_loop().time()
        return wait_s if wait_s < remaining else None

    async def _call(
        self, request: Request, question: Question, deadline: float
    ) -> AsyncGenerator[str | Usage]:
        """One call: pieces of the answer's JSON text, then the usage.

        Every wait is under the deadline on its own: a timeout around a `yield` would go off inside the caller.

        Raises:
            CallFailedError, TimeoutError
        """
        reply = Reply(self.host, question.model.model)
        names = question.wire_schema.get("properties", ())
        picker = ObjectPicker(names) if question.wire_schema else TextPicker()
        async with AsyncExitStack() as stack:
            chunks = await stack.enter_async_context(aclosing(self._open(request)))
            events = await stack.enter_async_context(aclosing(read_events(chunks, host=self.host)))
            loop = asyncio.get_running_loop()
            while True:
                patience = deadline
                if reply.finish is not None:
                    patience = min(deadline, loop.time() + _USAGE_GRACE_S)
                try:
                    async with asyncio.timeout_at(patience):
                        data = await anext(events, b"[DONE]")
                except (TimeoutError, CallFailedError):
                    if reply.finish is None:
                        raise
                    break  # The answer was whole; only its usage or the end of the stream is missing.
                if data.startswith(b"[DONE]"):
                    break
                if text := picker.feed(reply.feed(data)):
                    yield text
            reply.end()
            if text := picker.finish():
                yield text
            yield reply.usage

    async def _open(self, request: Request) -> AsyncGenerator[bytes]:
        async with self._opening:
            if self._client is None:
                self._client = await connect(self._base_url, transport=self._transport)
        async with aclosing(
            send(self._client, request.body, api_key=self._api_key, host=self.host)
        ) as chunks:
            async for chunk in chunks:
                yield chunk


def _attempt(outcome: str, started: float) -> Attempt:
    return Attempt(outcome, round((time.monotonic() - started) * 1000))


def _given_up(error: RunError, attempts: list[Attempt]) -> RunError:
    error.attempts = tuple(attempts)
    return error
