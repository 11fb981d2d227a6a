"""The inputs of a persona's form: their names, what was typed into them, and steps such as adding a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from server.domain.fields import Aspect, Choice, Field, FieldType, Length
from server.domain.persona_forms import FormField, PersonaForm
from server.domain.words import Words
from server.web.forms import Form

MAX_QUESTIONS = 40
MAX_CHOICES = 30
QUESTION = (
    "id", "label_ja", "label_en", "instruction_ja", "instruction_en", "aspect", "type", "low_ja", "high_ja", "low_en",
    "high_en", "max_items",
)  # fmt: skip
CHOICE = ("id", "ja", "en")
NEW_QUESTION = Words(ja="新しい問い", en="New question")
YES_NO = (Choice("yes", Words(ja="はい", en="Yes")), Choice("no", Words(ja="いいえ", en="No")))

NAMES = frozenset(
    {
        "do", "source", "base", "side", "paper", "preview_language", "model", "name_ja", "name_en", "description_ja",
        "description_en", "language",
        *(f"q{n}_{part}" for n in range(MAX_QUESTIONS) for part in QUESTION),
        *(f"q{n}_c{m}_{part}" for n in range(MAX_QUESTIONS) for m in range(MAX_CHOICES + 1) for part in CHOICE),
    }
)  # fmt: skip
"""Every input there can be; anything else is refused."""

Inputs = Mapping[str, str]


def inputs_of(form: Form) -> Inputs:
    """What was typed, lines ended as in our texts."""
    return {name: (form.one(name) or "").replace("\r\n", "\n") for name in form.fields}


def form_of(inputs: Inputs, before: PersonaForm) -> PersonaForm:
    """The form as it was filled in. What it has no inputs for stays as it was before."""
    known = {one.field.id: one.field for one in before.fields}
    ids = list(_question_ids(inputs))
    if not ids:  # nothing was filled in
        return before
    description = _words(inputs, "description", before.description)
    return PersonaForm(
        name=_words(inputs, "name", before.name) or Words("", ""),
        description=description,
        language=inputs.get("language") or None,
        fields=tuple(
            FormField(_field(inputs, f"q{n}", known.get(id_)), id_ if id_ in known else None)
            for n, id_ in ids
        ),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A button of the form: `add`, or `up`, `down`, `remove` with the number of a question from 0."""

    verb: str
    place: int = -1

    @classmethod
    def read(cls, text: str) -> Step | None:
        """None for anything that is no step."""
        verb, _, place = text.partition(":")
        if verb == "add":
            return cls("add")
        if verb in ("up", "down", "remove") and place.isascii() and place.isdigit() and len(place) < 3:
            return cls(verb, int(place))
        return None

    def taken(self, form: PersonaForm) -> PersonaForm:
        """The form after it; the same where it leads nowhere."""
        fields = list(form.fields)
        if self.verb == "add":
            if len(fields) < MAX_QUESTIONS:
                fields.append(FormField(_new_question({one.field.id for one in fields}), None))
        elif self.place < len(fields):
            other = self.place + {"up": -1, "down": 1}.get(self.verb, 0)
            if self.verb == "remove" and len(fields) > 1:
                del fields[self.place]
            elif 0 <= other < len(fields):
                fields[self.place], fields[other] = fields[other], fields[self.place]
        return replace(form, fields=tuple(fields))


def _question_ids(inputs: Inputs) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for n in range(MAX_QUESTIONS):
        id_ = inputs.get(f"q{n}_id", "")
        if id_ and id_ not in seen:
            seen.add(id_)
            yield n, id_


def _new_question(taken: set[str]) -> Field:
    number, id_ = 1, "question"
    while id_ in taken:
        number += 1
        id_ = f"question_{number}"
    return Field(id=id_, aspects=(Aspect.OTHER,), label=NEW_QUESTION, instruction=Words("", ""))


def _field(inputs: Inputs, at: str, before: Field | None) -> Field:
    field = before or replace(_new_question(set()), id=inputs[f"{at}_id"])
    kind = _kind(inputs.get(f"{at}_type", ""), field)
    aspect = inputs.get(f"{at}_aspect", "")
    aspects = field.aspects
    if aspect in set(Aspect) and aspect != aspects[0]:
        aspects = (Aspect(aspect), *(one for one in aspects[1:] if one != aspect))
    is_written = field.schema is None and kind in (FieldType.TEXT, FieldType.LIST, FieldType.OBJECT)
    return replace(
        field,
        aspects=aspects,
        label=_words(inputs, f"{at}_label", field.label) or Words("", ""),
        instruction=_words(inputs, f"{at}_instruction", field.instruction) or Words("", ""),
        type=kind,
        length=_length(inputs, at, field.length)
        if is_written
        else field.length
        if kind is field.type
        else Length(),
        max_items=_max_items(inputs, at, field.max_items) if kind is FieldType.LIST else None,
        choices=_choices(inputs, at, field) if kind is FieldType.CHOICE else (),
    )


def _kind(text: str, field: Field) -> FieldType:
    """A question with a shape of its own keeps it."""
    if field.schema is not None or text not in set(FieldType):
        return field.type
    return FieldType(text)


def _words(inputs: Inputs, name: str, before: Words | None) -> Words | None:
    """Both languages. Where one was and is left empty, the other stands in, as in the text."""
    if f"{name}_ja" not in inputs and f"{name}_en" not in inputs:
        return before
    ja, en = (inputs.get(f"{name}_{code}", "").strip() for code in ("ja", "en"))
    return Words(ja or en, en or ja) if ja or en else None


def _length(inputs: Inputs, at: str, before: Length) -> Length:
    return Length(
        **{
            code: _span(inputs, f"{at}_low_{code}", f"{at}_high_{code}")
            if f"{at}_high_{code}" in inputs
            else before.in_(code)
            for code in ("ja", "en")
        }
    )


def _span(inputs: Inputs, low: str, high: str) -> tuple[int, int] | None:
    """None while there is no upper end. Ends that are the wrong way round are turned."""
    most = _number(inputs.get(high, ""))
    if not most:
        return None
    least = _number(inputs.get(low, ""))
    return min(least, most), max(least, most)


def _max_items(inputs: Inputs, at: str, before: int | None) -> int | None:
    if f"{at}_max_items" not in inputs:
        return before
    return _number(inputs[f"{at}_max_items"]) or None


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _choices(inputs: Inputs, at: str, field: Field) -> tuple[Choice, ...]:
    """Those with words; a new question of this kind begins with yes and no."""
    if f"{at}_c0_ja" not in inputs:
        return field.choices or YES_NO
    found: list[Choice] = []
    for m in range(MAX_CHOICES + 1):
        words = _words(inputs, f"{at}_c{m}", None)
        if words is None:
            continue
        taken = {choice.id for choice in found}
        id_ = inputs.get(f"{at}_c{m}_id", "")
        number = len(found) + 1
        while not id_ or id_ in taken:
            id_ = f"choice_{number}"
            number += 1
        found.append(Choice(id_, words))
    return tuple(found)
