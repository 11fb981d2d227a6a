"""Ask every part of a paper, then make one answer of what the parts said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from server.domain.contexts.choices import Rendering
from server.domain.contexts.findings import Finding, findings, identity_of, in_turn, merged_answer
from server.domain.contexts.parts import Part
from server.domain.contexts.rendering import Span, rendered
from server.domain.contexts.rooms import Means, Room
from server.domain.contexts.writing import Writer
from server.domain.errors import AnswerInvalidError
from server.domain.extractions import Notice
from server.domain.plans import Call, CallSize, Result
from server.domain.prompts import Prompt
from server.domain.retrieval.choosing import MARK_TOKENS
from server.domain.runs import RunInput
from server.domain.words import Words

ANSWER = "answer"
"""Name of the last call."""
LINE_TOKENS = 6
"""A bullet and its page numbers."""

PART = Words(
    ja="## この部分について\n論文が長いため、全{total}部分のうち{number}番目（{pages}）だけを渡しています。この部分に書かれていることだけで答え、"
    "書かれていないことは null または [] とする。ほかの部分は別に読まれます。",
    en="## This part\nThe paper is long; this is part {number} of {total} ({pages}). Answer from this part alone; what it does "
    "not state stays null or []. The other parts are read on their own.",
)
TOGETHER = Words(
    ja="## 部分ごとの答え\n論文が長いため、部分に分けて読みました。上の抜粋は、各部分の答えの根拠になった文です。次の答えを一つにまとめる。"
    "重なりは一度だけ書き、根拠は上の抜粋から写す。次にも抜粋にもないことは書かない。\n{findings}",
    en="## Answers of the parts\nThe paper is long and was read in parts. The excerpts above are the sentences that the parts' "
    "answers rest on. Make one answer of the answers below: say what recurs once, copy evidence from the excerpts above, "
    "and state nothing that stands neither below nor above.\n{findings}",
)
PAGES = Words(ja="{first}–{last}ページ", en="pages {first}–{last}")
PAGE = Words(ja="{first}ページ", en="page {first}")


@dataclass(frozen=True)
class PartsPlan:
    """One call per part; then one that is given what the parts stated and the sentences these rest on, not the paper.
    What they stated is put together without a model where it fits no more, or is nothing."""

    writer: Writer
    parts: tuple[Part, ...]
    means: Means
    room: Room
    """Of the last call."""
    answer_tokens: int
    """Of a call for a part."""
    input: RunInput
    rendering: Rendering = Rendering.PLAIN
    notices: tuple[Notice, ...] = ()

    @property
    def calls(self) -> int:
        return len(self.parts) + 1

    @property
    def sizes(self) -> Sequence[CallSize]:
        parts = [self.part(number) for number in range(len(self.parts))]
        note = together_note(self.writer.language)
        frame = "".join(m.content for m in self.writer.prompt("", notes=[note]).messages)
        last = CallSize(self.means.count(frame) + self.room.paper, self.room.answer)
        return (*(CallSize(part.estimated_tokens, part.max_output_tokens) for part in parts), last)

    def spans_of(self, field_id: str) -> list[Span]:
        """The stretches of the paper that a question was asked about."""
        return [span for part in self.parts if field_id in part.fields for span in part.spans]

    def next(self, results: Sequence[Result]) -> Call:
        """
        Raises:
            AnswerInvalidError: no part gave an answer.
        """
        if len(results) < len(self.parts):
            return self.part(len(results))
        answers = [result.value for result in results if result.value is not None]
        if not answers:
            raise AnswerInvalidError(errors=[{"path": "", "message": "no part of the paper gave an answer"}])
        persona = self.writer.persona
        found = findings(persona, answers, self.means)
        kept = self._kept(in_turn(found))
        if found and {one.field for one in kept} == set(found):
            return self._together(kept)
        ready = merged_answer(persona, found, identity_of(persona, answers))
        return self._call(Prompt("", "", ""), (), (), self.room.answer, name=ANSWER, ready=ready)

    def part(self, number: int) -> Call:
        """The call for one part, from 0."""
        part = self.parts[number]
        words = pages_in_words(part.pages)
        note = PART.in_(self.writer.language).format(
            number=number + 1, total=len(self.parts), pages=words.in_(self.writer.language)
        )
        text = rendered(self.means.extraction, part.spans, rendering=self.rendering)
        prompt = self.writer.prompt(text, only=part.fields, notes=[note])
        label = Words(f"{part.title}（{words.ja}）", f"{part.title} ({words.en})") if part.title else words
        tokens = min(self.answer_tokens, self.writer.wanted_output(part.fields))
        name = f"pages {part.pages[0]}-{part.pages[-1]}" if part.pages else "part"
        return self._call(prompt, part.pages, part.fields, tokens, name=name, label=label, is_answer=False)

    def _together(self, kept: Sequence[Finding]) -> Call:
        spans = sorted({*self._head, *(span for one in kept for span in one.spans)})
        text = rendered(self.means.extraction, _apart(spans), rendering=self.rendering)
        pages = {self.means.extraction.page_at(start) for start, _ in spans}
        note = self._note(kept)
        prompt = self.writer.prompt(text, notes=[note])
        return self._call(prompt, sorted(pages), None, self.room.answer, name=ANSWER)

    def _note(self, kept: Sequence[Finding]) -> str:
        language = self.writer.language
        lines: list[str] = []
        for field in self.writer.persona.fields:
            own = [one for one in kept if one.field == field.id]
            if own:
                lines += [f'- "{field.id}": {field.label.in_(language)}', *map(_line, own)]
        return TOGETHER.in_(language).format(findings="\n".join(lines))

    def _kept(self, stated: Sequence[Finding]) -> list[Finding]:
        """As many as fit, the best of each question first."""
        used = sum(self._size(span) for span in self._head)
        kept: list[Finding] = []
        there: set[Span] = set(self._head)
        for one in stated:
            size = self.means.count(one.words) + LINE_TOKENS
            size += sum(self._size(span) for span in one.spans if span not in there)
            if used + size <= self.room.paper:
                kept.append(one)
                there.update(one.spans)
                used += size
        return kept

    def _size(self, span: Span) -> int:
        return self.means.count(self.means.extraction.text[slice(*span)]) + MARK_TOKENS

    @cached_property
    def _head(self) -> tuple[Span, ...]:
        """The head of the first page, which says what paper it is, where it is short enough."""
        first = self.means.index.passages[0]
        span = (first.start, first.end)
        return (span,) if self._size(span) < self.room.paper / 4 else ()

    def _call(
        self,
        prompt: Prompt,
        pages: Sequence[int],
        only: Sequence[str] | None,
        answer: int,
        **given: Any,
    ) -> Call:
        is_answer = given.get("is_answer", True)
        return Call(
            prompt=prompt,
            schema=self.writer.schema(None if is_answer else only),
            max_output_tokens=answer,
            pages=tuple(pages),
            estimated_tokens=self.means.count("".join(m.content for m in prompt.messages)),
            is_needed=is_answer,
            **given,
        )


def part_note(language: str, *, total: int) -> str:
    """The longest note that a part may get, for counting."""
    return PART.in_(language).format(
        number=total, total=total, pages=PAGES.fill(first=999, last=999).in_(language)
    )


def together_note(language: str) -> str:
    """The note of the last call without anything found, for counting."""
    return TOGETHER.in_(language).format(findings="")


def pages_in_words(pages: Sequence[int]) -> Words:
    """`pages 1–8`."""
    if not pages:
        return Words("", "")
    words = PAGE if pages[0] == pages[-1] else PAGES
    return words.fill(first=pages[0], last=pages[-1])


def _line(finding: Finding) -> str:
    pages = ", ".join(f"p. {page}" for page in finding.pages)
    return f"  - {finding.words}" + (f" ({pages})" if pages else "")


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Stretches in order, those that overlap as one."""
    apart: list[Span] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
