"""Text as every database can keep it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator


class KeptText(TypeDecorator[str]):
    """Text without what some database refuses: NUL (PostgreSQL) and half of a surrogate pair (both). Each becomes
    `\\ufffd`, in what is written and in what is looked for, so that no id or word from outside is an error there."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        return value if value is None else storable(value)


def storable(value: str) -> str:
    """
    >>> storable("a NUL \\0, half \\ud83d of a pair")
    'a NUL �, half � of a pair'
    """
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
