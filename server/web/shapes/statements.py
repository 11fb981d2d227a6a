"""What is stated, and how it holds against the paper, as JSON."""

from __future__ import annotations

from server.application.views import CheckView
from server.domain.extractions import Box
from server.domain.statements import Check, Evidence, Grounding, Statement
from server.web.check_words import summary
from server.web.shapes.words import words_out
from server.web.structs import BoxOut, CheckOut, CheckReportOut, EvidenceOut, GroundingOut, StatementOut


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
        summary=words_out(said),
        statements=[statement_out(s) for s in report.statements],
        grounding=grounding_out(report.grounding),
    )


def statement_out(statement: Statement) -> StatementOut:
    return StatementOut(
        path=statement.path,
        start=statement.start,
        end=statement.end,
        status=statement.status,
        reason=words_out(statement.reason),
        evidence=[_evidence_out(e) for e in statement.evidence],
        checks=[_check_out(c) for c in statement.checks],
    )


def grounding_out(grounding: Grounding) -> GroundingOut:
    return GroundingOut(
        score=grounding.score,
        identity=grounding.identity,
        fields={name: status.value for name, status in grounding.fields.items()},
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
        difference=words_out(evidence.difference),
    )


def _box_out(box: Box) -> BoxOut:
    return BoxOut(
        page=box.page, x0=round(box.x0, 1), y0=round(box.y0, 1), x1=round(box.x1, 1), y1=round(box.y1, 1)
    )


def _check_out(check: Check) -> CheckOut:
    return CheckOut(
        kind=check.kind, text=check.text, status=check.status, page=check.page, reference=check.reference
    )
