"""Enter a text that someone brought along into a comparison: a run that is over as soon as it begins."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from server.application.check_text import NAME, TEXT, CheckText
from server.application.conversation import run_stream
from server.application.personas import PersonaShelf
from server.application.ports import Clock, Events, Ids
from server.domain.brought_sections import Section, placed, sections
from server.domain.brought_text import BroughtText
from server.domain.check_reports import CheckReport, CheckVerdict
from server.domain.errors import WrongPaperError
from server.domain.extractions import Notice
from server.domain.fields import Aspect
from server.domain.grounding import field_of, ground_answer
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.papers import Paper, Problem
from server.domain.personas import Persona
from server.domain.runs import Attempt, PersonaRef, Run, RunSettings
from server.domain.words import Words

LONGEST_NAME = 80

_PERSONA = """\
---
format: 1
version: "1.0.0"
name:
  ja: {ja}
  en: {en}
fields:
{fields}---
user:
{{{{ fields[0].label }}}}
"""
_FIELD = """\
  - id: {id}
    aspects: [{aspects}]
    label:
      ja: {label_ja}
      en: {label_en}
    instruction:
      ja: 持ち込まれた文章を、そのまま照合する。
      en: The text as it was brought along, checked against the paper.
"""


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A text to be compared with what readers say, and what to call it."""

    text: str
    name: str | None = None


@dataclass(frozen=True)
class StartText:
    """Makes the run of a brought-along text, checked, and failed where it is about another paper.

    A text with headings that say what they are about becomes a field per heading, so that it lines up with the readers;
    any other is one field.
    """

    check_text: CheckText
    shelf: PersonaShelf
    events: Events
    clock: Clock
    ids: Ids
    owner: str

    async def prepare(self, request: TextRequest, paper: Paper) -> Run:
        """The run as it will be recorded. Keeps nothing but the name.

        Raises:
            InvalidRequestError: nothing to check, or too much.
        """
        began, started_at = self.clock.monotonic(), self.clock.now()
        report = await self.check_text.of_paper(paper, request.text)
        cut = sections(BroughtText(report.text), report.statements)
        persona = self._persona(request.name, cut)
        await self.shelf.keep(persona, workspace_id=paper.workspace_id)
        run = Run(
            id=RunId(self.ids.new()),
            workspace_id=paper.workspace_id,
            paper_id=paper.id,
            extraction_id=report.extraction_id,
            persona=PersonaRef(persona.id, persona.version, persona.digest),
            engine=EngineKind.TEXT.value,
            model=EngineKind.TEXT.value,
            language=report.language,
            settings=RunSettings(),
            created_at=started_at,
            owner=self.owner,
            title=" ".join((request.name or "").split())[:LONGEST_NAME] or None,
        )
        return _ended(
            run,
            _in_fields(report, persona, cut),
            _answer(report.text, persona, cut),
            report.verdict,
            attempts=(Attempt("ok", round((self.clock.monotonic() - began) * 1000)),),
            started_at=started_at,
            finished_at=self.clock.now(),
        )

    async def tell(self, run: Run) -> None:
        """Once the run is recorded: its events, for whoever follows the comparison."""
        stream = run_stream(run.id)
        await self.events.append(stream, "started", {})
        for name, value in (run.answer or {}).items():
            own = [s for s in run.statements if field_of(s.path) == name]
            field = {"path": f"/{name}", "value": value, "statements": msgspec.to_builtins(own)}
            await self.events.append(stream, "field", field)
        await self.events.append(stream, "finished", {"status": run.status.value})

    def _persona(self, name: str | None, cut: Sequence[Section]) -> Persona:
        """The persona under which the text is shown: its own headings as questions, or one question."""
        given = " ".join((name or "").split())[:LONGEST_NAME]
        called = Words(ja=given, en=given) if given else NAME
        asked = [(s.aspects, Words(s.label, s.label) if s.label else NAME) for s in cut]
        # JSON strings are YAML strings: no name or heading can leave its place.
        fields = "".join(
            _FIELD.format(
                id=_field_id(number),
                aspects=", ".join(aspects),
                label_ja=_quoted(label.ja),
                label_en=_quoted(label.en),
            )
            for number, (aspects, label) in enumerate(asked or [((Aspect.OVERVIEW,), NAME)])
        )
        source = _PERSONA.format(ja=_quoted(called.ja), en=_quoted(called.en), fields=fields)
        return self.shelf.parser.parse(source, id=TEXT)


def _quoted(words: str) -> str:
    """As ASCII, but for what JSON can say only in two halves, which YAML does not put together."""
    return "".join(c if c >= "\U00010000" else json.dumps(c)[1:-1] for c in words).join('""')


def _field_id(number: int) -> str:
    return TEXT if number == 0 else f"{TEXT}_{number + 1}"


def _answer(text: str, persona: Persona, cut: Sequence[Section]) -> dict[str, str]:
    if not cut:
        return {TEXT: text}
    return {f.id: text[s.start : s.end] for f, s in zip(persona.fields, cut, strict=True)}


def _in_fields(report: CheckReport, persona: Persona, cut: Sequence[Section]) -> dict[str, Any]:
    """Statements and grounding of the report, field by field."""
    if not cut:
        return {"statements": report.statements, "grounding": report.grounding}
    statements = placed(report.statements, cut, [field.id for field in persona.fields])
    answer = _answer(report.text, persona, cut)
    told = report.grounding.identity
    return {
        "statements": statements,
        "grounding": ground_answer(persona, statements, identity=told, answer=answer),
    }


def _ended(
    run: Run, checked: dict[str, Any], answer: dict[str, str], verdict: CheckVerdict, **changes: Any
) -> Run:
    """Finished; or failed, with the text kept aside, where it is about another paper."""
    changes |= checked
    if verdict is CheckVerdict.OTHER_PAPER:
        return run.fail(Problem(WrongPaperError.code, {}), rejected_answer=answer, **changes)
    warnings = (Notice("brought_doubtful"),) if verdict is CheckVerdict.DOUBTFUL else ()
    return run.finish(answer=answer, warnings=warnings, **changes)
