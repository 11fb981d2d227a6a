"""Embeddings of an OpenAI-compatible endpoint: texts in batches, vectors back, within one deadline."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import msgspec

from server.adapters.openai_client import connect, send_embeddings
from server.adapters.openai_errors import CallFailedError, Retry, bad_response
from server.adapters.provider_gate import Gate
from server.adapters.provider_tries import Tries
from server.domain.budgets import estimate_tokens

BATCH = 64
"""Texts of one request. Endpoints allow from 32 (small local servers are set up so) to 2,048; passages are short."""
_MAX_BYTES = 32 << 20
"""Of one response: 64 vectors of 4,096 numbers written out take 6 MB."""


class _Item(msgspec.Struct):
    embedding: list[float]
    index: int


class _Reply(msgspec.Struct):
    data: list[_Item]


class OpenAIEmbeddings:
    """Asks one endpoint's `/embeddings` with one model. What is given to it leaves the machine."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        model: str,
        transport: str = "aiohttp",
        deadline_s: float = 60.0,
        gate: Gate | None = None,
    ) -> None:
        """`api_key` None: no key is sent. `deadline_s`: for all batches of one call together, retries included."""
        self.host = urlsplit(base_url).netloc.rpartition("@")[2]
        self.model = model
        self._base_url = base_url
        self._api_key = api_key
        self._transport = transport
        self._deadline_s = deadline_s
        self.gate = gate or Gate(self.host, model)
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """See `ports.Embeddings`. An empty text is sent as a space: some endpoints refuse the empty one."""
        vectors: list[list[float]] = []
        tries = Tries(self.gate, self._deadline_s)
        for start in range(0, len(texts), BATCH):
            batch = [text or " " for text in texts[start : start + BATCH]]
            if self.gate.rates.counts_tokens:
                tries.tokens = estimate_tokens("\n".join(batch))
            vectors += await self._batch(batch, tries)
        if len({len(vector) for vector in vectors}) > 1:
            raise bad_response(self.host, "vectors of different lengths").error
        return vectors

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _batch(self, texts: list[str], tries: Tries) -> list[list[float]]:
        while True:
            permit = await tries.enter()
            try:
                async with asyncio.timeout_at(tries.deadline):
                    vectors = self._read(await self._post(texts), count=len(texts))
            except TimeoutError:
                raise tries.late(permit) from None
            except CallFailedError as failed:
                await asyncio.sleep(tries.failed(permit, failed))
            else:
                tries.answered(permit)
                return vectors
            finally:
                tries.left(permit)

    async def _post(self, texts: list[str]) -> bytes:
        async with self._opening:
            if self._client is None:
                self._client = await connect(self._base_url, transport=self._transport)
        # Said outright: the SDK asks for base64 otherwise, which some endpoints ignore and others refuse.
        body = {"model": self.model, "input": texts, "encoding_format": "float"}
        received = bytearray()
        async with aclosing(
            send_embeddings(self._client, body, api_key=self._api_key, host=self.host)
        ) as chunks:
            async for chunk in chunks:
                received += chunk
                if len(received) > _MAX_BYTES:
                    raise bad_response(self.host, "more data than embeddings take", retry=Retry.NEVER)
        return bytes(received)

    def _read(self, received: bytes, *, count: int) -> list[list[float]]:
        try:
            items = msgspec.json.decode(received, type=_Reply).data
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise bad_response(self.host, "no list of embeddings") from error
        by_index = {item.index: item.embedding for item in items}
        if sorted(by_index) != list(range(count)) or len(items) != count:
            raise bad_response(self.host, "not one embedding for each text")
        vectors = [by_index[index] for index in range(count)]
        if not all(vector and all(map(math.isfinite, vector)) for vector in vectors):
            raise bad_response(self.host, "embeddings that are no vectors")
        return vectors
