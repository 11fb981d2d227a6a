"""Extractions as blobs: packed, compressed, and the last few kept at hand."""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from functools import cache

import msgspec

from server.application.ports import Blobs
from server.application.ports.blobs import DamagedError
from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId, WorkspaceId

MAGIC = b"yx1\n"
"""Says how the rest is packed."""
AT_HAND = 8
"""Extractions kept in memory: one of 15 pages takes about 2 MB."""


def dump_extraction(extraction: Extraction) -> bytes:
    return MAGIC + zlib.compress(msgspec.msgpack.encode(extraction), level=1)


def load_extraction(packed: bytes) -> Extraction:
    """
    Raises:
        ValueError: these bytes are not an extraction.
    """
    if not packed.startswith(MAGIC):
        message = "not a packed extraction"
        raise ValueError(message)
    try:
        return _decoder().decode(zlib.decompress(packed[len(MAGIC) :]))
    except (zlib.error, msgspec.DecodeError) as error:
        message = f"a damaged extraction: {error}"
        raise ValueError(message) from error


@cache
def _decoder() -> msgspec.msgpack.Decoder[Extraction]:
    return msgspec.msgpack.Decoder(Extraction)


class BlobExtractions:
    """Extractions under `<workspace>/extractions/`. Handing out the same object again shares its cached text."""

    def __init__(self, blobs: Blobs, *, at_hand: int = AT_HAND) -> None:
        self._blobs = blobs
        self._at_hand = at_hand
        self._recent: OrderedDict[str, Extraction] = OrderedDict()

    async def get(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Extraction | None:
        key = _key(workspace_id, extraction_id)
        if key in self._recent:
            self._recent.move_to_end(key)
            return self._recent[key]
        packed = await self._blobs.get(key)
        if packed is None:
            return None
        try:
            extraction = await asyncio.to_thread(load_extraction, packed)
        except ValueError as error:
            raise DamagedError(key) from error
        return self._keep(key, extraction)

    async def put(self, workspace_id: WorkspaceId, extraction: Extraction) -> None:
        key = _key(workspace_id, extraction.id)
        await self._blobs.put(key, await asyncio.to_thread(dump_extraction, extraction))
        self._keep(key, extraction)

    async def delete(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> None:
        key = _key(workspace_id, extraction_id)
        self._recent.pop(key, None)
        await self._blobs.delete(key)

    def _keep(self, key: str, extraction: Extraction) -> Extraction:
        kept = self._recent.setdefault(key, extraction)
        self._recent.move_to_end(key)
        while len(self._recent) > self._at_hand:
            self._recent.popitem(last=False)
        return kept


def _key(workspace_id: WorkspaceId, extraction_id: ExtractionId) -> str:
    # Spread by the end of the id: the start of a UUID of version 7 is the time.
    return f"{workspace_id}/extractions/{extraction_id[-2:]}/{extraction_id}.bin"
