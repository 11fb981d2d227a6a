"""Find the sections that a prompt asks its answer to have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 30
"""More than that is no list of sections but something else."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the answer that is asked for."""

    label: str
    instruction: str
    most: int | None
    """Items of a list; 0: any number; None: it is a text."""


@dataclass(slots=True)
class _Block:
    """A heading and the lines up to the next."""

    level: int
    title: str
    lines: list[str]


_HEADING = re.compile(r"(#{1,6})[ \t]+(.{1,200}?)[ \t#]*")
_SHOUTED = re.compile(r"[A-Z][A-Z &'/-]{3,60}:")
_ABOUT_OUTPUT = re.compile(
    r"\boutput\b|\bquestions\b|\bsections\b|review instruction|出力|問い|質問", re.IGNORECASE
)
_NOT_OUTPUT = re.compile(r"\b(?:steps?|examples?|input)\b", re.IGNORECASE)
_BULLET = re.compile(r"[ \t]{0,3}(?:[-*+]|\d{1,2}[.)])[ \t]+(.*)")
_NUMBERED = re.compile(r"[ \t]{0,3}\d{1,2}[.)][ \t]+\*\*([^*]{1,120}?):?\*\*:?[ \t]*(.*)")
_COUNTED = re.compile(r"\d{1,2}[.)]\s+")
_CALLED = re.compile(
    r"(sub-?sections?\s+)?\b(?:called|titled|named|starting with the word)\s+[\"'“*`]{0,3}"
    r"([A-Z][A-Z0-9]+(?:['’]S\b)?(?:[ &/-]{1,3}[A-Z0-9]+(?:['’]S\b)?){0,8})\b"
)
_LIST = re.compile(r"\bbullets\b|\bbulleted\b|\blists?\b", re.IGNORECASE)
_PARTED = re.compile(r"sub-?sections?", re.IGNORECASE)
_COUNTS = (
    re.compile(r"\b\d{1,3}\s*(?:to|-|–|and)\s*(\d{1,3})\b(?!\s*-?words?)"),
    re.compile(r"\b(?:up to|at most|no more than|maximum of)\s+(\d{1,3})\b(?!\s*-?words?)", re.IGNORECASE),
    re.compile(
        r"\b(\d{1,3})\s+(?:\w+\s+){0,2}(?:bullets|items|points|entries|ideas|insights|quotes|takeaways)\b"
    ),
)
MAX_ITEMS = 50
MAX_HEADING = 300


def find_sections(text: str) -> tuple[Section, ...]:
    """The sections of the first heading about output that names at least two; none where the text names none plainly."""
    blocks = _blocks(text)
    for index, block in enumerate(blocks):
        if not _ABOUT_OUTPUT.search(block.title) or _NOT_OUTPUT.search(block.title):
            continue
        for found in (_below(blocks, index), _called(block.lines), _numbered(block.lines)):
            if 2 <= len(found) <= MOST:
                return tuple(found)
    return ()


def _blocks(text: str) -> list[_Block]:
    blocks = [_Block(0, "", [])]
    fenced = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        heading = None if fenced or len(line) > MAX_HEADING else _HEADING.fullmatch(line.rstrip())
        if heading:
            blocks.append(_Block(len(heading[1]), heading[2].strip("* "), []))
        elif not fenced and _SHOUTED.fullmatch(line.strip()):
            blocks.append(_Block(6, line.strip().rstrip(":"), []))
        else:
            blocks[-1].lines.append(line)
    return blocks


def _below(blocks: Sequence[_Block], index: int) -> list[Section]:
    """Headings one step under this one."""
    found: list[tuple[str, str]] = []
    level = None
    for block in blocks[index + 1 :]:
        if block.level <= blocks[index].level or block.level == 6:
            break
        level = level or block.level
        if block.level == level:
            found.append((block.title.rstrip(":"), "\n".join(block.lines)))
    is_counted = all(_COUNTED.match(title) for title, _ in found)
    return [_section(_COUNTED.sub("", title) if is_counted else title, said) for title, said in found]


def _called(lines: Sequence[str]) -> list[Section]:
    """Bullets that say what their section is called; what follows a bullet up to the next such one belongs to it."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        bullet = _BULLET.match(line)
        name = next((one for one in _CALLED.finditer(bullet[1]) if not one[1]), None) if bullet else None
        if bullet and name and all(name[2] != label for label, _ in found):
            found.append((name[2], [bullet[1]]))
        elif found:
            found[-1][1].append(line)
    return [_section(_softly(label), "\n".join(said), first=said[0]) for label, said in found]


def _numbered(lines: Sequence[str]) -> list[Section]:
    """`1. **Title:** what it holds`."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if item := _NUMBERED.fullmatch(line):
            found.append((item[1], [item[2]]))
        elif found:
            found[-1][1].append(line)
    return [_section(label, "\n".join(said)) for label, said in found]


def _section(label: str, said: str, *, first: str | None = None) -> Section:
    """`first`: the sentence that tells list from text; None: all of it."""
    told = said if first is None else first
    counted = next((int(one[1]) for pattern in _COUNTS if (one := pattern.search(told))), 0)
    is_list = bool(_LIST.search(told)) and not _PARTED.search(told)
    return Section(label.strip(), said.strip(), min(counted, MAX_ITEMS) if is_list else None)


def _softly(shouted: str) -> str:
    return shouted[:1] + shouted[1:].lower()
