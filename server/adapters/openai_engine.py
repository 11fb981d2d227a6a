"""The engine for one OpenAI-compatible endpoint: chat completions, streamed, within one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from server.adapters.openai_client import TRANSPORTS, connect, send
from server.adapters.openai_errors import CallFailedError
from server.adapters.openai_ladder import Ladder, Request
from server.adapters.openai_stream import Documents, Reply
from server.adapters.openai_text import ObjectPicker, TextPicker
from server.adapters.paced_reading import Pace
from server.adapters.provider_gate import Gate, gate_for
from server.adapters.provider_tries import Tries
from server.application.ports import Completed, Delta, EngineEvent, Question, Restarted, Waiting
from server.application.ports.telemetry import UNWATCHED, Call, Telemetry
from server.domain.budgets import estimate_tokens
from server.domain.errors import InvalidRequestError, RunTimeoutError
from server.domain.models import GateState, ModelSpec

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
        ceiling: int = 8,
        patient: bool = False,
        backoff_s: float = 0.5,
        telemetry: Telemetry = UNWATCHED,
    ) -> None:
        """
        Args:
            api_key: None: no key is sent, and none is taken from the environment.
            ceiling: Calls in flight at most, of each model that says no other number.
            patient: See `Gate`.
            backoff_s: Before the second attempt wait at most so long, before the third twice.
        """
        if transport not in TRANSPORTS:
            raise InvalidRequestError(
                reason_ja="YOMI_OPENAI_TRANSPORT は aiohttp か httpx2 にしてください。",
                reason_en="YOMI_OPENAI_TRANSPORT must be aiohttp or httpx2.",
            )
        self.host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._base_url = base_url
        self._api_key = api_key
        self._transport = transport
        self._ceiling = ceiling
        self._patient = patient
        self._backoff_s = backoff_s
        self._telemetry = telemetry
        self._gates: dict[str, Gate] = {}
        self._ladders: dict[str, Ladder] = {}
        self._client: Any = None
        self._opening = asyncio.Lock()

    def support(self, model: str) -> dict[str, Any]:
        """What the endpoint was found to support for this model so far."""
        return self._ladder(model).as_dict()

    @property
    def gates(self) -> Sequence[GateState]:
        """Of each model that was asked."""
        return [gate.state for gate in self._gates.values()]

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """See `ports.Engine`. The deadline covers everything: waiting, retries and the time the caller takes."""
        gate, ladder = self._gate(question.model), self._ladder(question.model.model)
        tries = Tries(
            gate,
            question.deadline_s,
            stays=not question.has_alternative,
            tokens=_tokens(question) if gate.rates.counts_tokens else 0,
        )
        while True:
            if reason := tries.obstacle:
                yield Waiting(reason)
            permit = await tries.enter()
            request, reply = ladder.request(question), Reply(self.host, question.model.model)
            watched = self._telemetry.call(question.model)
            try:
                if reason:
                    yield Waiting(None)
                heard = partial(gate.heard, permit)
                call = self._call(
                    request, question, reply, deadline=tries.deadline, heard=heard, watched=watched
                )
                async with aclosing(call) as pieces:
                    async for piece in pieces:
                        yield Delta(piece)
            except TimeoutError:
                watched.ended(RunTimeoutError.code)
                tries.wasted = tries.wasted.plus(reply.usage)
                raise tries.late(permit) from None
            except CallFailedError as failed:
                unsupported = failed.complaint is not None and ladder.learn(failed.complaint, request)
                watched.ended("unsupported" if unsupported else failed.error.code)
                tries.wasted = tries.wasted.plus(reply.usage)
                pause_s = tries.failed(permit, failed, unsupported=unsupported)
                self._telemetry.retrying(question.model, after=tries.attempts[-1].outcome, wait_s=pause_s)
                yield Restarted(tries.attempts[-1])
                await asyncio.sleep(pause_s)
            else:
                tries.answered(permit)
                ladder.confirmed = True
                yield Completed(
                    usage=reply.usage,
                    attempts=tuple(tries.attempts),
                    warnings=ladder.notices(question),
                    wasted=tries.wasted,
                )
                return
            finally:
                tries.left(permit)
                watched.ended("cancelled")  # unless it has ended otherwise

    async def close(self) -> None:
        """Close the connections. The engine may be asked again; it opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _ladder(self, model: str) -> Ladder:
        return self._ladders.setdefault(model, Ladder(self.host))

    def _gate(self, spec: ModelSpec) -> Gate:
        """Of this endpoint, whatever address a spec gives; the first spec of a model sets its limits."""
        if spec.model not in self._gates:
            gate = self._gates[spec.model] = gate_for(
                spec, host=self.host, ceiling=self._ceiling, patient=self._patient, backoff_s=self._backoff_s
            )
            gate.tell = partial(self._telemetry.breaker, self.host, spec.model)
        return self._gates[spec.model]

    async def _call(
        self,
        request: Request,
        question: Question,
        reply: Reply,
        *,
        deadline: float,
        heard: Callable[[], None],
        watched: Call,
    ) -> AsyncGenerator[str]:
        """One call: pieces of the answer's JSON text. `reply` takes in the rest.

        Every wait is under the deadline on its own: a timeout around a `yield` would go off inside the caller.

        Raises:
            CallFailedError, TimeoutError
        """
        names = question.wire_schema.get("properties", ())
        picker = ObjectPicker(names) if question.wire_schema else TextPicker()
        documents, pace, loop = Documents(self.host), Pace(), asyncio.get_running_loop()
        async with asyncio.timeout_at(deadline):
            client = await self._connected()
        sent = send(client, request.body, api_key=self._api_key, host=self.host, pace=pace)
        async with aclosing(sent) as chunks:
            while not reply.is_over:
                patience = min(deadline, loop.time() + _USAGE_GRACE_S) if reply.is_told else deadline
                try:
                    async with asyncio.timeout_at(patience):
                        chunk = await anext(chunks, None)
                    told = documents.end() if chunk is None else documents.feed(chunk)
                except (TimeoutError, CallFailedError):
                    if not reply.is_told:
                        raise
                    break  # The answer was whole; only its usage or the end of the stream is missing.
                said, failure = reply.take(told)
                if told:
                    heard()
                if said:
                    watched.first_token()
                pace.begun, pace.ending = pace.begun or bool(said), reply.is_told
                if text := picker.feed(said):
                    yield text
                if failure:
                    raise failure
                if chunk is None:
                    break
            reply.end()
            watched.ended("ok", reply.usage, model=reply.answered_by, finish=reply.finish)
            if text := picker.finish():
                yield text

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                self._client = await connect(self._base_url, transport=self._transport)
            return self._client


def _tokens(question: Question) -> int:
    """Of question and answer, as far as one can tell before."""
    prompt, repair = question.prompt, question.repair
    texts = [
        prompt.rules,
        prompt.paper,
        prompt.persona,
        *((repair.previous, *repair.messages) if repair else ()),
    ]
    return estimate_tokens("\n".join(texts)) + question.max_output_tokens
