"""Read how many examples a persona wants to be shown, and which."""

from __future__ import annotations

from server.adapters.persona_values import Values
from server.adapters.persona_yaml import Node, Scalar
from server.domain.examples import USUAL_COUNT
from server.domain.personas import MAX_SHOWN, ExamplePolicy, FewShot

KEYS = ("count", "policy")
_EXAMPLE = "examples: {count: 3, policy: nearest}"


def read_few_shot(values: Values, node: Node | None) -> FewShot:
    """`examples: 3`, or `examples: {count: 3, policy: first}`; none where the key is not there."""
    if node is None:
        return FewShot()
    if isinstance(node, Scalar):
        count = values.integer(node, "examples", most=MAX_SHOWN)
        return FewShot(count, ExamplePolicy.NEAREST) if count else FewShot()
    mapping = values.mapping(node, "examples", _EXAMPLE)
    if mapping is None:
        return FewShot()
    values.keys(mapping, KEYS)
    if not mapping.entries:
        values.note("missing_key", mapping.line, key="count", example=_EXAMPLE)
    count = values.integer(mapping.entries.get("count"), "examples.count", most=MAX_SHOWN)
    policy = values.member(mapping.entries.get("policy"), "examples.policy", ExamplePolicy)
    if policy is ExamplePolicy.NONE:
        return FewShot()
    return FewShot(count or USUAL_COUNT, policy or ExamplePolicy.NEAREST)
