"""The models one may choose from, each with where it would send a paper."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.ports import Models
from server.domain.models import EngineKind, ModelSpec
from server.web.catalogue import say
from server.web.plain import plain


@dataclass(frozen=True, slots=True)
class ModelLine:
    name: str
    host: str | None
    """Where the paper is sent; None: nothing leaves this machine."""
    goes_to: str
    """The same with where else it may go; empty where nothing leaves this machine."""
    is_extractive: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class ModelChoice:
    lines: tuple[ModelLine, ...]
    hint: str | None
    """Why an endpoint that was set up is not used."""

    @property
    def has_model(self) -> bool:
        """Whether there is anything but sentences of the paper."""
        return any(not line.is_extractive for line in self.lines)

    @property
    def chosen(self) -> ModelLine:
        return next((line for line in self.lines if line.chosen), self.lines[0])


def goes_to(spec: ModelSpec, language: str) -> str:
    """Every host that a paper may be sent to when this model is asked, each with the reason."""
    if not spec.host:
        return ""
    places = [spec.host]
    places += [say("paper.fallback_host", language, host=host) for host in spec.fallback_hosts]
    if spec.embeddings_host not in (None, spec.host):
        places.append(say("paper.embeddings_host", language, host=spec.embeddings_host))
    return plain(say("paper.hosts", language).join(places))


def models_to_choose(models: Models, language: str) -> ModelChoice:
    """As offered, the default chosen."""
    lines = tuple(
        ModelLine(
            name=plain(spec.name),
            host=plain(spec.host) if spec.host else None,
            goes_to=goes_to(spec, language),
            is_extractive=spec.engine is EngineKind.EXTRACTIVE,
            chosen=spec.default,
        )
        for spec in models.list()
    )
    return ModelChoice(lines, models.hint.in_(language) if models.hint else None)
