"""What answers questions, and what it is asked and says."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.domain.extractions import Extraction, Notice
from server.domain.models import Breaker, GateState, ModelSpec
from server.domain.personas import Persona
from server.domain.prompts import Prompt
from server.domain.runs import Attempt, RunSettings, Usage
from server.domain.waits import WaitReason
from server.domain.words import Words


@dataclass(frozen=True, slots=True)
class Question:
    """All that an engine may need to answer. Text engines use the prompt, the extractive engine the rest."""

    persona: Persona
    extraction: Extraction
    language: str
    model: ModelSpec
    settings: RunSettings
    prompt: Prompt
    wire_schema: Mapping[str, Any]
    """Of the JSON that is asked for; empty where free text is."""
    max_output_tokens: int
    deadline_s: float
    repair: Repair | None = None
    follow_up: str | None = None
    """What somebody asks in their own words, when that is all there is to answer."""
    has_alternative: bool = False
    """Another model answers if this one's endpoint is away: do not wait for it."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The bounded second turn: what was answered, and what was wrong with it."""

    previous: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer's JSON text."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """Forget the text so far: the call is made again (retry, or the next rung of the capability ladder)."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Waiting:
    """The call cannot be made yet; or, with None, it is made now after a wait."""

    reason: WaitReason | None


@dataclass(frozen=True, slots=True)
class Completed:
    """Always the last event: the text is whole."""

    usage: Usage
    attempts: tuple[Attempt, ...]
    """All calls made, the last one `ok`."""
    language: str | None = None
    """Language of the answer when it is not the one asked for (the extractive engine speaks the paper's)."""
    warnings: tuple[Notice, ...] = ()
    wasted: Usage = Usage()  # noqa: RUF009 (frozen)
    """Of tries before the last one, whose answers were not used."""


EngineEvent = Delta | Restarted | Waiting | Completed


class Engine(Protocol):
    """Answers a question as JSON text that fits the wire schema, as far as it can."""

    def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:
        """Closing the iterator early ends the call at the provider.

        Raises:
            RunError: one of its kinds, with `attempts` and `usage` set; nothing else.
        """
        ...

    async def close(self) -> None: ...


class Embeddings(Protocol):
    """Turns texts into vectors that lie near each other where the texts mean alike."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector per text, in order, all of one length.

        Raises:
            RunError: one of its kinds; nothing else.
        """
        ...


class Models(Protocol):
    """The models on offer and the engine of each."""

    @property
    def hint(self) -> Words | None:
        """What to tell someone who set up an endpoint and would wonder why it is not used."""
        ...

    def list(self) -> Sequence[ModelSpec]: ...

    def get(self, name: str | None) -> ModelSpec:
        """None: the default one.

        Raises:
            NotFoundError: kind `model`, with the nearest name.
        """
        ...

    def engine(self, spec: ModelSpec) -> Engine: ...

    def support(self, spec: ModelSpec) -> Mapping[str, Any]:
        """What the endpoint was found to support so far."""
        ...

    def gates(self) -> Sequence[GateState]:
        """How calls go at each endpoint, key and model that this process has asked so far."""
        ...

    def breaker(self, spec: ModelSpec) -> Breaker | None:
        """Whether calls of a model pass; None: none was made by this process yet."""
        ...
