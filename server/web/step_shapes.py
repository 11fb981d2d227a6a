"""Steps and passes as the API shows them."""

from __future__ import annotations

from server.domain.runs import Pass, Usage
from server.domain.step_words import label_of_step
from server.domain.steps import Step
from server.web.structs import PassOut, StepOut, UsageOut, WordsOut


def step_out(step: Step) -> StepOut:
    label = label_of_step(step)
    return StepOut(
        id=step.id,
        label=WordsOut(ja=label.ja, en=label.en),
        gives=step.kind,
        fields=list(step.fields),
        over=step.over,
        stop={name: list(values) for name, values in step.stop.items()},
    )


def pass_out(one: Pass) -> PassOut:
    return PassOut(
        name=one.name,
        label=WordsOut(ja=one.label.ja, en=one.label.en) if one.label else None,
        pages=list(one.pages),
        asked=one.asked,
        response=one.response,
        usage=usage_out(one.usage),
        duration_ms=one.duration_ms,
    )


def usage_out(usage: Usage) -> UsageOut:
    return UsageOut(**{name: getattr(usage, name) for name in UsageOut.__struct_fields__})
