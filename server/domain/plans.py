"""The calls that bring about an answer: one, or several whose results feed the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from server.domain.extractions import Notice
from server.domain.prompts import Prompt
from server.domain.runs import RunInput
from server.domain.words import Words

MAX_CALLS = 32
"""Of one run, repairs apart: a book of a hundred pages in parts that a small model can read takes twenty."""


class Gives(StrEnum):
    """What a call before the last one gives, and so how it is taken."""

    NOTES = "notes"
    """JSON of any shape, taken as it is."""
    ANSWER = "answer"
    """Some or all of the answer on the wire: held against the paper like the answer itself."""
    QUOTES = "quotes"
    """Lists of passages: only those that stand in the paper go on."""
    TEXT = "text"
    """Free text; there is no schema."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a model."""

    name: str
    """What it is for, as the run shows it: `answer`, `pages 1-8`, a step's id."""
    prompt: Prompt
    schema: Mapping[str, Any]
    """What its JSON must fit; empty where free text is asked for."""
    max_output_tokens: int
    pages: tuple[int, ...]
    """Of the paper, as far as this call is sent them."""
    estimated_tokens: int
    is_answer: bool = True
    """The last call: its JSON is the answer on the wire."""
    is_needed: bool = True
    """Without a result of the right shape the run fails; otherwise it goes on without."""
    gives: Gives = Gives.NOTES
    """Of a call before the last one."""
    settles: tuple[str, ...] = ()
    """Of what such a call answers, the questions that no later call asks again: they are told at once, and stay."""
    is_draft: bool = False
    """What it answers may stand for the answer, should the last call give a worse one."""
    label: Words | None = None
    """What it is called where people read it; None: its name."""
    ready: Mapping[str, Any] | None = None
    """Of the last call: its JSON, known from the results already. No call is made, and none to repair it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a call before the last one gave."""

    name: str
    value: Mapping[str, Any] | None
    """None: it had not the right shape, and was not needed; or it is free text."""
    text: str = ""
    """Of free text."""
    doubts: tuple[str, ...] = ()
    """What the checks found wrong with it, in sentences for a model."""


@dataclass(frozen=True, slots=True)
class CallSize:
    """Tokens of one call, at most."""

    prompt: int
    answer: int


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
    def sizes(self) -> Sequence[CallSize]:
        """Of each of these calls, as far as it is known before any is made."""
        ...

    @property
    def notices(self) -> Sequence[Notice]:
        """What is worth knowing of how the run was planned: techniques that do not apply, things that did not fit."""
        ...

    def next(self, results: Sequence[Result]) -> Call | None:
        """The call after these results; the one with `is_answer` ends the plan. None ends it too: what the calls so far
        settled is the answer. The first call is never None."""
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

    @property
    def sizes(self) -> Sequence[CallSize]:
        return (CallSize(self.call.estimated_tokens, self.call.max_output_tokens),)

    def next(self, results: Sequence[Result]) -> Call:  # noqa: ARG002
        return self.call
