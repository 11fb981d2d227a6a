"""Read what a persona says about several readings that make one answer."""

from __future__ import annotations

import re

from server.adapters.persona_values import Values
from server.adapters.persona_yaml import ListNode, MappingNode, Node, Scalar
from server.domain.ensembles.lineup import MAX_MEMBERS, Ensemble, Merge, Over

KEYS = ("runs", "over", "merge", "personas", "models")
MAX_NAME = 200

_NAMES = {
    Over.PERSONAS: re.compile(r"[a-z][a-z0-9-]{0,63}(?:@[0-9][0-9A-Za-z.-]{0,31})?"),
    Over.MODELS: re.compile(r"[^+,\s][^+,]*"),
}
_EXAMPLES = {Over.PERSONAS: "keshav, reviewer", Over.MODELS: "qwen, llama"}


def read_ensemble(values: Values, node: Node | None) -> Ensemble | None:
    """`ensemble: 3`, or a mapping of `runs`, `over`, `merge` and who reads beside it. None: one reading."""
    if isinstance(node, Scalar):
        runs = values.integer(node, "ensemble", most=MAX_MEMBERS)
        return Ensemble(runs) if runs and runs > 1 else None
    mapping = values.mapping(node, "ensemble", "ensemble: {runs: 3, over: samples}")
    if mapping is None:
        return None
    values.keys(mapping, KEYS)
    over = values.member(mapping.entries.get("over"), "over", Over) or Over.SAMPLES
    for key in (Over.PERSONAS, Over.MODELS):
        if key in mapping.entries and over is not key and _is_known(mapping):
            values.note("ensemble_unused", mapping.lines[key], key=key.value)
    others = _names(values, mapping, over)
    return Ensemble(
        runs=values.integer(mapping.entries.get("runs"), "runs", most=MAX_MEMBERS),
        over=over,
        merge=values.member(mapping.entries.get("merge"), "merge", Merge) or Merge.VOTE,
        others=others,
    )


def _is_known(mapping: MappingNode) -> bool:
    """Whether `over` is a word that was understood: a misspelt one is a problem of its own."""
    over = mapping.entries.get("over")
    return over is None or (isinstance(over, Scalar) and over.value in set(Over))


def _names(values: Values, mapping: MappingNode, over: Over) -> tuple[str, ...]:
    if over is Over.SAMPLES:
        return ()
    node = mapping.entries.get(over)
    nodes = values.sequence(node, over, f"{over}: [{_EXAMPLES[over]}]")
    if not nodes and (node is None or isinstance(node, ListNode)):
        values.note(
            "ensemble_nobody", node.line if node else mapping.line, over=over.value, example=_EXAMPLES[over]
        )
    if len(nodes) >= MAX_MEMBERS:
        values.note("too_large", nodes[MAX_MEMBERS - 1].line, what=over.value, limit=MAX_MEMBERS - 1)
    names = []
    for one in nodes[: MAX_MEMBERS - 1]:
        name = values.text(one, over, most=MAX_NAME)
        if name is None:
            continue
        if not _NAMES[over].fullmatch(name):
            values.note("ensemble_name", one.line, name=name[:60], key=over.value)
        names.append(name)
    return tuple(names)
