"""Read a whole persona file, and everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.adapters import persona_yaml
from server.adapters.persona_ensemble import read_ensemble
from server.adapters.persona_fallback import read_fallback
from server.adapters.persona_few_shot import read_few_shot
from server.adapters.persona_fields import read_field
from server.adapters.persona_problems import Problem, errors_of
from server.adapters.persona_sections import Sections, normalise, split
from server.adapters.persona_steps import check_messages, read_steps
from server.adapters.persona_values import Values
from server.adapters.persona_yaml import MappingNode, Node
from server.adapters.template_check import check_template, names_used
from server.domain.contexts.choices import CONTEXTS, RENDERINGS, Rendering, Strategy
from server.domain.fields import Field
from server.domain.personas import AppliesTo, Origin, Persona
from server.domain.steps import EVIDENCE, STRUCTURE
from server.domain.words import Words

KEYS = (
    "format",
    "version",
    "name",
    "description",
    "attribution",
    "license",
    "language",
    "applies_to",
    "context",
    "rendering",
    "examples",
    "ensemble",
    "fallback",
    "vars",
    "evidence",
    "structure",
    "fields",
    "steps",
)
MAX_FIELDS = 40
MAX_VARS = 30

ID = re.compile(r"[a-z][a-z0-9-]{0,63}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,31}")


@dataclass(frozen=True)
class Read:
    """What came of a file: a persona unless a problem is an error. Problems are in the order of their lines."""

    persona: Persona | None
    problems: tuple[Problem, ...]


def lint(source: str, id: str) -> list[Problem]:  # noqa: A002
    """Everything wrong with a persona file, errors and warnings, in the order of the lines. Empty: it is good.

    Args:
        source: The text of persona.md.
        id: The name of its folder.
    """
    return list(read_persona(source, id=id).problems)


def read_persona(source: str, *, id: str, check_templates: bool = True) -> Read:  # noqa: A002
    """The persona of a file. Its digest is empty and its origin `folder`, until who asks knows better.

    Args:
        check_templates: False for files known to be sound: it saves loading Jinja, and rendering checks them anyway.
    """
    source = normalise(source)
    values = Values()
    if not ID.fullmatch(id):
        values.note("bad_id", 1, id=id[:64])
    sections = split(source)
    values.problems += sections.problems
    front: MappingNode | None = None
    if sections.front is not None:
        root, problems = persona_yaml.load(sections.front, first_line=sections.front_line)
        values.problems += problems
        front = values.mapping(root, "front matter", "format: 1")
        if root is None and not problems:
            values.note("missing_key", sections.front_line, key="format", example="format: 1")
    persona = _read_front(values, front, sections, id=id, source=source) if front else None
    _check_sections(values, sections)
    if check_templates and sections.front is not None:
        _check_templates(values, sections, persona.vars if persona else None)
    problems = sorted(values.problems, key=lambda one: one["line"])
    return Read(None if errors_of(problems) else persona, tuple(problems))


def _read_front(
    values: Values,
    front: MappingNode,
    sections: Sections,
    *,
    id: str,  # noqa: A002
    source: str,
) -> Persona:
    entries = front.entries
    values.keys(front, KEYS)
    format_ = values.word(entries.get("format"), "format")
    if format_ is None:
        values.note("missing_key", front.line, key="format", example="format: 1")
    elif format_ != "1":
        values.note("bad_format", front.lines["format"])
    name = values.words(entries.get("name"), "name")
    if "name" not in entries:
        values.note("missing_key", front.line, key="name", example="name: {ja: …, en: …}")
    fields = _fields(values, front)
    steps = read_steps(values, entries.get("steps"), fields)
    check_messages(values, sections, steps)
    persona = Persona(
        id=id,
        version=_version(values, front),
        name=name or Words(id, id),
        fields=fields,
        parts=tuple(sections.parts),
        digest="",
        source=source,
        origin=Origin.FOLDER,
        language=_language(values, entries.get("language")),
        description=values.words(entries.get("description"), "description"),
        attribution=values.text(entries.get("attribution"), "attribution"),
        license=values.text(entries.get("license"), "license", most=100),
        applies_to=_applies_to(values, entries.get("applies_to")),
        context=values.one_of(entries.get("context"), "context", CONTEXTS) or Strategy.AUTO,
        rendering=values.one_of(entries.get("rendering"), "rendering", RENDERINGS) or Rendering.PLAIN,
        few_shot=read_few_shot(values, entries.get("examples")),
        ensemble=read_ensemble(values, entries.get("ensemble")),
        fallback=read_fallback(values, entries.get("fallback")),
        steps=steps,
        step_parts=tuple(sections.step_parts),
        evidence=values.one_of(entries.get("evidence"), "evidence", EVIDENCE) or EVIDENCE[0],
        structure=values.one_of(entries.get("structure"), "structure", STRUCTURE) or STRUCTURE[0],
        vars=_vars(values, entries.get("vars")),
    )
    if "license" not in entries or "attribution" not in entries:
        values.note("no_attribution", front.line)
    return persona


def _version(values: Values, front: MappingNode) -> str:
    node = front.entries.get("version")
    if node is None:
        values.note("missing_key", front.line, key="version", example='version: "1.0.0"')
    version = values.text(node, "version", most=100) or ""
    if version and node and not _VERSION.fullmatch(version):
        values.note("bad_version", node.line, value=version[:60])
    return version


def _language(values: Values, node: Node | None) -> str | None:
    language = values.text(node, "language", most=20)
    if language and node and not re.fullmatch(r"[a-z]{2}", language):
        values.note(
            "not_one_of",
            node.line,
            key="language",
            value=language,
            known="ja, en, de, …",
            hint_ja="",
            hint_en="",
        )
    return language


def _applies_to(values: Values, node: Node | None) -> AppliesTo:
    mapping = values.mapping(node, "applies_to", "applies_to: {paper_types: [method]}")
    if mapping is None:
        return AppliesTo()
    values.keys(mapping, ("paper_types", "warn_if"))
    kinds: dict[str, tuple[str, ...]] = {}
    for key in ("paper_types", "warn_if"):
        words = values.sequence(mapping.entries.get(key), key, f"{key}: [method, survey]")
        kinds[key] = tuple(word for one in words if (word := values.text(one, key, most=40)))
    return AppliesTo(**kinds)


def _vars(values: Values, node: Node | None) -> Mapping[str, str]:
    mapping = values.mapping(node, "vars", "vars: {audience: students}")
    if mapping is None:
        return {}
    if len(mapping.entries) > MAX_VARS:
        values.note("too_large", mapping.line, what="vars", limit=MAX_VARS)
    read: dict[str, str | None] = {
        name: values.text(value, f"vars.{name}")
        for name, value in mapping.entries.items()
        if values.name(name, mapping.lines[name])
    }
    return {name: value or "" for name, value in read.items()}


def _fields(values: Values, front: MappingNode) -> tuple[Field, ...]:
    node = front.entries.get("fields")
    nodes = values.sequence(node, "fields", "fields: [{id: novelty, …}]")
    if node is None or (not nodes and isinstance(node, persona_yaml.ListNode)):
        values.note(
            "missing_key",
            node.line if node else front.line,
            key="fields",
            example="fields: [{id: novelty, …}]",
        )
    if len(nodes) > MAX_FIELDS:
        values.note("too_large", nodes[MAX_FIELDS].line, what="fields", limit=MAX_FIELDS)
    fields: dict[str, Field] = {}
    for one in nodes[:MAX_FIELDS]:
        field = read_field(values, one)
        if field is None:
            continue
        if field.id in fields:
            values.note("duplicate_id", one.line, id=field.id)
        fields[field.id] = field
    return tuple(fields.values())


def _check_sections(values: Values, sections: Sections) -> None:
    if sections.front is None:
        return
    if not sections.parts:
        if not any(one["code"] in ("text_before_section", "unknown_section") for one in sections.problems):
            values.note("no_sections", sections.front.count("\n") + 3)
        return
    for language in ("ja", "en"):
        if not any(part.language in (None, language) for part in sections.parts):
            values.note("no_section_for", sections.parts[0].line, language=language)


def _check_templates(values: Values, sections: Sections, vars_: Mapping[str, str] | None) -> None:
    """`vars_`: the persona's own variables; None when the front matter could not be read."""
    problems = [
        one
        for part in (*sections.parts, *sections.step_parts)
        for one in check_template(part.source, line=part.line, vars_=vars_ or {})
        if vars_ is not None or one["code"] != "template_variable"
    ]
    values.problems += problems
    if not problems:
        _advise(values, sections)


def _advise(values: Values, sections: Sections) -> None:
    """What a sound template could do better."""
    used: set[str] = set()
    for part in (*sections.parts, *sections.step_parts):
        names = names_used(part.source)
        used |= names
        if names & {"paper.title", "paper.authors"}:
            values.note("title_given_away", part.line)
    if sections.parts and "fields" not in used:
        values.note("fields_not_asked", sections.parts[-1].line)
