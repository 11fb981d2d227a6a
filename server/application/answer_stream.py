"""Follow an answer while it is written: which fields are closed, and what the whole is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import jiter

from server.domain.errors import AnswerInvalidError

_OUTSIDE = re.compile(r'["{}\[\],]')
_INSIDE = re.compile(r'["\\]')


class AnswerStream:
    """The JSON text of one answer as it arrives."""

    def __init__(self, text: str = "") -> None:
        self._pieces = [text]
        self._members = _Members()

    @property
    def text(self) -> str:
        """All of it so far. What it is set to came another way: it is not followed, only read (`whole`)."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    @text.setter
    def text(self, text: str) -> None:
        self._pieces = [text]

    def feed(self, piece: str) -> list[tuple[str, Any]]:
        """Add a piece. Returns the top-level members closed by it, in order; the last open one is never among them."""
        self._pieces.append(piece)
        return self._members.feed(piece)

    def reset(self) -> None:
        """Forget everything: the call is made again."""
        self._pieces = [""]
        self._members = _Members()

    def whole(self) -> dict[str, Any]:
        """The finished object; code fences and prose around it are ignored.

        Raises:
            AnswerInvalidError: not one JSON object.
        """
        text = self.text
        start, end = text.find("{"), text.rfind("}")
        try:
            value = jiter.from_json(
                text[start : end + 1].encode(), catch_duplicate_keys=True, allow_inf_nan=False
            )
        except ValueError as error:
            raise AnswerInvalidError(errors=[{"path": "", "message": str(error)[:200]}]) from error
        if not isinstance(value, dict):
            raise AnswerInvalidError(errors=[{"path": "", "message": "not a JSON object"}])
        return value


@dataclass(slots=True)
class _Members:
    """The first object of a text, member by member. Each piece is looked at once, each member read when it is whole."""

    open: list[str] = field(default_factory=list)
    """The member that is being written."""
    depth: int = 0
    in_string: bool = False
    is_escaped: bool = False
    is_over: bool = False
    """The object has ended, or is none."""
    seen: set[str] = field(default_factory=set)

    def feed(self, piece: str) -> list[tuple[str, Any]]:
        if self.depth:
            return self._follow(piece, 0)
        start = piece.find("{") + 1
        if not start or self.is_over:
            return []
        self.depth = 1
        return self._follow(piece, start)

    def _follow(self, piece: str, start: int) -> list[tuple[str, Any]]:
        closed, at = list[tuple[str, Any]](), start
        if self.is_escaped and piece:
            self.is_escaped, at = False, at + 1
        while found := (_INSIDE if self.in_string else _OUTSIDE).search(piece, at):
            mark, at = found.group(), found.end()
            match mark:
                case '"':
                    self.in_string = not self.in_string
                case "\\":
                    self.is_escaped, at = at == len(piece), at + 1
                case "{" | "[":
                    self.depth += 1
                case "}" | "]":
                    self.depth -= 1
                case _ if self.depth == 1:
                    closed += self._read("".join([*self.open, piece[start : at - 1]]))
                    self.open, start = [], at
            if not self.depth:
                self.is_over = True
                return closed
        self.open.append(piece[start:])
        return closed

    def _read(self, member: str) -> list[tuple[str, Any]]:
        """One member, unless its name was there before. What is no JSON ends the following."""
        try:
            read = jiter.from_json(f"{{{member}}}".encode(), allow_inf_nan=False)
        except ValueError:
            self.depth = 0
            return []
        new = [(key, value) for key, value in read.items() if key not in self.seen]
        self.seen.update(key for key, _ in new)
        return new
