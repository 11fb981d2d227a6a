"""An answer held against the paper, question by question, and what may be said of it as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec

from server.domain.comparing import value_at
from server.domain.errors import UngroundedError, WrongPaperError
from server.domain.fields import CheckRule
from server.domain.grounding import Grounder, field_of, ground_answer
from server.domain.identity import Identity
from server.domain.identity_answer import answer_identity
from server.domain.identity_check import identity_verdict, is_empty
from server.domain.personas import Persona
from server.domain.schema import PAPER_KEY, asks_for_paper
from server.domain.second_look import Doubtful, apply
from server.domain.statements import EvidenceStatus, Grounding, IdentityVerdict, Statement, StatementStatus
from server.domain.wire import read_wire_field

T = TypeVar("T")

_IN_THE_PAPER = (EvidenceStatus.VERIFIED, EvidenceStatus.APPROXIMATE)
_UNCHECKED = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)


@dataclass
class Grounded:
    """As far as it is written: the four fields below have an entry for each question that is closed."""

    persona: Persona
    identity: Identity
    """Of the paper."""
    grounder: Grounder
    answer: dict[str, Any] = field(default_factory=dict)
    by_field: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    """The statements of each answer."""
    stated: dict[str, Any] = field(default_factory=dict)
    """What it says about which paper it is about: title, authors, …"""
    own_words: dict[str, Any] = field(default_factory=dict)
    """Identity fields as the model gave them; `answer` has the paper's own."""

    _judged: tuple[Any, IdentityVerdict] | None = field(default=None, repr=False, compare=False)
    """What the identity was last judged by, and how."""

    def copy(self) -> Grounded:
        """One that may change by itself."""
        return replace(
            self,
            answer=dict(self.answer),
            by_field=dict(self.by_field),
            stated=dict(self.stated),
            own_words=dict(self.own_words),
        )

    def plus(self, given: Grounded, names: Collection[str]) -> Grounded:
        """With another's answers to these questions, and all that it says about which paper it is."""
        wanted = {*names, PAPER_KEY}

        def of(parts: Mapping[str, T]) -> dict[str, T]:
            return {name: part for name, part in parts.items() if name in wanted}

        return replace(
            self,
            answer=self.answer | of(given.answer),
            by_field=self.by_field | of(given.by_field),
            stated=self.stated | given.stated,
            own_words=self.own_words | of(given.own_words),
        )

    def close(self, name: str, wire_value: Any, *, language: str) -> dict[str, Any] | None:
        """Take in the answer to one question, of the asked shape. Returns its `field` event; None where the server
        asks for itself."""
        read = read_wire_field(self.persona, name, wire_value, language=language)
        self.stated |= {part: value for part, value in read.stated_identity.items() if not is_empty(value)}
        asked = self.persona.by_id.get(name)
        if asked is None:  # the paper's title, asked for by the server and not part of the answer
            self.by_field[name] = ()
            return None
        if asked.check is CheckRule.IDENTITY:
            self.own_words[name] = read.value
            self.answer[name], self.by_field[name] = answer_identity(asked, read.value, self.identity)
        else:
            self.answer[name] = read.value
            self.by_field[name] = self.grounder.ground_field(asked, read.claims)
        return self.event(name)

    def complete(self) -> None:
        """Give every question an answer, in the persona's order: null where there is none."""
        self.answer = {asked.id: self.answer.get(asked.id) for asked in self.persona.fields}

    def judge(self, doubtful: Sequence[Doubtful], answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Take in a second look. Returns the `field` events of what it changed."""
        changed = []
        for name, own in self.by_field.items():
            judged = apply(own, doubtful, answer)
            if judged != own:
                self.by_field[name] = judged
                changed.append(self.event(name))
        return changed

    def event(self, name: str) -> dict[str, Any]:
        """The `field` event of a question that is closed."""
        return {
            "path": f"/{name}",
            "value": self.answer[name],
            "statements": msgspec.to_builtins(self.by_field[name]),
        }

    @property
    def rejected(self) -> dict[str, Any]:
        """What is kept of an answer that is not shown: all of it in the model's own words, its title too."""
        return self.answer | self.own_words

    @property
    def statements(self) -> tuple[Statement, ...]:
        """In the persona's order."""
        return tuple(s for f in self.persona.fields for s in self.by_field.get(f.id, ()))

    def said(self) -> list[tuple[Statement, str]]:
        """Every statement with its words."""
        return [(s, _cut(value_at(self.answer, s.path), s)) for s in self.statements]

    @property
    def proven(self) -> float:
        """Share of the checked statements that are supported; 0 when none is checked."""
        checked = [s.status for s in self.statements if s.status not in _UNCHECKED]
        return checked.count(StatementStatus.SUPPORTED) / len(checked) if checked else 0.0

    @property
    def quotes_found(self) -> float | None:
        """Share of the quotes that are in the paper; None when there is none."""
        evidence = [e for s in self.statements for e in s.evidence]
        found = sum(e.status in _IN_THE_PAPER for e in evidence)
        return found / len(evidence) if evidence else None

    @property
    def is_grounded(self) -> bool:
        """Whether at least one quote was found, if there was anything to quote for."""
        needs = [
            s
            for s in self.statements
            if s.status is not StatementStatus.NOT_STATED and (s.evidence or s.reason)
        ]
        return (
            not needs or bool(self.quotes_found) or any(c.status == "found" for s in needs for c in s.checks)
        )

    @property
    def verdict(self) -> IdentityVerdict:
        """On which paper the answer is about, as soon as all it says about that is known. Asked after every piece, and
        judged anew only when that may change it."""
        known = (tuple(self.by_field), self.stated)
        if self._judged is None or self._judged[0] != known:
            self._judged = ((known[0], dict(self.stated)), self._judge_identity())
        return self._judged[1]

    @property
    def final_verdict(self) -> IdentityVerdict:
        """The same of a whole answer: a wrong title with hardly a quote found counts more than a wrong title."""
        return identity_verdict(self.stated, self.identity, quotes_found=self.quotes_found)

    def _judge_identity(self) -> IdentityVerdict:
        wanted = {f.id for f in self.persona.identity_fields}
        if asks_for_paper(self.persona):
            wanted.add(PAPER_KEY)
        if not wanted <= self.by_field.keys():
            return IdentityVerdict.UNKNOWN
        return identity_verdict(self.stated, self.identity)

    def check(self) -> None:
        """
        Raises:
            WrongPaperError, UngroundedError: what it says is no answer about this paper.
        """
        if self.final_verdict is IdentityVerdict.MISMATCH:
            raise WrongPaperError
        if not self.is_grounded:
            raise UngroundedError

    def sum_up(self) -> Grounding:
        """The verdict of the checks on the whole answer."""
        return ground_answer(self.persona, self.statements, identity=self.final_verdict, answer=self.answer)

    def unfound(self, asked: Collection[str]) -> tuple[str, ...]:
        """For a model: what it stated with quotes of which none is in the paper, statement by statement.

        Args:
            asked: The questions it is asked now.
        """
        return tuple(
            f"{s.path}: not in the paper: {s.evidence[0].quote[:200]!r}. {s.reason.en}"
            for s in self.statements
            if s.status is StatementStatus.UNSUPPORTED
            and s.evidence
            and s.reason
            and field_of(s.path) in asked
        )

    def doubts(self, asked: Collection[str]) -> tuple[str, ...]:
        """For a model: every statement about these questions that is not proven, with the reason."""
        return tuple(
            f"{s.path}: {words[:200]!r}: {s.reason.en}"
            for s, words in self.said()
            if s.reason and field_of(s.path) in asked and s.status is not StatementStatus.SUPPORTED
        )


def _cut(value: Any, statement: Statement) -> str:
    return value[statement.start : statement.end] if isinstance(value, str) else ""
