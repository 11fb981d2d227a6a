"""JSON shapes of personas in the making: problems, forms, drafts, differences."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from server.application.draft_persona import Drafted
from server.application.lint_persona import Linted
from server.application.persona_history import Difference
from server.application.persona_texts import Problem
from server.domain.fields import Aspect, CheckRule, Choice, Field, FieldType, Length, ScalarType
from server.domain.persona_forms import FormField, PersonaForm
from server.domain.word_diff import Change, DiffLine
from server.domain.words import Words
from server.web.shapes import persona_out, problem_out, words_out
from server.web.structs import Out, PersonaOut, ProblemOut, WordsOut

Name = Annotated[str, msgspec.Meta(max_length=300)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Source = Annotated[str, msgspec.Meta(max_length=262_144)]


class LintProblemOut(Out):
    line: int
    """From 1."""
    code: str
    severity: str
    """`error` or `warning`."""
    message: WordsOut
    fix: WordsOut


class LintOut(Out):
    problems: list[LintProblemOut]
    """In the order of their lines; empty: the text is good."""
    persona: PersonaOut | None
    """Null while there are errors."""
    answer_schema: dict[str, Any] | None


class WordsIn(msgspec.Struct, forbid_unknown_fields=True):
    ja: Text = ""
    en: Text = ""


class LengthIn(msgspec.Struct, forbid_unknown_fields=True):
    ja: tuple[int, int] | None = None
    en: tuple[int, int] | None = None


class ChoiceIn(msgspec.Struct, forbid_unknown_fields=True):
    id: Name
    label: WordsIn


class FormFieldIn(msgspec.Struct, forbid_unknown_fields=True):
    """A question as `GET /api/personas/{ref}` shows it."""

    id: Name
    aspects: Annotated[list[Aspect], msgspec.Meta(min_length=1, max_length=13)]
    label: WordsIn
    instruction: WordsIn = msgspec.field(default_factory=WordsIn)
    type: FieldType = FieldType.TEXT
    length: LengthIn = msgspec.field(default_factory=LengthIn)
    max_items: int | None = None
    items: ScalarType | dict[str, ScalarType] | None = None
    properties: dict[str, ScalarType] | None = None
    choices: list[ChoiceIn] | None = None
    check: CheckRule = CheckRule.QUOTE
    unchecked: list[Name] = msgspec.field(default_factory=list)
    was: Name | None = None
    """The id of this question in the text, where it is another now. A question whose `was` (or else `id`) is not in
    the text is new."""


class FormIn(msgspec.Struct, forbid_unknown_fields=True):
    name: WordsIn
    fields: Annotated[list[FormFieldIn], msgspec.Meta(max_length=60)]
    description: WordsIn | None = None
    language: Name | None = None


class FormedOut(Out):
    source: str
    """The text with what the form changed; everything else as it was."""
    problems: list[LintProblemOut]
    persona: PersonaOut | None


class CopyOut(Out):
    id: str
    """A free id to save it under."""
    source: str
    copy_of: str


class DraftOriginOut(Out):
    persona: str | None
    """The built-in persona it was copied from."""
    model: str | None
    """The model that was asked."""
    reason: WordsOut


class DraftOut(Out):
    id: str
    """A free id to save it under."""
    source: str
    from_: DraftOriginOut = msgspec.field(name="from")
    host: str | None
    """Where the wish was sent; null: nowhere."""
    error: ProblemOut | None
    """Why the model that was asked did not write it; it is a copy then."""


class SegmentOut(Out):
    change: Change
    text: str


class DiffLineOut(Out):
    old: int | None
    """Number of the line in the old text; null: it is new."""
    new: int | None
    segments: list[SegmentOut]


class HunkOut(Out):
    lines: list[DiffLineOut]


class VersionOut(Out):
    version: str
    digest: str
    created_at: datetime | None
    """When it was saved; null: it is a file."""


class VersionsOut(Out):
    items: list[VersionOut]
    """Newest first."""


class DiffOut(Out):
    from_: str = msgspec.field(name="from")
    """`id@version`"""
    to: str
    hunks: list[HunkOut]


class ExampleOut(Out):
    persona: PersonaOut
    """The version that holds the example."""
    file: str
    copy_of: str | None
    """The persona that could not be changed, where the example went into one's own copy."""
    message: WordsOut


def problems_out(problems: tuple[Problem, ...]) -> list[LintProblemOut]:
    return [
        LintProblemOut(
            line=one["line"],
            code=one["code"],
            severity=one["severity"],
            message=WordsOut(**one["message"]),
            fix=WordsOut(**one["fix"]),
        )
        for one in problems
    ]


def lint_out(linted: Linted) -> LintOut:
    return LintOut(
        problems=problems_out(linted.problems),
        persona=persona_out(linted.persona, source=True) if linted.persona else None,
        answer_schema=dict(linted.schema) if linted.schema is not None else None,
    )


def form_of(given: FormIn, *, known: frozenset[str]) -> PersonaForm:
    """`known`: ids of the questions in the text."""
    description = given.description
    return PersonaForm(
        name=_words(given.name),
        description=_words(description) if description and (description.ja or description.en) else None,
        language=given.language or None,
        fields=tuple(_form_field(one, known) for one in given.fields),
    )


def draft_out(drafted: Drafted, language: str) -> DraftOut:
    return DraftOut(
        id=drafted.id,
        source=drafted.source,
        from_=DraftOriginOut(persona=drafted.copy_of, model=drafted.model, reason=words_out(drafted.origin)),
        host=drafted.host,
        error=problem_out(drafted.error, language) if drafted.error else None,
    )


def diff_out(difference: Difference) -> DiffOut:
    return DiffOut(
        from_=difference.old.ref,
        to=difference.new.ref,
        hunks=[HunkOut(lines=[_line_out(line) for line in hunk.lines]) for hunk in difference.hunks],
    )


def _line_out(line: DiffLine) -> DiffLineOut:
    segments = [SegmentOut(change=segment.change, text=segment.text) for segment in line.segments]
    return DiffLineOut(old=line.old, new=line.new, segments=segments)


def _words(given: WordsIn) -> Words:
    return Words(ja=given.ja.strip(), en=given.en.strip())


def _form_field(given: FormFieldIn, known: frozenset[str]) -> FormField:
    was = given.was or given.id
    field = Field(
        id=given.id,
        aspects=tuple(dict.fromkeys(given.aspects)),
        label=_words(given.label),
        instruction=_words(given.instruction),
        type=given.type,
        length=Length(ja=given.length.ja, en=given.length.en),
        max_items=given.max_items,
        items=ScalarType.TEXT if given.items is None else given.items,
        properties=given.properties or {},
        choices=tuple(Choice(one.id, _words(one.label)) for one in given.choices or ()),
        check=given.check,
        unchecked=tuple(given.unchecked),
    )
    return FormField(field, was if was in known else None)
