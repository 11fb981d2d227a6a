"""Make the calls of a persona's steps fit a model's window: with the whole paper, or passages of it, in each."""

from __future__ import annotations

from dataclasses import replace

from server.domain.contexts.planning import Wanted, given_for
from server.domain.contexts.rooms import LEAST_HANDED_ON, Means
from server.domain.contexts.writing import Writer
from server.domain.errors import ContextTooLongError
from server.domain.step_plan import StepsPlan


def fitted(plan: StepsPlan, writer: Writer, means: Means, wanted: Wanted) -> StepsPlan:
    """The plan with what each call gets of the paper, and as long an answer as there is room for.

    Raises:
        ContextTooLongError: a call does not fit: the paper, the persona, or one section of it.
    """
    bare = replace(
        plan,
        given=replace(plan.given, text=""),
        settings=replace(plan.settings, max_output_tokens=1),
    )
    handed_on = LEAST_HANDED_ON if plan.calls > 1 else 0
    given, answer = given_for(
        writer,
        means,
        wanted,
        overhead=bare.most_tokens + handed_on,
        answer=writer.wanted_output(),
    )
    settings = replace(plan.settings, max_output_tokens=answer)
    fitting = replace(
        plan,
        given=given,
        settings=settings if answer < writer.wanted_output() else plan.settings,
        window=means.window,
    )
    if means.window is not None and fitting.most_tokens > means.window:
        raise ContextTooLongError(tokens=fitting.most_tokens, window=means.window)
    return fitting
