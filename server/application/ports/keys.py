"""Keys that callers send along, so that one request is answered once however often it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.domain.ids import PaperId


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A response as it was sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class KeptKey:
    """What is known of a key."""

    fingerprint: str
    """Of the request that it was first sent with."""
    created_at: datetime
    lease_until: datetime | None
    """Until when somebody answers the request; None: nobody does."""
    about: str | None
    """What was recorded for it, like `run:<id>`. None: nothing yet."""
    answer: KeptAnswer | None


class Keys(Protocol):
    """Keys of one workspace. Whoever answers holds a lease; its end tells the holders apart, so that one who was held up
    for longer writes nothing."""

    async def get(self, key: str) -> KeptKey | None: ...

    async def take(self, key: str, fingerprint: str, *, now: datetime, lease_until: datetime) -> bool:
        """Begin to answer: a new key, or one that nobody answers (any more). False: look again."""
        ...

    async def renew(self, key: str, *, held_until: datetime, lease_until: datetime) -> bool:
        """False: it is not held any more."""
        ...

    async def bind(self, key: str, about: str, *, paper_id: PaperId | None) -> None:
        """Record what was done for this key, in the transaction that does it. A later request with the key finds it
        there instead of doing it again.

        Args:
            about: Such as `run:<id>`.

        Raises:
            BusyError: somebody else did it meanwhile; nothing of this transaction may be kept.
        """
        ...

    async def answer(self, key: str, answer: KeptAnswer, *, held_until: datetime) -> None:
        """Keep the answer and let go."""
        ...

    async def let_go(self, key: str, *, held_until: datetime) -> None:
        """Without an answer: the next request with the key is answered anew, from what was recorded for it."""
        ...

    async def forget(self, *, before: datetime) -> int:
        """Delete keys that were first seen before. Returns how many."""
        ...
