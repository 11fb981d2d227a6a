"""The calls that bring about an answer: one, or several whose results feed the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.domain.extractions import Notice
from server.domain.prompts import Prompt
from server.domain.runs import RunInput


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a model."""

    name: str
    """What it is for, as the run shows it: `answer`, `pages 1-8`, a step's id."""
    prompt: Prompt
    schema: Mapping[str, Any]
    """What its JSON must fit."""
    max_output_tokens: int
    pages: tuple[int, ...]
    """Of the paper, as far as this call is sent them."""
    estimated_tokens: int
    is_answer: bool = True
    """The last call: its JSON is the answer on the wire."""
    is_needed: bool = True
    """Without a result of the right shape the run fails; otherwise it goes on without."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a call before the last one gave."""

    name: str
    value: Mapping[str, Any] | None
    """None: it had not the right shape, and was not needed."""


class Plan(Protocol):
    """Decides the next call from the results so far. Pure: the same results lead to the same call."""

    @property
    def input(self) -> RunInput:
        """What of the paper all calls together are sent."""
        ...

    @property
    def calls(self) -> int:
        """How many there will be, the last one included; at most, where results decide."""
        ...

    @property
    def notices(self) -> Sequence[Notice]:
        """What is worth knowing of how the run was planned: techniques that do not apply, things that did not fit."""
        ...

    def next(self, results: Sequence[Result]) -> Call:
        """The call after these results; the one with `is_answer` ends the plan."""
        ...


@dataclass(frozen=True, slots=True)
class OneCall:
    """The plan of most readers: everything at once."""

    call: Call
    input: RunInput
    notices: tuple[Notice, ...] = ()

    @property
    def calls(self) -> int:
        return 1

    def next(self, results: Sequence[Result]) -> Call:  # noqa: ARG002
        return self.call
