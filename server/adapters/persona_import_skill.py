"""Read an agent skill: the instructions of its SKILL.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.adapters.foreign_draft import UNKNOWN_LICENSE, Draft, spoken
from server.adapters.foreign_text import Document, escape, text_of
from server.adapters.foreign_words import note
from server.adapters.persona_import_fabric import fabric_fields, sections_note
from server.application.persona_formats import Note
from server.domain.words import same

KEPT = frozenset({"name", "description", "license", "metadata"})


def read_skill(document: Document, *, name: str) -> tuple[Draft, list[Note]]:
    """The body becomes the instructions; nothing it points to is opened or run."""
    front, notes = document.front, []
    said = text_of(front.get("description"), most=1000)
    license_ = text_of(front.get("license"), most=100)
    metadata = front.get("metadata")
    known: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    author = text_of(known.get("author"), most=200)
    if left := sorted(key for key in front if key not in KEPT):
        notes.append(note("settings_left_out", names=", ".join(left)[:500]))
    fields = fabric_fields(document.body, name=name)
    notes += [note("not_asked_for_a_paper"), sections_note(fields), note("one_language")]
    if not license_:
        notes.append(note("license_unknown", hint_ja="", hint_en=""))
    return Draft(
        name=same(spoken(name)),
        description=same(said) if said else None,
        attribution=f"Imported from the agent skill '{name}'" + (f" by {author}" if author else ""),
        license=license_ or UNKNOWN_LICENSE,
        fields=fields,
        system=escape(document.body.strip("\n")),
    ), notes
