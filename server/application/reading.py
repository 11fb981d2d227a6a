"""One reading in progress: the answer as far as it is written, closed and grounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from server.application.answer_stream import AnswerStream
from server.application.ports import Completed, Question
from server.domain.absence import explain_absences
from server.domain.comparing import value_at
from server.domain.errors import AnswerInvalidError
from server.domain.extractions import Extraction, Notice
from server.domain.fields import CheckRule
from server.domain.grounding import Grounder, field_of, ground_answer
from server.domain.identity import Identity
from server.domain.identity_answer import answer_identity
from server.domain.identity_check import identity_verdict, is_empty
from server.domain.models import ModelSpec
from server.domain.personas import Persona
from server.domain.plans import Call, Plan
from server.domain.quotes import PaperIndex
from server.domain.runs import Attempt, Pass, Run, RunInput, Usage
from server.domain.schema import answer_schema, asks_for_paper, validate
from server.domain.second_look import Doubtful, apply
from server.domain.statements import EvidenceStatus, Grounding, IdentityVerdict, Statement, StatementStatus
from server.domain.wire import read_wire, read_wire_field

WHOLE_INPUT = 0.6
"""A server that bills less than this share of the estimate has probably cut the paper off."""

LONGER = 1.5
"""How many times its asked length an answer may have before it is noticed."""

_IN_THE_PAPER = (EvidenceStatus.VERIFIED, EvidenceStatus.APPROXIMATE)


@dataclass(frozen=True)
class Snapshot:
    """An answer kept while a second one is asked for."""

    text: str
    answer: dict[str, Any]
    statements: dict[str, tuple[Statement, ...]]
    stated: dict[str, Any]
    own_words: dict[str, Any]
    is_whole: bool
    """It has the asked shape."""
    proven: float


@dataclass
class Reading:
    """What a run has so far. `take` pieces of the answer; then `problems`, and when there are none, `conclude`."""

    run: Run
    persona: Persona
    index: PaperIndex
    identity: Identity
    plan: Plan
    question: Question
    """What is asked now; the plan's calls one after another."""
    stream: AnswerStream = field(default_factory=AnswerStream)
    answer: dict[str, Any] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    language: str = ""
    _statements: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    _stated: dict[str, Any] = field(default_factory=dict)
    _own_words: dict[str, Any] = field(default_factory=dict)
    """Identity fields as the model gave them; `answer` has the paper's own."""
    _notices: list[Notice] = field(default_factory=list)
    _billed: int | None = None
    _expected: int = 0
    """Tokens that the billed calls were estimated at."""

    def __post_init__(self) -> None:
        self.language = self.run.language
        self._grounder = Grounder(self.index)

    def take(self, piece: str) -> list[dict[str, Any]]:
        """Add a piece of the answer. Returns the `field` events of what it closed."""
        return [event for name, value in self.stream.feed(piece) if (event := self._ground(name, value))]

    def complete(self, event: Completed, *, call: Call | None = None) -> None:
        """The engine has ended its call.

        Args:
            call: The plan's call that this was; None for one beside the plan (a repair, a second look).
        """
        if call and event.usage.input_tokens is not None:
            self._billed = (self._billed or 0) + event.usage.input_tokens
            self._expected += call.estimated_tokens
        self.attempts.extend(event.attempts)
        self.usage = self.usage.plus(event.usage)
        self.language = event.language or self.language
        self._notices.extend(event.warnings)

    def ask(self, call: Call) -> Question:
        """The question of a call of the plan; what is asked from now on."""
        self.question = replace(
            self.question,
            prompt=call.prompt,
            wire_schema=call.schema,
            max_output_tokens=call.max_output_tokens,
            repair=None,
        )
        return self.question

    def problems(self) -> list[dict[str, str]]:
        """What is wrong with the shape of the whole answer; empty when it fits.

        The wire's schema is the looser one: what a persona's own schemas bound (a minimum, a pattern) is asked of the
        answer itself.
        """
        try:
            wire = self.stream.whole()
        except AnswerInvalidError as error:
            return list(error.data["errors"])
        if wrong := validate(self.question.wire_schema, wire):
            return wrong
        answer = read_wire(self.persona, wire, language=self.language).answer
        return validate(answer_schema(self.persona, self.language), answer)

    def restart(self) -> str:
        """Forget the answer for a second turn. Returns its text."""
        previous = self.stream.text
        self.stream.reset()
        self.answer.clear()
        self._statements.clear()
        self._stated.clear()
        self._own_words.clear()
        return previous

    def snapshot(self) -> Snapshot:
        """The answer as it stands, to come back to."""
        return Snapshot(
            text=self.stream.text,
            answer=dict(self.answer),
            statements=dict(self._statements),
            stated=dict(self._stated),
            own_words=dict(self._own_words),
            is_whole=not self.problems(),
            proven=self._proven(),
        )

    def is_better_than(self, first: Snapshot) -> bool:
        """Whether the answer since fits its shape and leaves fewer statements unproven."""
        if self.problems() or self.verdict is IdentityVerdict.MISMATCH:
            return False
        return self._proven() > first.proven

    def restore(self, first: Snapshot) -> list[dict[str, Any]]:
        """Go back to an earlier answer. Returns its `field` events."""
        self.stream.reset()
        self.stream.text = first.text
        self.answer = dict(first.answer)
        self._statements = dict(first.statements)
        self._stated = dict(first.stated)
        self._own_words = dict(first.own_words)
        return [self._event(name) for name in self._statements if name in self.answer]

    def _proven(self) -> float:
        """Share of the checked statements that are supported; 0 when none is checked."""
        skipped = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)
        checked = [s.status for s in self.statements if s.status not in skipped]
        return checked.count(StatementStatus.SUPPORTED) / len(checked) if checked else 0.0

    def conclude(self) -> list[dict[str, Any]]:
        """Ground what the stream did not close on the way. Returns its `field` events."""
        return [
            event
            for name, value in self.stream.whole().items()
            if name not in self._statements and (event := self._ground(name, value))
        ]

    @property
    def rejected(self) -> dict[str, Any]:
        """What is kept of an answer that is not shown: all of it in the model's own words, its title too."""
        return self.answer | self._own_words

    @property
    def statements(self) -> tuple[Statement, ...]:
        """In the persona's order."""
        return tuple(s for f in self.persona.fields for s in self._statements.get(f.id, ()))

    @property
    def verdict(self) -> IdentityVerdict:
        """On which paper the answer is about, as soon as all it says about that is known."""
        wanted = {f.id for f in self.persona.identity_fields}
        if asks_for_paper(self.persona):
            wanted.add("_paper")
        if not wanted <= self._statements.keys():
            return IdentityVerdict.UNKNOWN
        return identity_verdict(self._stated, self.identity)

    @property
    def final_verdict(self) -> IdentityVerdict:
        """The same of a whole answer: a wrong title with hardly a quote found counts more than a wrong title."""
        evidence = [e for s in self.statements for e in s.evidence]
        found = sum(e.status in _IN_THE_PAPER for e in evidence)
        share = found / len(evidence) if evidence else None
        return identity_verdict(self._stated, self.identity, quotes_found=share)

    @property
    def is_grounded(self) -> bool:
        """Whether at least one quote was found, if there was anything to quote for."""
        evidence = [e for s in self.statements for e in s.evidence]
        needs = [
            s
            for s in self.statements
            if s.status is not StatementStatus.NOT_STATED and (s.evidence or s.reason)
        ]
        return (
            not needs
            or any(e.status in _IN_THE_PAPER for e in evidence)
            or any(c.status == "found" for s in needs for c in s.checks)
        )

    def unfound(self) -> tuple[str, ...]:
        """For a model: what it stated with quotes of which none is in the paper, statement by statement."""
        return tuple(
            f"{statement.path}: not in the paper: {statement.evidence[0].quote[:200]!r}. {statement.reason.en}"
            for statement in self.statements
            if statement.status is StatementStatus.UNSUPPORTED and statement.evidence and statement.reason
        )

    def said(self) -> list[tuple[Statement, str]]:
        """Every statement with its words."""
        return [(s, _cut(value_at(self.answer, s.path), s)) for s in self.statements]

    def judge(self, doubtful: Sequence[Doubtful], answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Take in a second look. Returns the `field` events of what it changed."""
        changed = []
        for name, own in self._statements.items():
            judged = apply(own, doubtful, answer)
            if judged != own:
                self._statements[name] = judged
                changed.append(self._event(name))
        return changed

    @property
    def empty(self) -> tuple[str, ...]:
        """The questions left without an answer."""
        return tuple(f.id for f in self.persona.fields if is_empty(self.answer.get(f.id)))

    def explain(self, candidates: Mapping[str, int]) -> None:
        """Say of each empty field why it is. `candidates`: field id → page of a sentence that seems to answer it."""
        truncated = bool(self.input and self.input.truncated)
        for absence in explain_absences(
            self.persona, self.answer, truncated=truncated, candidates=candidates
        ):
            self._statements[field_of(absence.path)] = (absence,)

    def grounding(self) -> Grounding:
        grounding = ground_answer(
            self.persona, self.statements, identity=self.final_verdict, answer=self.answer
        )
        self.answer = {f.id: self.answer.get(f.id) for f in self.persona.fields}
        return grounding

    @property
    def input(self) -> RunInput | None:
        """What was sent, with what the calls of the plan were billed for it."""
        sent = self.run.input
        if sent is None or self._billed is None:
            return sent
        truncated = self._billed < WHOLE_INPUT * self._expected
        return replace(sent, billed_tokens=self._billed, truncated=truncated)

    def warnings(self) -> tuple[Notice, ...]:
        notices = [*self.plan.notices, *self._notices, *self._too_long()]
        if self.final_verdict is IdentityVerdict.DOUBTFUL:
            notices.append(Notice("identity_doubtful"))
        sent = self.input
        if sent and sent.truncated:
            data = {"estimated": self._expected, "billed": sent.billed_tokens or 0}
            notices.append(Notice("input_truncated", data=dict(data)))
        return tuple(notices)

    def _too_long(self) -> list[Notice]:
        found = []
        for asked in self.persona.fields:
            value, limit = self.answer.get(asked.id), asked.length.in_(self.language)
            if not isinstance(value, str) or limit is None:
                continue
            length = len(value) if self.language == "ja" else len(value.split())
            if length > LONGER * limit[1]:
                label = asked.label.in_(self.language)
                found.append(
                    Notice("too_long_answer", data={"field": label, "length": length, "limit": limit[1]})
                )
        return found

    def _ground(self, name: str, wire_value: Any) -> dict[str, Any] | None:
        """Read one closed member; None when it has not the asked shape (the whole is validated later)."""
        schema = self.question.wire_schema["properties"].get(name)
        if schema is None or validate(schema, wire_value):
            return None
        read = read_wire_field(self.persona, name, wire_value, language=self.language)
        self._stated.update(
            {part: value for part, value in read.stated_identity.items() if not is_empty(value)}
        )
        asked = self.persona.by_id.get(name)
        if asked is None:  # the paper's title, asked for by the server and not part of the answer
            self._statements[name] = ()
            return None
        if asked.check is CheckRule.IDENTITY:
            self._own_words[name] = read.value
            self.answer[name], self._statements[name] = answer_identity(asked, read.value, self.identity)
        else:
            self.answer[name] = read.value
            self._statements[name] = self._grounder.ground_field(asked, read.claims)
        return self._event(name)

    def _event(self, name: str) -> dict[str, Any]:
        return {
            "path": f"/{name}",
            "value": self.answer[name],
            "statements": msgspec.to_builtins(self._statements[name]),
        }


def open_reading(
    run: Run,
    persona: Persona,
    extraction: Extraction,
    *,
    identity: Identity,
    index: PaperIndex,
    plan: Plan,
    model: ModelSpec,
    deadline_s: float,
) -> Reading:
    """A reading that has not begun."""
    first = plan.next(())
    question = Question(
        persona=persona,
        extraction=extraction,
        language=run.language,
        model=model,
        settings=run.settings,
        prompt=first.prompt,
        wire_schema=first.schema,
        max_output_tokens=first.max_output_tokens,
        deadline_s=deadline_s,
    )
    return Reading(replace(run, input=plan.input), persona, index, identity, plan, question)


def _cut(value: Any, statement: Statement) -> str:
    return value[statement.start : statement.end] if isinstance(value, str) else ""
