"""Personas in the formats of other programs: find out which, read, write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from server.adapters.foreign_draft import Draft, spoken, write_draft
from server.adapters.foreign_seal import carried_by
from server.adapters.foreign_text import Document, clean, read_document, text_of
from server.adapters.foreign_words import note
from server.adapters.persona_export import PersonaExport, section_text, written_description
from server.adapters.persona_import_fabric import read_fabric
from server.adapters.persona_import_prompty import read_prompty
from server.adapters.persona_import_skill import read_skill
from server.adapters.prompty_template import split_messages
from server.adapters.templates import JinjaTemplates
from server.application.persona_formats import Foreign, Format, Note, Written
from server.domain.errors import InvalidRequestError
from server.domain.fields import Field
from server.domain.personas import Persona

TEXT = "text"
"""Name of a source that is one text without a file name."""

MAIN = {Format.PERSONA: "persona.md", Format.SKILL: "skill.md", Format.FABRIC: "system.md"}
_LICENSES = re.compile(r"licen[cs]e(?:\.\w{1,5})?", re.IGNORECASE)
_OWN_FILES = re.compile(r"display\.md\.j2|(?:examples/[^/]+\.yaml)|(?:tests/[^/]+\.(?:yaml|json))")
_MARKED = re.compile(
    r"^[ \t]*#?[ \t]*(?:system|user|assistant)(?:\[[^\]\n]*\])?[ \t]*:[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_PROMPTY_KEYS = frozenset(
    [
        "model",
        "inputs",
        "outputs",
        "sample",
        "template",
        "inputSchema",
        "outputSchema",
        "authors",
        "tools",
        "displayName",
    ]
)


@dataclass(frozen=True)
class ForeignPersonas:
    """`ports.PersonaFormats`."""

    templates: JinjaTemplates = field(default_factory=JinjaTemplates)

    def read(self, files: Mapping[str, bytes], *, name: str | None, format: Format | None) -> Foreign:  # noqa: A002
        """
        Raises:
            InvalidRequestError: it is in none of the formats, too large, or needs what a persona does not have.
            PersonaInvalidError: its YAML or its template cannot be used, with lines of the source.
        """
        main, kind = _main_file(files, format)
        text, removed = clean(files[main], what=main)
        kind = kind or _kind_of(text)
        notes = [note("characters_removed", count=removed)] if removed else []
        others = {one: data for one, data in files.items() if one != main}
        called = name or _stem(main)
        if kind is Format.PERSONA:
            own = {one: data for one, data in others.items() if _OWN_FILES.fullmatch(one)}
            _left_out(others, own, notes)
            return Foreign(kind, called or "imported", text, tuple(notes), own)
        if kind is Format.FABRIC:
            user, _ = clean(others.get("user.md", b""), what="user.md")
            _left_out(others, ("user.md", "README.md"), notes)
            draft, said = read_fabric(text, user, name=called or "imported", license_=_license(others))
            return Foreign(kind, called or "imported", write_draft(draft), (*notes, *said))
        document = read_document(text)
        _left_out(others, (), notes)
        return _sealed_or_read(document, kind, called, notes, license_=_license(others))

    def write(self, persona: Persona, *, to: Format, language: str) -> Written:
        """
        Raises:
            PersonaInvalidError: its template cannot be filled.
        """
        return PersonaExport(persona, "ja" if language == "ja" else "en", self.templates).write(to)


def _sealed_or_read(
    document: Document, kind: Format, called: str, notes: list[Note], *, license_: str | None
) -> Foreign:
    """The persona a file carries where nothing was changed since; else what the file says now."""
    name = text_of(document.front.get("name"), most=100) or called or "imported"
    carried, unchanged = carried_by(document)
    if carried and unchanged:
        return Foreign(kind, name, carried.source, (*notes, note("restored")))
    read = read_prompty if kind is Format.PROMPTY else read_skill
    draft, said = read(document, name=name)
    if carried:
        draft = _known_again(draft, carried, typed=kind is Format.PROMPTY)
        said.append(note("changed_since"))
    if license_ and not text_of(document.front.get("license")):
        draft = replace(draft, license=license_)
    return Foreign(kind, name, write_draft(draft), (*notes, *said))


def _known_again(draft: Draft, carried: Persona, *, typed: bool) -> Draft:
    """Questions that still say what they said when written keep all that is known of them.

    Args:
        typed: The file says of what type an answer is, so that another type is a change.
    """
    by_label = {label: one for one in carried.fields for label in (one.label.ja, one.label.en)}
    fields: dict[str, Field] = {}
    for one in draft.fields:
        old = carried.by_id.get(one.id) or by_label.get(one.label.en)
        if old is None or old.id in fields:
            fields[one.id] = one
            continue
        said = " ".join(f"{one.label.en} {one.instruction.en}".split())
        if typed and one.type is not old.type and old.schema is None:
            fields[old.id] = replace(one, id=old.id, aspects=old.aspects)
        elif said in _ways_to_say(old):
            fields[old.id] = old
        else:
            fields[old.id] = replace(old, label=one.label, instruction=one.instruction)
    renamed = typed and draft.name.en not in (carried.name.ja, carried.name.en)
    said = draft.description.en if draft.description else ""
    described = carried.description and said.startswith((carried.description.ja, carried.description.en))
    return replace(
        draft,
        name=draft.name if renamed else carried.name,
        description=carried.description if described else draft.description,
        attribution=carried.attribution or draft.attribution,
        version=carried.version,
        fields=tuple(fields.values()),
    )


def _ways_to_say(field: Field) -> set[str]:
    """A question as an import reads what an export wrote, on one line."""
    ways = set()
    for language in ("ja", "en"):
        label = field.label.in_(language)
        for said in (section_text(field, language), written_description(field, language).partition("\n")[2]):
            ways.add(" ".join(f"{label} {said or label}".split()))
            ways |= {label, f"{spoken(field.id)} {label}"}
    return ways


def _main_file(files: Mapping[str, bytes], wanted: Format | None) -> tuple[str, Format | None]:
    """The file that counts, and its format where its name tells."""
    if len(files) == 1 and (wanted or TEXT in files):
        return next(iter(files)), wanted
    by_name = {one.lower(): one for one in files if "/" not in one}
    for kind, main in MAIN.items():
        if main in by_name and wanted in (None, kind):
            return by_name[main], kind
    prompty = sorted(one for one in files if one.endswith(".prompty") and "/" not in one)
    if len(prompty) == 1 and wanted in (None, Format.PROMPTY):
        return prompty[0], Format.PROMPTY
    if len(files) == 1:
        return next(iter(files)), wanted
    raise InvalidRequestError(
        reason_ja="persona.md、system.md、SKILL.md のどれか一つ、または一つの .prompty ファイルを指定してください。",
        reason_en="Give one persona.md, system.md or SKILL.md, or a single .prompty file.",
    )


def _kind_of(text: str) -> Format:
    """What a text without a telling name looks like."""
    if not text.strip():
        raise InvalidRequestError(reason_ja="文がありません。", reason_en="There is no text.")
    document = read_document(text)
    if "format" in document.front and "fields" in document.front:
        return Format.PERSONA
    if document.has_front:
        marked = bool(_MARKED.search(document.body))
        return Format.PROMPTY if marked or _PROMPTY_KEYS & document.front.keys() else Format.SKILL
    messages = split_messages(text)
    return Format.PROMPTY if messages.user and messages.system else Format.FABRIC


def _stem(main: str) -> str:
    stem = main.rpartition("/")[2].removesuffix(".prompty")
    return "" if stem.lower() in ("system.md", "skill.md", "persona.md", TEXT) else stem.removesuffix(".md")


def _license(others: Mapping[str, bytes]) -> str | None:
    """The licence whose text lies beside, as far as its first lines tell."""
    for name, data in others.items():
        if _LICENSES.fullmatch(name):
            head = data[:400].decode("utf-8", errors="ignore")
            known = {"MIT License": "MIT", "Apache License": "Apache-2.0", "CC0 1.0": "CC0-1.0"}
            return next((spdx for words, spdx in known.items() if words in head), f"See {name}"[:100])
    return None


def _left_out(
    others: Mapping[str, bytes], used: Mapping[str, bytes] | tuple[str, ...], notes: list[Note]
) -> None:
    names = sorted(name for name in others if name not in used and not _LICENSES.fullmatch(name))
    if names:
        shown = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
        notes.append(note("files_left_out", names=shown))
