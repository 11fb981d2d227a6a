"""Runs in every state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from server.application.views import RunView
from server.domain.ids import LOCAL_WORKSPACE, ExtractionId, PaperId, RunId
from server.domain.models import EXTRACTIVE, EngineKind
from server.domain.papers import Problem
from server.domain.personas import Persona
from server.domain.runs import Attempt, PersonaRef, Run, RunInput, RunSettings, Usage
from server.domain.statements import (
    Grounding,
    IdentityVerdict,
    Statement,
    StatementStatus,
)

from .answers import interpreter_answer, summarizer_answer
from .papers import NOON, a_paper_view, an_extraction
from .personas import a_persona


def a_queued_run(id: str = "run-1", *, persona: Persona | None = None, **changes: Any) -> Run:  # noqa: A002
    persona = persona or a_persona()
    run = Run(
        id=RunId(id),
        workspace_id=LOCAL_WORKSPACE,
        paper_id=PaperId("paper-1"),
        extraction_id=ExtractionId("extraction-1"),
        persona=PersonaRef(persona.id, persona.version, persona.digest),
        engine=EngineKind.EXTRACTIVE,
        model=EXTRACTIVE,
        language="en",
        settings=RunSettings(),
        created_at=NOON,
        owner="server",
    )
    return replace(run, **changes)


def a_finished_run(id: str = "run-1", *, persona: Persona | None = None, **changes: Any) -> Run:  # noqa: A002
    """Finished with an answer that fits the builder's own `summarizer` or `interpreter`.

    With `engine="openai"` give `model=` and `usage=` too; with another persona give `answer=` and `statements=`.
    """
    persona = persona or a_persona()
    answer, said = interpreter_answer() if persona.id == "interpreter" else summarizer_answer()
    extraction = an_extraction()
    run = a_queued_run(id, persona=persona).finish(
        input=RunInput(
            extraction.digest, tuple(p.number for p in extraction.pages), len(extraction.text) // 4
        ),
        answer=answer,
        statements=said,
        attempts=(Attempt("ok", 59),),
        started_at=NOON + timedelta(milliseconds=3),
        finished_at=NOON + timedelta(milliseconds=62),
    )
    run = replace(run, **changes)
    return run if "grounding" in changes else replace(run, grounding=a_grounding(run.statements))


def a_grounding(said: Sequence[Statement] = (), **changes: Any) -> Grounding:
    """Counted from the statements; a field is as good as the worst of its statements."""
    order = list(StatementStatus)
    worst: dict[str, StatementStatus] = {}
    for statement in said:
        name = statement.path.split("/")[1]
        known = worst.get(name, statement.status)
        worst[name] = max(known, statement.status, key=order.index)
    skipped = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)
    counted = [s for s in said if s.status not in skipped]
    proven = sum(s.status is StatementStatus.SUPPORTED for s in counted)
    grounding = Grounding(
        score=round(proven / len(counted), 2) if counted else None,
        identity=IdentityVerdict.CONFIRMED,
        fields=worst,
    )
    return replace(grounding, **changes)


def a_failed_run(
    id: str = "run-1",  # noqa: A002
    *,
    code: str = "wrong_paper",
    data: Mapping[str, object] | None = None,
    persona: Persona | None = None,
    **changes: Any,
) -> Run:
    """Failed; a wrong paper keeps its rejected answer."""
    if code == "wrong_paper":
        changes.setdefault("rejected_answer", {"what": "It saves 30 % of the energy of buildings."})
    return a_queued_run(id, persona=persona).fail(
        Problem(code, dict(data or {})),
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=1),
        attempts=(Attempt(code, 1000),),
        **changes,
    )


def usage(**changes: Any) -> Usage:
    return replace(Usage(input_tokens=2478, cached_tokens=2450, output_tokens=312), **changes)


def a_run_view(run: Run | None = None, persona: Persona | None = None, **changes: Any) -> RunView:
    """The persona defaults to the builder's own with the run's persona id."""
    run = run or a_finished_run(persona=persona)
    view = RunView(run, persona or a_persona(run.persona.id), a_paper_view())
    return replace(view, **changes)
