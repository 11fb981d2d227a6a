"""Read whom a persona names to answer when the model that was asked cannot."""

from __future__ import annotations

from server.adapters.persona_values import Values
from server.adapters.persona_yaml import Node, Scalar
from server.domain.models import EXTRACTIVE

MOST = 5
MAX_NAME = 200


def read_fallback(values: Values, node: Node | None) -> tuple[str, ...]:
    """`fallback: extractive`, or a list of models in their order, of which `extractive` can only be the last."""
    if node is None:
        return ()
    nodes = (
        [node]
        if isinstance(node, Scalar)
        else values.sequence(node, "fallback", "fallback: [qwen, extractive]")
    )
    if len(nodes) > MOST:
        values.note("too_large", nodes[MOST].line, what="fallback", limit=MOST)
    names: dict[str, int] = {}
    for one in nodes[:MOST]:
        name = values.text(one, "fallback", most=MAX_NAME)
        if name is not None:
            names[name] = one.line
    for name, line in list(names.items())[:-1]:
        if name == EXTRACTIVE:
            values.note("fallback_after_extractive", line)
    return tuple(names)
