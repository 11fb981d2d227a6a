"""Warn of names in a persona's fallback that mean nothing on this server: it may be at home on another."""

from __future__ import annotations

from collections.abc import Iterator

from server.application.persona_texts import Problem
from server.application.ports import Models
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.personas import Persona


def unknown_fallbacks(persona: Persona, models: Models) -> Iterator[Problem]:
    """One warning per name, with the nearest."""
    for name in persona.fallback:
        try:
            models.get(name)
        except NotFoundError as error:
            near = error.data.get("nearest")
            yield {
                "line": _line_of(persona.source),
                "code": "fallback_unknown",
                "severity": "warning",
                "message": {
                    "ja": f"fallback の「{name}」というモデルは、このサーバーにはありません。",
                    "en": f"There is no model '{name}' on this server, which fallback names.",
                },
                "fix": {
                    "ja": f"「{near}」ではありませんか？"
                    if near
                    else "YOMI_MODELS に加えるか、名前を消してください。",
                    "en": f"Did you mean '{near}'?" if near else "Add it to YOMI_MODELS, or delete the name.",
                },
            }
        except InvalidRequestError:  # only its key is missing; the server says so elsewhere
            continue


def _line_of(source: str) -> int:
    """Of the key, from 1."""
    lines = source.splitlines()
    return next((at for at, line in enumerate(lines, 1) if line.startswith("fallback")), 1)
