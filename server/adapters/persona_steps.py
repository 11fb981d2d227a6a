"""Read the steps of a persona, and how it goes about its answer, from the front matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.adapters.persona_fields import read_schema
from server.adapters.persona_sections import Sections
from server.adapters.persona_values import Values, hints
from server.adapters.persona_yaml import ListNode, MappingNode, Node, Scalar
from server.domain.fields import Field, FieldType
from server.domain.plans import MAX_CALLS
from server.domain.steps import ANSWER, IN_WORDS, MAX_STEPS, Over, Step, StepKind, most_calls

KEYS = ("id", "label", "fields", "collect", "schema", "over", "stop")
COLLECT = (StepKind.QUOTES, StepKind.CRITIQUE, StepKind.TEXT)
ALL = "all"


def read_steps(values: Values, node: Node | None, fields: Sequence[Field]) -> tuple[Step, ...]:
    """The steps, after noting what is wrong with each."""
    nodes = values.sequence(node, "steps", "steps: [{id: quotes, collect: quotes}]")
    if len(nodes) > MAX_STEPS:
        values.note("too_large", nodes[MAX_STEPS].line, what="steps", limit=MAX_STEPS)
    steps: dict[str, Step] = {}
    for one in nodes[:MAX_STEPS]:
        step = _step(values, one, {field.id: field for field in fields})
        if step is None:
            continue
        if step.id in steps:
            values.note("step_twice", one.line, id=step.id)
        if step.kind is StepKind.CRITIQUE and not any(before.answers for before in steps.values()):
            values.note("step_critique", one.line, id=step.id)
        steps[step.id] = step
    found = tuple(steps.values())
    calls = most_calls(found, [field.id for field in fields])
    if node is not None and found and calls > MAX_CALLS:
        values.note("step_calls", node.line, calls=calls, limit=MAX_CALLS)
    return found


def check_messages(values: Values, sections: Sections, steps: Sequence[Step]) -> None:
    """Messages and steps belong together."""
    known = [*(step.id for step in steps), ANSWER, IN_WORDS]
    for part in sections.step_parts:
        if part.step not in known:
            id_ = part.step or ""
            values.note("step_section", part.line - 1, id=id_, known=", ".join(known), **hints(id_, known))
    named = {part.step for part in sections.step_parts}
    for step in steps:
        if step.kind is StepKind.SCHEMA and step.id not in named:
            values.note("step_message", sections.front_line, id=step.id)


def _step(values: Values, node: Node, fields: Mapping[str, Field]) -> Step | None:
    mapping = values.mapping(node, "steps", "- id: quotes")
    if mapping is None:
        return None
    before = len(values.problems)
    entries = mapping.entries
    values.keys(mapping, KEYS)
    id_ = values.word(entries.get("id"), "id")
    if id_ is None:
        values.note("missing_key", mapping.line, key="id", example="id: quotes")
        return None
    values.name(id_, mapping.lines["id"])
    kind = _kind(values, mapping, id_)
    step = Step(
        id=id_,
        kind=kind or StepKind.FIELDS,
        label=values.words(entries.get("label"), f"{id_}.label"),
        fields=_fields(values, entries.get("fields"), id_, fields),
        schema=read_schema(values, entries.get("schema")),
        over=values.member(entries.get("over"), "over", Over) or Over.PAPER,
        stop=_stop(values, entries.get("stop"), id_, fields),
    )
    if step.over is Over.SECTIONS and (step.kind is StepKind.CRITIQUE or step.stop):
        values.note("step_over", mapping.lines["over"], id=id_)
    if step.stop and (step.kind is not StepKind.FIELDS or not set(step.stop) <= set(step.fields or fields)):
        values.note("step_stop", mapping.lines["stop"], id=id_)
    if any(one["severity"] == "error" for one in values.problems[before:]):
        return None
    return step


def _kind(values: Values, mapping: MappingNode, id_: str) -> StepKind | None:
    """What a step gives: by `schema`, by `collect`, else answers to `fields`."""
    entries = mapping.entries
    given = [key for key in ("schema", "collect") if key in entries]
    if len(given) > 1 or ("schema" in given and "fields" in entries) or not (given or "fields" in entries):
        values.note("step_gives", mapping.line, id=id_)
        return None
    if "collect" in given:
        word = values.one_of(entries["collect"], "collect", COLLECT)
        return StepKind(word) if word else None
    return StepKind.SCHEMA if given else StepKind.FIELDS


def _fields(values: Values, node: Node | None, id_: str, known: Mapping[str, Field]) -> tuple[str, ...]:
    """Ids of questions; none for all of them."""
    if isinstance(node, Scalar):
        if node.value == ALL:
            return ()
        node = ListNode(node.line, [node])
    named = [
        word
        for one in values.sequence(node, "fields", "fields: [novelty]")
        if (word := values.word(one, "fields"))
    ]
    for name in named:
        if name not in known and node is not None:
            listed = ", ".join(known) or "—"
            values.note(
                "step_field", node.line, id=id_, field=name[:60], known=listed, **hints(name, list(known))
            )
    return tuple(dict.fromkeys(named))


def _stop(
    values: Values, node: Node | None, id_: str, known: Mapping[str, Field]
) -> dict[str, tuple[str, ...]]:
    mapping = values.mapping(node, "stop", "stop: {decision: [skip]}")
    if mapping is None:
        return {}
    stop: dict[str, tuple[str, ...]] = {}
    for name, value in mapping.entries.items():
        nodes = [value] if isinstance(value, Scalar) else values.sequence(value, f"stop.{name}", "[skip]")
        words = tuple(word for one in nodes if (word := values.word(one, f"stop.{name}")))
        field = known.get(name)
        choices = (
            {choice.id for choice in field.choices} if field and field.type is FieldType.CHOICE else set()
        )
        if not words or not set(words) <= choices:
            values.note("step_stop", mapping.lines[name], id=id_)
        stop[name] = words
    return stop
