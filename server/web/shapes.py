"""Views as the JSON shapes of the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.application.views import CheckView, ComparisonView, PaperView, RunView
from server.domain.comparisons import ConflictSide
from server.domain.errors import YomiError
from server.domain.extractions import Box, Extraction, Notice
from server.domain.fields import Field, FieldType, ScalarType
from server.domain.identity import Found, Identity
from server.domain.models import Breaker, ModelSpec
from server.domain.notices import sentence
from server.domain.papers import Problem
from server.domain.personas import Persona
from server.domain.runs import Run
from server.domain.statements import Check, Evidence, Grounding, Statement
from server.domain.votes import UNDECIDED
from server.domain.words import Words
from server.web import labels
from server.web.check_words import summary
from server.web.ensemble_shapes import agreement_out, ensemble_out, member_out
from server.web.sentences import problem_words
from server.web.step_shapes import pass_out, step_out, usage_out
from server.web.structs import (
    AppliesToOut,
    AttemptOut,
    BoxOut,
    CandidateOut,
    CheckOut,
    CheckReportOut,
    ChoiceOut,
    ComparisonOut,
    ConflictSideOut,
    EvidenceOut,
    ExtractionOut,
    FellBackOut,
    FewShotOut,
    FieldOut,
    FollowUpOut,
    FoundOut,
    GroundingOut,
    IdentityOut,
    LengthOut,
    ModelOut,
    NamelessRunOut,
    OwnVoteOut,
    PageSizeOut,
    PaperOut,
    PersonaOut,
    PersonaRefOut,
    PricesOut,
    ProblemOut,
    ReferenceOut,
    ReferencesOut,
    RowOut,
    RunInputOut,
    RunOut,
    SameInputOut,
    SectionOut,
    StatementOut,
    TimingOut,
    WarningOut,
    WordsOut,
)

PRIVATE_DATA = frozenset({"reason_ja", "reason_en"})
"""Data that only makes up the sentence."""


def problem_out(
    error: YomiError | Problem, language: str, *, status: int | None = None, title: str | None = None
) -> ProblemOut:
    """A problem object. `status` only where it is a response of its own: inside a body there is none."""
    problem = error if isinstance(error, Problem) else Problem(error.code, error.data)
    words = problem_words(error) if isinstance(error, Problem) else error.words
    name = labels.PROBLEMS.get(problem.code, labels.PROBLEMS["internal"])
    head: ProblemOut = {
        "type": f"urn:yomikurabe:problem:{problem.code}",
        "title": title or name.in_(language),
        "status": status,
        "detail": words.in_(language),
        "code": problem.code,
    }
    if status is None:
        del head["status"]
    data = {
        k: v for k, v in problem.data.items() if k not in PRIVATE_DATA and k not in head and k != "status"
    }
    return head | data


def paper_out(view: PaperView, language: str) -> PaperOut:
    paper, extraction = view.paper, view.extraction
    return PaperOut(
        id=paper.id,
        status=paper.status,
        error=problem_out(paper.error, language) if paper.error else None,
        sha256=paper.sha256,
        filename=paper.filename,
        bytes=paper.bytes,
        language=extraction.language if extraction else None,
        created_at=paper.created_at,
        identity=identity_out(view.identity),
        extraction=_extraction_out(extraction) if extraction else None,
        sections=[SectionOut(title=s.title, kind=s.kind, page=s.page) for s in extraction.sections]
        if extraction
        else [],
        references=len(extraction.references) if extraction else 0,
        warnings=[warning_out(w, language) for w in extraction.warnings] if extraction else [],
    )


def identity_out(identity: Identity) -> IdentityOut:
    return IdentityOut(**{name: _found_out(getattr(identity, name)) for name in Identity.__slots__})


def references_out(extraction: Extraction) -> ReferencesOut:
    """The paper's own reference list, in printed order."""
    names = [name for name in ReferenceOut.__struct_fields__ if name != "authors"]
    return ReferencesOut(
        references=[
            ReferenceOut(authors=list(r.authors), **{name: getattr(r, name) for name in names})
            for r in extraction.references
        ]
    )


def warning_out(notice: Notice, language: str) -> WarningOut:
    return WarningOut(
        code=notice.code, page=notice.page, detail=sentence(notice).in_(language), excerpt=notice.excerpt
    )


def run_out(view: RunView, language: str) -> RunOut:
    run = view.run
    return RunOut(
        id=run.id,
        status=run.status,
        stage=run.stage,
        paper_id=run.paper_id,
        extraction_id=run.extraction_id,
        persona=PersonaRefOut(
            id=run.persona.id,
            version=run.persona.version,
            digest=run.persona.digest,
            name=view.persona.name.in_(language),
        ),
        engine=run.engine,
        model=run.model,
        language=run.language,
        settings=run.settings.as_dict(),
        reused=view.reused,
        input=_input_out(run),
        answer=_dict(run.answer),
        rejected_answer=_dict(run.rejected_answer),
        statements=[statement_out(s) for s in run.statements],
        grounding=grounding_out(run.grounding) if run.grounding else None,
        usage=usage_out(run.usage),
        attempts=[AttemptOut(outcome=a.outcome, duration_ms=a.duration_ms) for a in run.attempts],
        passes=[pass_out(one) for one in run.passes],
        members=[
            member_out(m, error=problem_out(m.error, language) if m.error else None) for m in run.members
        ],
        agreement=[agreement_out(one) for one in run.agreement],
        fell_back=[FellBackOut(model=one.model, code=one.code) for one in run.fell_back],
        timing=TimingOut(
            queued_ms=_ms(run.created_at, run.started_at), total_ms=_ms(run.created_at, run.finished_at)
        ),
        warnings=[warning_out(w, language) for w in run.warnings],
        error=problem_out(run.error, language) if run.error else None,
        created_at=run.created_at,
        finished_at=run.finished_at,
        follow_up=FollowUpOut(run_id=run.follow_up.run_id, question=run.follow_up.question)
        if run.follow_up
        else None,
    )


def _nameless_run_out(view: RunView) -> NamelessRunOut:
    run = view.run
    return NamelessRunOut(
        status=run.status,
        answer=_dict(run.answer),
        statements=[statement_out(s) for s in run.statements],
    )


def statement_out(statement: Statement) -> StatementOut:
    return StatementOut(
        path=statement.path,
        start=statement.start,
        end=statement.end,
        status=statement.status,
        reason=_words_out(statement.reason),
        evidence=[_evidence_out(e) for e in statement.evidence],
        checks=[_check_out(c) for c in statement.checks],
    )


def grounding_out(grounding: Grounding) -> GroundingOut:
    return GroundingOut(
        score=grounding.score,
        identity=grounding.identity,
        fields={name: status.value for name, status in grounding.fields.items()},
    )


def check_report_out(view: CheckView) -> CheckReportOut:
    report = view.report
    said = summary(report)
    return CheckReportOut(
        paper_id=report.paper_id,
        extraction_id=report.extraction_id,
        text=report.text,
        language=report.language,
        verdict=report.verdict,
        identity=report.grounding.identity,
        summary=WordsOut(ja=said.ja, en=said.en),
        statements=[statement_out(s) for s in report.statements],
        grounding=grounding_out(report.grounding),
    )


def comparison_out(view: ComparisonView, language: str) -> ComparisonOut:
    comparison = view.comparison
    return ComparisonOut(
        id=comparison.id,
        status=view.status,
        paper_id=comparison.paper_id,
        blind=comparison.blind,
        revealed=not view.hidden,
        candidates=[
            CandidateOut(
                label=c.label, run=_nameless_run_out(c.run) if view.hidden else run_out(c.run, language)
            )
            for c in view.candidates
        ],
        same_input=SameInputOut(identical=view.same_input.identical, digest=view.same_input.digest),
        rows=[
            RowOut(
                row=row.kind.id,
                label=WordsOut(ja=row.kind.label.ja, en=row.kind.label.en),
                cells={label: list(fields) for label, fields in row.cells.items()},
                difference=row.difference_word,
                shared_evidence=row.shared_evidence,
                conflicts=[{label: _side_out(side) for label, side in c.items()} for c in row.conflicts],
            )
            for row in view.rows
        ],
        cited_pages={label: list(shares) for label, shares in view.cited_pages.items()},
        votes=None
        if view.hidden
        else dict.fromkeys([*(c.label for c in view.candidates), *UNDECIDED], 0) | dict(view.votes),
        own_votes=[OwnVoteOut(row=row, winner=winner) for row, winner in view.own_votes.items()],
        created_at=comparison.created_at,
    )


def persona_out(persona: Persona, *, source: bool = False) -> PersonaOut:
    """A persona with its questions; its text only when asked for."""
    return PersonaOut(
        id=persona.id,
        version=persona.version,
        digest=persona.digest,
        name=WordsOut(ja=persona.name.ja, en=persona.name.en),
        description=_words_out(persona.description),
        attribution=persona.attribution,
        license=persona.license,
        language=persona.language,
        origin=persona.origin,
        applies_to=AppliesToOut(
            paper_types=list(persona.applies_to.paper_types), warn_if=list(persona.applies_to.warn_if)
        ),
        context=persona.context,
        rendering=persona.rendering,
        steps=[step_out(step) for step in persona.steps],
        evidence=persona.evidence,
        structure=persona.structure,
        ensemble=ensemble_out(persona.ensemble) if persona.ensemble else None,
        fallback=list(persona.fallback),
        fields=[_field_out(field) for field in persona.fields],
        source=persona.source if source else None,
        examples=len(persona.examples),
        few_shot=FewShotOut(count=persona.few_shot.count, policy=persona.few_shot.policy),
    )


def model_out(
    spec: ModelSpec, support: Mapping[str, Any] | None = None, *, breaker: Breaker | None = None
) -> ModelOut:
    prices = spec.prices
    return ModelOut(
        name=spec.name,
        engine=spec.engine,
        model=spec.model,
        host=spec.host,
        context_window=spec.context_window,
        shares_cache=spec.shares_cache,
        prices=PricesOut(input=prices.input, output=prices.output, cached_input=prices.cached_input)
        if prices
        else None,
        default=spec.default,
        support=dict(support or {}),
        state=breaker.value if breaker else None,
    )


def _extraction_out(extraction: Extraction) -> ExtractionOut:
    return ExtractionOut(
        id=extraction.id,
        reader=extraction.reader,
        digest=extraction.digest,
        pages=len(extraction.pages),
        page_sizes=[
            PageSizeOut(width=round(p.width, 1), height=round(p.height, 1)) for p in extraction.pages
        ],
        characters=[len(page.text) for page in extraction.pages],
        duration_ms=extraction.duration_ms,
    )


def _found_out(found: Found[Any] | None) -> FoundOut | None:
    if found is None:
        return None
    value = list(found.value) if isinstance(found.value, tuple) else found.value
    return FoundOut(value=value, source=found.source, page=found.page)


def _input_out(run: Run) -> RunInputOut | None:
    if run.input is None:
        return None
    return RunInputOut(
        digest=run.input.digest,
        strategy=run.input.strategy,
        rendering=run.input.rendering,
        pages_read=list(run.input.pages_read),
        pages_in_part=list(run.input.pages_in_part),
        pages_left_out=list(run.input.pages_left_out),
        missed=dict(run.input.missed),
        estimated_tokens=run.input.estimated_tokens,
        billed_tokens=run.input.billed_tokens,
        truncated=run.input.truncated,
        fields_not_asked=list(run.input.fields_not_asked),
        examples=list(run.input.examples),
    )


def _evidence_out(evidence: Evidence) -> EvidenceOut:
    return EvidenceOut(
        quote=evidence.quote,
        page=evidence.page,
        status=evidence.status,
        score=round(evidence.score, 3),
        start=evidence.start,
        end=evidence.end,
        boxes=[_box_out(box) for box in evidence.boxes],
        difference=_words_out(evidence.difference),
    )


def _box_out(box: Box) -> BoxOut:
    return BoxOut(
        page=box.page, x0=round(box.x0, 1), y0=round(box.y0, 1), x1=round(box.x1, 1), y1=round(box.y1, 1)
    )


def _check_out(check: Check) -> CheckOut:
    return CheckOut(
        kind=check.kind, text=check.text, status=check.status, page=check.page, reference=check.reference
    )


def _side_out(side: ConflictSide) -> ConflictSideOut:
    return ConflictSideOut(path=side.path, text=side.text, page=side.page)


def _field_out(field: Field) -> FieldOut:
    is_list, is_object = field.type is FieldType.LIST, field.type is FieldType.OBJECT
    items = field.items if isinstance(field.items, str) else _types(field.items)
    return FieldOut(
        id=field.id,
        aspects=[aspect.value for aspect in field.aspects],
        label=WordsOut(ja=field.label.ja, en=field.label.en),
        instruction=WordsOut(ja=field.instruction.ja, en=field.instruction.en),
        type=field.type,
        length=LengthOut(ja=_list(field.length.ja), en=_list(field.length.en)),
        max_items=field.max_items,
        items=items if is_list else None,
        properties=_types(field.properties) if is_object else None,
        choices=[ChoiceOut(id=c.id, label=WordsOut(ja=c.label.ja, en=c.label.en)) for c in field.choices]
        or None,
        check=field.check,
        unchecked=list(field.unchecked),
    )


def _types(parts: Mapping[str, ScalarType]) -> dict[str, str]:
    return {name: kind.value for name, kind in parts.items()}


def _list(length: tuple[int, int] | None) -> list[int] | None:
    return list(length) if length else None


def _words_out(words: Words | None) -> WordsOut | None:
    return WordsOut(ja=words.ja, en=words.en) if words else None


def _dict(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)


def _ms(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds() * 1000) if start and end else None
