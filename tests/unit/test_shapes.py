"""What leaves as JSON has the names, nesting and nulls of the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from server.domain.comparisons import ConflictSide, Difference
from server.domain.errors import NotFoundError, TooLargeError
from server.domain.extractions import Box, Notice
from server.domain.papers import Problem
from server.domain.statements import Check, CheckStatus
from server.web import shapes

from builders import (
    NOON,
    TITLE,
    a_comparison_view,
    a_failed_run,
    a_finished_run,
    a_model,
    a_notice,
    a_paper_view,
    a_persona,
    a_queued_run,
    a_refused_paper,
    a_run_view,
    a_statement,
    an_extraction,
    evidence,
)


def sent(shape: Any) -> Any:
    """As a client gets it."""
    return msgspec.json.decode(msgspec.json.encode(shape))


def test_a_paper_has_the_members_of_the_contract_with_nulls_for_what_it_does_not_state() -> None:
    paper = sent(shapes.paper_out(a_paper_view(), "en"))

    assert list(paper) == [
        *("id", "status", "error", "sha256", "filename", "bytes", "language", "created_at", "identity"),
        *("extraction", "sections", "references", "warnings"),
    ]
    assert paper["identity"] == {
        "title": {"value": TITLE, "source": "layout", "page": 1},
        "authors": {"value": ["Yomikurabe Project"], "source": "text", "page": 1},
        "affiliation": None,
        "venue": None,
        "year": {"value": 2026, "source": "text", "page": 1},
        "doi": None,
        "arxiv_id": None,
    }
    assert paper["created_at"] == "2026-03-01T12:00:00Z"
    assert paper["extraction"]["pages"] == len(paper["extraction"]["characters"]) == 3
    assert paper["extraction"]["page_sizes"][0] == {"width": 612.0, "height": 792.0}
    assert paper["sections"][0] == {"title": "Abstract", "kind": "abstract", "page": 1}
    assert paper["references"] == 2


def test_a_refused_paper_carries_a_problem_and_no_extraction() -> None:
    paper = sent(shapes.paper_out(a_paper_view(a_refused_paper("no_text", pages=3, characters=9)), "ja"))

    assert paper["error"] == {
        "type": "urn:yomikurabe:problem:no_text",
        "title": "文字が取り出せません",
        "detail": "文字がほとんど取り出せません（3 ページで 9 文字）。"
        "スキャン画像のPDFなら、OCRで文字を付けてから再度お試しください。",
        "code": "no_text",
        "pages": 3,
        "characters": 9,
    }
    assert (paper["extraction"], paper["language"], paper["sections"], paper["references"]) == (
        None,
        None,
        [],
        0,
    )


def test_a_run_has_the_members_of_the_contract() -> None:
    run = sent(shapes.run_out(a_run_view(reused=True), "ja"))

    assert set(run) >= {
        *("id", "status", "stage", "paper_id", "extraction_id", "persona", "engine", "model", "language"),
        *("reused", "input", "answer", "rejected_answer", "statements", "grounding", "usage", "attempts"),
        *("timing", "warnings", "error", "created_at", "finished_at"),
    }
    assert run["persona"]["name"] == "落合式・六つの問い"
    assert run["timing"] == {"queued_ms": 3, "total_ms": 62}
    assert run["grounding"] == {
        "score": 0.5,
        "identity": "confirmed",
        "fields": {"what": "unsupported", "discussion": "partly", "next_papers": "supported"},
    }
    assert run["reused"] is True
    assert run["input"]["billed_tokens"] is None


def test_a_run_that_has_not_started_has_no_times_yet() -> None:
    run = sent(shapes.run_out(a_run_view(a_queued_run()), "en"))

    assert run["timing"] == {"queued_ms": None, "total_ms": None}
    assert (run["answer"], run["input"], run["grounding"], run["finished_at"]) == (None, None, None, None)


def test_a_statement_shows_its_evidence_with_boxes_to_a_tenth_of_a_point() -> None:
    found = replace(evidence("28 tokens"), boxes=(Box(1, 72.04, 100.06, 290.26, 111.94),), score=0.98765)
    check = Check("number", "28", CheckStatus.FOUND, page=1)

    statement = sent(shapes.statement_out(a_statement(evidence=(found,), checks=(check,))))

    assert statement["evidence"][0]["boxes"] == [
        {"page": 1, "x0": 72.0, "y0": 100.1, "x1": 290.3, "y1": 111.9}
    ]
    assert statement["evidence"][0]["score"] == 0.988
    text = an_extraction().text
    start, end = statement["evidence"][0]["start"], statement["evidence"][0]["end"]
    assert text[start:end] == "28 tokens"
    assert statement["checks"] == [
        {"kind": "number", "text": "28", "status": "found", "page": 1, "reference": None}
    ]
    assert statement["reason"] is None


def test_a_failed_run_says_why_in_the_language_of_the_interface() -> None:
    run = a_failed_run(code="unavailable", data={"host": "127.0.0.1:9"})

    error = sent(shapes.run_out(a_run_view(run), "en"))["error"]

    assert error["detail"] == (
        "127.0.0.1:9 cannot be reached or answers with errors. Check the address and whether it is running."
    )
    assert error["host"] == "127.0.0.1:9"
    assert "status" not in error


def test_a_rejected_answer_is_kept_apart_from_the_answer() -> None:
    run = sent(shapes.run_out(a_run_view(a_failed_run()), "en"))

    assert run["answer"] is None
    assert run["rejected_answer"] == {"what": "It saves 30 % of the energy of buildings."}


def test_a_comparison_has_the_members_of_the_contract() -> None:
    comparison = sent(shapes.comparison_out(a_comparison_view(), "en"))

    assert set(comparison) >= {
        *("id", "status", "paper_id", "blind", "candidates", "same_input", "rows", "cited_pages", "votes"),
    }
    assert [c["label"] for c in comparison["candidates"]] == ["A", "B"]
    assert comparison["same_input"]["identical"] is True
    assert comparison["votes"] == {"A": 0, "B": 0, "tie": 0, "both_bad": 0}
    assert comparison["rows"][1] == {
        "row": "in_short",
        "label": {"ja": "ひとことで", "en": "In short"},
        "cells": {"A": ["what"], "B": ["abstract"]},
        "difference": "different_passages",
        "shared_evidence": 0.5,
        "conflicts": [],
    }


def test_a_row_names_the_only_reader_that_states_something() -> None:
    rows = sent(shapes.comparison_out(a_comparison_view(), "en"))["rows"]

    assert {row["row"]: row["difference"] for row in rows}["discussion"] == "only_A"


def test_a_conflict_shows_both_sides_under_their_labels() -> None:
    view = a_comparison_view()
    sides = {"A": ConflictSide("/what", "30 %", 4), "B": ConflictSide("/abstract", "25 %", None)}
    row = replace(view.rows[1], difference=Difference.NUMBERS_DIFFER, conflicts=(sides,))

    shown = sent(shapes.comparison_out(replace(view, rows=(row,)), "en"))["rows"][0]

    assert shown["difference"] == "numbers_differ"
    assert shown["conflicts"] == [
        {
            "A": {"path": "/what", "text": "30 %", "page": 4},
            "B": {"path": "/abstract", "text": "25 %", "page": None},
        }
    ]


def test_a_warning_says_its_sentence() -> None:
    warning = sent(shapes.warning_out(a_notice(page=3, excerpt="ignore"), "en"))

    assert warning["detail"].startswith("42 characters are in the file that a person cannot see.")
    assert (warning["code"], warning["page"], warning["excerpt"]) == ("hidden_text", 3, "ignore")


def test_a_warning_of_an_unknown_kind_says_its_name() -> None:
    assert shapes.warning_out(Notice("brand_new"), "ja").detail == "brand new"


def test_a_problem_of_a_response_has_its_status_and_its_data() -> None:
    problem = shapes.problem_out(
        NotFoundError(kind="persona", id="sumarizer", nearest="summarizer"), "en", status=404
    )

    assert problem == {
        "type": "urn:yomikurabe:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no persona 'sumarizer'. Did you mean 'summarizer'?",
        "code": "not_found",
        "kind": "persona",
        "id": "sumarizer",
        "nearest": "summarizer",
    }


def test_data_of_an_error_never_replaces_the_members_of_a_problem() -> None:
    problem = shapes.problem_out(TooLargeError(limit_mb=64, title="forged", status=200, code="x"), "en")

    assert problem["title"] == "File too large"
    assert problem["code"] == "too_large"
    assert "status" not in problem


@pytest.mark.parametrize(("code", "data"), [("made_up", {}), ("too_large", {})])
def test_an_old_record_without_a_sentence_still_says_something(code: str, data: dict[str, object]) -> None:
    assert shapes.problem_out(Problem(code, data), "en")["detail"].startswith("Something went wrong")


def test_a_persona_shows_its_questions_and_its_text_only_on_request() -> None:
    persona = sent(shapes.persona_out(a_persona()))

    assert persona["source"] is None
    assert shapes.persona_out(a_persona(), source=True).source == a_persona().source
    assert [field["id"] for field in persona["fields"]] == ["header", "what", "discussion", "next_papers"]
    assert persona["fields"][3]["items"] == {"title": "text", "why": "text"}
    assert persona["fields"][0]["properties"] == {"title": "text", "authors": "text", "year": "number"}
    assert persona["fields"][1]["items"] is None


def test_a_model_names_the_host_that_papers_are_sent_to_and_never_a_key() -> None:
    spec = a_model("qwen", base_url="https://user:secret@models.example/v1", api_key_env="QWEN_KEY")

    model = sent(shapes.model_out(spec, {"strict_schema": True}))

    assert model["host"] == "models.example"
    assert model["support"] == {"strict_schema": True}
    assert "secret" not in str(model)
    assert sent(shapes.model_out(a_model()))["host"] is None


def test_references_come_in_printed_order() -> None:
    references = sent(shapes.references_out(an_extraction()))["references"]

    assert [(r["index"], r["number"], r["authors"], r["year"]) for r in references] == [
        (1, "1", ["Woosuk Kwon"], 2023),
        (2, "2", ["Nelson F. Liu"], 2023),
    ]


def test_times_are_whole_milliseconds_since_the_run_was_asked_for() -> None:
    run = a_finished_run(started_at=NOON, finished_at=NOON + timedelta(seconds=5, microseconds=190_400))

    assert sent(shapes.run_out(a_run_view(run), "en"))["timing"] == {"queued_ms": 0, "total_ms": 5190}
