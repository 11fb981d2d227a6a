"""What of a paper a reader is given: the text of it, and what that means per page and field."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.domain.contexts.choices import Rendering, Strategy
from server.domain.contexts.rendering import Span, merged, pages_of, rendered
from server.domain.contexts.rooms import Means, shared_block
from server.domain.extractions import Extraction
from server.domain.fields import Field
from server.domain.retrieval.choosing import CountTokens, choose
from server.domain.runs import RunInput

WORTH_A_WORD = 3
"""Passages that a field was given of those it wants: with fewer, leaving the next one out may be why it stays empty."""


@dataclass(frozen=True, slots=True)
class Given:
    """The text that stands for the paper in a call, and where it comes from."""

    text: str
    strategy: Strategy
    spans: tuple[Span, ...] | None
    """In the order in which they are sent; None: the whole paper."""
    pages_read: tuple[int, ...]
    """From 1: pages of which something is sent."""
    pages_in_part: tuple[int, ...] = ()
    """Those of them of which something is not."""
    pages_left_out: tuple[int, ...] = ()
    rendering: Rendering = Rendering.PLAIN
    missed: Mapping[str, int] = field(default_factory=dict)
    """Field id → page of a passage that it wanted much and that is not sent."""

    @property
    def digest(self) -> str:
        """SHA-256 of the text; equal for readers that were given the same."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def whole(extraction: Extraction, *, rendering: Rendering = Rendering.PLAIN) -> Given:
    """All of a paper."""
    return Given(
        text=rendered(extraction, rendering=rendering),
        strategy=Strategy.FULL,
        spans=None,
        pages_read=tuple(page.number for page in extraction.pages),
        rendering=rendering,
    )


def of_spans(
    extraction: Extraction,
    spans: Sequence[Span],
    *,
    strategy: Strategy,
    rendering: Rendering = Rendering.PLAIN,
    missed: Mapping[str, int] | None = None,
) -> Given:
    """Stretches of a paper."""
    spans = merged(extraction.text, spans)
    read, in_part, left_out = pages_of(extraction, spans)
    return Given(
        text=rendered(extraction, spans, rendering=rendering),
        strategy=strategy,
        spans=tuple(spans),
        pages_read=read,
        pages_in_part=in_part,
        pages_left_out=left_out,
        rendering=rendering,
        missed=missed or {},
    )


def given_again(extraction: Extraction, sent: RunInput) -> Given:
    """What a run recorded that it was given."""
    rendering = Rendering(sent.rendering)
    if sent.spans is None:
        return whole(extraction, rendering=rendering)
    return of_spans(
        extraction, sent.spans, strategy=Strategy(sent.strategy), rendering=rendering, missed=sent.missed
    )


def retrieved(
    fields: Sequence[Field],
    means: Means,
    *,
    room: int,
    window: int,
    rendering: Rendering = Rendering.PLAIN,
) -> Given:
    """The passages that these fields want most, those that every reader is given first.

    Raises:
        ContextTooLongError: not even one fits.
    """
    selection = choose(
        fields,
        means.index,
        budget_tokens=room,
        count_tokens=_in_this_rendering(means.count, rendering),
        shared=shared_block(window, room),
        priority=means.priority,
        scores=means.scores,
    )
    passages = means.index.passages
    missed = {
        name: passages[left[0]].first_page
        for name, left in selection.missed.items()
        if left and len(selection.given[name]) < WORTH_A_WORD
    }
    return of_spans(
        means.extraction,
        [(passage.start, passage.end) for passage in selection.passages],
        strategy=Strategy.RETRIEVE,
        rendering=rendering,
        missed=missed,
    )


def _in_this_rendering(count: CountTokens, rendering: Rendering) -> CountTokens:
    """Marks of headings cost a little."""
    if rendering is not Rendering.SECTIONED:
        return count
    return lambda text: count(text) + 4
