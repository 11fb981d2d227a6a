"""Fill a persona's template with Jinja: the closed subset only, and within an output budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from server.adapters.persona_problems import Problem, invalid, problem
from server.adapters.template_check import FILTERS, TESTS, check_template
from server.domain.personas import Part

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_OUTPUT = 100_000
"""Characters one part may become."""


class JinjaTemplates:
    """`ports.Templates` over Jinja, imported when the first template is filled."""

    def render(self, part: Part, variables: Mapping[str, Any]) -> str:
        """The text of one part. Values are never templates themselves: `{{ 7*7 }}` in a title stays as it is.

        Raises:
            PersonaInvalidError: the template leaves the closed subset, or its output the budget.
        """
        names = tuple(sorted(variables.get("vars", {})))
        problems = _checked(part.source, part.line, names)
        if problems:
            raise invalid(problems)
        from jinja2 import UndefinedError  # noqa: PLC0415 (0.08 s)

        try:
            return self._fill(part, variables)
        except UndefinedError as error:
            found = problem("template_undefined", part.line, detail=str(error)[:120])
            raise invalid([found]) from error

    def _fill(self, part: Part, variables: Mapping[str, Any]) -> str:
        pieces: list[str] = []
        size = 0
        for piece in self._compiled(part.source).generate(**variables):
            size += len(piece)
            if size > MAX_OUTPUT:
                raise invalid([problem("template_output", part.line, limit=MAX_OUTPUT)])
            pieces.append(piece)
        return "".join(pieces)

    @cached_property
    def _compiled(self) -> Callable[[str], Template]:
        """A template made from its source: every run of a persona fills the same ones, and to make one takes 2 ms."""
        return lru_cache(maxsize=256)(self._environment.from_string)

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        from jinja2 import StrictUndefined  # noqa: PLC0415
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

        environment = ImmutableSandboxedEnvironment(
            autoescape=False,  # plain text for a model, not HTML
            undefined=StrictUndefined,
            finalize=_plain,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.clear()
        environment.filters = {name: environment.filters[name] for name in FILTERS}
        environment.tests = {name: environment.tests[name] for name in TESTS}
        return environment


@lru_cache(maxsize=256)
def _checked(source: str, line: int, names: tuple[str, ...]) -> tuple[Problem, ...]:
    return tuple(check_template(source, line=line, vars_=dict.fromkeys(names, "")))


def _plain(value: Any) -> Any:
    """Lists as a person writes them; nothing for None."""
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return "" if value is None else value
