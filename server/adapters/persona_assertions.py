"""Read the assertions of a persona's test: `{type, value, path}` as in promptfoo, or shorter `type: value`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from server.adapters.persona_fields import as_json
from server.adapters.persona_values import Values, hints
from server.adapters.persona_yaml import ListNode, MappingNode, Node, Scalar
from server.domain.persona_tests import (
    FIELDS,
    LISTED,
    NEGATABLE,
    PATHLESS,
    SHARES,
    TEXTUAL,
    Assertion,
    AssertionType,
)
from server.domain.personas import Persona
from server.domain.raw_schema import SchemaRefusedError, guard
from server.domain.statements import IdentityVerdict

KEYS = ("type", "value", "threshold", "path")
NAMES = (*AssertionType, *(f"not-{one}" for one in AssertionType if one in NEGATABLE))
ELSEWHERE = frozenset(
    {
        "javascript",
        "python",
        "webhook",
        "llm-rubric",
        "model-graded-closedqa",
        "factuality",
        "g-eval",
        "similar",
        "classifier",
        "answer-relevance",
        "context-faithfulness",
        "context-recall",
        "context-relevance",
        "cost",
        "latency",
        "perplexity",
    }
)
"""Types of promptfoo that run code, ask a model, or measure what is not in an answer."""
MAX_ASSERTIONS = 100


_SHAPES = {
    AssertionType.IDENTITY: ("判定の名前", "a verdict", "identity: confirmed"),
    AssertionType.MAX_LENGTH: ("1 以上の整数", "a whole number from 1", "max-length: 250"),
    **dict.fromkeys(SHARES, ("0 から 1 までの数", "a number from 0 to 1", "quotes-found: 0.8")),
    **dict.fromkeys(
        FIELDS, ("問いの id（一覧でもよい）", "the id of a field, or a list of them", "not-stated: [limits]")
    ),
    **dict.fromkeys(LISTED, ("文の一覧", "a list of texts", "contains-any: [28, twenty-eight]")),
}


def read_assertions(values: Values, node: Node | None, persona: Persona) -> Iterator[Assertion]:
    """Those that can be read; what is wrong with the others is noted."""
    reader = _Assertions(values, persona)
    nodes = values.sequence(node, "assert", "assert: [{identity: confirmed}]")
    if len(nodes) > MAX_ASSERTIONS:
        values.note("too_large", nodes[MAX_ASSERTIONS].line, what="assert", limit=MAX_ASSERTIONS)
    for one in nodes[:MAX_ASSERTIONS]:
        before = len(values.problems)
        assertion = reader.read(one)
        if assertion and len(values.problems) == before:
            yield assertion


@dataclass(frozen=True)
class _Assertions:
    """Reads them one by one for one persona."""

    values: Values
    persona: Persona

    def read(self, node: Node) -> Assertion | None:
        if isinstance(node, Scalar):  # `- is-json`
            return self._assertion(node.value, None, node)
        mapping = self.values.mapping(node, "assert", "- {type: contains, value: …}")
        if mapping is None:
            return None
        entries = mapping.entries
        if "type" in entries:
            self.values.keys(mapping, KEYS)
            name = self.values.word(entries["type"], "type")
            given = entries.get("value", entries.get("threshold"))
            return None if name is None else self._assertion(name, given, mapping)
        named = [key for key in entries if key != "path"]
        if len(named) == 1:
            return self._assertion(named[0], entries[named[0]], mapping)
        self.values.note("test_unclear", mapping.line)
        return None

    def _assertion(self, name: str, given: Node | None, node: Node) -> Assertion | None:
        if name not in NAMES:
            self._unknown(name, node.line)
            return None
        kind = AssertionType(name if name in set(AssertionType) else name.removeprefix("not-"))
        path = self.values.text(node.entries.get("path"), "path") if isinstance(node, MappingNode) else None
        if path is not None and isinstance(node, MappingNode):
            self._check_path(kind, path, node.lines["path"])
        return Assertion(kind, self._value(kind, given, node.line), path, is_negated=name != kind.value)

    def _unknown(self, name: str, line: int) -> None:
        known = ", ".join(AssertionType)
        if name.removeprefix("not-") in ELSEWHERE:
            self.values.note("test_elsewhere", line, type=name, known=known)
        else:
            said = hints(name, NAMES)
            self.values.note("not_one_of", line, key="assert", value=name[:60], known=known, **said)

    def _check_path(self, kind: AssertionType, path: str, line: int) -> None:
        ids = self.persona.by_id
        if kind in PATHLESS:
            self.values.note("test_no_path", line, type=kind.value)
        elif not path.startswith("/") or path.split("/")[1] not in ids:
            known = ", ".join(f"/{id_}" for id_ in ids)
            self.values.note("test_path", line, path=path[:60], known=known)

    def _value(self, kind: AssertionType, node: Node | None, line: int) -> Any:
        if kind is AssertionType.IS_JSON:
            return None
        if kind is AssertionType.IDENTITY and node is not None:
            return self.values.member(node, "identity", IdentityVerdict)
        given: Any = None if node is None else _texts(node) if kind in LISTED | FIELDS else as_json(node)
        if not _fits(kind, given, node):
            ja, en, example = _SHAPES.get(kind, ("一つの文", "a single text", f"{kind}: 28 tokens"))
            where = node.line if node else line
            self.values.note("test_value", where, type=kind.value, kind_ja=ja, kind_en=en, example=example)
            return None
        if kind in FIELDS:
            self._check_fields(kind, given, line)
        if kind is AssertionType.REGEX and isinstance(node, Scalar):
            self._check_pattern(node)
        if isinstance(node, Scalar) and kind in TEXTUAL - LISTED:
            return node.value
        return tuple(given) if isinstance(given, list) else given

    def _check_fields(self, kind: AssertionType, ids: list[str], line: int) -> None:
        known = [*self.persona.by_id]
        for id_ in ids:
            if id_ not in known:
                said = {"key": kind.value, "value": id_[:60], "known": ", ".join(known)}
                self.values.note("not_one_of", line, **said, **hints(id_, known))

    def _check_pattern(self, node: Scalar) -> None:
        try:
            guard({"type": "string", "pattern": node.value})
        except SchemaRefusedError as error:
            self.values.note("test_pattern", node.line, detail=str(error)[:120])


def _texts(node: Node) -> list[str | None]:
    """The texts of a list, or of one alone, as they were written: 2,478 and 0.80 are texts here."""
    items = node.items if isinstance(node, ListNode) else [node]
    return [one.value if isinstance(one, Scalar) else None for one in items]


def _fits(kind: AssertionType, given: Any, node: Node | None) -> bool:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if kind in SHARES:
        return is_number and 0 <= given <= 1
    if kind is AssertionType.MAX_LENGTH:
        return is_number and isinstance(given, int) and given > 0
    if kind in LISTED | FIELDS:
        return bool(given) and all(given)
    return isinstance(node, Scalar) and bool(node.value)
