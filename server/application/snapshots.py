"""Answers put by: one kept while a second is asked for, and what earlier calls have answered for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from server.domain.schema import PAPER_KEY
from server.domain.statements import Statement

T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot:
    """An answer kept while a second one is asked for."""

    text: str
    answer: dict[str, Any]
    statements: dict[str, tuple[Statement, ...]]
    stated: dict[str, Any]
    own_words: dict[str, Any]
    is_whole: bool
    """It has the asked shape."""
    proven: float


@dataclass(frozen=True)
class Settled:
    """What no later call asks again."""

    wire: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    statements: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    stated: dict[str, Any] = field(default_factory=dict)
    own_words: dict[str, Any] = field(default_factory=dict)

    def plus(self, given: Snapshot, wire: Mapping[str, Any], names: Collection[str]) -> Settled:
        """With the answers to these questions, and all that was said about which paper it is."""
        wanted = {*names, PAPER_KEY}

        def of(parts: Mapping[str, T]) -> dict[str, T]:
            return {name: part for name, part in parts.items() if name in wanted}

        return Settled(
            wire=self.wire | of(wire),
            answer=self.answer | of(given.answer),
            statements=self.statements | of(given.statements),
            stated=self.stated | given.stated,
            own_words=self.own_words | of(given.own_words),
        )
