"""Read the front matter of a persona file as a tree that knows its lines, and refuse what misleads in YAML.

Only the grammar of YAML is used, not its guesses about types: the reader of each key decides what a word is, so that
`version: 1.10` can be told from `version: "1.10"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.adapters.persona_problems import Problem, problem, refuse
from server.adapters.persona_yaml_errors import explain

MAX_DEPTH = 12
MAX_NODES = 5000


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word or a text. `quoted` is false for plain ones, which YAML readers may take for something else."""

    line: int
    value: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class ListNode:
    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MappingNode:
    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Line of each key."""


Node = Scalar | ListNode | MappingNode


def load(text: str, *, first_line: int) -> tuple[Node | None, list[Problem]]:
    """The tree of a YAML text and what is wrong with it; no tree where it cannot be read at all.

    Args:
        first_line: Line of the file on which `text` starts; all lines of the tree and the problems count from there.
    """
    tabs = [
        problem("yaml_tab", first_line + index)
        for index, line in enumerate(text.split("\n"))
        if re.match(r" *\t[ \t]*[^\s]", line)
    ]
    if tabs:
        return None, tabs
    from ruamel.yaml import YAML  # noqa: PLC0415 (0.07 s)
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    builder = _Builder(text.split("\n"), first_line)
    try:
        return builder.build(YAML(typ="safe", pure=True).parse(text)), builder.problems
    except MarkedYAMLError as error:
        return None, [*builder.problems, explain(error, text.split("\n"), first_line=first_line)]
    except YAMLError as error:
        detail = str(error).split("\n")[0][:120]
        return None, [*builder.problems, problem("yaml_syntax", first_line, detail=detail)]
    except RecursionError:
        return None, [*builder.problems, problem("yaml_too_deep", first_line)]


class _Builder:
    """Makes the tree from the parser's events."""

    def __init__(self, lines: list[str], first_line: int) -> None:
        self.lines = lines
        self.first_line = first_line
        self.problems: list[Problem] = []
        self.count = 0

    def build(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        for event in events:
            match type(event).__name__:
                case "StreamStartEvent" | "StreamEndEvent" | "DocumentEndEvent":
                    continue
                case "DocumentStartEvent":
                    if event.explicit or root is not None:
                        self.add("yaml_documents", event)
                        return root
                case _:
                    root = self.node(event, events, 0)
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        self.count += 1
        line = self.line_of(event)
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            raise RecursionError
        if getattr(event, "anchor", None):
            self.add("yaml_anchor", event)
        if getattr(event, "tag", None):
            self.add("yaml_tag", event)
        match type(event).__name__:
            case "MappingStartEvent":
                return self.mapping(line, events, depth)
            case "SequenceStartEvent":
                items = ListNode(line)
                while type(inner := next(events)).__name__ != "SequenceEndEvent":
                    items.items.append(self.node(inner, events, depth + 1))
                return items
            case "ScalarEvent":
                self.look_for_flow_question(event)
                return Scalar(line, event.value, quoted=event.style is not None)
            case _:
                return Scalar(line, "", quoted=True)  # an alias, noted above

    def mapping(self, line: int, events: Iterator[Any], depth: int) -> MappingNode:
        mapping = MappingNode(line)
        while type(inner := next(events)).__name__ != "MappingEndEvent":
            key = self.node(inner, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            name = key.value if isinstance(key, Scalar) else "?"
            if isinstance(value, Scalar) and not value.value:
                value = Scalar(
                    key.line, "", value.quoted
                )  # an empty value stands, for YAML, on the next line
            if name == "<<":
                self.add("yaml_anchor", inner)
            elif name in mapping.entries:
                self.add("duplicate_key", inner, key=name[:60], first=mapping.lines[name])
            else:
                mapping.entries[name] = value
                mapping.lines[name] = key.line
        return mapping

    def look_for_flow_question(self, event: Any) -> None:
        """`{en: What is it?}` is read here, and an error in most other YAML programs."""
        if event.style is None and event.value.endswith("?"):
            rest = self.lines[event.end_mark.line][event.end_mark.column :]
            if rest.startswith("}"):
                self.add("yaml_flow_question", event)

    def line_of(self, event: Any) -> int:
        return self.first_line + int(event.start_mark.line)

    def add(self, code: str, event: Any, **data: object) -> None:
        self.problems.append(problem(code, self.line_of(event), **data))


_BOOLEAN = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|~|)", re.IGNORECASE)
_NUMBER = re.compile(
    r"[-+]?(?:\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?|0x[\da-f]+|0o?[0-7]+|\.inf|\.nan|\d+(?::\d+)+)", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?")


def plain_text(scalar: Scalar, *, required: bool = True) -> str:
    """The text of a scalar that is meant as text.

    Raises:
        PersonaProblemError: unquoted, it is a number, a truth value or a date to other YAML readers.
    """
    if scalar.quoted:
        return scalar.value
    for pattern, code in ((_BOOLEAN, "yaml_boolean"), (_NUMBER, "yaml_number"), (_DATE, "yaml_date")):
        if pattern.fullmatch(scalar.value) and (scalar.value or required):
            raise refuse(code, scalar.line, value=scalar.value or "(empty)")
    return scalar.value
