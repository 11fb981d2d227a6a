"""The page of a paper: watch it being read, see and correct what the server sees, choose readers, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from server.application.change_records import ChangeRecords
from server.application.follow import Follow
from server.application.list_papers import ListPapers
from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.application.queries import Queries
from server.application.views import PaperView
from server.domain.errors import InvalidRequestError
from server.domain.ids import PaperId
from server.domain.paper_types import guess_paper_type
from server.domain.papers import PaperStatus
from server.domain.requests import ReaderRequest, parse_reader
from server.web.forms import Form, read_form
from server.web.given import Given
from server.web.languages import interface_language
from server.web.pages.choosing import paper_types, reader_cards
from server.web.pages.frame import go, is_piece, page, render
from server.web.pages.library_lines import paper_line
from server.web.pages.model_choice import models_to_choose
from server.web.pages.paper_choice import remember_paper
from server.web.pages.paper_facts import PARTS, facts_of, language_name, part_text
from server.web.pages.streaming import Pieces, stream
from server.web.papers import IdentityIn, corrections
from server.web.plain import plain
from server.web.problem_titles import title_of
from server.web.sentences import problem_words
from server.web.stage_words import stage_label
from server.web.voters import voter_of

LONGEST_YEAR = 9
"""Digits; what has more is no year, and beyond some thousands not even a number to Python."""

Wanted = Annotated[list[str] | None, QueryParameter(name="reader", max_items=6)]


@get("/papers/{paper_id:str}")
async def paper_page(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    list_papers: Given[ListPapers],
    shelf: Given[PersonaShelf],
    models: Given[Models],
    paper_id: FromPath[str],
    wanted: Wanted = None,
) -> Response[bytes]:
    """A paper: being read, refused, or ready for readers. `reader` chooses some beforehand."""
    view, readers = await queries.paper(PaperId(paper_id)), _readers(wanted)
    look = Look(list_papers, shelf, models, voter_of(request).id)
    response = page(
        request, "paper.html.j2", **await look.values(view, interface_language(request), wanted=readers)
    )
    if view.paper.status is PaperStatus.READY:
        remember_paper(response, paper_id)
    return response


@get("/papers/{paper_id:str}/live")
async def paper_live(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    follow: Given[Follow],
    list_papers: Given[ListPapers],
    shelf: Given[PersonaShelf],
    models: Given[Models],
    paper_id: FromPath[str],
    wanted: Wanted = None,
) -> Response[Any]:
    """How far the reading is; at its end the page as it is then."""
    await queries.paper_record(PaperId(paper_id))
    language, readers = interface_language(request), _readers(wanted)
    look = Look(list_papers, shelf, models, voter_of(request).id)

    async def pieces() -> Pieces:
        async for event in follow.paper(PaperId(paper_id), after=0):
            if event is None:
                yield None
            elif event.name == "progress":
                words = progress_words(event.data, language)
                yield event.id, render("paper_progress.html.j2", language, **words)
            elif event.name == "finished":
                view = await queries.paper(PaperId(paper_id))
                values = await look.values(view, language, wanted=readers)
                yield event.id, render("paper_done.html.j2", language, **values)

    return stream(pieces(), seen=0, place="#paper", language=language)


@post("/papers/{paper_id:str}/identity", status_code=303)
async def correct_identity(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    change: Given[ChangeRecords],
    paper_id: FromPath[str],
) -> Response[bytes]:
    """Keep what differs from what is shown; `take_back` undoes the correction of one part."""
    form = await read_form(request, names=(*PARTS, "take_back"))
    view = await queries.paper(PaperId(paper_id))
    if part := form.one("take_back"):
        kept = corrections(_identity({part: None}))
    else:
        kept = corrections(_identity(_changed(form, view)))
    await change.correct_paper(PaperId(paper_id), kept)
    if not is_piece(request):
        return go(f"/papers/{paper_id}", request=request)
    view, language = await queries.paper(PaperId(paper_id)), interface_language(request)
    return page(
        request,
        "paper_corrected.html.j2",
        paper=view.paper,
        seen=facts_of(view, language),
        open=bool(part),
        corrected=True,
    )


@post("/papers/{paper_id:str}/delete", status_code=303)
async def delete_paper_page(
    request: Request[Any, Any, Any], change: Given[ChangeRecords], paper_id: FromPath[str]
) -> Response[bytes]:
    """Remove the paper and everything made from it."""
    await change.delete_paper(PaperId(paper_id))
    return go("/", request=request)


class Look:
    """What a paper's page is filled with, for one viewer."""

    def __init__(self, list_papers: ListPapers, shelf: PersonaShelf, models: Models, viewer: str) -> None:
        self._list_papers, self._shelf, self._models, self._viewer = list_papers, shelf, models, viewer

    async def values(
        self, view: PaperView, language: str, *, wanted: Sequence[tuple[str, ReaderRequest]]
    ) -> dict[str, Any]:
        """Args:
        wanted: Readers to choose beforehand, with their short forms.
        """
        paper = view.paper
        shown: dict[str, Any] = {
            "paper": paper,
            "seen": facts_of(view, language),
            "open": False,
            "corrected": False,
            "problem": plain(problem_words(paper.error).in_(language)) if paper.error else None,
            "problem_title": title_of(paper.error.code).in_(language) if paper.error else None,
            "wanted": [text for text, _ in wanted],
            **progress_words({}, language),
        }
        if paper.status is PaperStatus.READY and view.extraction:
            shown |= await self._choice(view, language, wanted=wanted)
        return shown

    async def _choice(
        self, view: PaperView, language: str, *, wanted: Sequence[tuple[str, ReaderRequest]]
    ) -> dict[str, Any]:
        guess = guess_paper_type(view.extraction) if view.extraction else None
        personas = await self._shelf.list()
        simple = {p.id for p in personas if any(_is_card(r, p.id, p.version) for _, r in wanted)}
        listed = await self._list_papers.of([view.paper.id], viewer=self._viewer)
        return {
            "cards": reader_cards(
                personas, language, guess=guess, wanted=[r.persona for _, r in wanted if r.persona in simple]
            ),
            # Other versions and settings of a reader have no card: they are written out.
            "more": "\n".join(text for text, r in wanted if r.persona not in simple),
            "guess": guess,
            "guess_words": paper_types([guess.kind], language) if guess else None,
            "models": models_to_choose(self._models, language),
            "paper_language": language_name(view.extraction.language if view.extraction else None, language),
            "made": [line for one in listed for line in paper_line(one, language).made],
            "runs": sum(one.run_count for one in listed),
            "papers": [(view.paper.id, None)],
        }


def progress_words(data: Any, language: str) -> dict[str, Any]:
    """How far a reading is, as the progress line shows it."""
    stage, done, total = (
        str(data.get("stage", "reading")),
        int(data.get("done", 0)),
        int(data.get("total", 0)),
    )
    return {"stage": stage_label(stage, language), "done": done, "total": total}


def _readers(wanted: Sequence[str] | None) -> list[tuple[str, ReaderRequest]]:
    """Read before anything is sent: a stream that has begun cannot say that its address is wrong."""
    return [(text, parse_reader(text)) for text in wanted or ()]


def _is_card(reader: ReaderRequest, id_: str, version: str) -> bool:
    """Whether a card says all that the short form says."""
    plainly = reader.model is None and reader.language is None and not reader.settings.as_dict()
    return plainly and reader.persona == id_ and reader.version in (None, version)


def _changed(form: Form, view: PaperView) -> dict[str, Any]:
    """The parts whose words differ from what was shown; an emptied one takes its correction back."""
    changed: dict[str, Any] = {}
    for name in PARTS:
        if name not in form.fields:
            continue
        lines = [line.strip() for line in (form.one(name) or "").splitlines() if line.strip()]
        if "\n".join(lines) == part_text(getattr(view.identity, name)):
            continue
        if not lines:
            changed[name] = None
        elif name == "authors":
            changed[name] = lines
        else:
            changed[name] = _year(lines[0]) if name == "year" else " ".join(lines)
    return changed


def _year(text: str) -> int | str:
    """Digits of any width as a number; what is none is left for the check to refuse."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_YEAR else text


def _identity(parts: dict[str, Any]) -> IdentityIn:
    try:
        return msgspec.convert(parts, IdentityIn)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(
            reason_ja=f"書き方が正しくありません（{error}）。年は西暦四桁、各項目は一行で入力してください。",
            reason_en=f"This cannot be kept ({error}). Give the year with four digits, and each part on one line.",
        ) from error
