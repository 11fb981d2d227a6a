"""One reading in progress: the answer as far as it is written, closed and grounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from server.application.answer_stream import AnswerStream
from server.application.ports import Completed, Question
from server.application.snapshots import Settled, Snapshot
from server.domain.absence import explain_absences
from server.domain.comparing import value_at
from server.domain.contexts.parts_plan import PartsPlan
from server.domain.errors import AnswerInvalidError
from server.domain.examples import NOTHING_SHOWN, Example, Shown, keys_of
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
from server.domain.runs import Agreement, Attempt, Member, Pass, Run, RunInput
from server.domain.schema import answer_schema, asks_for_paper, validate, wire_schema
from server.domain.second_look import Doubtful, apply
from server.domain.statements import (
    EvidenceStatus,
    Grounding,
    IdentityVerdict,
    Quote,
    Statement,
    StatementStatus,
)
from server.domain.wire import read_wire, read_wire_field

WHOLE_INPUT = 0.6
"""A server that bills less than this share of the estimate has probably cut the paper off."""

LONGER = 1.5
"""How many times its asked length an answer may have before it is noticed."""

_IN_THE_PAPER = (EvidenceStatus.VERIFIED, EvidenceStatus.APPROXIMATE)


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
    examples: tuple[Example, ...] = ()
    """What the model is shown of right answers about other papers."""
    stream: AnswerStream = field(default_factory=AnswerStream)
    answer: dict[str, Any] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    before: tuple[Attempt, ...] = ()
    """Calls to models that could not answer, before this one was asked."""
    passes: list[Pass] = field(default_factory=list)
    members: tuple[Member, ...] = ()
    """The readings that this one was made of."""
    agreement: tuple[Agreement, ...] = ()
    language: str = ""
    draft: Snapshot | None = None
    """A whole answer that an earlier call gave, to come back to if the last one is worse."""
    _statements: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    _stated: dict[str, Any] = field(default_factory=dict)
    _own_words: dict[str, Any] = field(default_factory=dict)
    """Identity fields as the model gave them; `answer` has the paper's own."""
    _notices: list[Notice] = field(default_factory=list)
    call: Call | None = None
    """Of the plan, that is being made."""
    bills: list[tuple[int, int]] = field(default_factory=list)
    """Of each call of the plan that was billed: tokens estimated, and billed."""
    _billed: int | None = None
    _expected: int = 0
    """Tokens that the billed calls were estimated at."""
    _settled: Settled = field(default_factory=Settled)
    _asked: set[str] = field(default_factory=set)
    """Questions that were asked for good."""
    _judged: tuple[tuple[tuple[str, ...], dict[str, Any]], IdentityVerdict] | None = field(
        default=None, init=False
    )
    """What the identity was last judged by, and how."""

    def __post_init__(self) -> None:
        self.language = self.run.language
        self._grounder = Grounder(self.index, keys_of(self.examples))

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
            self.bills.append((call.estimated_tokens, event.usage.input_tokens))
        self.attempts.extend(event.attempts)
        self.language = event.language or self.language
        self._notices.extend(event.warnings)

    def ask(self, call: Call) -> Question:
        """The question of a call of the plan; what is asked from now on."""
        self.call = call
        self.question = replace(
            self.question,
            prompt=call.prompt,
            wire_schema=call.schema,
            max_output_tokens=call.max_output_tokens,
            repair=None,
        )
        self._asked.update(call.schema.get("properties", ()) if call.is_answer else call.settles)
        return self.question

    @property
    def wire(self) -> dict[str, Any]:
        """The whole answer as it came over the wire."""
        return {**self._settled.wire, **self.stream.whole()}

    def adopt(self, wire: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Take an answer that other readings have made, to the questions it answers. Returns its `field` events; none
        when it does not fit its shape."""
        whole = wire_schema(self.persona, self.language)
        properties = {name: part for name, part in whole["properties"].items() if name in wire}
        schema = {**whole, "properties": properties, "required": list(properties)}
        self.question = replace(self.question, wire_schema=schema)
        self._asked.update(wire)
        self.restart()
        self.stream.text = msgspec.json.encode(wire).decode()
        return [] if self.problems() else self.conclude()

    def account_for(self, members: tuple[Member, ...], readings: Sequence[Reading]) -> None:
        """Count what the members' readings cost, and keep what they came upon."""
        self.members = members
        for other in readings:
            self.attempts += other.attempts
            self.passes += other.passes
            self._count(other)
        if self.run.input:
            tokens = sum(one.run.input.estimated_tokens for one in readings if one.run.input)
            self.run = replace(self.run, input=replace(self.run.input, estimated_tokens=tokens))

    def take_over(self, other: Reading) -> None:
        """Account for the calls of a reading that this one stands in for."""
        self.attempts[:0] = other.attempts
        self.before = other.before
        self.passes[:0] = other.passes
        self._count(other)

    def _count(self, other: Reading) -> None:
        noticed, billed, expected = other._notices, other._billed, other._expected
        known = (*self.plan.notices, *self._notices)
        self._notices += [one for one in (*other.plan.notices, *noticed) if one not in known]
        if billed is not None:
            self._billed = (self._billed or 0) + billed
            self._expected += expected
            self.bills.extend(other.bills)

    def close(self) -> None:
        """End without a last call: what was settled is the answer."""
        self.stream.reset()
        self.stream.text = "{}"
        self.question = replace(self.question, wire_schema={"type": "object", "properties": {}})

    def aside(self, text: str) -> Reading:
        """Another answer to what is asked now, grounded, beside what is settled."""
        other = replace(
            self, stream=AnswerStream(text), answer={}, _statements={}, _stated={}, _own_words={}, _notices=[]
        )
        other.restart()
        other.stream.text = text
        other.conclude()
        return other

    def settle(self, given: Snapshot, wire: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
        """Make answers to these questions part of the answer for good. Returns their `field` events."""
        self._settled = self._settled.plus(given, wire, names)
        self.restart()
        return [self._event(name) for name in names if name in self.answer]

    def settled(self) -> list[dict[str, Any]]:
        """`field` events of all that is settled."""
        return [self._event(name) for name in self._settled.answer]

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
        answer = read_wire(self.persona, self._settled.wire | wire, language=self.language).answer
        return validate(answer_schema(self.persona, self.language), answer)

    def restart(self) -> str:
        """Forget the answer for a second turn, but for what is settled. Returns its text."""
        previous = self.stream.text
        self.stream.reset()
        self.answer = dict(self._settled.answer)
        self._statements = dict(self._settled.statements)
        self._stated = dict(self._settled.stated)
        self._own_words = dict(self._settled.own_words)
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

    def is_as_good_as(self, draft: Snapshot) -> bool:
        """Whether the answer fits its shape and leaves no more unproven than the draft did."""
        return not self.problems() and self._proven() >= draft.proven

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
        """On which paper the answer is about, as soon as all it says about that is known. Asked after every piece, and
        judged anew only when that may change it."""
        known = (tuple(self._statements), self._stated)
        if self._judged is None or self._judged[0] != known:
            self._judged = ((known[0], dict(self._stated)), self._judge_identity())
        return self._judged[1]

    def _judge_identity(self) -> IdentityVerdict:
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
            if statement.status is StatementStatus.UNSUPPORTED
            and statement.evidence
            and statement.reason
            and field_of(statement.path) in self.question.wire_schema["properties"]
        )

    def doubts(self) -> tuple[str, ...]:
        """For a model: every statement that is asked about now and not proven, with the reason."""
        asked = self.question.wire_schema["properties"]
        return tuple(
            f"{s.path}: {words[:200]!r}: {s.reason.en}"
            for s, words in self.said()
            if s.reason and field_of(s.path) in asked and s.status is not StatementStatus.SUPPORTED
        )

    def note(self, code: str, **data: Any) -> None:
        """Something worth knowing about how the answer came about."""
        self._notices.append(Notice(code, data=data))

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
        empty = (f.id for f in self.persona.fields if is_empty(self.answer.get(f.id)))
        return tuple(name for name in empty if name not in self.not_asked)

    @property
    def not_asked(self) -> tuple[str, ...]:
        """The questions that no call came to."""
        return tuple(f.id for f in self.persona.fields if f.id not in self._asked)

    def explain(self, candidates: Mapping[str, Quote]) -> None:
        """Say of each empty field why it is. `candidates`: field id → a sentence that seems to answer it."""
        sent = self.input
        for absence in explain_absences(
            self.persona,
            self.answer,
            truncated=bool(sent and sent.truncated),
            candidates={name: quote.page or 1 for name, quote in candidates.items()},
            unsent={name for name, quote in candidates.items() if not self._was_sent(name, quote)},
            missed=sent.missed if sent else {},
            not_asked=self.not_asked,
        ):
            self._statements[field_of(absence.path)] = (absence,)
        self.answer = {f.id: self.answer.get(f.id) for f in self.persona.fields}

    def _was_sent(self, name: str, quote: Quote) -> bool:
        """Whether a sentence was in the text that this question was asked about."""
        if isinstance(self.plan, PartsPlan):
            spans: Sequence[tuple[int, int]] | None = self.plan.spans_of(name)
        else:
            spans = self.run.input.spans if self.run.input else None
        at = None if spans is None else self.index.locate(quote).start
        return spans is None or at is None or any(start <= at < end for start, end in spans)

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
        if sent is None:
            return sent
        sent = replace(sent, fields_not_asked=self.not_asked if self._asked else ())
        if self._billed is None:
            return sent
        truncated = any(billed < WHOLE_INPUT * expected for expected, billed in self.bills)
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
    shown: Shown = NOTHING_SHOWN,
    has_alternative: bool = False,
) -> Reading:
    """A reading that has not begun.

    Args:
        shown: The examples that the plan was made with.
        has_alternative: See `Question`.
    """
    first = plan.next(())
    if first is None:
        raise ValueError("a plan without a call")
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
        follow_up=run.follow_up.question if run.follow_up else None,
        has_alternative=has_alternative,
    )
    run = replace(run, input=plan.input)
    return Reading(run, persona, index, identity, plan, question, examples=shown.examples)


def _cut(value: Any, statement: Statement) -> str:
    return value[statement.start : statement.end] if isinstance(value, str) else ""
