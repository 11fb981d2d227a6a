"""A persona's `examples/*.yaml`: written, and held against the persona's questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from server.adapters import persona_yaml
from server.adapters.persona_emit import block
from server.adapters.persona_fields import as_json
from server.adapters.persona_problems import Problem, errors_of, problem
from server.adapters.persona_values import Values
from server.adapters.persona_yaml import ListNode, MappingNode, Node, Scalar
from server.domain.example_claims import proven, statements
from server.domain.examples import MAX_EXAMPLES, MAX_WHY, Example, misfits
from server.domain.matching import fold
from server.domain.personas import Persona

KEYS = ("paper", "excerpt", "language", "answer", "evidence", "why")
MAX_EXCERPT = 20_000


def write_example(example: Example) -> str:
    """The text of an example's file."""
    entries = {
        "paper": {"title": example.title, "sha256": example.sha256},
        "excerpt": example.excerpt or None,
        "language": example.language,
        "answer": dict(example.answer),
        "evidence": {name: list(quotes) for name, quotes in example.evidence.items()} or None,
        "why": example.why,
    }
    return "\n".join(block({key: value for key, value in entries.items() if value is not None}, 0)) + "\n"


def read_examples(persona: Persona) -> tuple[Example, ...]:
    """The persona's examples in the order of their names, those with errors left out."""
    read = (_read(persona, name, persona.files[name])[0] for name in persona.examples[:MAX_EXAMPLES])
    return tuple(example for example in read if example)


def example_problems(persona: Persona) -> list[Problem]:
    """Everything wrong with the persona's examples: problems with the `file` they are in."""
    found: list[Problem] = []
    if len(persona.examples) > MAX_EXAMPLES:
        found.append(problem("too_large", 1, what="examples/", limit=MAX_EXAMPLES))
    for name in persona.examples[:MAX_EXAMPLES]:
        found += [{**one, "file": name} for one in _read(persona, name, persona.files[name])[1]]
    return found


def _read(persona: Persona, name: str, data: bytes) -> tuple[Example | None, list[Problem]]:
    """The example, unless a problem is an error, and everything wrong with it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [problem("not_text", 1, character=name)]
    root, problems = persona_yaml.load(text, first_line=1)
    values = Values(list(problems))
    mapping = values.mapping(root, name, "answer: {novelty: …}")
    example = None
    if mapping is not None:
        example = _check(values, mapping, name, persona)
    elif root is None and not problems:
        values.note("missing_key", 1, key="answer", example="answer: {novelty: …}")
    return (None if errors_of(values.problems) else example), values.problems


def _check(values: Values, mapping: MappingNode, name: str, persona: Persona) -> Example | None:
    values.keys(mapping, KEYS)
    entries = mapping.entries
    if "paper" not in entries and "excerpt" not in entries:
        values.note("example_source", mapping.line, file=name)
    paper = values.mapping(entries.get("paper"), "paper", "paper: {title: …, sha256: …}")
    named: dict[str, str] = {}
    if paper is not None:
        values.keys(paper, ("title", "sha256"))
        for key in ("title", "sha256"):
            named[key] = values.text(paper.entries.get(key), f"paper.{key}") or ""
    answer = entries.get("answer")
    example = Example(
        title=named.get("title", ""),
        sha256=named.get("sha256", ""),
        excerpt=values.text(entries.get("excerpt"), "excerpt", most=MAX_EXCERPT) or "",
        language=values.text(entries.get("language"), "language", most=20) or "en",
        why=values.text(entries.get("why"), "why", most=MAX_WHY) or "",
        answer=as_json(answer) if isinstance(answer, MappingNode) else {},
        name=name,
    )
    if answer is None:
        values.note("missing_key", mapping.line, key="answer", example="answer: {novelty: …}")
        return None
    wrong = misfits(persona, as_json(answer), language=example.language)
    for one in wrong:
        line = _line(answer, one["path"])
        values.note("example_answer", line, file=name, path=one["path"], detail=one["message"])
    if wrong:
        return None
    example = replace(example, evidence=_evidence(values, entries.get("evidence"), example, persona))
    if example.excerpt:
        for field_id in proven(persona, example).left_out:
            values.note("example_unproven", _line(answer, f"/{field_id}"), file=name, id=field_id)
    return example


def _evidence(
    values: Values, node: Node | None, example: Example, persona: Persona
) -> Mapping[str, tuple[str, ...]]:
    """The passages written beside the answer: of fields it shows, as many as it has statements, or one for all."""
    mapping = values.mapping(node, "evidence", "evidence: {novelty: [a sentence of the excerpt]}")
    found: dict[str, tuple[str, ...]] = {}
    for field_id, given in (mapping.entries if mapping else {}).items():
        assert mapping is not None  # noqa: S101 (an entry came from it)
        if (
            values.one_of(Scalar(mapping.lines[field_id], field_id, quoted=True), "evidence", example.answer)
            is None
        ):
            continue
        nodes = given.items if isinstance(given, ListNode) else [given]
        quotes = [values.text(one, f"evidence.{field_id}", most=MAX_EXCERPT) or "" for one in nodes]
        for one, quote in zip(nodes, quotes, strict=True):
            if fold(quote) not in fold(example.excerpt):
                values.note("example_quote", one.line, file=example.name, quote=quote[:60])
        count = len(statements(persona.by_id[field_id], example.answer[field_id]))
        if len(quotes) not in (1, count):
            values.note(
                "example_evidence",
                given.line,
                file=example.name,
                id=field_id,
                given=len(quotes),
                count=count,
            )
        found[field_id] = tuple(quotes)
    return found


def _line(node: Node, path: str) -> int:
    """The line of what a JSON Pointer names, or of the nearest thing around it."""
    line = node.line
    for step in path.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, MappingNode) and name in node.entries:
            line, node = node.lines[name], node.entries[name]
        elif isinstance(node, ListNode) and name.isdecimal() and int(name) < len(node.items):
            node = node.items[int(name)]
            line = node.line
        else:
            break
    return line
