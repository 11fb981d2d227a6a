"""What a person says about an answer, in place: not right, missing, good; and what was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.ports import Feedback
from server.application.queries import Queries
from server.application.read_feedback import ReadFeedback
from server.application.views import RunView
from server.domain.comparing import text_of
from server.domain.errors import InvalidRequestError
from server.domain.grounding import field_of
from server.domain.ids import RunId
from server.domain.runs import Run
from server.web.forms import Form, read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.frame import go, is_piece, page
from server.web.plain import plain
from server.web.voters import voter_of

VERDICTS = ("wrong", "missing", "good")
LONGEST = 2000
"""Characters of a comment."""

Path = Annotated[str, QueryParameter(max_length=300, pattern=r"^(/[^/\n]+)+$")]
Offset = Annotated[int | None, QueryParameter(name="start", ge=0)]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was said before."""

    verdict: str
    comment: str
    about: str | None
    """The words of the statement, where it was about one."""


@get("/runs/{run_id:str}/feedback")
async def feedback_form(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    run_id: FromPath[str],
    path: Path,
    offset: Offset = None,
    verdict: Annotated[str, QueryParameter(max_length=10)] = "wrong",
) -> Response[bytes]:
    """A small form about a statement or a field, with what was said about the field before."""
    viewer = voter_of(request).id
    view = await queries.run(RunId(run_id), viewer=viewer)
    notes = await ReadFeedback(queries)(view.run.id, viewer=viewer)
    return _piece(request, view, path, offset, verdict=_known(verdict), notes=notes)


@post("/runs/{run_id:str}/feedback", status_code=200)
async def give_feedback_form(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    run_id: FromPath[str],
) -> Response[bytes]:
    """Keep what was said; thanks, in place."""
    form = await read_form(request, names=("path", "start", "verdict", "comment"))
    viewer = voter_of(request).id
    view = await queries.run(RunId(run_id), viewer=viewer)
    path, start = (form.one("path") or "")[:300], _number(form)
    comment = plain(form.one("comment") or "")[:LONGEST]
    verdict = _known(form.one("verdict") or "wrong")
    if verdict == "missing" and not comment:
        raise InvalidRequestError(
            reason_ja="何が足りないかを一行で書いてください。",
            reason_en="Say in one line what is missing.",
            path="/comment",
        )
    if not path.startswith("/") or "\n" in path:
        raise InvalidRequestError(
            reason_ja="どの箇所についてかが分かりません。",
            reason_en="It does not say what it is about.",
            path="/path",
        )
    await change.give_feedback(view.run.id, path=path, verdict=verdict, comment=comment, start=start)
    if not is_piece(request):
        return go(f"/runs/{run_id}#entry-{field_of(path)}", request=request)
    notes = await ReadFeedback(queries)(view.run.id, viewer=viewer)
    return _piece(request, view, path, start, verdict=None, notes=notes)


def _piece(
    request: Request[Any, Any, Any],
    view: RunView,
    path: str,
    start: int | None,
    *,
    verdict: str | None,
    notes: Sequence[Feedback],
) -> Response[bytes]:
    """`verdict`: the form for it; None: thanks instead."""
    run, field_id = view.run, field_of(path)
    label = view.persona.by_id[field_id].label if field_id in view.persona.by_id else None
    own = [note for note in notes if note.path and field_of(note.path) == field_id]
    return page(
        request,
        "feedback_piece.html.j2" if is_piece(request) else "feedback_page.html.j2",
        run_id=run.id,
        path=path,
        start=start,
        verdict=verdict,
        question=plain(label.in_(interface_language(request))) if label else "",
        about=_words(run, path, start),
        language_of_answer=run.language or None,
        longest=LONGEST,
        notes=[Note(n.verdict, plain(n.comment), _words(run, n.path or "", n.start)) for n in own],
    )


def _words(run: Run, path: str, start: int | None) -> str | None:
    """The words of the statement that starts there."""
    said = next((s for s in run.statements if (s.path, s.start) == (path, start)), None)
    return plain(text_of(run, said)) if said and run.answer else None


def _known(verdict: str) -> str:
    return verdict if verdict in VERDICTS else "wrong"


def _number(form: Form) -> int | None:
    given = form.one("start") or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
