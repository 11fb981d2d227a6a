"""A problem of a persona file: where it is, what is wrong, and the fix, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from server.adapters.persona_words import SENTENCES
from server.adapters.persona_words_ensemble import ENSEMBLE_SENTENCES
from server.adapters.persona_words_fallback import FALLBACK_SENTENCES
from server.adapters.persona_words_steps import STEP_SENTENCES
from server.adapters.persona_words_tests import TEST_SENTENCES
from server.adapters.persona_words_yaml import YAML_SENTENCES
from server.domain.errors import PersonaInvalidError

Problem = dict[str, Any]
"""`{line, code, severity, message: {ja, en}, fix: {ja, en}}`; `severity` is `error` or `warning`."""


class PersonaProblemError(Exception):
    """Carries one problem from where it was found to where problems are collected."""

    def __init__(self, found: Problem) -> None:
        super().__init__(found["code"])
        self.problem = found


def problem(code: str, line: int, **data: object) -> Problem:
    """The problem `code` at `line` (from 1), its sentences filled with `data`."""
    own = YAML_SENTENCES.get(code) or TEST_SENTENCES.get(code) or ENSEMBLE_SENTENCES.get(code)
    known = own or FALLBACK_SENTENCES.get(code) or STEP_SENTENCES.get(code) or SENTENCES[code]
    message, fix = known.message.fill(**data), known.fix.fill(**data)
    return {
        "line": line,
        "code": code,
        "severity": known.severity,
        "message": {"ja": message.ja, "en": message.en},
        "fix": {"ja": fix.ja, "en": fix.en},
    }


def refuse(code: str, line: int, **data: object) -> PersonaProblemError:
    """The problem as an exception, to be raised."""
    return PersonaProblemError(problem(code, line, **data))


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Those that keep the persona from being used."""
    return [one for one in problems if one["severity"] == "error"]


def invalid(problems: Iterable[Problem]) -> PersonaInvalidError:
    """The error that names them all."""
    return PersonaInvalidError(problems=list(problems))
