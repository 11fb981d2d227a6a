"""All pages. They are not part of the API's description: programs use the API."""

from __future__ import annotations

from litestar import Router

from server.web.pages.checking import check_answer
from server.web.pages.comparing import compare, together_page
from server.web.pages.comparison import (
    cancel_comparison_form,
    comparison_cited_page,
    comparison_evidence,
    comparison_page,
    live,
    vote_on_page,
)
from server.web.pages.demo import show_demo, take_sample
from server.web.pages.examples import example_form, keep_example_form
from server.web.pages.exports import export_comparison, export_run
from server.web.pages.feedback import feedback_form, give_feedback_form
from server.web.pages.library import delete_comparison_form, delete_paper_form, library_page
from server.web.pages.papers import correct_identity, delete_paper_page, paper_live, paper_page
from server.web.pages.persona_editor import editor_pages
from server.web.pages.persona_history import history_pages
from server.web.pages.persona_making import making_pages
from server.web.pages.personas import persona_pages
from server.web.pages.preferences import set_preferences, sign_in, sign_in_page
from server.web.pages.problems import PAGE_HANDLERS
from server.web.pages.questions import question_pages
from server.web.pages.ranking import ranking_page
from server.web.pages.runs import (
    ask_again,
    cancel_run_form,
    run_cited_page,
    run_evidence,
    run_live,
    run_page,
    run_prompt,
)
from server.web.pages.start import start_page, take_paper

pages = Router(
    "/",
    route_handlers=[
        set_preferences,
        sign_in,
        sign_in_page,
        start_page,
        take_paper,
        check_answer,
        show_demo,
        take_sample,
        together_page,
        paper_page,
        paper_live,
        correct_identity,
        delete_paper_page,
        compare,
        *persona_pages,
        *making_pages,
        *editor_pages,
        *history_pages,
        comparison_page,
        live,
        comparison_evidence,
        comparison_cited_page,
        cancel_comparison_form,
        vote_on_page,
        library_page,
        delete_paper_form,
        delete_comparison_form,
        ranking_page,
        run_page,
        run_live,
        run_evidence,
        run_cited_page,
        run_prompt,
        cancel_run_form,
        ask_again,
        *question_pages,
        feedback_form,
        give_feedback_form,
        export_comparison,
        export_run,
        example_form,
        keep_example_form,
    ],
    exception_handlers=PAGE_HANDLERS,
    include_in_schema=False,
)
