"""The words between the server and its PDF-reading child: one length-prefixed msgpack message each."""

from __future__ import annotations

from typing import Any

import msgspec

from server.adapters.pdf_limits import Ceiling
from server.domain import errors
from server.domain.extractions import Extraction

LENGTH_BYTES = 8
MAX_REPLY_BYTES = 256 * 2**20
"""An extraction at its character limit is 100 MB; more than this is not an answer but an attack."""


class Read(msgspec.Struct, tag=True, frozen=True):
    """Make an extraction of these bytes."""

    data: bytes
    reader: str
    """As it will stand in the extraction."""
    version: str
    """Part of the extraction's id."""
    max_pages: int
    max_bytes: int
    ceiling: Ceiling


class Draw(msgspec.Struct, tag=True, frozen=True):
    """Draw one page of these bytes."""

    data: bytes
    page: int
    width: int
    ceiling: Ceiling


class Progressed(msgspec.Struct, tag=True, frozen=True):
    """Not the answer yet."""

    stage: str
    done: int
    total: int


class Done(msgspec.Struct, tag=True, frozen=True):
    """The extraction."""

    extraction: Extraction


class Drawn(msgspec.Struct, tag=True, frozen=True):
    """The picture."""

    png: bytes


class Failed(msgspec.Struct, tag=True, frozen=True):
    """A typed error, by code."""

    code: str
    data: dict[str, Any] = {}
    detail: str = ""
    """For the log: where an unforeseen exception came from."""

    def error(self) -> errors.YomiError:
        """The error as the caller knows it; a code that no paper error has is a broken child."""
        if self.code == errors.NotFoundError.code:
            return errors.NotFoundError(kind=str(self.data.get("kind")), id=str(self.data.get("id")))
        kinds = {kind.code: kind for kind in errors.PaperError.__subclasses__()}
        try:
            return kinds[self.code](**self.data)
        except (LookupError, TypeError, ValueError):  # another code, or data that its sentence lacks
            return errors.ParserCrashedError()


Request = Read | Draw
Reply = Progressed | Done | Drawn | Failed

_encoder = msgspec.msgpack.Encoder()
_request_decoder = msgspec.msgpack.Decoder(Request)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def framed(message: Request | Reply) -> tuple[bytes, bytes]:
    """The length and the message."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big"), body


def request_of(body: bytes) -> Request:
    request: Request = _request_decoder.decode(body)
    return request


def reply_of(body: bytes) -> Reply:
    """Raises msgspec.DecodeError, msgspec.ValidationError or UnicodeDecodeError for anything but a reply."""
    reply: Reply = _reply_decoder.decode(body)
    return reply
