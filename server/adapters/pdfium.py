"""The door to PDFium: documents, pages, pictures and outlines through its raw interface.

PDFium is not thread-safe and can crash: only the child process of `pdf_process` imports this module.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

# The bindings alone: half the import time of the package with its helpers.
from pypdfium2_raw import bindings as raw  # type: ignore[import-untyped]  # carries no types

Handle = Any
"""A pointer of PDFium's own: document, page, text page, text object."""

MAX_OUTLINE_ENTRIES = 1_000
MAX_TITLE_BYTES = 2_048
_ERROR_PASSWORD, _ERROR_SECURITY = 4, 5

_config = raw.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=None, m_pIsolate=None, m_v8EmbedderSlot=0)
raw.FPDF_InitLibraryWithConfig(_config)


class PdfiumRefusedError(Exception):
    """PDFium cannot open this document or page."""

    def __init__(self, *, password: bool = False) -> None:
        self.password = password
        super().__init__("a password is needed" if password else "PDFium cannot read this")


def quick(function: Any, *argument_types: Any, result: Any = ctypes.c_int) -> Callable[..., int]:
    """`function` of the bindings for millions of calls: addresses as plain integers, the interpreter's lock kept."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    if address is None:  # pragma: no cover  a library without this function
        raise ImportError(str(function))
    return cast(Callable[..., int], ctypes.PYFUNCTYPE(result, *argument_types)(address))


def address_of(handle: Handle) -> int:
    """A handle as the plain integer that `quick` functions take."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


@contextmanager
def opened(data: bytes) -> Iterator[Handle]:
    """A document, with the empty password where one is asked for.

    Raises:
        PdfiumRefusedError
    """
    document = raw.FPDF_LoadMemDocument64(data, len(data), b"")
    if not document:
        raise PdfiumRefusedError(password=raw.FPDF_GetLastError() in {_ERROR_PASSWORD, _ERROR_SECURITY})
    try:
        yield document
    finally:
        raw.FPDF_CloseDocument(document)


def page_count(document: Handle) -> int:
    return int(raw.FPDF_GetPageCount(document))


@contextmanager
def loaded_page(document: Handle, page_index: int) -> Iterator[Handle]:
    """Raises PdfiumRefusedError."""
    page = raw.FPDF_LoadPage(document, page_index)
    if not page:
        raise PdfiumRefusedError
    try:
        yield page
    finally:
        raw.FPDF_ClosePage(page)


@contextmanager
def loaded_text(page: Handle) -> Iterator[Handle]:
    """Raises PdfiumRefusedError."""
    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        raise PdfiumRefusedError
    try:
        yield text_page
    finally:
        raw.FPDFText_ClosePage(text_page)


@dataclass(frozen=True, slots=True)
class View:
    """How a page's own coordinates become points of the page as displayed, origin top left:
    `x' = a·x + c·y + e`, `y' = b·x + d·y + f`. Either a and d are zero or b and c are (quarter turns).
    """

    width: float
    height: float
    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


def view_of(page: Handle) -> View:
    """Asks PDFium itself, so that inherited boxes, /Rotate and odd corners come out as they are drawn."""
    width, height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise PdfiumRefusedError
    side = 1 << 20
    x, y = ctypes.c_double(), ctypes.c_double()

    def corner(right: int, down: int) -> tuple[float, float]:
        raw.FPDF_DeviceToPage(page, 0, 0, side, side, 0, right, down, x, y)
        return x.value, y.value

    (ox, oy), (rx, ry), (dx, dy) = corner(0, 0), corner(side, 0), corner(0, side)
    if abs(rx - ox) >= abs(ry - oy):  # upright, or upside down
        a, d = width / (rx - ox or width), height / (dy - oy or -height)
        return View(width, height, a, 0.0, 0.0, d, -a * ox, -d * oy)
    c, b = width / (ry - oy), height / (dx - ox or height)
    return View(width, height, 0.0, b, c, 0.0, -c * oy, -b * ox)


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, rows top down, without padding: one byte each when grey, else red, green and blue."""

    width: int
    height: int
    pixels: bytearray
    channels: int = 1


def draw(
    page: Handle,
    *,
    width: int,
    height: int,
    left: int = 0,
    top: int = 0,
    scale: tuple[float, float],
    grey: bool,
) -> Picture:
    """The window of `width` × `height` pixels at `left`, `top` of the page drawn at `scale` (pixels per point)."""
    channels = 1 if grey else 3
    pixels = bytearray(b"\xff") * (width * height * channels)
    buffer = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    kind = raw.FPDFBitmap_Gray if grey else raw.FPDFBitmap_BGR
    bitmap = raw.FPDFBitmap_CreateEx(width, height, kind, buffer, width * channels)
    if not bitmap:
        raise PdfiumRefusedError
    flags = raw.FPDF_ANNOT | (raw.FPDF_GRAYSCALE if grey else raw.FPDF_REVERSE_BYTE_ORDER)
    page_width = round(raw.FPDF_GetPageWidthF(page) * scale[0])
    page_height = round(raw.FPDF_GetPageHeightF(page) * scale[1])
    try:
        raw.FPDF_RenderPageBitmap(bitmap, page, -left, -top, page_width, page_height, 0, flags)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return Picture(width, height, pixels, channels)


def outline(document: Handle) -> Iterator[tuple[str, int, int]]:
    """(title, page from 1, level from 1) of the bookmarks, in order; cycles and excess are cut."""
    seen: set[int] = set()
    stack: list[tuple[Handle, int]] = [(raw.FPDFBookmark_GetFirstChild(document, None), 1)]
    while stack and len(seen) < MAX_OUTLINE_ENTRIES:
        bookmark, level = stack.pop()
        address = address_of(bookmark)
        if not address or address in seen:
            continue
        seen.add(address)
        stack.append((raw.FPDFBookmark_GetNextSibling(document, bookmark), level))
        stack.append((raw.FPDFBookmark_GetFirstChild(document, bookmark), level + 1))
        target = raw.FPDFBookmark_GetDest(document, bookmark)
        page_index = raw.FPDFDest_GetDestPageIndex(document, target) if target else -1
        title = _title(bookmark)
        if title and page_index >= 0:
            yield title, page_index + 1, level


def _title(bookmark: Handle) -> str:
    buffer = ctypes.create_string_buffer(MAX_TITLE_BYTES)
    length = raw.FPDFBookmark_GetTitle(bookmark, buffer, MAX_TITLE_BYTES)
    return buffer.raw[: max(0, min(length, MAX_TITLE_BYTES) - 2)].decode("utf-16-le", "replace").strip()
