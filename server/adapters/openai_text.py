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
_MOST_TRIES = 200


class _State(Enum):
    START = auto()
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
        self._waiting = ""
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, piece: str) -> str:
        """The part of `piece`, and of what was waiting, that belongs to the answer."""
        if self._state is _State.OBJECT:
            return self._inside(piece)
        if self._state is _State.DONE:
            return ""
        self._waiting += piece
        return self._begin() if self._state is _State.START else ""

    def finish(self) -> str:
        """What was waiting, once nothing more comes."""
        if self._state in (_State.OBJECT, _State.DONE):
            return ""
        return pick_object(self._waiting, self._names)

    def _begin(self) -> str:
        text = self._waiting.lstrip("\ufeff \t\r\n")
        if text.startswith(_THINK):
            _, closed, rest = text.partition(_THOUGHT)
            if not closed:
                return ""
            self._waiting = rest
            return self._begin()
        if text.startswith("```") and "\n" in text:
            fence = _FENCE.match(text)
            text = text[fence.end() :] if fence else text
            if not text:
                return ""
        elif text.startswith("`") or _THINK.startswith(text):
            return ""  # Too short to tell; the empty text is, too.
        if not text.startswith("{"):
            self._state = _State.PROSE
            return ""
        self._state = _State.OBJECT
        self._waiting = ""
        return self._inside(text)

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
