"""The JSON shapes of personas: their questions, and how these are asked."""

from __future__ import annotations

from server.web.structs.base import Out, WordsOut


class AppliesToOut(Out):
    paper_types: list[str]
    warn_if: list[str]


class LengthOut(Out):
    """`[low, high]`: characters in Japanese, words in English. Soft."""

    ja: list[int] | None
    en: list[int] | None


class ChoiceOut(Out):
    id: str
    label: WordsOut


class FieldOut(Out):
    id: str
    aspects: list[str]
    label: WordsOut
    instruction: WordsOut
    type: str
    length: LengthOut
    max_items: int | None
    items: str | dict[str, str] | None
    """Of a list: the type of its items, or the types of their parts."""
    properties: dict[str, str] | None
    """Of an object: the types of its parts."""
    choices: list[ChoiceOut] | None
    check: str
    unchecked: list[str]
    """Parts that are the reader's own judgement."""


class FewShotOut(Out):
    """The examples a run is shown unless its settings say otherwise."""

    count: int
    policy: str


class StepOut(Out):
    id: str
    label: WordsOut
    gives: str
    """`fields`, `quotes`, `critique`, `text` or `schema`."""
    fields: list[str]
    """The questions it is about; empty: all of them."""
    over: str
    """`paper` or `sections`."""
    stop: dict[str, list[str]]
    """Choice field → values at which a run ends with this step."""


class EnsembleOut(Out):
    """Several readings that make one answer."""

    runs: int
    over: str
    """What differs between them: `samples`, `personas` or `models`."""
    merge: str
    """`vote`, `medoid` or `union`."""
    others: list[str]
    """Personas or models that read beside the run's own."""


class PersonaOut(Out):
    id: str
    version: str
    digest: str
    name: WordsOut
    description: WordsOut | None
    attribution: str | None
    license: str | None
    language: str | None
    origin: str
    applies_to: AppliesToOut
    context: str
    rendering: str
    steps: list[StepOut]
    """Passes before and up to the answer; empty: everything in one call."""
    evidence: str
    """Whether quotes come `before` or `after` the text they prove."""
    structure: str
    """`with`, or `after` an answer in free words."""
    ensemble: EnsembleOut | None
    """Null: one reading."""
    fallback: list[str]
    """Models that answer when the one that was asked cannot, in this order; empty: the server's list."""
    fields: list[FieldOut]
    source: str | None
    """Text of persona.md; null in listings."""
    examples: int
    """How many right answers it keeps to show what is wanted."""
    few_shot: FewShotOut
