"""What the stores of all kinds of rows share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Insert, Select, Table, and_, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from server.adapters import tables
from server.adapters.database import Transaction
from server.adapters.documents import load_document
from server.domain.errors import ConflictError, NotFoundError
from server.domain.ids import WorkspaceId

T = TypeVar("T")

BRIEF: dict[str, Any] = {"brief": True}
"""Execution options of statements that look up or write few rows by their key, made once: to make one costs more than to
execute it. Where the database is a file they are executed at once, not by another thread (`sqlite_driver.py`)."""
MINE, ID = "of_workspace", "of_id"
"""Their parameters: of whose workspace, and which record."""


@dataclass(frozen=True)
class Rows:
    """What the tables' stores share. Every statement names the workspace."""

    transaction: Transaction
    workspace_id: WorkspaceId

    def mine(self, table: Table, id: str) -> ColumnElement[bool]:  # noqa: A002
        return and_(table.c.workspace_id == self.workspace_id, table.c.id == id)

    def names(self, id: str, **others: Any) -> dict[str, Any]:  # noqa: A002
        """Values of the parameters of statements that are made once."""
        return {MINE: self.workspace_id, ID: id, **others}

    async def known(self, kind: type[T], table: Table, id: str) -> T | None:  # noqa: A002
        document = (await self.transaction.read(document_of(table), self.names(id))).scalar_one_or_none()
        return None if document is None else load_document(kind, document)

    async def one(self, kind: type[T], query: Select[tuple[str]]) -> T | None:
        document = (await self.transaction.read(query)).scalar_one_or_none()
        return None if document is None else load_document(kind, document)

    async def many(self, kind: type[T], query: Select[tuple[str]]) -> Sequence[T]:
        return [load_document(kind, document) for document in (await self.transaction.read(query)).scalars()]

    async def count(self, query: Select[Any], *, at_most: int) -> int:
        """How many rows there are; more than `at_most` are not counted."""
        some = query.limit(at_most).subquery()
        counted: int = (await self.transaction.read(select(func.count()).select_from(some))).scalar_one()
        return counted

    async def insert(self, table: Table, row: dict[str, Any], *, taken: ConflictError | None = None) -> None:
        """
        Raises:
            ConflictError: there is such a row already.
            NotFoundError: the paper or run it belongs to is gone.
        """
        try:
            await self.transaction.write(inserting(table), row)
        except IntegrityError as error:
            if _names_nothing(error):
                parent = "run" if "run_id" in row else "paper"
                raise NotFoundError(kind=parent, id=row[f"{parent}_id"]) from error
            raise taken or ConflictError(
                reason_ja=f"「{row['id']}」はもうあります。", reason_en=f"'{row['id']}' exists already."
            ) from error


def named(table: Table, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """The one row of these parameters."""
    return and_(table.c.workspace_id == bindparam(MINE), table.c.id == bindparam(ID), *also)


@cache
def document_of(table: Table) -> Select[tuple[str]]:
    return select(table.c.document).where(named(table)).execution_options(**BRIEF)


@cache
def inserting(table: Table) -> Insert:
    """Its values are given when it is executed."""
    # The trigrams of a text go into an index: that takes SQLite milliseconds.
    return insert(table).execution_options(brief=table is not tables.search_texts)


def _names_nothing(error: IntegrityError) -> bool:
    """A row that another one belongs to is not there."""
    state = getattr(error.orig, "sqlstate", None)  # PostgreSQL's; its messages come in the server's language
    return "foreign key" in str(error.orig).casefold() if state is None else state == "23503"


def paper_turn(workspace_id: WorkspaceId, paper_id: str) -> str:
    """What writers of the events of a paper and its runs are alone with, and who deletes any of them: an event must not
    come after its record is gone. (The function `append_event` of PostgreSQL uses the same name.)"""
    return f"{workspace_id}/{paper_id}"


def newest_first(
    query: Select[tuple[str]], table: Table, *, limit: int, cursor: str | None
) -> Select[tuple[str]]:
    """By id: ids sort by age, so a page starts after its cursor even when that row is gone."""
    if cursor is not None:
        query = query.where(table.c.id < cursor)
    return query.order_by(table.c.id.desc()).limit(limit)
