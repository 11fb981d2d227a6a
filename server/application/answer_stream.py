"""Follow an answer while it is written: which fields are closed, and what the whole is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jiter

from server.domain.errors import AnswerInvalidError


@dataclass
class AnswerStream:
    """The JSON text of one answer as it arrives."""

    text: str = ""
    _seen: set[str] = field(default_factory=set)

    def feed(self, piece: str) -> list[tuple[str, Any]]:
        """Add a piece. Returns the top-level members closed by it, in order; the last open one is never among them."""
        self.text += piece
        if not any(mark in piece for mark in ',}]"'):  # nothing can have closed
            return []
        start = self.text.find("{")
        if start < 0:
            return []
        try:
            partial = jiter.from_json(self.text[start:].encode(), partial_mode=True, allow_inf_nan=False)
        except ValueError:
            return []
        if not isinstance(partial, dict):
            return []
        closed = [(key, value) for key, value in list(partial.items())[:-1] if key not in self._seen]
        self._seen.update(key for key, _ in closed)
        return closed

    def reset(self) -> None:
        """Forget everything: the call is made again."""
        self.text = ""
        self._seen.clear()

    def whole(self) -> dict[str, Any]:
        """The finished object; code fences and prose around it are ignored.

        Raises:
            AnswerInvalidError: not one JSON object.
        """
        start, end = self.text.find("{"), self.text.rfind("}")
        try:
            value = jiter.from_json(
                self.text[start : end + 1].encode(), catch_duplicate_keys=True, allow_inf_nan=False
            )
        except ValueError as error:
            raise AnswerInvalidError(errors=[{"path": "", "message": str(error)[:200]}]) from error
        if not isinstance(value, dict):
            raise AnswerInvalidError(errors=[{"path": "", "message": "not a JSON object"}])
        return value
