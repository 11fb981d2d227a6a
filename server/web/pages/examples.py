"""Correct one answer of a run and keep it as an example of the persona."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from server.application.persona_desk import PersonaDesk
from server.application.queries import Queries
from server.application.views import RunView
from server.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from server.domain.fields import Field
from server.domain.grounding import field_of
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.web.forms import read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.answer_form import Group, groups_of, names_of, refilled, value_of
from server.web.pages.frame import page
from server.web.plain import plain
from server.web.voters import voter_of

MOST_ROWS = 100
LONGEST_WHY = 2000

Path = Annotated[str, QueryParameter(max_length=300, pattern=r"^(/[^/\n]+)+$")]


@get("/runs/{run_id:str}/example")
async def example_form(
    request: Request[Any, Any, Any], queries: Given[Queries], run_id: FromPath[str], path: Path
) -> Response[bytes]:
    """One answer, to be written as it should be."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    field = _field(view, path)
    groups = groups_of(field, (view.run.answer or {}).get(field.id), interface_language(request))
    return _form(request, view, field, groups)


@post("/runs/{run_id:str}/example", status_code=200)
async def keep_example_form(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    desk: Given[PersonaDesk],
    run_id: FromPath[str],
    path: Path,
) -> Response[bytes]:
    """Keep it in a new version of the persona, or of one's own copy; says which."""
    viewer = voter_of(request).id
    view = await queries.run(RunId(run_id), viewer=viewer)
    field, language = _field(view, path), interface_language(request)
    form = await read_form(request, names=("why", *names_of(field, rows=MOST_ROWS)))
    try:
        kept = await desk.keep_example(
            view.run.persona.id,
            run_id=view.run.id,
            corrected=value_of(field, form),
            why=plain(form.one("why") or "")[:LONGEST_WHY],
            path=f"/{field.id}",
            viewer=viewer,
        )
    except InvalidRequestError as error:
        groups = groups_of(field, (view.run.answer or {}).get(field.id), language)
        return _form(request, view, field, refilled(groups, form), why=form.one("why") or "", error=error)
    return page(
        request,
        "example_kept.html.j2",
        run_id=run_id,
        message=kept.message.in_(language),
        ref=kept.persona.ref,
    )


def _form(
    request: Request[Any, Any, Any],
    view: RunView,
    field: Field,
    groups: Sequence[Group],
    *,
    why: str = "",
    error: InvalidRequestError | None = None,
) -> Response[bytes]:
    language = interface_language(request)
    return page(
        request,
        "example_form.html.j2",
        status_code=422 if error else 200,
        run_id=view.run.id,
        path=f"/{field.id}",
        question=plain(field.label.in_(language)),
        persona=plain(view.persona.name.in_(language)),
        groups=groups,
        language_of_answer=view.run.language or None,
        why=why,
        longest=LONGEST_WHY,
        problem=error.words.in_(language) if error else None,
    )


def _field(view: RunView, path: str) -> Field:
    """The question that a path leads to.

    Raises:
        ConflictError: there is no persona to keep it in, or no answer to correct.
        NotFoundError: it does not ask this.
    """
    if view.run.engine == EngineKind.TEXT or view.run.answer is None:
        raise ConflictError(
            reason_ja="読み手の回答だけを例に残せます。",
            reason_en="Only an answer of a reader can become an example.",
        )
    field = view.persona.by_id.get(field_of(path))
    if field is None:
        raise NotFoundError(kind="field", id=path[:60])
    return field
