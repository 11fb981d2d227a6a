"""Decide with pypdf whether a PDF may be read at all, and what it says about itself. Reads no text."""

from __future__ import annotations

import html
import io
import logging
import re
from dataclasses import dataclass
from typing import Any

import pypdf
from pypdf.errors import FileNotDecryptedError, LimitReachedError, WrongPasswordError

from server.domain.description import Metadata
from server.domain.errors import (
    EncryptedPaperError,
    NotPdfError,
    ResourceLimitError,
    TooLargeError,
    TooManyPagesError,
)
from server.domain.normalise import clean_text

MAGIC = b"%PDF-"
MAGIC_WITHIN = 1024
MAX_DECODED_PER_PAGE = 64 * 2**20
MAX_DECODED = 512 * 2**20
_SMALL = 32 * 1024
"""Compressed content smaller than this is not unpacked here: Flate cannot make more than 33 MB of it."""
_METADATA_CHARACTERS = 500
_ABOUT_CHARACTERS, _ABOUT_ENTRIES = 5_000, 40
_PACKET_BYTES, _PACKET_TEXTS = 256 * 1024, 2_000
_TAG = re.compile(r"<[^<>]*>")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports each oddity of a damaged file


@dataclass(frozen=True, slots=True)
class Admission:
    """A PDF that may be tried."""

    metadata: Metadata
    """Without the outline."""
    reader: pypdf.PdfReader | None
    """None: pypdf cannot parse this file; PDFium may."""
    about: tuple[str, ...] = ()
    """All that the file says about itself, cleaned: to be looked through, never to be shown to a reader."""


def admit(data: bytes, *, max_bytes: int, max_pages: int) -> Admission:
    """Refuse what is no paper or would be dangerous to read, for about 2 ms a page.

    pypdf raises many kinds of exceptions, its own and Python's, for damaged files. Only what it says about passwords
    and limits is final; for the rest PDFium, which repairs more, has the last word.

    Raises:
        NotPdfError, TooLargeError, EncryptedPaperError, TooManyPagesError, ResourceLimitError
    """
    if len(data) > max_bytes:
        raise TooLargeError(limit_mb=max_bytes // 2**20)
    if MAGIC not in data[: MAGIC_WITHIN + len(MAGIC)]:
        raise NotPdfError
    _tighten(max_pages)
    try:
        reader = _open(data)
        _count(reader, max_pages)
        metadata = _metadata(reader)
        about = (*_entries(reader), *_packet(reader))
        _weigh(reader)
    except (EncryptedPaperError, TooManyPagesError, ResourceLimitError):
        raise
    except (FileNotDecryptedError, WrongPasswordError) as error:
        raise EncryptedPaperError from error
    except (LimitReachedError, MemoryError) as error:
        raise ResourceLimitError from error
    except Exception:  # noqa: BLE001  anything at all, RecursionError and KeyError among them
        return Admission(Metadata(), None)
    return Admission(metadata, reader, about)


def _tighten(max_pages: int) -> None:
    """In this context: pypdf's configuration is a ContextVar and is not seen by other threads."""
    pypdf.overwrite_configuration(
        zlib_maximum_output_length=MAX_DECODED_PER_PAGE,
        lzw_maximum_output_length=MAX_DECODED_PER_PAGE,
        run_length_maximum_output_length=MAX_DECODED_PER_PAGE,
        array_based_stream_maximum_output_length=MAX_DECODED_PER_PAGE,
        stream_decoding_work_maximum_length=2 * MAX_DECODED_PER_PAGE,
        page_tree_maximum_entries=4 * max_pages + 100,
        stream_filters_maximum_length=8,
        jbig2dec_binary=None,  # never start another program
    )


def _open(data: bytes) -> pypdf.PdfReader:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        try:
            opened = reader.decrypt("")
        except Exception as error:  # an unknown kind of protection is a protection
            raise EncryptedPaperError from error
        if not opened:
            raise EncryptedPaperError
    return reader


def _count(reader: pypdf.PdfReader, max_pages: int) -> None:
    try:
        pages = len(reader.pages)
    except LimitReachedError as error:
        if "depth" in str(error).lower():
            raise ResourceLimitError from error
        raise TooManyPagesError(pages=_declared(reader, max_pages), limit=max_pages) from error
    if pages > max_pages:
        raise TooManyPagesError(pages=pages, limit=max_pages)


def _declared(reader: pypdf.PdfReader, max_pages: int) -> int:
    """The number of pages that the file claims, when it cannot be counted."""
    root: Any = reader.trailer["/Root"]
    count = root["/Pages"].get("/Count")
    return int(count) if isinstance(count, int) and count > max_pages else max_pages + 1


def _weigh(reader: pypdf.PdfReader) -> None:
    """Unpack large page contents within limits, so that most bombs end here and not in PDFium's memory."""
    total = 0
    sizes: dict[int, int] = {}
    for page in reader.pages:
        for stream in _contents(page):
            if id(stream) not in sizes:
                sizes[id(stream)] = _unpacked(stream)
            total += sizes[id(stream)]
        if total > MAX_DECODED:
            raise ResourceLimitError


def _contents(page: Any) -> list[Any]:
    contents = page.get("/Contents")
    contents = contents.get_object() if contents is not None else None
    if contents is None:
        return []
    return [part.get_object() for part in contents] if isinstance(contents, list) else [contents]


def _unpacked(stream: Any) -> int:
    packed = len(getattr(stream, "_data", b""))
    filters = stream.get("/Filter") if hasattr(stream, "get") else None
    one_filter = filters is None or isinstance(filters, str) or len(filters) <= 1
    if packed <= _SMALL and one_filter:
        return packed
    return len(stream.get_data())


def _metadata(reader: pypdf.PdfReader) -> Metadata:
    try:
        info: Any = reader.metadata or {}
        return Metadata(
            title=_words(info.get("/Title")),
            author=_words(info.get("/Author")),
            created=_words(info.get("/CreationDate")),
        )
    except Exception:  # noqa: BLE001  a hint, never worth a refusal
        return Metadata()


def _entries(reader: pypdf.PdfReader) -> list[str]:
    """The texts of the information dictionary, whatever their keys."""
    try:
        info: Any = reader.metadata or {}
        values = [_words(value, limit=_ABOUT_CHARACTERS) for value in list(info.values())[:_ABOUT_ENTRIES]]
    except Exception:  # noqa: BLE001  never worth a refusal
        return []
    return [value for value in values if value]


def _packet(reader: pypdf.PdfReader) -> list[str]:
    """The words of the XMP packet between its tags. It is not parsed: XML can be a bomb of its own."""
    try:
        root: Any = reader.trailer["/Root"]
        packet = root["/Metadata"].get_object()
        if len(getattr(packet, "_data", b"")) > _SMALL:
            return []
        words = _TAG.split(packet.get_data()[:_PACKET_BYTES].decode("utf-8", "replace"))
    except Exception:  # noqa: BLE001  never worth a refusal
        return []
    texts = [
        _words(html.unescape(text), limit=_ABOUT_CHARACTERS) for text in words[:_PACKET_TEXTS] if text.strip()
    ]
    return [text for text in texts if text]


def _words(value: Any, *, limit: int = _METADATA_CHARACTERS) -> str | None:
    text = (
        clean_text(str(value.get_object() if hasattr(value, "get_object") else value)[: 4 * limit])
        if value
        else ""
    )
    return " ".join(text.split())[:limit] or None
