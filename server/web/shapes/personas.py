"""Personas as JSON: their questions, and how these are asked."""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.ensembles.lineup import Ensemble
from server.domain.fields import Field, FieldType, ScalarType
from server.domain.personas import Persona
from server.domain.step_words import label_of_step
from server.domain.steps import Step
from server.web.shapes.words import words_out
from server.web.structs import (
    AppliesToOut,
    ChoiceOut,
    EnsembleOut,
    FewShotOut,
    FieldOut,
    LengthOut,
    PersonaOut,
    StepOut,
)


def persona_out(persona: Persona, *, source: bool = False) -> PersonaOut:
    """A persona with its questions; its text only when asked for."""
    return PersonaOut(
        id=persona.id,
        version=persona.version,
        digest=persona.digest,
        name=words_out(persona.name),
        description=words_out(persona.description),
        attribution=persona.attribution,
        license=persona.license,
        language=persona.language,
        origin=persona.origin,
        applies_to=AppliesToOut(
            paper_types=list(persona.applies_to.paper_types), warn_if=list(persona.applies_to.warn_if)
        ),
        context=persona.context,
        rendering=persona.rendering,
        steps=[_step_out(step) for step in persona.steps],
        evidence=persona.evidence,
        structure=persona.structure,
        ensemble=_ensemble_out(persona.ensemble) if persona.ensemble else None,
        fallback=list(persona.fallback),
        fields=[_field_out(field) for field in persona.fields],
        source=persona.source if source else None,
        examples=len(persona.examples),
        few_shot=FewShotOut(count=persona.few_shot.count, policy=persona.few_shot.policy),
    )


def _step_out(step: Step) -> StepOut:
    label = label_of_step(step)
    return StepOut(
        id=step.id,
        label=words_out(label),
        gives=step.kind,
        fields=list(step.fields),
        over=step.over,
        stop={name: list(values) for name, values in step.stop.items()},
    )


def _ensemble_out(ensemble: Ensemble) -> EnsembleOut:
    return EnsembleOut(
        runs=ensemble.size, over=ensemble.over, merge=ensemble.merge, others=list(ensemble.others)
    )


def _field_out(field: Field) -> FieldOut:
    is_list, is_object = field.type is FieldType.LIST, field.type is FieldType.OBJECT
    items = field.items if isinstance(field.items, str) else _types(field.items)
    return FieldOut(
        id=field.id,
        aspects=[aspect.value for aspect in field.aspects],
        label=words_out(field.label),
        instruction=words_out(field.instruction),
        type=field.type,
        length=LengthOut(ja=_list(field.length.ja), en=_list(field.length.en)),
        max_items=field.max_items,
        items=items if is_list else None,
        properties=_types(field.properties) if is_object else None,
        choices=[ChoiceOut(id=c.id, label=words_out(c.label)) for c in field.choices] or None,
        check=field.check,
        unchecked=list(field.unchecked),
    )


def _types(parts: Mapping[str, ScalarType]) -> dict[str, str]:
    return {name: kind.value for name, kind in parts.items()}


def _list(length: tuple[int, int] | None) -> list[int] | None:
    return list(length) if length else None
