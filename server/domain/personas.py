"""A persona: a versioned folder of questions, template and display."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from server.domain.ensembles.lineup import Ensemble
from server.domain.fields import CheckRule, Field
from server.domain.steps import Step
from server.domain.words import Words


class Origin(StrEnum):
    BUILTIN = "builtin"
    """Ships with the package; read-only."""
    FOLDER = "folder"
    """From `YOMI_PERSONAS_DIR`."""
    SAVED = "saved"
    """Saved over HTTP; a row."""


MAX_SHOWN = 8
"""Examples that one run may be shown."""


class ExamplePolicy(StrEnum):
    """Which right answers a run is shown."""

    NONE = "none"
    FIRST = "first"
    """The first ones, by the names of their files."""
    RANDOM = "random"
    """Drawn anew for each run; with a seed, always the same."""
    NEAREST = "nearest"
    """Those whose papers are most like this one."""
    BOOTSTRAPPED = "bootstrapped"
    """Answers of one's own runs that scored best, or were voted for."""


@dataclass(frozen=True, slots=True)
class FewShot:
    """How many right answers to show, and which."""

    count: int = 0
    policy: ExamplePolicy = ExamplePolicy.NONE


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a persona's template, split before rendering so that no value can forge a role."""

    role: Role
    language: str | None
    """None: for every language that has no part of its own for this role."""
    source: str
    """Jinja text, a closed subset."""
    line: int
    """Where it starts in persona.md, from 1."""
    step: str | None = None
    """The step it is the message of; None: a part of the persona's own template."""


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Kinds of paper this persona is made for: words of `paper_types`, and those it warns about."""

    paper_types: tuple[str, ...] = ()
    warn_if: tuple[str, ...] = ()


@dataclass(frozen=True)
class Persona:
    """Questions, instructions and the shape of the answer. Addressed as `id@version`."""

    id: str
    version: str
    name: Words
    fields: tuple[Field, ...]
    parts: tuple[Part, ...]
    digest: str
    """SHA-256 over the folder's files; two personas with the same digest answer alike."""
    source: str
    """The text of persona.md."""
    origin: Origin
    language: str | None = None
    """Of the answer unless the run says otherwise; None: the paper's or the user's."""
    description: Words | None = None
    attribution: str | None = None
    license: str | None = None
    applies_to: AppliesTo = AppliesTo()
    context: str = "auto"
    """How the paper becomes text that fits, unless the run says otherwise."""
    rendering: str = "plain"
    """How that text looks, unless the run says otherwise."""
    few_shot: FewShot = FewShot()
    """The examples it is shown unless the run says otherwise."""
    vars: Mapping[str, str] = field(default_factory=dict)
    """The persona's own template variables."""
    steps: tuple[Step, ...] = ()
    """Passes before and up to the answer; none: everything in one call."""
    step_parts: tuple[Part, ...] = ()
    """Messages of steps that have one of their own."""
    evidence: str = "before"
    """Whether quotes come `before` or `after` the text they prove."""
    structure: str = "with"
    """`with`: the answer is written as JSON; `after`: in free words first."""
    ensemble: Ensemble | None = None
    """Several readings that make one answer, unless the run says otherwise."""
    fallback: tuple[str, ...] = ()
    """Names of models that answer when the one that was asked cannot, in this order; none: the server's list."""
    display: str | None = None
    """Text of `display.md.j2`, or None for the usual display made from the fields."""
    files: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """The other files of its folder, as far as they are at hand: display, `examples/*.yaml`, `tests/*.yaml`."""

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"

    @cached_property
    def by_id(self) -> Mapping[str, Field]:
        return {f.id: f for f in self.fields}

    @property
    def examples(self) -> tuple[str, ...]:
        """Names of its files that show a right answer."""
        return tuple(sorted(n for n in self.files if n.startswith("examples/") and n.endswith(".yaml")))

    def parts_for(self, language: str) -> tuple[Part, ...]:
        """The parts used for `language`, in the file's order: its own where there are any, else the common ones."""
        own = {part.role for part in self.parts if part.language == language}
        return tuple(
            p for p in self.parts if p.language == language or (p.language is None and p.role not in own)
        )

    def parts_of_step(self, step: str, language: str) -> tuple[Part, ...]:
        """The messages of a step for `language`; none where it has none of its own."""
        own = [p for p in self.step_parts if p.step == step]
        return tuple(p for p in own if p.language == language) or tuple(p for p in own if p.language is None)

    @property
    def identity_fields(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.check is CheckRule.IDENTITY)


def next_version(version: str, *, taken: Collection[str]) -> str:
    """The patch after `version` (`1.0.0` → `1.0.1`, `2` → `2.0.1`), or the first one after it that is free."""
    digits = re.match(r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?", version)
    major, minor, patch = (int(part or 0) for part in digits.groups()) if digits else (1, 0, 0)
    while True:
        patch += 1
        if (raised := f"{major}.{minor}.{patch}") not in taken:
            return raised
