"""One reading in progress: the answer as far as it is written, closed and grounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from server.application.account import Account
from server.application.answer_stream import AnswerStream
from server.application.grounded import Grounded
from server.application.ports import Completed, Question
from server.application.snapshots import Settled, Snapshot
from server.domain.absence import explain_absences
from server.domain.answer_lengths import too_long
from server.domain.contexts.parts_plan import PartsPlan
from server.domain.errors import AnswerInvalidError
from server.domain.examples import NOTHING_SHOWN, Shown, keys_of
from server.domain.extractions import Extraction, Notice
from server.domain.grounding import Grounder, field_of
from server.domain.identity import Identity
from server.domain.identity_check import is_empty
from server.domain.models import ModelSpec
from server.domain.personas import Persona
from server.domain.plans import Call, Plan
from server.domain.quotes import PaperIndex
from server.domain.runs import Agreement, Member, Run, RunInput
from server.domain.schema import answer_schema, validate, wire_schema
from server.domain.statements import (
    IdentityVerdict,
    Quote,
    Statement,
)
from server.domain.wire import read_wire


@dataclass
class Reading:
    """What a run has so far. `take` pieces of the answer; then `problems`, and when there are none, `conclude`."""

    run: Run
    persona: Persona
    index: PaperIndex
    plan: Plan
    question: Question
    """What is asked now; the plan's calls one after another."""
    _settled: Settled
    """What no later call asks again."""
    stream: AnswerStream = field(default_factory=AnswerStream)
    account: Account = field(default_factory=Account)
    members: tuple[Member, ...] = ()
    """The readings that this one was made of."""
    agreement: tuple[Agreement, ...] = ()
    language: str = field(init=False)
    """That the answer is written in."""
    grounded: Grounded = field(init=False)
    """The answer as far as it is written."""
    draft: Snapshot | None = None
    """A whole answer that an earlier call gave, to come back to if the last one is worse."""
    call: Call | None = None
    """Of the plan, that is being made."""
    _asked: set[str] = field(default_factory=set, init=False)
    """Questions that were asked for good."""

    def __post_init__(self) -> None:
        self.language = self.run.language
        self.grounded = self._settled.grounded.copy()

    def take(self, piece: str) -> Iterator[dict[str, Any]]:
        """Add a piece of the answer: the `field` events of what it closed, each grounded when it is asked for, so that
        others have their turn between two questions about a long paper."""
        for name, value in self.stream.feed(piece):
            if event := self._close(name, value):
                yield event

    def complete(self, event: Completed, *, call: Call | None = None) -> None:
        """The engine has ended its call.

        Args:
            call: The plan's call that this was; None for one beside the plan (a repair, a second look).
        """
        self.account.complete(event, call=call)
        self.language = event.language or self.language

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
        return [] if self.problems() else list(self.conclude())

    def account_for(self, members: tuple[Member, ...], readings: Sequence[Reading]) -> None:
        """Count what the members' readings cost, and keep what they came upon."""
        self.members = members
        for other in readings:
            self.account.include(other.account)
        if self.run.input:
            tokens = sum(one.run.input.estimated_tokens for one in readings if one.run.input)
            self.run = replace(self.run, input=replace(self.run.input, estimated_tokens=tokens))

    def close(self) -> None:
        """End without a last call: what was settled is the answer."""
        self.stream.reset()
        self.stream.text = "{}"
        self.question = replace(self.question, wire_schema={"type": "object", "properties": {}})

    def aside(self, text: str) -> Reading:
        """Another answer to what is asked now, grounded, beside what is settled."""
        other = replace(self, stream=AnswerStream(text))
        list(other.conclude())
        return other

    def settle(self, given: Snapshot, wire: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
        """Make answers to these questions part of the answer for good. Returns their `field` events."""
        self._settled = self._settled.plus(given, wire, names)
        self.restart()
        return [self.grounded.event(name) for name in names if name in self.answer]

    def settled(self) -> list[dict[str, Any]]:
        """`field` events of all that is settled."""
        return [self.grounded.event(name) for name in self._settled.grounded.answer]

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
        self.grounded = self._settled.grounded.copy()
        return previous

    def snapshot(self) -> Snapshot:
        """The answer as it stands, to come back to."""
        return Snapshot(self.stream.text, self.grounded.copy(), is_whole=not self.problems())

    def is_better_than(self, first: Snapshot) -> bool:
        """Whether the answer since fits its shape and leaves fewer statements unproven."""
        if self.problems() or self.grounded.verdict is IdentityVerdict.MISMATCH:
            return False
        return self.grounded.proven > first.grounded.proven

    def is_as_good_as(self, draft: Snapshot) -> bool:
        """Whether the answer fits its shape and leaves no more unproven than the draft did."""
        return not self.problems() and self.grounded.proven >= draft.grounded.proven

    def restore(self, first: Snapshot) -> list[dict[str, Any]]:
        """Go back to an earlier answer. Returns its `field` events."""
        self.stream.reset()
        self.stream.text = first.text
        self.grounded = first.grounded.copy()
        return [self.grounded.event(name) for name in self.grounded.by_field if name in self.answer]

    def conclude(self) -> Iterator[dict[str, Any]]:
        """Ground what the stream did not close on the way: its `field` events, in the manner of `take`."""
        for name, value in self.stream.whole().items():
            if name not in self.grounded.by_field and (event := self._close(name, value)):
                yield event

    @property
    def answer(self) -> dict[str, Any]:
        """As far as it is written: question → what is said to it."""
        return self.grounded.answer

    @property
    def statements(self) -> tuple[Statement, ...]:
        """In the persona's order."""
        return self.grounded.statements

    def unfound(self) -> tuple[str, ...]:
        """For a model: what it stated to what is asked now with quotes of which none is in the paper."""
        return self.grounded.unfound(self.question.wire_schema["properties"])

    def doubts(self) -> tuple[str, ...]:
        """For a model: every statement that is asked about now and not proven, with the reason."""
        return self.grounded.doubts(self.question.wire_schema["properties"])

    def note(self, code: str, **data: Any) -> None:
        """Something worth knowing about how the answer came about."""
        self.account.notices.append(Notice(code, data=data))

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
            self.grounded.by_field[field_of(absence.path)] = (absence,)
        self.grounded.complete()

    def _was_sent(self, name: str, quote: Quote) -> bool:
        """Whether a sentence was in the text that this question was asked about."""
        if isinstance(self.plan, PartsPlan):
            spans: Sequence[tuple[int, int]] | None = self.plan.spans_of(name)
        else:
            spans = self.run.input.spans if self.run.input else None
        at = None if spans is None else self.index.locate(quote).start
        return spans is None or at is None or any(start <= at < end for start, end in spans)

    @property
    def input(self) -> RunInput | None:
        """What was sent, with what the calls of the plan were billed for it."""
        sent = self.run.input
        if sent is None:
            return sent
        sent = replace(sent, fields_not_asked=self.not_asked if self._asked else ())
        return self.account.billed(sent)

    def warnings(self) -> tuple[Notice, ...]:
        lengthy = too_long(self.persona, self.answer, language=self.language)
        notices = [*self.account.notices, *lengthy]
        if self.grounded.final_verdict is IdentityVerdict.DOUBTFUL:
            notices.append(Notice("identity_doubtful"))
        sent = self.input
        if sent and sent.truncated:
            notices.append(self.account.cut_off(sent))
        return tuple(notices)

    def _close(self, name: str, wire_value: Any) -> dict[str, Any] | None:
        """Ground one closed member; None when it has not the asked shape (the whole is validated later)."""
        schema = self.question.wire_schema["properties"].get(name)
        if schema is None or validate(schema, wire_value):
            return None
        return self.grounded.close(name, wire_value, language=self.language)


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
    grounded = Grounded(persona, identity, Grounder(index, keys_of(shown.examples)))
    account = Account(notices=list(plan.notices))
    return Reading(run, persona, index, plan, question, Settled(grounded), account=account)
