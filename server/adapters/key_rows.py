"""Idempotency keys as rows: who answers a request, what was recorded for it, and what was answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from server.adapters import tables
from server.adapters.documents import EPOCH, dump_document, load_document, microseconds
from server.adapters.rows import Rows
from server.application.ports.keys import KeptAnswer, KeptKey
from server.domain.errors import BusyError
from server.domain.ids import PaperId

TABLE = tables.idempotency_keys


class KeyRows(Rows):
    """Keys. What an answer tells of goes when that is deleted (`forget_answers`); what was recorded for a key stays
    known, so that a late request does not do it again."""

    async def get(self, key: str) -> KeptKey | None:
        row = (await self.transaction.read(select(TABLE).where(self._of(key)))).one_or_none()
        if row is None:
            return None
        return KeptKey(
            fingerprint=row.fingerprint,
            created_at=_moment(row.created_at),
            lease_until=None if row.lease_until is None else _moment(row.lease_until),
            about=row.about,
            answer=None if row.document is None else load_document(KeptAnswer, row.document),
        )

    async def take(self, key: str, fingerprint: str, *, now: datetime, lease_until: datetime) -> bool:
        # One at a time may look whether it is there, which no row can be locked for.
        await self.transaction.alone(f"{self.workspace_id}/key/{key}")
        if await self.get(key) is None:
            row = {
                "workspace_id": self.workspace_id,
                "key": key,
                "fingerprint": fingerprint,
                "created_at": microseconds(now),
                "lease_until": microseconds(lease_until),
            }
            await self.transaction.write(insert(TABLE).values(row))
            return True
        free = or_(TABLE.c.lease_until.is_(None), TABLE.c.lease_until < microseconds(now))
        mine = and_(self._of(key), TABLE.c.fingerprint == fingerprint, TABLE.c.document.is_(None), free)
        return await self._set(mine, lease_until=microseconds(lease_until))

    async def renew(self, key: str, *, held_until: datetime, lease_until: datetime) -> bool:
        return await self._set(self._held(key, held_until), lease_until=microseconds(lease_until))

    async def bind(self, key: str, about: str, *, paper_id: PaperId | None) -> None:
        unbound = and_(self._of(key), TABLE.c.about.is_(None))
        if not await self._set(unbound, about=about, paper_id=paper_id):
            raise BusyError(retry_after_s=1)

    async def answer(self, key: str, answer: KeptAnswer, *, held_until: datetime) -> None:
        await self._set(self._held(key, held_until), lease_until=None, document=dump_document(answer))

    async def let_go(self, key: str, *, held_until: datetime) -> None:
        held = self._held(key, held_until)
        if not await self._set(and_(held, TABLE.c.about.is_not(None)), lease_until=None):
            await self.transaction.write(delete(TABLE).where(held))

    async def forget(self, *, before: datetime) -> int:
        old = TABLE.c.created_at < microseconds(before)
        if (await self.transaction.read(select(TABLE.c.key).where(old).limit(1))).first() is None:
            return 0  # a sweep that finds nothing must not become a writer
        return (await self.transaction.write(delete(TABLE).where(old))).rowcount

    async def forget_answers(self, paper_id: str, *, about: ColumnElement[bool] | None = None) -> None:
        """Of a paper, or only those `about` some of what was made from it."""
        of_paper = and_(TABLE.c.workspace_id == self.workspace_id, TABLE.c.paper_id == paper_id)
        where = of_paper if about is None else and_(of_paper, about)
        await self.transaction.write(update(TABLE).where(where).values(document=None))

    async def _set(self, where: ColumnElement[bool], **values: Any) -> bool:
        return (await self.transaction.write(update(TABLE).where(where).values(values))).rowcount == 1

    def _of(self, key: str) -> ColumnElement[bool]:
        return and_(TABLE.c.workspace_id == self.workspace_id, TABLE.c.key == key)

    def _held(self, key: str, until: datetime) -> ColumnElement[bool]:
        return and_(self._of(key), TABLE.c.lease_until == microseconds(until))


def _moment(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)
