"""Read a Prompty file, version 1 or 2. References to the environment and to files are never followed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from server.adapters.foreign_draft import UNKNOWN_LICENSE, Draft, name_of, spoken, whole_answer
from server.adapters.foreign_text import Document, text_of
from server.adapters.foreign_words import note
from server.adapters.persona_lint import MAX_FIELDS, MAX_VARS
from server.adapters.persona_problems import invalid
from server.adapters.prompty_properties import properties_of, question
from server.adapters.prompty_template import (
    PAPER_NAMES,
    has_mustache,
    names_in,
    placeholders_in,
    rewrite,
    split_messages,
    take_out_paper,
    with_lines,
)
from server.adapters.template_check import MAX_SOURCE, check_template
from server.application.persona_formats import Note
from server.domain.errors import InvalidRequestError
from server.domain.fields import Field
from server.domain.words import same

KEPT = frozenset(
    [
        "name",
        "displayName",
        "description",
        "version",
        "authors",
        "tags",
        "metadata",
        "sample",
        "inputs",
        "inputSchema",
        "outputs",
        "outputSchema",
        "template",
    ]
)
MAX_BODY = 2 * MAX_SOURCE
"""Characters of the messages: two templates at most."""
OWN = frozenset({"fields", "language", "paper", "vars", "loop"})
"""Variables that templates here have anyway."""
_REFERENCE = re.compile(r"\$\{\s{0,4}(?:env|file)\s{0,4}:[^}]{0,200}\}?", re.IGNORECASE)
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,31}")
_UNSET = object()


def read_prompty(document: Document, *, name: str) -> tuple[Draft, list[Note]]:
    """The body becomes the messages, outputs the questions, inputs the paper or variables.

    Raises:
        InvalidRequestError: an input has no value, the template is Mustache with sections, or the body too long.
        PersonaInvalidError: the template leaves the subset, with lines of the source.
    """
    if len(document.body) > MAX_BODY:
        raise InvalidRequestError(
            reason_ja=f"本文が長すぎます（上限 {MAX_BODY:,} 文字）。",
            reason_en=f"The body is too long (limit {MAX_BODY:,} characters).",
        )
    notes: list[Note] = []
    front = _without_references(document.front, notes)
    messages = split_messages(document.body)
    if messages.left_out:
        notes.append(note("messages_left_out", roles=", ".join(messages.left_out)))
    if messages.joined:
        notes.append(note("messages_joined"))
    system, user, variables = _filled(messages.system, messages.user, front, notes, document)
    metadata = front.get("metadata")
    known: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    if left := sorted(key for key in front if key not in KEPT):
        notes.append(note("settings_left_out", names=", ".join(left)[:500]))
    title = text_of(front.get("displayName"), most=200) or spoken(name)
    fields = _questions(front, title, notes)
    notes.append(note("one_language"))
    license_ = text_of(known.get("license", front.get("license")), most=100)
    if not license_:
        notes.append(note("license_unknown", hint_ja="", hint_en=""))
    version = text_of(known.get("version", front.get("version")), most=32)
    said = text_of(front.get("description"), most=1000)
    return Draft(
        name=same(title),
        description=same(said) if said else None,
        attribution=_attribution(front, known, name),
        license=license_ or UNKNOWN_LICENSE,
        version=version if _VERSION.fullmatch(version) else "1.0.0",
        vars=variables,
        fields=fields,
        system=system,
        user=user,
    ), notes


def _without_references(front: Mapping[str, Any], notes: list[Note]) -> dict[str, Any]:
    found: list[str] = []
    kept = {key: _unreferenced(value, found) for key, value in front.items()}
    if found:
        notes.append(note("references_left_out", names=", ".join(dict.fromkeys(found))[:500]))
    return {key: value for key, value in kept.items() if value is not _UNSET}


def _unreferenced(value: Any, found: list[str]) -> Any:
    """The value without every text that holds a reference."""
    if isinstance(value, str) and (references := _REFERENCE.findall(value)):
        found += references
        return _UNSET
    if isinstance(value, Mapping):
        return {k: one for k, v in value.items() if (one := _unreferenced(v, found)) is not _UNSET}
    if isinstance(value, list):
        return [one for v in value if (one := _unreferenced(v, found)) is not _UNSET]
    return value


def _filled(
    system: str, user: str, front: Mapping[str, Any], notes: list[Note], document: Document
) -> tuple[str, str, dict[str, str]]:
    """Both templates, rewritten, and the variables they use."""
    if has_mustache(system + user):
        raise InvalidRequestError(
            reason_ja="Mustache の節（{{#…}}）は使えません。Jinja の {% if %} や {% for %} で書き直してください。",
            reason_en="Sections of Mustache ({{#…}}) cannot be used. Write them with Jinja's {% if %} and {% for %}.",
        )
    used = names_in(system) | names_in(user)
    values = dict(_inputs(front))
    papers = _papers(used, values)
    if papers:
        notes.append(note("input_left_out", what="{{" + papers[0] + "}}"))
        if papers[1:]:
            notes.append(note("inputs_joined", names=", ".join(papers[1:])))
    else:
        notes.append(note("not_asked_for_a_paper"))
    asked = (used & values.keys()) | (placeholders_in(system + user) - OWN)
    missing = sorted(one for one in asked if one not in papers and values.get(one) is None)
    if missing:
        raise InvalidRequestError(
            reason_ja=f"入力 {'、'.join(missing)} に値がありません。default を書くか、文に直接書いてください。",
            reason_en=f"The inputs {', '.join(missing)} have no value. Give each a default, or write it into the text.",
        )
    names: dict[str, str] = {}
    for one in [n for n in values if n in used and n not in papers][:MAX_VARS]:
        names[one] = name_of(one, taken=names.values())
    if names:
        notes.append(note("inputs_kept", names=", ".join(names)))
    written = [
        rewrite(take_out_paper(text, papers), variables=names, always=papers) for text in (system, user)
    ]
    vars_ = {new: values[old] or "" for old, new in names.items()}
    whole = rewrite(with_lines(document.body, papers), variables=names, always=papers)
    checked = check_template(whole, line=document.line, vars_=vars_)
    if problems := checked or [
        p for text in written for p in check_template(text, line=document.line, vars_=vars_)
    ]:
        raise invalid(problems)
    return written[0], written[1], vars_


def _papers(used: frozenset[str], values: Mapping[str, str | None]) -> list[str]:
    """The inputs that stand for the paper: the likeliest, and others that have such a name and no value."""
    named = [
        name for name in PAPER_NAMES for one in used if one.lower() == name or name_of(one, taken=()) == name
    ]
    likely = [one for name in dict.fromkeys(named) for one in sorted(used) if name_of(one, taken=()) == name]
    return [one for index, one in enumerate(dict.fromkeys(likely)) if index == 0 or not values.get(one)]


def _inputs(front: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Each input and its value: its default, its sample, or what it was written as; None: it has none."""
    samples = front.get("sample")
    values: dict[str, str | None] = {}
    for key in ("inputs", "inputSchema"):
        for name, said in properties_of(front.get(key)):
            value = said
            if isinstance(said, Mapping):
                value = next(
                    (
                        said[k]
                        for k in ("default", "sample", "example", "value")
                        if said.get(k) not in (None, "")
                    ),
                    None,
                )
            values[name] = text_of(value) or None
    if isinstance(samples, Mapping):
        for name, value in samples.items():
            values[name] = values.get(name) or text_of(value) or None
    yield from values.items()


def _questions(front: Mapping[str, Any], title: str, notes: list[Note]) -> tuple[Field, ...]:
    outputs = properties_of(front.get("outputs") or front.get("outputSchema") or _response_schema(front))
    fields: dict[str, Field] = {}
    for name, value in outputs[:MAX_FIELDS]:
        field = question(name, value, taken=tuple(fields))
        if field.id != name:
            notes.append(note("output_renamed", old=name[:60], new=field.id))
        fields[field.id] = field
    if not fields:
        notes.append(note("one_field"))
        return (whole_answer(title),)
    notes.append(note("outputs_kept", count=len(fields)))
    return tuple(fields.values())


def _response_schema(front: Mapping[str, Any]) -> Any:
    """The JSON Schema that version 1 writes among the model's parameters."""
    value: Any = front
    for key in ("model", "parameters", "response_format", "json_schema", "schema"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value.get("properties") if isinstance(value, Mapping) else None


def _attribution(front: Mapping[str, Any], metadata: Mapping[str, Any], name: str) -> str:
    given = text_of(metadata.get("attribution"), most=500)
    if given:
        return given
    authors = metadata.get("authors", front.get("authors"))
    names = [text_of(one, most=100) for one in authors if text_of(one)] if isinstance(authors, list) else []
    return f"Imported from the Prompty file '{name}'" + (f" by {', '.join(names[:20])}" if names else "")
