"""Read a persona's `tests/*.yaml`, and say what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from server.adapters import persona_yaml
from server.adapters.persona_assertions import read_assertions
from server.adapters.persona_fields import as_json
from server.adapters.persona_problems import Problem, errors_of, problem
from server.adapters.persona_values import Values
from server.adapters.persona_yaml import ListNode, MappingNode, Node
from server.domain.persona_tests import PersonaTest
from server.domain.personas import Persona
from server.domain.schema import wire_schema

KEYS = ("description", "paper", "language", "model", "vars", "answer", "answer_file", "assert")
SAMPLE = "sample"
MAX_TESTS = 50
"""In one file."""

_FOLDER = "tests/"


@dataclass(frozen=True)
class ReadTests:
    """What came of a persona's tests. A problem has the `file` it is in; a test with an error is left out."""

    tests: tuple[PersonaTest, ...]
    problems: tuple[Problem, ...]


def read_tests(persona: Persona) -> ReadTests:
    """The tests among the persona's files, in the order of their names and lines."""
    tests: list[PersonaTest] = []
    problems: list[Problem] = []
    for name in sorted(persona.files):
        if name.startswith(_FOLDER) and name.endswith(".yaml"):
            found = _read_file(persona, name)
            tests += found.tests
            problems += ({**one, "file": name} for one in found.problems)
    return ReadTests(tuple(tests), tuple(problems))


def _read_file(persona: Persona, name: str) -> ReadTests:
    try:
        text = persona.files[name].decode("utf-8-sig")
    except UnicodeDecodeError:
        return ReadTests((), (problem("not_text", 1, character=name),))
    root, problems = persona_yaml.load(text, first_line=1)
    if root is None:
        missing = problem("missing_key", 1, key="assert", example="assert: [{identity: confirmed}]")
        return ReadTests((), tuple(problems) or (missing,))
    nodes = root.items if isinstance(root, ListNode) else [root]
    if len(nodes) > MAX_TESTS:
        problems.append(problem("too_large", nodes[MAX_TESTS].line, what=name, limit=MAX_TESTS))
    tests = []
    for node in nodes[:MAX_TESTS]:
        values = Values()
        test = _read_test(values, node, persona, name)
        problems += values.problems
        if test and not errors_of(values.problems):
            tests.append(test)
    problems.sort(key=lambda one: one["line"])
    return ReadTests(() if errors_of(problems) and not tests else tuple(tests), tuple(problems))


def _read_test(values: Values, node: Node, persona: Persona, name: str) -> PersonaTest | None:
    mapping = values.mapping(node, name, "description: …")
    if mapping is None:
        return None
    entries = mapping.entries
    values.keys(mapping, KEYS)
    if "assert" not in entries:
        values.note("test_says_nothing", mapping.line)
    return PersonaTest(
        file=name,
        description=values.text(entries.get("description"), "description") or PurePosixPath(name).stem,
        paper=_path(values, entries.get("paper"), "paper") or SAMPLE,
        language=values.text(entries.get("language"), "language", most=20),
        model=values.text(entries.get("model"), "model", most=200),
        vars=dict(_vars(values, entries.get("vars"), persona)),
        recorded=_recorded(values, mapping, persona),
        asserts=tuple(read_assertions(values, entries.get("assert"), persona)),
    )


def _path(values: Values, node: Node | None, key: str) -> str | None:
    """A path that stays where it is looked for: the tests of a persona from elsewhere must not open any file."""
    path = values.text(node, key, most=400)
    if path and node and not _stays_inside(path):
        values.note("test_file", node.line, file=path[:80])
        return None
    return path


def _stays_inside(path: str) -> bool:
    pure = PurePosixPath(path.replace("\\", "/"))
    return not pure.is_absolute() and ".." not in pure.parts and ":" not in path


def _vars(values: Values, node: Node | None, persona: Persona) -> Iterator[tuple[str, str]]:
    mapping = values.mapping(node, "vars", "vars: {audience: students}")
    for name, value in mapping.entries.items() if mapping else ():
        if name not in persona.vars:
            values.note("test_no_vars", value.line, name=name[:60])
        elif (text := values.text(value, f"vars.{name}")) is not None:
            yield name, text


def _recorded(values: Values, mapping: MappingNode, persona: Persona) -> str | None:
    """The text of the recorded answer: that of a file as it is, one written here completed with what it leaves out."""
    entries = mapping.entries
    given = [key for key in ("answer", "answer_file", "model") if key in entries]
    if len(given) > 1 and given != ["model"]:
        values.note("test_two_answers", mapping.lines[given[1]], key=given[1])
        return None
    if "answer" in entries:
        wire = values.mapping(entries["answer"], "answer", "answer: {novelty: […]}")
        if wire is None:
            return None
        known = wire_schema(persona, "en")["properties"]
        values.keys(wire, tuple(known))
        return json.dumps(_completed(as_json(wire), known), ensure_ascii=False)
    file = _path(values, entries.get("answer_file"), "answer_file")
    if file is None:
        return None
    data = persona.files.get(_FOLDER + file)
    if data is None:
        values.note("test_file_missing", mapping.lines["answer_file"], file=file[:80])
        return None
    return data.decode("utf-8", "replace")


def _completed(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """With what it leaves out as *not stated*, in the order of the wire."""
    return {name: _filled(given.get(name), schema) for name, schema in known.items()}


def _filled(value: Any, schema: Mapping[str, Any]) -> Any:
    """`value` with the members that its schema asks for and it has not; only objects are added to."""
    if "properties" in schema and (value is None or isinstance(value, Mapping)):
        own = dict(value or {})
        return {name: _filled(own.pop(name, None), part) for name, part in schema["properties"].items()} | own
    if schema.get("type") == "array":
        items = value if isinstance(value, list) else [] if value is None else value
        return [_filled(item, schema["items"]) for item in items] if isinstance(items, list) else items
    return value
