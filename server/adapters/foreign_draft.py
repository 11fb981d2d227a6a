"""A persona in the making: what a foreign text yields, written as a persona.md."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from server.adapters.persona_emit import block
from server.adapters.persona_form import field_entries
from server.domain.brought_aspects import heading_aspects
from server.domain.fields import Aspect, CheckRule, Field, FieldType, ScalarType
from server.domain.words import Words, same

UNKNOWN_LICENSE = "NOASSERTION"
"""SPDX for: nothing is said about it."""

MAX_LABEL = 120
MAX_INSTRUCTION = 1500

ASK = """\
{% if language == "ja" %}
上の論文について、次の問いに答えよ。出力の形式は、最後に示す回答の形に従う。
{% else %}
Answer these questions about the paper above. The shape of the answer given at the end counts, whatever was said before.
{% endif %}
{% for field in fields %}

{{ loop.index }}. {{ field.label }}
{{ field.instruction }}
{% endfor %}
"""
"""Asks the fields, behind whatever a foreign prompt says itself."""


@dataclass(frozen=True)
class Draft:
    """The parts of a persona.md; texts of messages are templates already."""

    name: Words
    attribution: str
    fields: tuple[Field, ...]
    system: str = ""
    user: str = ""
    license: str = UNKNOWN_LICENSE
    version: str = "1.0.0"
    description: Words | None = None
    vars: Mapping[str, str] = field(default_factory=dict)


def write_draft(draft: Draft) -> str:
    """The text of a persona.md, its questions asked at the end."""
    front = {
        "format": 1,
        "version": draft.version,
        "name": _pair(draft.name),
        "description": _pair(draft.description) if draft.description else None,
        "attribution": draft.attribution[:1000],
        "license": draft.license[:100],
        "vars": dict(draft.vars) or None,
        "fields": [_entries(one) for one in draft.fields],
    }
    lines = block({key: value for key, value in front.items() if value is not None}, 0)
    parts = ["---", *lines, "---"]
    if draft.system.strip():
        parts += ["system:", draft.system.rstrip("\n"), ""]
    parts += ["user:", *([draft.user.rstrip("\n"), ""] if draft.user.strip() else []), ASK]
    return "\n".join(parts)


def plain_field(label: str, instruction: str, *, most: int | None, taken: Collection[str]) -> Field:
    """A question from a heading and what is said under it.

    Args:
        most: Items of a list; 0: any number; None: it is a text.
    """
    label = _short(label, MAX_LABEL)
    aspects = heading_aspects(label)
    identity = _identity_field(label, instruction, taken=taken) if Aspect.IDENTITY in aspects[:1] else None
    if identity:
        return identity
    is_list = most is not None
    return Field(
        id=name_of(label, taken=taken),
        aspects=tuple(one for one in aspects if one is not Aspect.IDENTITY) or (Aspect.OTHER,),
        label=same(label),
        instruction=same(_short(instruction, MAX_INSTRUCTION) or label),
        type=FieldType.LIST if is_list else FieldType.TEXT,
        max_items=most or None,
    )


def whole_answer(name: str) -> Field:
    """The one question of a prompt that names no parts of its answer."""
    return Field(
        id="answer",
        aspects=tuple(one for one in heading_aspects(name) if one is not Aspect.IDENTITY)
        or (Aspect.OVERVIEW,),
        label=Words(ja="答え", en="Answer"),
        instruction=Words(
            ja="上の指示が求めることを、論文だけにもとづいて書く。",
            en="Give what the instructions above ask for, from the paper alone.",
        ),
    )


def name_of(text: str, *, taken: Collection[str]) -> str:
    """A field's id, or a variable's name: `What is it?` → `what_is_it`, `firstName` → `first_name`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()
    stem = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    stem = re.sub(r"^[^a-z]+", "", stem)[:34].strip("_") or "question"
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


def spoken(name: str) -> str:
    """A name as words: `analyze_paper` → `Analyze paper`, `RESEARCHER'S NOTES` → `Researcher's notes`."""
    words = " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").split())
    if not re.search(r"[A-Z][a-z]|[a-z] [A-Z]", words):
        words = words.lower()
    return words[:1].upper() + words[1:]


def _identity_field(label: str, instruction: str, *, taken: Collection[str]) -> Field | None:
    """A question for the paper's own identity; None where it asks for nothing that a paper says of itself."""
    parts = [name for name, words in _PARTS if re.search(words, label, re.IGNORECASE)]
    if "affiliation" in parts:
        parts = ["affiliation"]
    if not parts or (len(parts) == 1 and parts[0] in taken):
        return None
    words = same(_short(instruction, MAX_INSTRUCTION))
    if len(parts) == 1:
        return Field(parts[0], (Aspect.IDENTITY,), same(label), words, check=CheckRule.IDENTITY)
    return Field(
        id=name_of(label, taken=taken),
        aspects=(Aspect.IDENTITY,),
        label=same(label),
        instruction=words,
        type=FieldType.OBJECT,
        properties={name: ScalarType.NUMBER if name == "year" else ScalarType.TEXT for name in parts},
        check=CheckRule.IDENTITY,
    )


_PARTS = (
    ("title", r"\btitles?\b|題名|タイトル"),
    ("authors", r"\bauthors?\b|著者"),
    ("affiliation", r"organi[sz]ation|affiliation|institution|所属"),
    ("venue", r"\b(?:venue|journal|conference)\b|掲載|雑誌|会議"),
    ("year", r"\b(?:year|date)\b|発行年|年$"),
    ("doi", r"\bdoi\b"),
)


def _entries(one: Field) -> dict[str, object]:
    entries: dict[str, object] = dict(field_entries(one))
    if one.schema is None:
        return entries
    kept = {
        key: value
        for key, value in entries.items()
        if key in ("id", "aspects", "label", "instruction", "check")
    }
    return {**kept, "schema": one.schema}


def _pair(words: Words) -> dict[str, str]:
    return {"ja": words.ja, "en": words.en}


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut) + "…"
