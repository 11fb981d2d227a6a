"""Plan how a reader reads a paper: which context strategy, what is sent, in how many calls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from server.domain.contexts.choices import Rendering, Strategy
from server.domain.contexts.given import Given, of_spans, retrieved, whole
from server.domain.contexts.parts import by_section, by_size
from server.domain.contexts.parts_plan import ANSWER, PartsPlan, part_note, together_note
from server.domain.contexts.rendering import rendered
from server.domain.contexts.rooms import ASSUMED_WINDOW, LEAST_PAPER, Means, Room, full_room, room_for
from server.domain.contexts.writing import Writer
from server.domain.errors import ContextTooLongError, TooManyCallsError
from server.domain.plans import MAX_CALLS, Call, OneCall
from server.domain.prompts import Prompt
from server.domain.runs import RunInput
from server.domain.words import Words

RETRIEVED_TOKENS = 6000
"""Of passages that a reader is given who asks for retrieval from a model that could take more."""
PART_TOKENS = 6000
"""Of one part of a paper, for a model that could take more."""
PART_STEP = 256
"""Parts are sized in these steps, so that readers whose prompts differ a little read the same parts."""
ENOUGH = 0.25
"""Share of a paper from which on `auto` is content with the passages that fit; below, it reads all of it in parts."""
AUTO_CALLS = 8
"""Most parts that `auto` reads: more calls than that somebody has to ask for."""

EXCERPTS = Words(
    ja="## 渡している範囲\n論文が長いため、抜粋だけを渡しています。[…] は省いた箇所です。抜粋に書かれていないことは null または [] とする。",
    en="## What you are given\nThe paper is long; these are excerpts, and […] stands where something is left out. What they do "
    "not state stays null or [].",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: by the run, or else by the persona."""

    strategy: Strategy = Strategy.AUTO
    rendering: Rendering = Rendering.PLAIN


def planned(writers: Sequence[Writer], means: Means, wanted: Wanted) -> tuple[OneCall | PartsPlan, Writer]:
    """The calls of a run, and the writer of them.

    Args:
        writers: Of which the first is best and each leaves more room for the paper than the one before.

    Raises:
        ContextTooLongError: the paper does not fit, or nothing of it does.
        TooManyCallsError: it would take more calls than a run may make.
    """
    if wanted.strategy in (Strategy.AUTO, Strategy.FULL):
        for writer in writers:
            if one := _whole(writer, means, wanted):
                return one, writer
        if wanted.strategy is Strategy.FULL:
            needed = _tokens(means, writers[-1].prompt(None)) + writers[-1].wanted_output()
            raise ContextTooLongError(tokens=needed, window=means.window)
    for writer in writers[:-1]:
        with suppress(ContextTooLongError, TooManyCallsError):
            return _in_part(writer, means, wanted), writer
    return _in_part(writers[-1], means, wanted), writers[-1]


def _in_part(writer: Writer, means: Means, wanted: Wanted) -> OneCall | PartsPlan:
    auto = wanted.strategy is Strategy.AUTO
    strategy = _instead(writer, means) if auto else wanted.strategy
    if strategy is Strategy.RETRIEVE:
        return _excerpts(writer, means, wanted)
    return _parts(writer, means, wanted, strategy)


def given_for(
    writer: Writer, means: Means, wanted: Wanted, *, overhead: int, answer: int
) -> tuple[Given, int]:
    """What of the paper a call gets that is not one of these plans': all of it where it fits, else the passages that the
    persona's questions want most. Strategies of several calls count as `auto`.

    Args:
        overhead: Tokens of everything in the call but the paper.
        answer: Tokens that its answer asks for.

    Returns:
        What it gets, and the tokens that are left for its answer: all it asks for, or what a small window has.

    Raises:
        ContextTooLongError: the whole paper is asked for and does not fit, or nothing of it does.
    """
    given = whole(means.extraction, rendering=wanted.rendering)
    size = means.count(given.text)
    if wanted.strategy is not Strategy.RETRIEVE:
        if means.window is None:
            return given, answer
        if fitting := full_room(means.window, overhead=overhead, wanted=answer, paper=size):
            return given, fitting.answer
        if wanted.strategy is Strategy.FULL:
            raise ContextTooLongError(tokens=overhead + size + answer, window=means.window)
    room = room_for(means.window or ASSUMED_WINDOW, overhead=overhead, wanted=answer)
    return _retrieved(writer, means, wanted, room), room.answer


def _whole(writer: Writer, means: Means, wanted: Wanted) -> OneCall | None:
    """Everything at once; None when it does not fit."""
    given = whole(means.extraction, rendering=wanted.rendering)
    call = _answer(writer, means, given, writer.wanted_output())
    if means.window is not None:
        paper = means.count(given.text)
        room = full_room(
            means.window,
            overhead=call.estimated_tokens - paper,
            wanted=call.max_output_tokens,
            paper=paper,
        )
        if room is None:
            return None
        call = replace(call, max_output_tokens=room.answer)
    return OneCall(call, input_of(given, call))


def _excerpts(writer: Writer, means: Means, wanted: Wanted) -> OneCall:
    note = EXCERPTS.in_(writer.language)
    room = _room(writer, means, note)
    given = _retrieved(writer, means, wanted, room)
    call = _answer(writer, means, given, room.answer, note)
    return OneCall(call, input_of(given, call))


def _retrieved(writer: Writer, means: Means, wanted: Wanted, room: Room) -> Given:
    most = min(room.paper, RETRIEVED_TOKENS) if wanted.strategy is Strategy.RETRIEVE else room.paper
    return retrieved(
        writer.persona.fields,
        means,
        room=most,
        window=means.window or ASSUMED_WINDOW,
        rendering=wanted.rendering,
    )


def _instead(writer: Writer, means: Means) -> Strategy:
    """What `auto` does with a paper that does not fit."""
    room = _room_of_parts(writer, means, most=None).paper
    if room >= ENOUGH * means.count(rendered(means.extraction)):
        return Strategy.RETRIEVE
    parts = by_size(writer.persona.fields, means, room=room)
    return Strategy.MAP_REDUCE if len(parts) <= AUTO_CALLS else Strategy.RETRIEVE


def _parts(writer: Writer, means: Means, wanted: Wanted, strategy: Strategy) -> PartsPlan:
    of_part = _room_of_parts(writer, means, most=None if wanted.strategy is Strategy.AUTO else PART_TOKENS)
    cut = by_section if strategy is Strategy.SECTIONS else by_size
    parts = tuple(cut(writer.persona.fields, means, room=of_part.paper))
    if len(parts) + 1 > MAX_CALLS:
        raise TooManyCallsError(calls=len(parts) + 1, most=MAX_CALLS)
    spans = [span for part in parts for span in part.spans]
    given = of_spans(means.extraction, spans, strategy=strategy, rendering=wanted.rendering)
    plan = PartsPlan(
        writer=writer,
        parts=parts,
        means=means,
        room=_room(writer, means, together_note(writer.language)),
        answer_tokens=of_part.answer,
        input=RunInput("", (), 0),
        rendering=wanted.rendering,
    )
    calls = [plan.part(number) for number in range(len(parts))]
    texts = "\0".join(call.prompt.paper for call in calls)
    sent = replace(
        input_of(given, calls[0]),
        digest=hashlib.sha256(texts.encode()).hexdigest(),
        estimated_tokens=sum(call.estimated_tokens for call in calls),
    )
    return replace(plan, input=sent)


def _room_of_parts(writer: Writer, means: Means, *, most: int | None) -> Room:
    """Of one part; the paper's share in whole steps."""
    room = _room(writer, means, part_note(writer.language, total=MAX_CALLS))
    paper = min(room.paper, most or room.paper) // PART_STEP * PART_STEP
    return Room(max(paper, LEAST_PAPER), room.answer)


def _room(writer: Writer, means: Means, note: str) -> Room:
    empty = writer.prompt("", notes=[note])
    return room_for(
        means.window or ASSUMED_WINDOW,
        overhead=_tokens(means, empty),
        wanted=writer.wanted_output(),
    )


def _answer(writer: Writer, means: Means, given: Given, answer: int, *notes: str) -> Call:
    """The one call."""
    is_plain = given.spans is None and given.rendering is Rendering.PLAIN
    prompt = writer.prompt(None if is_plain else given.text, notes=notes)
    return Call(
        name=ANSWER,
        prompt=prompt,
        schema=writer.schema(),
        max_output_tokens=answer,
        pages=given.pages_read,
        estimated_tokens=_tokens(means, prompt),
    )


def _tokens(means: Means, prompt: Prompt) -> int:
    return means.count("".join(message.content for message in prompt.messages))


def input_of(given: Given, first: Call) -> RunInput:
    """What a run records of what it sent.

    Args:
        first: Its first call.
    """
    return RunInput(
        digest=given.digest,
        pages_read=given.pages_read,
        estimated_tokens=first.estimated_tokens,
        strategy=given.strategy,
        pages_left_out=given.pages_left_out,
        pages_in_part=given.pages_in_part,
        prompt_digest=first.prompt.digest,
        rendering=given.rendering,
        spans=given.spans,
        missed=dict(given.missed),
    )
