"""Find text at the place of other text: hidden by it, hidden in it, or merely printed twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from server.adapters.pdf_layers import Area, Backdrop, Frame, Layers, changed, has_ink
from server.adapters.pdf_pieces import HiddenRange, Piece, merged, tells, within
from server.adapters.pdf_reading import Glyphs
from server.adapters.pdfium import Picture
from server.domain.extractions import Hiding
from server.domain.matching import fold

SEEN_SHARE = 0.25
"""Of the pixels that a word would print on the bare page: if fewer show among the rest of the text, it is hidden."""
MAX_DEPTH = 8
"""Texts at one place that are told apart. Nobody can read more."""
CLOSER_SCALE = 6.0
CLOSER_MAX_PIXELS = 1_500_000
CLOSER_LOOKS = 30
"""Per page; what is left is judged at reading size."""
_SAME_PLACE = 0.5
_CELL_WIDTH, _CELL_HEIGHT = 64, 16
_PILE = 300
"""Pieces that touch one cell of the page (43 × 11 points). Print has ten; what lies deeper is not looked for."""
_MIN_REST = 6
"""Pixels: less of a word than this, free of other text, proves nothing."""


@dataclass(frozen=True, slots=True)
class Overprinted:
    """What stands in other text's place."""

    hidden: tuple[HiddenRange, ...]
    repeated: tuple[tuple[int, int], ...]
    """Words printed twice at one place (a way to make letters bold): the stretches to leave out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A page as displayed, with the means to draw it again."""

    glyphs: Glyphs
    layers: Layers
    frame: Frame
    picture: Picture
    backdrop: Backdrop | None
    """None: there is nothing but text on the page."""

    def area(self, piece: Piece) -> Area:
        return self.frame.area(piece.x0, piece.y0, piece.x1, piece.y1)

    def has_text_ink(self, area: Area) -> bool:
        """Whether there is ink in the area that is not there without the text."""
        if not has_ink(self.picture, area):
            return False
        if not self.backdrop or not self.backdrop.shows(area):
            return True
        return changed(self.picture, self.backdrop.picture, area, enough=1) > 0


def find_overprinted(scene: Scene, pieces: list[Piece], areas: list[Area]) -> Overprinted:
    """Judge those of the pieces (and the areas they cover) that seem to be visible but share their place with others.

    A word that has ink in a part free of other text is visible. The others are drawn alone, and left out: a word that
    is seen leaves ink on the bare page, and is missed on the full one.
    """
    meetings, piled = _meetings(pieces, areas)
    repeated: set[int] = set()
    twins: defaultdict[int, set[int]] = defaultdict(set)
    for at, others in meetings.items():
        if sum(areas[at].shared(areas[other]) for other in others) < _SAME_PLACE * areas[at].size:
            continue
        same = _twins(scene.glyphs, pieces[at], [pieces[other] for other in sorted(others)])
        handle = pieces[at].run.handle
        for twin in same:
            twins[handle].add(twin.run.handle)
            twins[twin.run.handle].add(handle)
        if same and all(twin.start < pieces[at].start for twin in same):
            repeated.add(at)
    suspects = [
        at
        for at, others in sorted(meetings.items())
        if at not in repeated and not _shows_beside(scene, areas[at], [areas[other] for other in others])
    ]
    left = [pieces[at] for at in suspects]
    rivals: defaultdict[int, set[int]] = defaultdict(set)
    for at in suspects:
        rivals[pieces[at].run.handle] |= {pieces[other].run.handle for other in meetings[at]}
    telling = [piece for found in _ranges(scene.glyphs, left) for piece in within(left, found)]
    unseen = [*_unseen(scene, telling, rivals, twins), *(pieces[at] for at in piled)]
    return Overprinted(
        tuple(_ranges(scene.glyphs, unseen)),
        tuple((pieces[at].start, pieces[at].end) for at in sorted(repeated)),
    )


def _meetings(pieces: list[Piece], areas: list[Area]) -> tuple[dict[int, set[int]], set[int]]:
    """Which pieces of different text objects touch the same pixels, by index; and which lie too deep in a pile."""
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    meetings: defaultdict[int, set[int]] = defaultdict(set)
    piled: set[int] = set()
    for at, area in enumerate(areas):
        if area.is_empty:
            continue
        handle = pieces[at].run.handle
        for row in range(area.top // _CELL_HEIGHT, (area.bottom - 1) // _CELL_HEIGHT + 1):
            for column in range(area.left // _CELL_WIDTH, (area.right - 1) // _CELL_WIDTH + 1):
                cell = cells[row, column]
                if len(cell) >= _PILE:
                    piled.add(at)
                    continue
                for other in cell:
                    if pieces[other].run.handle != handle and area.meets(areas[other]):
                        meetings[at].add(other)
                        meetings[other].add(at)
                cell.append(at)
    return meetings, piled


def _shows_beside(scene: Scene, area: Area, others: list[Area]) -> bool:
    for other in others:
        if area.meets(other):
            area = area.beside(other)
    return area.size >= _MIN_REST and scene.has_text_ink(area)


def _twins(glyphs: Glyphs, piece: Piece, others: list[Piece]) -> list[Piece]:
    """The pieces that print the same letters at the same place, or nothing."""
    x0, y0, x1, y1 = glyphs.x0, glyphs.y0, glyphs.x1, glyphs.y1
    inside = [
        at
        for other in others
        for at in range(other.start, other.end)
        if piece.x0 <= (x0[at] + x1[at]) / 2 <= piece.x1 and piece.y0 <= (y0[at] + y1[at]) / 2 <= piece.y1
    ]
    if not inside or fold("".join(glyphs.text[at] for at in inside)) != fold(
        glyphs.text[piece.start : piece.end]
    ):
        return []
    return [other for other in others if any(other.start <= at < other.end for at in inside)]


def _ranges(glyphs: Glyphs, pieces: Iterable[Piece]) -> list[HiddenRange]:
    ranges = merged(glyphs, (HiddenRange(piece.start, piece.end, Hiding.NO_INK) for piece in pieces))
    return [found for found in ranges if tells(glyphs, found)]


def _unseen(
    scene: Scene,
    pieces: list[Piece],
    rivals: dict[int, set[int]],
    twins: dict[int, set[int]],
) -> list[Piece]:
    """Text objects that do not touch each other are judged in one go."""
    if not pieces:
        return []
    level: dict[int, int] = {}
    for handle in dict.fromkeys(piece.run.handle for piece in pieces):
        taken = {level.get(rival) for rival in rivals[handle]}
        level[handle] = next(n for n in range(MAX_DEPTH + 1) if n == MAX_DEPTH or n not in taken)
    unseen = [piece for piece in pieces if level[piece.run.handle] == MAX_DEPTH]
    looks = CLOSER_LOOKS
    for depth in range(min(MAX_DEPTH, max(level.values()) + 1)):
        group = [piece for piece in pieces if level[piece.run.handle] == depth]
        handles = {piece.run.handle for piece in group}
        handles |= {twin for handle in handles for twin in twins.get(handle, ())}
        doubtful = _missing(scene.layers, scene.frame, group, handles)
        for found in _ranges(scene.glyphs, doubtful):
            members = within(doubtful, found)
            if looks:
                looks -= 1
                members = _missing(scene.layers, closer(scene.glyphs, members), members, handles)
            unseen.extend(members)
    return unseen


def closer(glyphs: Glyphs, pieces: list[Piece]) -> Frame:
    """A large picture of just these pieces."""
    return Frame.around(
        max(0.0, min(piece.x0 for piece in pieces) - 1),
        max(0.0, min(piece.y0 for piece in pieces) - 1),
        min(glyphs.width, max(piece.x1 for piece in pieces) + 1),
        min(glyphs.height, max(piece.y1 for piece in pieces) + 1),
        scale=CLOSER_SCALE,
        max_pixels=CLOSER_MAX_PIXELS,
    )


def _missing(layers: Layers, frame: Frame, pieces: list[Piece], handles: set[int]) -> list[Piece]:
    """Those of the pieces, drawn by `handles`, that leave no ink alone or are not missed among the rest."""
    bare = layers.draw(frame, without=layers.texts)
    alone = layers.draw(frame, without=layers.texts - handles)
    full = layers.draw(frame)
    others = layers.draw(frame, without=handles)
    missing = []
    for piece in pieces:
        area = frame.area(piece.x0, piece.y0, piece.x1, piece.y1)
        own = changed(alone, bare, area, enough=area.size)
        if not own or changed(full, others, area, enough=area.size) < SEEN_SHARE * own:
            missing.append(piece)
    return missing
