"""Records as JSON documents: what a row keeps whole, beside the columns that are queried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
"""One per kind of record: making one costs more than using it."""


def dump_document(record: object) -> str:
    """The record as JSON text. A character that no database can keep (half of a surrogate pair) becomes `\\ufffd`:
    an answer is not lost to one of them."""
    try:
        return msgspec.json.encode(record, enc_hook=_plain).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_storable(msgspec.to_builtins(record, enc_hook=_plain))).decode()


def load_document(kind: type[T], document: str) -> T:
    """The record of this kind that `document` was made from."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    record: T = decoder.decode(document)
    return record


def load_data(document: str) -> dict[str, Any]:
    """A JSON object as plain Python values."""
    return load_document(dict, document)


def microseconds(moment: datetime) -> int:
    """An aware moment as a whole number that sorts, exactly, in any database."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(value: int | None) -> datetime | None:
    """What `microseconds` made a number of."""
    return None if value is None else EPOCH + value * MICROSECOND


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(type(value).__name__)


def _storable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_storable(key): _storable(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
        case _:
            return value
