"""Persona text by way of its form: rewrite what the form changed, set single entries, write a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from server.adapters.persona_emit import block
from server.adapters.persona_examples import write_example
from server.adapters.persona_fields import KEYS as FIELD_KEYS
from server.adapters.persona_lint import KEYS, read_persona
from server.adapters.persona_problems import Problem, errors_of, invalid
from server.adapters.persona_scaffold import MESSAGES
from server.adapters.persona_sections import normalise, split
from server.adapters.persona_splice import Item, Tree, read_tree, rewrite, same
from server.domain.examples import Example
from server.domain.fields import CheckRule, Field, FieldType, ScalarType
from server.domain.persona_forms import FormField, PersonaForm
from server.domain.personas import Persona
from server.domain.words import Words

_SHAPE = ("type", "length", "max_items", "items", "properties", "choices", "unchecked")
"""What a raw schema stands for."""


class PersonaTextFiles:
    """`ports.PersonaTexts` over YAML front matter."""

    def lint(self, source: str, *, id: str) -> tuple[Persona | None, Sequence[Problem]]:  # noqa: A002
        """The persona, unless a problem is an error, and all problems in the order of their lines."""
        read = read_persona(source, id=id)
        return read.persona, read.problems

    def form(self, source: str) -> PersonaForm:
        """
        Raises:
            PersonaInvalidError: the text has errors, so that it fills no form.
        """
        return PersonaForm.of(_read(source))

    def apply(self, form: PersonaForm, source: str) -> str:
        """`source` with what the form changed. Messages, comments and everything else stay as they are; a form that
        changes nothing gives the very same text.

        The form's words are not judged here: lint the result.

        Raises:
            PersonaInvalidError: the text has errors.
        """
        persona = _read(source)
        if form == PersonaForm.of(persona):
            return source
        front, put_back = _front(source)
        wanted = dict(read_tree(front))
        for key, old, new in (
            ("name", persona.name, form.name),
            ("description", persona.description, form.description),
        ):
            if old != new:
                _set(wanted, key, _words(wanted.get(key), old, new), order=KEYS)
        if persona.language != form.language:
            _set(wanted, "language", form.language, order=KEYS)
        known = {field.id: (index, field) for index, field in enumerate(persona.fields)}
        wanted["fields"] = [_item(one, wanted["fields"], known) for one in form.fields]
        return put_back(rewrite(front, wanted))

    def change(
        self,
        source: str,
        *,
        version: str | None = None,
        name: Words | None = None,
        description: Words | None = None,
        attribution: str | None = None,
    ) -> str:
        """`source` with these entries set; None leaves one as it is.

        Raises:
            PersonaInvalidError: the text has errors.
        """
        _read(source)
        front, put_back = _front(source)
        wanted = dict(read_tree(front))
        given = {"version": version, "attribution": attribution}
        for key, value in {**given, "name": _pair(name), "description": _pair(description)}.items():
            if value is not None:
                _set(wanted, key, value, order=KEYS)
        return put_back(rewrite(front, wanted))

    def write(self, form: PersonaForm, *, attribution: str) -> str:
        """A new text, version 1.0.0, with the messages of the scaffold."""
        front: dict[str, Tree] = {
            "format": 1,
            "version": "1.0.0",
            "name": _pair(form.name),
            "description": _pair(form.description),
            "attribution": attribution,
            "license": "CC0-1.0",
            "language": form.language,
            "fields": [field_entries(one.field) for one in form.fields],
        }
        lines = block({key: value for key, value in front.items() if value is not None}, 0)
        return "\n".join(["---", *lines, "---", MESSAGES])

    def write_example(self, example: Example) -> str:
        """The text of an example's file."""
        return write_example(example)


def _read(source: str) -> Persona:
    read = read_persona(source, id="text")
    if read.persona is None:
        raise invalid(errors_of(read.problems))
    return read.persona


def _front(source: str) -> tuple[str, Callable[[str], str]]:
    """The front matter's text, and what puts a new one in its place."""
    source = normalise(source)
    front = split(source).front or ""
    start = source.index("\n") + 1
    return front, lambda new: source[:start] + new + source[start + len(front) :]


def _set(entries: dict[str, Tree], key: str, value: Tree, *, order: Sequence[str]) -> None:
    """Set an entry; a new one goes behind those that usually come before it. None removes it."""
    if value is None:
        entries.pop(key, None)
        return
    if key in entries:
        entries[key] = value
        return
    before = set(order[: order.index(key)])
    place = max((n for n, name in enumerate(entries, start=1) if name in before), default=0)
    rest = list(entries.items())
    entries.clear()
    entries.update([*rest[:place], (key, value), *rest[place:]])


def _pair(words: Words | None) -> dict[str, str] | None:
    return {"ja": words.ja, "en": words.en} if words and (words.ja or words.en) else None


def _words(tree: Tree, old: Words | None, new: Words | None) -> Tree:
    """Both languages; the one that did not change keeps how it is written."""
    pair = _pair(new)
    if pair and old and isinstance(tree, Mapping):
        kept = {key: tree[key] for key in tree if pair.get(key) == getattr(old, key, None)}
        names = [*(key for key in tree if key in pair), *(key for key in pair if key not in tree)]
        return {key: kept.get(key, pair[key]) for key in names}
    return pair


def _item(one: FormField, trees: Sequence[Tree], known: Mapping[str, tuple[int, Field]]) -> Item:
    index, old = known.get(one.was or "", (None, None))
    if index is None or old is None:
        return Item(field_entries(one.field), was=None)
    entries: dict[str, Tree] = dict(trees[index])
    before, after = field_entries(old), field_entries(one.field)
    for key in FIELD_KEYS:
        if key == "schema" or (old.schema is not None and key in _SHAPE):
            continue
        if key in ("label", "instruction"):
            words: tuple[Words, Words] = getattr(old, key), getattr(one.field, key)
            if words[0] != words[1]:
                _set(entries, key, _words(entries.get(key), *words), order=FIELD_KEYS)
        elif not same(before.get(key), after.get(key)):
            _set(entries, key, after.get(key), order=FIELD_KEYS)
    return Item(entries, was=index)


def field_entries(field: Field) -> dict[str, Tree]:
    """The front matter's entries that say what a field is; what is usual is left out, and so is a raw schema."""
    is_list, is_object = field.type is FieldType.LIST, field.type is FieldType.OBJECT
    parts = field.properties if is_object else field.items if is_list else {}
    names = parts if isinstance(parts, Mapping) else {}
    entries: dict[str, Tree] = {
        "id": field.id,
        "aspects": [aspect.value for aspect in field.aspects],
        "label": _pair(field.label),
        "instruction": _pair(field.instruction),
        "length": {key: _span(span) for key in ("ja", "en") if (span := field.length.in_(key))},
        "type": None if field.type is FieldType.TEXT else field.type.value,
        "max_items": field.max_items if is_list else None,
        "items": _parts(field.items) if is_list and field.items is not ScalarType.TEXT else None,
        "properties": _parts(field.properties) if is_object else None,
        "choices": {choice.id: _pair(choice.label) for choice in field.choices}
        if field.type is FieldType.CHOICE
        else None,
        "check": None if field.check is CheckRule.QUOTE else field.check.value,
        "unchecked": [name for name in field.unchecked if name in names],
    }
    return {key: value for key, value in entries.items() if value not in (None, {}, [])}


def _span(span: tuple[int, int]) -> Tree:
    low, high = span
    return [low, high] if low else high


def _parts(parts: ScalarType | Mapping[str, ScalarType]) -> Tree:
    if isinstance(parts, ScalarType):
        return parts.value
    return {name: kind.value for name, kind in parts.items()}
