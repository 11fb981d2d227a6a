"""Questions sent to a provider in bulk, answered within a day at a lower price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.application.ports.engines import Question
from server.domain.models import ModelSpec
from server.domain.runs import Usage


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What one of the questions was answered."""

    text: str
    usage: Usage
    """Without its cost."""


class Bulk(Protocol):
    """Endpoints that take questions in bulk. All methods raise a `RunError` when the endpoint cannot be asked now."""

    async def send(self, spec: ModelSpec, mark: str, questions: Mapping[str, Question]) -> str:
        """Hand them in, each under its id. Returns what the provider calls the lot.

        Args:
            mark: Of this lot, whoever sends it: one with the same mark that is there already is not sent again.
        """
        ...

    async def answers(self, spec: ModelSpec, lot: str) -> Mapping[str, BulkAnswer] | None:
        """Id → answer, as far as there are any; a question that failed, or was not reached in time, has none. None: the
        provider is still at it."""
        ...

    async def cancel(self, spec: ModelSpec, lots: Sequence[str]) -> None:
        """Give up what is not answered yet."""
        ...
