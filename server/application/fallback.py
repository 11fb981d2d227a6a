"""Who answers when the model that was asked cannot: the next one on a list, and the run says so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from server.application.ports import Models
from server.application.reading import Reading
from server.domain.errors import (
    BadResponseError,
    ProviderAuthError,
    QuotaError,
    RateLimitedError,
    RunError,
    RunTimeoutError,
    UnavailableError,
    YomiError,
)
from server.domain.models import EngineKind, ModelSpec
from server.domain.notices import FELL_BACK
from server.domain.personas import Persona
from server.domain.runs import FellBack, Run

PASSING = (
    UnavailableError,
    RunTimeoutError,
    RateLimitedError,
    QuotaError,
    ProviderAuthError,
    BadResponseError,
)
"""What is wrong with an endpoint rather than with the paper, the question or the answer."""


@dataclass(frozen=True)
class Fallback:
    """`names`: of the server's list, for personas that have none of their own."""

    models: Models
    names: tuple[str, ...] = ()

    def chain(self, persona: Persona, asked: ModelSpec) -> Sequence[ModelSpec]:
        """Who may answer instead of the model that was asked, in this order.

        A persona's file alone sends no paper to an endpoint that nobody chose: of its list only models at the endpoint
        of the one that was asked count, those that the server's list has too, and `extractive`.
        """
        if asked.engine is not EngineKind.OPENAI:
            return ()
        chain = list[ModelSpec]()
        for name in persona.fallback or self.names:
            with suppress(YomiError):  # a name of another server, or a key that is not set
                spec = self.models.get(name)
                is_chosen = name in self.names or spec.base_url in (None, asked.base_url)
                if is_chosen and spec.name not in (asked.name, *(one.name for one in chain)):
                    chain.append(spec)
        return chain

    def after(self, run: Run, persona: Persona, spec: ModelSpec) -> ModelSpec | None:
        """Who is next when `spec` cannot answer this run; None: nobody.

        A follow-up goes on a conversation, which sentences of the paper cannot. An ensemble of several models has
        others already.
        """
        asked = spec
        if run.fell_back:
            with suppress(YomiError):
                asked = self.models.get(run.fell_back[0].model)
        if any(member.model != spec.name for member in run.members):
            return None
        tried = {spec.name, *(one.model for one in run.fell_back)}
        for one in self.chain(persona, asked):
            if one.name not in tried and not (run.follow_up and one.engine is EngineKind.EXTRACTIVE):
                return one
        return None

    def instead(self, run: Run, persona: Persona, spec: ModelSpec, error: RunError) -> tuple[Run, ModelSpec]:
        """The run as the next one reads it, and who that is. It is never taken for an answer of the model that was asked.

        Raises:
            RunError: the same one, where nobody is next or nobody else could do better.
        """
        following = self.after(run, persona, spec)
        if following is None or not isinstance(error, PASSING):
            raise error
        is_model = following.engine is not EngineKind.EXTRACTIVE
        return (
            replace(
                run,
                model=following.name,
                engine=following.engine.value,
                reuse_key=None,
                fell_back=(*run.fell_back, FellBack(spec.name, error.code)),
                members=tuple(replace(m, model=following.name) for m in run.members) if is_model else (),
            ),
            following,
        )


def account(again: Reading, given_up: Reading, error: RunError) -> None:
    """Keep with a reading the calls of the one it stands in for, and say why it does."""
    run = again.run
    earlier = given_up.account
    again.account.before = (*earlier.before, *earlier.attempts, *error.attempts)
    first = run.fell_back[0]
    again.note(FELL_BACK, asked=first.model, why=first.code, model=run.model)
