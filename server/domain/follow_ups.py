"""A follow-up: a question put to the persona of a finished run, and what had been said by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.ids import RunId

MAX_QUESTION = 1000
"""Characters of a question."""
MAX_QUESTIONS = 100
"""Questions that one run answers."""
MAX_EARLIER = 6
"""Earlier questions that a new one is asked with, the last ones."""
MAX_ANSWER = 600
"""Characters of an earlier answer that are told again."""
MAX_SAID = 4000
"""Characters of the run's own answers, all together."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question that was answered before."""

    question: str
    answer: str | None
    """None: the paper does not say."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a run asks that follows another one. Kept with the run, so that it is asked the same way if it is taken up
    again, and its prompt can be made again."""

    run_id: RunId
    """Whose persona is asked."""
    question: str
    said: tuple[Exchange, ...] = ()
    """That run's own answers."""
    earlier: tuple[Exchange, ...] = ()
    """Questions that it was asked since, oldest first."""


def bounded_answers(answers: Sequence[tuple[str, Any]]) -> tuple[Exchange, ...]:
    """Answers to a persona's questions (label and value), each cut to `MAX_ANSWER`, all together to `MAX_SAID`
    characters. Questions without an answer are told too: that the paper is silent is an answer."""
    told: list[Exchange] = []
    room = MAX_SAID
    for label, value in answers:
        words = words_of(value)
        room -= len(label) + len(words or "")
        if room < 0:
            break
        told.append(Exchange(label, words))
    return tuple(told)


def words_of(value: Any) -> str | None:
    """A value of an answer in a line, cut to `MAX_ANSWER` characters; None where nothing is stated."""
    line = _line(value)
    if len(line) > MAX_ANSWER:
        line = line[: MAX_ANSWER - 1] + "…"
    return line or None


def _line(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return " ".join(value.split())
        case Mapping():
            return ", ".join(filter(None, map(_line, value.values())))
        case list() | tuple():
            return "; ".join(filter(None, map(_line, value)))
        case _:
            return str(value)
