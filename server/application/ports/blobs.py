"""Immutable bytes, and the extractions kept as such."""

from __future__ import annotations

from typing import Protocol

from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId, WorkspaceId


class Blobs(Protocol):
    """Immutable bytes under a key like `local/papers/ab/abcd….pdf`."""

    async def put(self, key: str, data: bytes) -> None:
        """Durable when it returns; writing the same key again is harmless.

        Raises:
            StorageFullError
        """
        ...

    async def get(self, key: str) -> bytes | None: ...

    async def has(self, key: str) -> bool: ...

    async def delete(self, key: str) -> None: ...

    async def expect_room(self, size: int) -> None:
        """Look whether something of `size` bytes and what is made of it will find room, where that can be known.

        Raises:
            StorageFullError
        """
        ...


class DamagedError(Exception):
    """The bytes of an extraction are there, and are not what was put there."""


class ExtractionStore(Protocol):
    """Extractions by id. They never change, so one that was loaded may be handed out again."""

    async def get(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> Extraction | None:
        """
        Raises:
            DamagedError
        """
        ...

    async def put(self, workspace_id: WorkspaceId, extraction: Extraction) -> None:
        """Durable when it returns; putting the same one again is harmless.

        Raises:
            StorageFullError
        """
        ...

    async def delete(self, workspace_id: WorkspaceId, extraction_id: ExtractionId) -> None: ...
