"""Draw a page as a PNG."""

from __future__ import annotations

import struct
import zlib

from server.adapters import pdfium
from server.domain.errors import MalformedPaperError, NotFoundError

MIN_WIDTH, MAX_WIDTH = 50, 2_000
MAX_PIXELS = 8_000_000


def picture_of(data: bytes, *, page: int, width: int) -> bytes:
    """Page `page` (from 1) as a PNG `width` pixels wide; narrower when the page is very long.

    Raises:
        NotFoundError, MalformedPaperError
    """
    width = min(max(width, MIN_WIDTH), MAX_WIDTH)
    try:
        with pdfium.opened(data) as document:
            if not 1 <= page <= pdfium.page_count(document):
                raise NotFoundError(kind="page", id=str(page))
            with pdfium.loaded_page(document, page - 1) as handle:
                view = pdfium.view_of(handle)
                width = max(1, min(width, int((MAX_PIXELS * view.width / view.height) ** 0.5)))
                height = max(1, min(MAX_PIXELS // width, round(width * view.height / view.width)))
                scale = (width / view.width, height / view.height)
                return png(pdfium.draw(handle, width=width, height=height, scale=scale, grey=False))
    except pdfium.PdfiumRefusedError as error:
        raise MalformedPaperError from error


def png(picture: pdfium.Picture) -> bytes:
    """Eight bits a channel, no filters: larger than it could be, and written in a few milliseconds."""
    stride = picture.width * picture.channels
    rows = b"".join(
        b"\0" + picture.pixels[at : at + stride] for at in range(0, stride * picture.height, stride)
    )
    colour_type = {1: 0, 3: 2}[picture.channels]
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 4)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
