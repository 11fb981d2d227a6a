"""Answers put by: one kept while a second is asked for, and what earlier calls have answered for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.application.grounded import Grounded
from server.domain.schema import PAPER_KEY


@dataclass(frozen=True)
class Snapshot:
    """An answer kept while a second one is asked for."""

    text: str
    grounded: Grounded
    is_whole: bool
    """It has the asked shape."""


@dataclass(frozen=True)
class Settled:
    """What no later call asks again."""

    grounded: Grounded
    wire: dict[str, Any] = field(default_factory=dict)

    def plus(self, given: Snapshot, wire: Mapping[str, Any], names: Collection[str]) -> Settled:
        """With the answers to these questions."""
        wanted = {*names, PAPER_KEY}
        return Settled(
            self.grounded.plus(given.grounded, names),
            self.wire | {name: part for name, part in wire.items() if name in wanted},
        )
