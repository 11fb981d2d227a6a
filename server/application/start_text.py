"""Enter a text that someone brought along into a comparison: a run that is over as soon as it begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from server.application.check_text import NAME, TEXT, CheckText
from server.application.conversation import run_stream
from server.application.personas import PersonaShelf
from server.application.ports import Clock, Events, Ids
from server.domain.check_reports import CheckReport, CheckVerdict
from server.domain.errors import WrongPaperError
from server.domain.extractions import Notice
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
  - id: text
    aspects: [overview]
    label:
      ja: {label_ja}
      en: {label_en}
    instruction:
      ja: 持ち込まれた文章を、そのまま照合する。
      en: The text as it was brought along, checked against the paper.
---
user:
{{{{ fields[0].label }}}}
"""


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A text to be compared with what readers say, and what to call it."""

    text: str
    name: str | None = None


@dataclass(frozen=True)
class StartText:
    """Makes the run of a brought-along text: one field, checked, and failed where it is about another paper."""

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
        persona = self._persona(request.name)
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
        )
        return _ended(
            run,
            report,
            attempts=(Attempt("ok", round((self.clock.monotonic() - began) * 1000)),),
            started_at=started_at,
            finished_at=self.clock.now(),
        )

    async def tell(self, run: Run) -> None:
        """Once the run is recorded: its events, for whoever follows the comparison."""
        stream = run_stream(run.id)
        await self.events.append(stream, "started", {})
        if run.answer:
            statements = msgspec.to_builtins(run.statements)
            field = {"path": f"/{TEXT}", "value": run.answer[TEXT], "statements": statements}
            await self.events.append(stream, "field", field)
        await self.events.append(stream, "finished", {"status": run.status.value})

    def _persona(self, name: str | None) -> Persona:
        """The one-question persona under which the text is shown."""
        given = " ".join((name or "").split())[:LONGEST_NAME]
        called = Words(ja=given, en=given) if given else NAME
        # JSON strings are YAML strings: no name can leave its place.
        source = _PERSONA.format(
            ja=json.dumps(called.ja), en=json.dumps(called.en), label_ja=NAME.ja, label_en=NAME.en
        )
        return self.shelf.parser.parse(source, id=TEXT)


def _ended(run: Run, report: CheckReport, **changes: Any) -> Run:
    """Finished; or failed, with the text kept aside, where it is about another paper."""
    changes |= {"statements": report.statements, "grounding": report.grounding}
    if report.verdict is CheckVerdict.OTHER_PAPER:
        return run.fail(Problem(WrongPaperError.code, {}), rejected_answer={TEXT: report.text}, **changes)
    doubtful = report.verdict is CheckVerdict.DOUBTFUL
    warnings = (Notice("brought_doubtful"),) if doubtful else ()
    return run.finish(answer={TEXT: report.text}, warnings=warnings, **changes)
