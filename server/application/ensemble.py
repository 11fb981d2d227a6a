"""Have several readings made of one paper, and make one answer of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from server.application.absences import Absences
from server.application.conversation import Conversation
from server.application.personas import PersonaShelf
from server.application.ports import Engine, Event, Events, Models
from server.application.reading import Reading
from server.application.recorded import Journal
from server.application.turns import Turn, Turns
from server.domain.ensembles.agreement import Said, agreement
from server.domain.ensembles.ballots import Given
from server.domain.ensembles.lineup import Merge, ensemble_of, member_settings
from server.domain.ensembles.merging import likest_member, merge_answers
from server.domain.errors import (
    ContextTooLongError,
    TooManyCallsError,
    YomiError,
    error_of,
)
from server.domain.extractions import Extraction
from server.domain.grounding import field_of
from server.domain.models import ModelSpec
from server.domain.papers import Problem
from server.domain.personas import Persona
from server.domain.plans import MAX_CALLS
from server.domain.runs import Member, Run, Stage
from server.domain.statements import Quote

LEAST_MEMBERS = 2
"""With fewer left there is nobody to agree."""

AT_ONCE = 4
"""Members that are asked at the same time, where their endpoints allow for it."""

OpenReading = Callable[[Run, Persona, ModelSpec], Awaitable[Reading]]
"""A reading of the same paper that has not begun."""

Shorten = Callable[[Reading, ContextTooLongError], Awaitable[Reading]]
"""The reading planned anew after its prompt was refused as too long; raises the error where that makes no other plan."""

PLANNED_ANEW = 2
"""Times that a reading is planned anew because its prompt was too long: once for the window, once for how it counts."""


@dataclass(frozen=True)
class Ensemble:
    """Fills a reading with what its members say together.

    They start in turn like readers of one comparison, so that all but the first find the paper in the endpoint's cache.
    Nothing of an answer is told before all of them are heard.
    """

    conversation: Conversation
    """Of the reading to be filled."""
    shelf: PersonaShelf
    models: Models
    turns: Turns
    open: OpenReading
    journal: Journal
    shorten: Shorten
    _readings: dict[int, Reading] = field(default_factory=dict)
    """Of the members, by number."""
    _over: list[int] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        return self.conversation.reading

    async def hold(self) -> None:
        """Bring the reading to its end.

        Raises:
            RunError: fewer than two members have an answer, or their answers make none together.
        """
        opened = [await self._open(member) for member in self.reading.run.members]
        calls = sum(reading.plan.calls for reading in self._readings.values())
        if calls > MAX_CALLS:
            raise TooManyCallsError(calls=calls, most=MAX_CALLS)
        at_once = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._ask(member, at_once)) for member in opened]
        members = tuple(task.result() for task in asked)
        answered = [self._readings[member.number] for member in members if not member.error]
        self.reading.account_for(members, tuple(self._readings.values()))
        if len(answered) < LEAST_MEMBERS:
            raise self._failure(members)
        for member in members:
            if member.error:
                self.reading.note("member_failed", member=member.number, left=len(answered))
        await self._merge(answered)

    async def _open(self, member: Member) -> Member:
        """The member, ready to read; one that cannot has its error."""
        run, persona = self.reading.run, self.reading.persona
        own = replace(run, settings=member_settings(run.settings, member), members=())
        bare = Member(member.number, member.persona, member.model, member.seed, member.temperature)
        try:
            if member.persona != run.persona:
                wanted = partial(self.shelf.of_run, member.persona, workspace_id=run.workspace_id)
                voice = await self.journal.lease.patience(wanted)
                persona = in_the_words_of(voice, persona)
            self._readings[member.number] = await self.open(own, persona, self.models.get(member.model))
        except YomiError as error:
            return replace(bare, error=Problem(error.code, error.data), duration_ms=0)
        return bare

    async def _ask(self, member: Member, at_once: asyncio.Semaphore) -> Member:
        """The member as its reading ended."""
        if member.error:
            return member
        reading, clock = self._readings[member.number], self.conversation.clock
        spec, failure = reading.question.model, None
        engine = self.journal.through(self.models.engine(spec), member=member.number)
        async with at_once, self.turns.take((reading.run.extraction_id, spec.base_url, spec.model)) as turn:
            began = clock.monotonic()
            try:
                await self._hold(member, engine, turn if spec.shares_cache else None)
                reading = self._readings[member.number]
                reading.grounded.check()
            except YomiError as error:
                failure, reading = Problem(error.code, error.data), self._readings[member.number]
                reading.account.attempts.extend(getattr(error, "attempts", ()))
            took_ms = round((clock.monotonic() - began) * 1000)
        self._over.append(member.number)
        return replace(
            member,
            answer=None if failure else reading.answer,
            grounding=None if failure else reading.grounded.sum_up(),
            usage=engine.usage,
            duration_ms=took_ms,
            error=failure,
            response=reading.stream.text or None,
        )

    async def _hold(self, member: Member, engine: Engine, turn: Turn | None) -> None:
        """Bring the member's reading to its end, planned anew where its prompt is refused as too long."""
        events = _Aside(self.conversation.events, member.number, len(self._readings), self._over)
        for attempt in range(PLANNED_ANEW + 1):
            reading = self._readings[member.number]
            try:
                await Conversation(reading, engine, events, self.conversation.clock, _NoSearch()).hold(turn)
            except ContextTooLongError as error:
                if attempt == PLANNED_ANEW:
                    raise
                self._readings[member.number] = await self.shorten(reading, error)
            else:
                return

    async def _merge(self, answered: Sequence[Reading]) -> None:
        """One answer of several, held against schema and paper like any other; where it does not fit, that of the
        member most like the others."""
        reading = self.reading
        chosen = ensemble_of(reading.persona.ensemble, reading.run.settings)
        given = [Given(one.wire, one.statements) for one in answered]
        merged = merge_answers(reading.persona, given, merge=chosen.merge if chosen else Merge.VOTE)
        answers: list[Mapping[str, Any]] = [merged, likest_member(reading.persona, given).wire]
        await self.conversation.adopt(answers)
        reading.agreement = agreement(_said(reading), [_said(one) for one in answered])

    def _failure(self, members: Sequence[Member]) -> YomiError:
        """Why there is no answer: what most of those who failed failed of, with what the first of them had said."""
        errors = {member.number: member.error for member in members if member.error}
        code = Counter(error.code for error in errors.values()).most_common(1)[0][0]
        first = next(number for number, error in errors.items() if error.code == code)
        if first in self._readings:
            self.reading.grounded.answer = self._readings[first].grounded.rejected
        return error_of(code, dict(errors[first].data))


def in_the_words_of(voice: Persona, persona: Persona) -> Persona:
    """The same questions, to be answered in the same shape, in another persona's prompt."""
    return replace(persona, parts=voice.parts, vars={**persona.vars, **voice.vars})


def _said(reading: Reading) -> Said:
    """Without the questions that no call came to."""
    asked = {f.id for f in reading.persona.fields} - set(reading.not_asked)
    return Said(
        reading.persona,
        {name: reading.answer.get(name) for name in asked},
        [s for s in reading.statements if field_of(s.path) in asked],
    )


@dataclass(frozen=True)
class _Aside(Events):
    """A member's events: only how far it is, is told to who follows the run."""

    events: Events
    member: int
    members: int
    over: Sequence[int]

    async def append(
        self, stream: str, name: str, data: Mapping[str, Any], *, fence: int | None = None
    ) -> Event:
        if name != "progress" or data.get("stage") == Stage.WAITING:
            return Event(0, 0, stream, name, data)
        far = {"member": self.member, "done": len(self.over), "total": self.members}
        return await self.events.append(stream, name, {**data, **far}, fence=fence)

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:
        return await self.events.after(streams, seq)

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> bool:
        return await self.events.wait(streams, timeout_s=timeout_s)


class _NoSearch(Absences):
    """Why a question is empty is asked of the answer that all make together, not of each."""

    async def candidates(
        self,
        persona: Persona,  # noqa: ARG002
        extraction: Extraction,  # noqa: ARG002
        empty: object,  # noqa: ARG002
        *,
        follow_up: str | None = None,  # noqa: ARG002
    ) -> dict[str, Quote]:
        return {}
