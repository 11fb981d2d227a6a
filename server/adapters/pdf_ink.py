"""Find text that leaves no ink of its own: what the file says and a person looking at the page does not see."""

from __future__ import annotations

from dataclasses import dataclass

from server.adapters.pdf_layers import Area, Backdrop, Frame, Layers, changed, has_ink, is_paper
from server.adapters.pdf_overprint import Scene, closer, find_overprinted
from server.adapters.pdf_pieces import TELLING, HiddenRange, Piece, merged, pieces_of, tells, within
from server.adapters.pdf_reading import Glyphs
from server.adapters.pdfium import Handle, Picture
from server.domain.extractions import Hiding

SCALE = 1.5
"""Pixels per point: 108 dpi, where a thin stroke of body text still differs clearly from paper."""
MAX_PIXELS = 6_000_000
TINY_PT = 2.2
TINY_SIZE_PT = 3.5
"""Glyphs lower than `TINY_PT` cannot be read on paper, unless they are the low letters (`are`) of a larger font."""
SPECK_PT = 1.2
NARROW_PT = 0.8
"""Letters lower, or words narrower, than this are unreadable whatever the font says its size is (Type 3 fonts have units
of their own)."""

_LIGHT = bytes(range(216, 256))
_CLOSER_LOOKS = 60
"""Second looks per page; a file that needs more is not setting dot leaders."""


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at a page told."""

    hidden: tuple[HiddenRange, ...]
    """In order."""
    repeated: tuple[tuple[int, int], ...]
    """Stretches that only print again what is there already."""
    is_recognised: bool
    """The page is a picture and its text was recognised from it; nobody sees the text itself."""
    picture: Picture

    @property
    def is_blank(self) -> bool:
        """The page shows nothing, not even a picture."""
        return not self.picture.pixels.translate(None, _LIGHT)


def look_for_ink(page: Handle, glyphs: Glyphs) -> Look:
    """Compare the glyphs of a page with pictures of it, with and without its text.

    Each word of each text object is looked for in a picture of the page; what is not seen there is looked for again,
    larger, since dots and hairlines vanish at reading size. Ink that stays when the text is left out is not the text's:
    words on a photograph are seen only if they change it. The exception is a scan, where recognised text lies
    invisibly on the picture that it was read from.

    Out of reach of ink: visible letters that the file says to be others (a lying ToUnicode map, ActualText, text
    recognised from a picture of something else). Only reading the picture itself would tell.
    """
    layers = Layers.of(page)
    frame = Frame.around(0, 0, glyphs.width, glyphs.height, scale=SCALE, max_pixels=MAX_PIXELS)
    picture = layers.draw(frame)
    backdrop = None
    if layers.has_graphics and glyphs.runs:
        backdrop = Backdrop.of(layers.draw(frame, without=layers.texts))
    scene = Scene(glyphs, layers, frame, picture, backdrop)
    found: list[HiddenRange] = []
    inkless: list[Piece] = []
    borrowing: list[Piece] = []
    seen: list[Piece] = []
    areas: list[Area] = []
    for piece in pieces_of(glyphs):
        if why := _unreadable(piece, glyphs):
            found.append(HiddenRange(piece.start, piece.end, why))
        elif scene.has_text_ink(area := scene.area(piece)):
            seen.append(piece)
            areas.append(area)
        else:
            (borrowing if has_ink(picture, area) else inkless).append(piece)
    is_recognised = _is_recognised(scene, seen, borrowing)
    if not is_recognised:
        inkless = sorted([*inkless, *borrowing], key=lambda piece: piece.start)
    overprinted = find_overprinted(scene, seen, areas)
    found += [*_still_unseen(scene, inkless), *overprinted.hidden]
    hidden = tuple(one for one in merged(glyphs, found) if tells(glyphs, one))
    return Look(hidden, overprinted.repeated, is_recognised, picture)


def _unreadable(piece: Piece, glyphs: Glyphs) -> Hiding | None:
    if piece.x1 <= 0 or piece.y1 <= 0 or piece.x0 >= glyphs.width or piece.y0 >= glyphs.height:
        return Hiding.OFF_PAGE
    return Hiding.TINY if _is_tiny(piece, glyphs) else None


def _is_tiny(piece: Piece, glyphs: Glyphs) -> bool:
    """Too small to read. Dots and dashes are low at any size, so that only their font size can tell."""
    start, end = piece.start, piece.end
    if piece.x1 - piece.x0 >= TINY_PT and piece.y1 - piece.y0 >= TINY_PT and end - start < 4:
        return False
    tallest = max(b - a for a, b in zip(glyphs.y0[start:end], glyphs.y1[start:end], strict=True))
    widest = max(b - a for a, b in zip(glyphs.x0[start:end], glyphs.x1[start:end], strict=True))
    if max(tallest, widest) < TINY_PT and piece.run.size < TINY_SIZE_PT:
        return True
    if not TELLING.search(glyphs.text, start, end):
        return False
    if max(tallest, widest) < SPECK_PT:
        return True
    return end - start > 1 and min(piece.x1 - piece.x0, piece.y1 - piece.y0) < NARROW_PT


def _is_recognised(scene: Scene, seen: list[Piece], borrowing: list[Piece]) -> bool:
    """Whether most of the text lies unseen on ink that is there without it, and this ink looks like print."""
    letters, borrowed = (sum(piece.end - piece.start for piece in some) for some in (seen, borrowing))
    return (
        borrowed > letters
        and scene.backdrop is not None
        and is_paper(scene.backdrop.picture, map(scene.area, borrowing))
    )


def _still_unseen(scene: Scene, pieces: list[Piece]) -> list[HiddenRange]:
    """What of the pieces shows no ink of its own in a larger picture either."""
    glyphs, layers = scene.glyphs, scene.layers
    still: list[HiddenRange] = []
    ranges = merged(glyphs, (HiddenRange(piece.start, piece.end, Hiding.NO_INK) for piece in pieces))
    for at, found in enumerate(ranges):
        if at >= _CLOSER_LOOKS:
            still.append(found)
            continue
        members = within(pieces, found)
        frame = closer(glyphs, members)
        full = layers.draw(frame)
        others = layers.draw(frame, without={piece.run.handle for piece in members})
        for piece in members:
            area = frame.area(piece.x0, piece.y0, piece.x1, piece.y1)
            if not has_ink(full, area) or not changed(full, others, area, enough=1):
                still.append(HiddenRange(piece.start, piece.end, Hiding.NO_INK))
    return still
