"""A persona's `examples/*.yaml`: written, and held against the persona's questions."""

from __future__ import annotations

from collections.abc import Iterator

from server.adapters import persona_yaml
from server.adapters.persona_emit import block
from server.adapters.persona_fields import as_json
from server.adapters.persona_problems import Problem, problem
from server.adapters.persona_values import Values
from server.adapters.persona_yaml import MappingNode, Node
from server.domain.examples import MAX_EXAMPLES, MAX_WHY, Example, misfits
from server.domain.personas import Persona

KEYS = ("paper", "excerpt", "language", "answer", "why")
MAX_EXCERPT = 20_000


def write_example(example: Example) -> str:
    """The text of an example's file."""
    return (
        "\n".join(
            block(
                {
                    "paper": {"title": example.title, "sha256": example.sha256},
                    "language": example.language,
                    "answer": dict(example.answer),
                    "why": example.why,
                },
                0,
            )
        )
        + "\n"
    )


def example_problems(persona: Persona) -> list[Problem]:
    """Everything wrong with the persona's examples: problems with the `file` they are in."""
    found: list[Problem] = []
    if len(persona.examples) > MAX_EXAMPLES:
        found.append(problem("too_large", 1, what="examples/", limit=MAX_EXAMPLES))
    for name in persona.examples[:MAX_EXAMPLES]:
        found += [{**one, "file": name} for one in _problems(persona, name, persona.files[name])]
    return found


def _problems(persona: Persona, name: str, data: bytes) -> Iterator[Problem]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield problem("not_text", 1, character=name)
        return
    root, problems = persona_yaml.load(text, first_line=1)
    yield from problems
    values = Values()
    example = values.mapping(root, name, "answer: {novelty: …}")
    if example is not None:
        _check(values, example, name, persona)
    elif root is None and not problems:
        values.note("missing_key", 1, key="answer", example="answer: {novelty: …}")
    yield from values.problems


def _check(values: Values, example: MappingNode, name: str, persona: Persona) -> None:
    values.keys(example, KEYS)
    entries = example.entries
    if ("paper" in entries) == ("excerpt" in entries):
        values.note("example_source", example.line, file=name)
    paper = values.mapping(entries.get("paper"), "paper", "paper: {title: …, sha256: …}")
    if paper is not None:
        values.keys(paper, ("title", "sha256"))
        for key in ("title", "sha256"):
            values.text(paper.entries.get(key), f"paper.{key}")
    values.text(entries.get("excerpt"), "excerpt", most=MAX_EXCERPT)
    language = values.text(entries.get("language"), "language", most=20) or "en"
    values.text(entries.get("why"), "why", most=MAX_WHY)
    answer = entries.get("answer")
    if answer is None:
        values.note("missing_key", example.line, key="answer", example="answer: {novelty: …}")
        return
    for wrong in misfits(persona, as_json(answer), language=language):
        line = _line(answer, wrong["path"])
        values.note("example_answer", line, file=name, path=wrong["path"], detail=wrong["message"])


def _line(node: Node, path: str) -> int:
    """The line of what a JSON Pointer names, or of the nearest thing around it."""
    line = node.line
    for step in path.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, MappingNode) and name in node.entries:
            line, node = node.lines[name], node.entries[name]
        elif isinstance(node, persona_yaml.ListNode) and name.isdecimal() and int(name) < len(node.items):
            node = node.items[int(name)]
            line = node.line
        else:
            break
    return line
