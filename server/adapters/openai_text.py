"""Find the answer's JSON object in what a model writes: without reasoning, fences and prose around it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from enum import Enum, auto

_THINK, _THOUGHT = "<think>", "</think>"
_FENCE = re.compile(r"```[^\n`]*\n\s*")
_OUTSIDE_STRING = re.compile(r'["{}]')
_INSIDE_STRING = re.compile(r'["\\]')
_LONGEST_FENCE = 64
_MOST_TRIES = 200


class _State(Enum):
    START = auto()
    THOUGHT = auto()
    OBJECT = auto()
    DONE = auto()
    PROSE = auto()


class ObjectPicker:
    """Passes the object on as it arrives when the text begins with it; else waits for the end and picks the best.

    Text without any object comes out whole: it is for the validator to say what is wrong with it.
    """

    def __init__(self, names: Collection[str] = ()) -> None:
        """`names`: what the object's members should be called; decides between several objects in prose."""
        self._names = frozenset(names)
        self._state = _State.START
        self._waiting: list[str] = []
        self._tail = ""
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, piece: str) -> str:
        """The part of `piece`, and of what was waiting, that belongs to the answer."""
        match self._state:
            case _State.OBJECT:
                return self._inside(piece)
            case _State.THOUGHT:
                return self._thinking(piece)
            case _State.DONE:
                return ""
        self._waiting.append(piece)
        return self._begin("".join(self._waiting)) if self._state is _State.START else ""

    def finish(self) -> str:
        """What was waiting, once nothing more comes."""
        if self._state in (_State.OBJECT, _State.DONE):
            return ""
        return pick_object("".join(self._waiting), self._names)

    def _begin(self, waiting: str) -> str:
        text = waiting.lstrip("\ufeff \t\r\n")
        if text.startswith(_THINK):
            self._state = _State.THOUGHT
            self._waiting, self._tail = [], ""
            return self._thinking(text)
        if text.startswith("```"):
            fence = _FENCE.match(text)
            text = text[fence.end() :] if fence else text[:_LONGEST_FENCE]
        if len(text) < _LONGEST_FENCE and (_THINK.startswith(text) or text.startswith("`")):
            return ""  # Too short to tell; the empty text is, too.
        if not text.startswith("{"):
            self._state = _State.PROSE
            return ""
        self._state = _State.OBJECT
        self._waiting = []
        return self._inside(text)

    def _thinking(self, piece: str) -> str:
        """Until the reasoning ends; looks at the new piece only, since reasoning is long and comes in crumbs."""
        self._waiting.append(piece)
        seen = self._tail + piece
        _, closed, rest = seen.partition(_THOUGHT)
        self._tail = seen[1 - len(_THOUGHT) :]
        if not closed:
            return ""
        self._state = _State.START
        self._waiting = [rest]
        return self._begin(rest)

    def _inside(self, piece: str) -> str:
        at = 0
        while at < len(piece):
            if self._escaped:
                self._escaped = False
                at += 1
                continue
            found = (_INSIDE_STRING if self._in_string else _OUTSIDE_STRING).search(piece, at)
            if not found:
                return piece
            at = found.end()
            match found.group():
                case '"':
                    self._in_string = not self._in_string
                case "\\":
                    self._escaped = True
                case "{":
                    self._depth += 1
                case _:
                    self._depth -= 1
                    if self._depth == 0:
                        self._state = _State.DONE
                        return piece[:at]
        return piece


class TextPicker:
    """Passes free text on, without the reasoning before it."""

    def __init__(self) -> None:
        self._waiting: str | None = ""

    def feed(self, piece: str) -> str:
        """The part of `piece`, and of what was waiting, that belongs to the answer."""
        if self._waiting is None:
            return piece
        self._waiting += piece
        text = self._waiting.lstrip("\ufeff \t\r\n")
        if text.startswith(_THINK):
            _, closed, text = text.partition(_THOUGHT)
            text = text.lstrip()
            if not closed or not text:
                return ""
        elif _THINK.startswith(text):
            return ""
        self._waiting = None
        return text

    def finish(self) -> str:
        """What was waiting, once nothing more comes: nothing of a thought that has no end."""
        waiting = (self._waiting or "").lstrip("\ufeff \t\r\n")
        return "" if waiting.startswith(_THINK) else waiting


def pick_object(text: str, names: Collection[str] = ()) -> str:
    """The JSON object within `text` that has most of `names`, the first of equals; `text` itself when it has none."""
    best, best_score = text, -1
    at = text.find("{")
    for _ in range(_MOST_TRIES):
        if at < 0:
            break
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            score = len(set(value) & set(names))
            if score > best_score:
                best, best_score = text[at:end], score
        at = text.find("{", end)
    return best
