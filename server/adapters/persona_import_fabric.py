"""Read a pattern of fabric: `system.md`, and a `user.md` where there is one."""

from __future__ import annotations

import re

from server.adapters.foreign_draft import UNKNOWN_LICENSE, Draft, plain_field, spoken, whole_answer
from server.adapters.foreign_sections import find_sections
from server.adapters.foreign_text import escape
from server.adapters.foreign_words import note
from server.application.persona_formats import Note
from server.domain.fields import Field
from server.domain.words import same

REMARK = re.compile(r"\{# fabric input:\n([^{}]*)#\}\s*\Z")
"""Where the input stood in a pattern, kept at the end of the instructions so that an export can put it back."""

_PLACE = re.compile(
    r"[#*\s]*(?:(?:[A-Z]+[ ]){0,3}(?:INPUT|CONTENT)(?:[ ](?:TEXT|SECTION|DATA))?|Input)[ \t]*:?[*\s]*"
)
_FILLED = re.compile(r"\{\{[ \t]{0,4}input[ \t]{0,4}\}\}")
_VARIABLE = re.compile(r"\{\{[ \t]{0,4}([A-Za-z_][\w:.-]{0,60})[ \t]{0,4}\}\}")
MAX_PLACE = 120
"""Characters of a line that is a place for the input and nothing else."""


def read_fabric(system: str, user: str, *, name: str, license_: str | None) -> tuple[Draft, list[Note]]:
    """The pattern's text unchanged as instructions, without the place for its input."""
    notes: list[Note] = []
    text = system
    kept_user, _ = split_input(user)
    if kept_user.strip():
        text = f"{system.rstrip()}\n\n{kept_user.strip()}\n"
        notes.append(note("user_added"))
    head, tail = split_input(text)
    filled = _FILLED.sub("", head)
    if tail.strip() or user.strip() != kept_user.strip() or filled != head:
        notes.append(note("input_left_out", what=" ".join(tail.split()) or "{{input}}"))
    if names := sorted({f"{{{{{one}}}}}" for one in _VARIABLE.findall(filled)}):
        notes.append(note("variables_kept", names=", ".join(names)))
    fields = fabric_fields(head, name=name)
    notes.append(sections_note(fields))
    notes.append(note("one_language"))
    if license_ is None:
        notes.append(
            note(
                "license_unknown",
                hint_ja="fabric に付いてくるパターンは MIT です。",
                hint_en="The patterns that come with fabric are under MIT.",
            )
        )
    draft = Draft(
        name=same(spoken(name)),
        attribution=f"Imported from the fabric pattern '{name}'. fabric: github.com/danielmiessler/fabric",
        fields=fields,
        system=f"{escape(filled)}\n{{# fabric input:\n{_harmless(tail)}#}}",
        license=license_ or UNKNOWN_LICENSE,
    )
    return draft, notes


def split_input(text: str) -> tuple[str, str]:
    """A pattern before the place for its input, and that place: headings and lines at the end such as `# INPUT`."""
    lines = text.splitlines(keepends=True)
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_place(lines[end - 1])):
        end -= 1
    start = next((n for n in range(end, len(lines)) if lines[n].strip()), len(lines))
    if start == len(lines):
        return text, ""
    return "".join(lines[:start]), "".join(lines[start:])


def fabric_fields(text: str, *, name: str) -> tuple[Field, ...]:
    """The questions that a pattern's text asks, as far as it says so plainly."""
    fields: dict[str, Field] = {}
    for section in find_sections(text):
        field = plain_field(section.label, section.instruction, most=section.most, taken=fields)
        fields[field.id] = field
    return tuple(fields.values()) or (whole_answer(spoken(name)),)


def sections_note(fields: tuple[Field, ...]) -> Note:
    if len(fields) == 1:
        return note("one_field")
    return note("sections_found", count=len(fields), labels=", ".join(one.label.en for one in fields))


def _is_place(line: str) -> bool:
    return len(line) <= MAX_PLACE and bool(_PLACE.fullmatch(line) or _FILLED.fullmatch(line.strip()))


def _harmless(tail: str) -> str:
    return _FILLED.sub("", tail)
