"""Read what PDFium knows about the characters of one page: code points, boxes as displayed, and runs of one look."""

from __future__ import annotations

import ctypes
import math
import re
from array import array
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, repeat

from pypdfium2_raw import bindings as raw  # type: ignore[import-untyped]  # carries no types

from server.adapters.pdfium import Handle, View, address_of, loaded_text, quick, view_of

HYPHEN_MARK = "\ufffe"
"""Where PDFium saw a word broken at the end of a line. The rest of the word follows at once."""
LINE_END = re.compile("\r\n?|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SECOND_HALF = re.compile("(?<=[\ud800-\udbff])[\udc00-\udfff]")

_get_unicode = quick(raw.FPDFText_GetUnicode, ctypes.c_void_p, ctypes.c_int, result=ctypes.c_uint)
_get_box = quick(raw.FPDFText_GetCharBox, ctypes.c_void_p, ctypes.c_int, *[ctypes.c_void_p] * 4)
_get_object = quick(raw.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_int, result=ctypes.c_void_p)
_get_font = quick(raw.FPDFTextObj_GetFont, ctypes.c_void_p, result=ctypes.c_void_p)
_get_size = quick(raw.FPDFText_GetFontSize, ctypes.c_void_p, ctypes.c_int, result=ctypes.c_double)
_get_matrix = quick(raw.FPDFText_GetMatrix, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)

_BOLD_NAME = re.compile(
    r"bold|black|heavy|semib|demi|medi(?![a-z])|cmbx|sfbx|ecbx|lmbx|[-_ ]w[6-9]\b|gothic-?(?:b|medium)",
    re.IGNORECASE,
)
_BOLD_WEIGHT = 600
"""PDFium derives weights from the stem width: 345–425 for text faces, 700 for Times Bold, 570 for CMBX (by name)."""
_TILTED = math.sin(math.radians(10))
_NAME_BYTES = 128


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters of one text object: one font, size, colour and baseline."""

    start: int
    end: int
    size: float
    """Points as displayed, after all matrices. Means little in Type 3 fonts: their unit is their own."""
    bold: bool
    rotated: bool
    handle: int = 0
    """PDFium's address of the text object, valid while the page is loaded."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """All characters of a page in the file's order, hidden ones too; `\\r\\n` ends a line, U+FFFE marks a broken word.

    Coordinates are points of the page as displayed, origin top left, one entry per character.
    """

    width: float
    height: float
    text: str
    x0: array[float]
    y0: array[float]
    x1: array[float]
    y1: array[float]
    runs: tuple[Run, ...]


def read_glyphs(page: Handle) -> Glyphs:
    """Every character of a page with its place and look.

    One call per character through ctypes is the cost of reading, so there are just two (box and text object), driven
    by `map` and `deque`, and PDFium writes the boxes straight into the array.

    Raises:
        PdfiumRefusedError
    """
    view = view_of(page)
    with loaded_text(page) as text_page:
        count = max(0, raw.FPDFText_CountChars(text_page))
        handle = address_of(text_page)
        units = _units(text_page, handle, count)
        x0, x1, y0, y1 = _boxes(handle, count, view)
        runs = tuple(_runs(text_page, handle, count, view))
    glyphs = Glyphs(view.width, view.height, units, x0, y0, x1, y1, runs)
    return _with_pairs_joined(glyphs) if _SURROGATE.search(units) else glyphs


def _units(text_page: Handle, handle: int, count: int) -> str:
    """What each of PDFium's characters stands for: a UTF-16 unit, so that 𝑃 (U+1D443) is two of them.

    One call for the page where every character came back; PDFium leaves out those it cannot name.
    """
    if not count:
        return ""
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    length = raw.FPDFText_GetText(text_page, 0, count, buffer) - 1
    if length == count:
        text = bytes(buffer)[: 2 * length].decode("utf-16-le", "surrogatepass")
        return text if len(text) == count else "".join(map(chr, buffer[:count]))
    code_points = map(_get_unicode, repeat(handle), range(count))
    return "".join(
        HYPHEN_MARK if code == 2 else chr(code) if code < 0x110000 else "\0" for code in code_points
    )


def _with_pairs_joined(glyphs: Glyphs) -> Glyphs:
    """One character where a letter beyond the 16-bit plane came as two, each with the box of the whole letter."""
    second = {match.start() for match in _SECOND_HALF.finditer(glyphs.text)}
    kept = [at for at in range(len(glyphs.text)) if at not in second]
    text = glyphs.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    x0, y0, x1, y1 = (
        array("f", map(edges.__getitem__, kept)) for edges in (glyphs.x0, glyphs.y0, glyphs.x1, glyphs.y1)
    )
    runs = tuple(
        replace(run, start=bisect_left(kept, run.start), end=bisect_left(kept, run.end))
        for run in glyphs.runs
    )
    return Glyphs(glyphs.width, glyphs.height, text, x0, y0, x1, y1, runs)


def _boxes(handle: int, count: int, view: View) -> tuple[array[float], ...]:
    edges = array("d", bytes(32 * count))
    at = edges.buffer_info()[0]
    # left, right, bottom, top: the order of FPDFText_GetCharBox.
    targets = (range(at + 8 * edge, at + 8 * edge + 32 * count, 32) for edge in range(4))
    deque(map(_get_box, repeat(handle), range(count), *targets), maxlen=0)
    left, right, bottom, top = (edges[edge::4] for edge in range(4))
    if view.a:
        return (*_span(left, right, view.a, view.e), *_span(bottom, top, view.d, view.f))
    return (*_span(bottom, top, view.c, view.e), *_span(left, right, view.b, view.f))


def _span(
    low: array[float], high: array[float], factor: float, shift: float
) -> tuple[array[float], array[float]]:
    """Both ends of the boxes along one axis of the page as displayed, the lesser first."""
    if factor < 0:
        low, high = high, low
    if factor == 1 and shift == 0:
        return array("f", low), array("f", high)
    return (
        array("f", [factor * value + shift for value in low]),
        array("f", [factor * value + shift for value in high]),
    )


def _runs(text_page: Handle, handle: int, count: int, view: View) -> list[Run]:
    objects = list(map(_get_object, repeat(handle), range(count)))
    runs: list[Run] = []
    bold_fonts: dict[int, bool] = {}
    matrix = raw.FS_MATRIX()
    matrix_address = ctypes.addressof(matrix)
    start = 0
    for text_object, members in groupby(objects):
        end = start + len(list(members))
        if text_object:  # PDFium makes up line ends and some spaces; they belong to no object
            font = _get_font(text_object)
            if font not in bold_fonts:
                bold_fonts[font] = _is_bold(text_page, start)
            _get_matrix(handle, start, matrix_address)
            a, b = matrix.a, matrix.b
            size = abs(_get_size(handle, start)) * math.hypot(matrix.c, matrix.d)
            right, down = view.a * a + view.c * b, view.b * a + view.d * b
            rotated = abs(down) > _TILTED * math.hypot(right, down)
            runs.append(Run(start, end, size, bold_fonts[font], rotated, text_object))
        start = end
    return runs


def _is_bold(text_page: Handle, index: int) -> bool:
    name = ctypes.create_string_buffer(_NAME_BYTES)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, _NAME_BYTES, flags)
    return bool(
        _BOLD_NAME.search(name.value.decode("latin-1"))
        or raw.FPDFText_GetFontWeight(text_page, index) >= _BOLD_WEIGHT
    )


def printed_lines(text: str) -> list[tuple[int, int, str]]:
    """(start, end, what follows) of the lines of a page as PDFium broke them; what follows is `\\n` or, where a word
    goes on in the next line, `HYPHEN_MARK`.
    """
    cuts = [(match.start(), match.end(), "\n") for match in LINE_END.finditer(text)]
    cuts += [(match.start(), match.end(), HYPHEN_MARK) for match in re.finditer(HYPHEN_MARK, text)]
    cuts.sort()
    edges = [(0, 0, "\n"), *cuts, (len(text), len(text), "\n")]
    return [(before[1], after[0], after[2]) for before, after in pairwise(edges)]
