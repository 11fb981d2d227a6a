"""Models on offer: which engine, where, and what it is known to support."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

EXTRACTIVE = "extractive"
"""Name of the model that is no model: sentences of the paper."""


class EngineKind(StrEnum):
    OPENAI = "openai"
    EXTRACTIVE = "extractive"
    TEXT = "text"
    """No engine: a text that someone brought along."""
    SCRIPTED = "scripted"
    """Tests only."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens."""

    input: float
    output: float
    cached_input: float | None = None


class Breaker(StrEnum):
    """Whether calls to an endpoint pass."""

    CLOSED = "closed"
    """They do."""
    OPEN = "open"
    """They wait: it is away."""
    HALF_OPEN = "half_open"
    """One has been sent to see whether it is back."""


@dataclass(frozen=True, slots=True)
class GateState:
    """What one process has under way at one endpoint, with one key and model, and how that goes."""

    host: str
    model: str
    """As the endpoint knows it."""
    breaker: Breaker
    limit: int
    """Calls that may be in flight."""
    in_flight: int
    waiting: int
    """Calls that wait to be sent."""
    retries: int
    """Calls made again, since the process began."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model as a user names it."""

    name: str
    """What `-m` and `model` in a request say."""
    engine: EngineKind
    model: str
    """What is sent to the endpoint; for `extractive` the same as the name."""
    base_url: str | None = None
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is never kept here."""
    context_window: int | None = None
    """Tokens; None when unknown."""
    shares_cache: bool = False
    """Whether concurrent requests share a prefix cache once the first has begun to answer."""
    prices: Prices | None = None
    default: bool = False
    max_concurrent: int | None = None
    """Calls that may be in flight at most, from one process; None: as many as runs."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Of question and answer together."""
    batch: bool = False
    """Whether its endpoint takes questions in bulk (OpenAI's Batch API)."""
    batch_discount: float = 0.5
    """What such an answer costs: a share of the price."""

    fallback_hosts: tuple[str, ...] = ()
    """Where else a paper goes when this model's endpoint cannot answer."""
    embeddings_host: str | None = None
    """Where its passages go to be compared with the questions, when it is read in excerpts."""

    @property
    def host(self) -> str | None:
        """Host (and port) that a paper is sent to, or None when nothing leaves the machine's process."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2] if self.base_url else None
