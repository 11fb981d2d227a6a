"""Behind the curtain: whatever is shown of a blind reader, nothing tells who it was."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from rich.console import Console
from server.application.views import CandidateView, ComparisonView, RunView
from server.domain import second_look
from server.domain.absence import NOT_GIVEN
from server.domain.blinding import blinded
from server.domain.comparing import Reader as ComparedReader
from server.domain.comparing import compare_readers, value_at
from server.domain.fields import Aspect, FieldType, ScalarType
from server.domain.ids import RunId
from server.domain.runs import Attempt, Run, RunSettings, RunStatus
from server.domain.statements import Check, CheckStatus, Statement, StatementStatus
from server.domain.words import Words
from server.terminal.comparison import comparison_table
from server.web.html import comparison_html
from server.web.markdown import comparison_markdown
from server.web.shapes import comparison_out

from builders import (
    NOON,
    a_comparison_view,
    a_failed_run,
    a_field,
    a_finished_run,
    a_notice,
    a_persona,
    a_run_view,
    a_statement,
    usage,
)

SECRET = "zanzibar"
"""In every place that says who answered, or how."""


def a_telling_run(**changes: Any) -> Run:
    """Everything that a run can tell of its maker says so."""
    run = a_finished_run(
        f"run-{SECRET}",
        persona=a_telling_persona(),
        engine="openai",
        model=f"model-{SECRET}",
        settings=RunSettings(reasoning_effort=SECRET),
        owner=f"cli:{SECRET}",
        reuse_key=SECRET,
        rejected_answer={"what": SECRET},
        usage=usage(input_tokens=987_654),
        attempts=(Attempt(SECRET, 987_654),),
        warnings=(a_notice(excerpt=SECRET),),
        created_at=NOON - timedelta(days=9),
        response=SECRET,
    )
    return replace(run, **changes)


def a_telling_persona(**changes: Any) -> Any:
    own = a_persona()
    words = Words(ja=SECRET, en=SECRET)
    fields = tuple(replace(f, label=words, instruction=words) for f in own.fields)
    return replace(
        own,
        **{
            "name": words,
            "version": f"1.0.0-{SECRET}",
            "digest": SECRET,
            "description": words,
            "attribution": SECRET,
            "license": SECRET,
            "source": SECRET,
            "display": SECRET,
            "vars": {SECRET: SECRET},
            "fields": fields,
            **changes,
        },
    )


def behind(label: str, run: Run, persona: Any, *, all_over: bool = True) -> RunView:
    run, persona = blinded(label, run, persona, all_over=all_over, at=NOON)
    return a_run_view(run, persona)


def a_blind_view(*views: RunView) -> ComparisonView:
    """As the queries make it, from anonymous runs."""
    view = a_comparison_view(views, hidden=True)
    readers = [ComparedReader(c.label, c.run.run, c.run.persona) for c in view.candidates]
    return replace(view, rows=compare_readers(readers))


def as_json(view: ComparisonView) -> str:
    return json.dumps(msgspec.to_builtins(comparison_out(view, "en")), ensure_ascii=False)


def as_table(view: ComparisonView) -> str:
    console = Console(width=70, record=True, file=io.StringIO())
    console.print(comparison_table(view, "ja"))
    return " ".join(console.export_text().split())


SHOWN: dict[str, Callable[[ComparisonView], str]] = {
    "json": as_json,
    "markdown": lambda view: comparison_markdown(view, "en"),
    "html": lambda view: comparison_html(view, "ja"),
    "table": as_table,
}
TELLING = re.compile(
    rf"{SECRET}|987|extractive|抜き出し|持ち込み|[Bb]rought|summarizer|interpreter|openai|2026-02-20"
)


@pytest.mark.parametrize("shown", SHOWN)
def test_no_way_of_showing_a_blind_comparison_tells_who_answered(shown: str) -> None:
    brought = a_finished_run("run-2", engine="text", model="text", persona=a_persona("interpreter"))
    extractive = a_finished_run("run-3", persona=a_persona("interpreter"))
    failed = a_failed_run("run-4", code="rate_limited", data={"host": SECRET}, persona=a_telling_persona())
    wrong = a_failed_run("run-5", persona=a_telling_persona(), model=SECRET)
    view = a_blind_view(
        behind("A", a_telling_run(), a_telling_persona()),
        behind("B", brought, a_persona("interpreter")),
        behind("C", extractive, a_persona("interpreter")),
        behind("D", failed, a_telling_persona()),
        behind("E", wrong, a_telling_persona()),
    )

    said = SHOWN[shown](view)

    assert "before the persona in every prompt" in said, "the answers are shown"
    assert TELLING.findall(re.sub(r"<style>.*?</style>", "", said, flags=re.DOTALL)) == []


@pytest.mark.parametrize("shown", SHOWN)
def test_the_same_shown_openly_does_tell(shown: str) -> None:
    """The test above can fail."""
    view = a_comparison_view(
        (a_run_view(a_telling_run(), a_telling_persona()), a_run_view(a_finished_run("run-2")))
    )

    assert TELLING.search(SHOWN[shown](view))


def test_nothing_of_a_run_survives_that_is_not_named() -> None:
    """A field added to runs or personas later stays behind the curtain until somebody lets it through."""
    run, persona = blinded("A", a_telling_run(), a_telling_persona(), all_over=True, at=NOON)

    assert SECRET not in repr(run)
    assert SECRET not in repr(persona)


def test_ids_of_fields_are_numbered_by_row() -> None:
    fields = [
        a_field("gap", aspects=[Aspect.LIMITATIONS]),
        a_field("gist", aspects=[Aspect.OVERVIEW]),
        a_field("who", aspects=[Aspect.IDENTITY]),
        a_field("doubts", aspects=[Aspect.DISCUSSION, Aspect.METHOD]),
    ]
    answer = {"gap": "3", "gist": "2", "who": "1", "doubts": "4"}
    run = a_finished_run(persona=a_persona(fields=fields), answer=answer, statements=())

    run, persona = blinded("B", run, a_persona(fields=fields), all_over=True, at=NOON)

    assert run.answer == {"B.1": "1", "B.2": "2", "B.3": "3", "B.4": "4"}
    assert [(f.id, f.label.en) for f in persona.fields] == [
        ("B.1", "Which paper"),
        ("B.2", "In short"),
        ("B.3", "Discussion and limits"),
        ("B.4", "Discussion and limits"),
    ]
    assert persona.fields[3].aspects == (Aspect.DISCUSSION,)


def test_paths_lead_to_the_same_values_as_before() -> None:
    before = a_telling_run()
    after, _ = blinded("A", before, a_telling_persona(), all_over=True, at=NOON)

    assert before.answer
    assert after.answer
    assert [value_at(after.answer, s.path) for s in after.statements] == [
        value_at(before.answer, s.path) for s in before.statements
    ]
    assert [s.path for s in after.statements] == ["/A.2", "/A.2", "/A.3", "/A.4/0/title"]
    assert after.grounding
    assert set(after.grounding.fields) == {"A.2", "A.3", "A.4"}


def test_parts_that_a_persona_named_are_numbered_at_any_depth_and_those_of_a_paper_keep_their_names() -> None:
    field = a_field(
        "claims",
        type=FieldType.LIST,
        items={"title": ScalarType.TEXT, "claim": ScalarType.TEXT},
        schema={"type": "array"},
    )
    answer = {"claims": [{"claim": "a", "title": "t", "deeper": {"still/deeper": ["x"]}}]}
    said = (a_statement("/claims/0/claim"), a_statement("/claims/0/deeper/still~1deeper/0"))
    run = a_finished_run(persona=a_persona(fields=[field]), answer=answer, statements=said)

    after, persona = blinded("A", run, a_persona(fields=[field]), all_over=True, at=NOON)

    assert after.answer == {"A.1": [{"2": "a", "title": "t", "3": {"4": ["x"]}}]}
    assert [s.path for s in after.statements] == ["/A.1/0/2", "/A.1/0/3/4/0"]
    assert persona.fields[0].items == {"title": ScalarType.TEXT, "2": ScalarType.TEXT}
    assert persona.fields[0].schema is None


def test_reasons_that_only_some_engines_have_are_left_out() -> None:
    looked = Statement(
        "/what",
        0,
        5,
        StatementStatus.PARTLY,
        reason=second_look.DOUBTED,
        checks=(
            Check(second_look.KIND, "no", CheckStatus.NOT_FOUND),
            Check("number", "5", CheckStatus.FOUND),
        ),
    )
    cut = Statement("/discussion", 0, 0, StatementStatus.NOT_STATED, reason=NOT_GIVEN)
    elsewhere = Statement("/_paper/title", 0, 5, StatementStatus.SUPPORTED)

    run, _ = blinded(
        "A", a_finished_run(statements=(looked, cut, elsewhere)), a_persona(), all_over=True, at=NOON
    )

    assert [(s.path, s.reason and s.reason.en, [c.kind for c in s.checks]) for s in run.statements] == [
        ("/A.2", "The quotes are in the paper, but do not mention this.", ["number"]),
        ("/A.3", None, []),
    ]


@pytest.mark.parametrize("status", list(RunStatus))
def test_until_all_are_over_every_reader_looks_the_same(status: RunStatus) -> None:
    run, _ = blinded("A", a_telling_run(status=status), a_telling_persona(), all_over=False, at=NOON)
    other, _ = blinded("A", a_failed_run(RunId("run-9")), a_persona(), all_over=False, at=NOON)

    assert run == other
    assert (run.status, run.answer, run.statements, run.error) == (RunStatus.RUNNING, None, (), None)


def test_of_a_failed_reader_only_that_it_failed_is_shown() -> None:
    candidate = CandidateView("A", behind("A", a_failed_run(code="quota"), a_persona()))
    view = replace(a_blind_view(candidate.run, candidate.run), candidates=(candidate,))

    shown = json.loads(as_json(view))["candidates"][0]["run"]

    assert shown == {"status": "failed", "answer": None, "statements": []}
    assert "Why is shown once you have voted." in comparison_markdown(view, "en")
