"""What a question asks for, in words for people who do not read YAML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from server.domain.comparisons import ROWS, RowKind
from server.domain.fields import CheckRule, Field, FieldType, ScalarType
from server.domain.personas import Persona
from server.web.catalogue import catalogue, say
from server.web.part_words import PARTS
from server.web.plain import plain


def row_of(field: Field) -> RowKind:
    """The row of a comparison in which the question stands."""
    return next(row for row in ROWS if field.aspects[0] in row.aspects)


def shape_words(field: Field, language: str) -> str:
    """What kind of answer it wants, and how long: "A list of at most 3: title, reason"."""
    parts = [_kind(field, language)]
    if (span := field.length.in_(language)) and field.schema is None:
        low, high = span
        name = "personas.length_between" if low else "personas.length_most"
        parts.append(say(name, language, low=low, high=high))
    return say("personas.comma", language).join(parts)


def check_words(field: Field, language: str) -> str:
    """What the answer is held against."""
    said = say(f"personas.check_{field.check.value}", language)
    if field.unchecked and field.check is not CheckRule.NONE:
        names = say("personas.and", language).join(part_name(name, language) for name in field.unchecked)
        said += say("personas.unchecked", language, names=names)
    return said


def answers_in(persona: Persona, language: str) -> str:
    """In which language it answers."""
    known = (
        persona.language if persona.language in ("ja", "en") else "any" if persona.language is None else None
    )
    if known:
        return say(f"personas.answers_{known}", language)
    return say("personas.answers_other", language, code=str(persona.language))


def paper_kinds(words: Iterable[str], language: str) -> str:
    """Kinds of paper; one that is not known here is called as the persona calls it."""
    known = catalogue(language)["personas"]
    return say("personas.comma", language).join(known.get(f"paper_{word}", plain(word)) for word in words)


def first_questions(persona: Persona, *, most: int) -> tuple[Field, ...]:
    """What tells it from other readers: all of them ask for the title."""
    own = tuple(f for f in persona.fields if f.check is not CheckRule.IDENTITY)
    return (own or persona.fields)[:most]


def part_name(name: str, language: str) -> str:
    """A part of an object, as a reader of the answer sees it."""
    known = PARTS.get(name)
    return known.in_(language) if known else name


def _kind(field: Field, language: str) -> str:
    if field.schema is not None:
        return say("personas.kind_schema", language)
    match field.type:
        case FieldType.LIST:
            name = "personas.kind_list_most" if field.max_items else "personas.kind_list"
            return say(name, language, count=field.max_items or 0) + _parts(field.items, language)
        case FieldType.OBJECT:
            return say("personas.kind_object", language) + _parts(field.properties, language)
        case FieldType.CHOICE:
            options = say("personas.or", language).join(plain(c.label.in_(language)) for c in field.choices)
            return say("personas.kind_choice", language, options=options)
        case _:
            return say(f"personas.kind_{field.type.value}", language)


def _parts(parts: ScalarType | Mapping[str, ScalarType], language: str) -> str:
    if isinstance(parts, ScalarType) or not parts:
        return ""
    names = [part_name(name, language) for name in parts]
    return say("personas.parts", language, names=say("personas.comma", language).join(names))
