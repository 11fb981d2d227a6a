"""The papers one may choose from, the one used last first in mind: for every page that asks for a paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie

from server.application.list_papers import ListedPaper, ListPapers
from server.domain.errors import InvalidRequestError
from server.domain.papers import PaperStatus

LAST_PAPER_COOKIE = "yomi_paper"
MOST = 60
YEAR_S = 365 * 24 * 3600

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True)
class PaperChoice:
    id: str
    title: str
    chosen: bool


async def papers_to_choose(
    request: Request[Any, Any, Any], list_papers: ListPapers, *, chosen: str | None = None
) -> list[PaperChoice]:
    """Papers that can be read, newest first. Chosen is the one asked for, else the one used last, else the newest."""
    listed = [one for one in (await list_papers(limit=MOST)).papers if one.paper.status is PaperStatus.READY]
    ids = [one.paper.id for one in listed]
    wanted = next(
        (one for one in (chosen, request.cookies.get(LAST_PAPER_COOKIE)) if one in ids),
        ids[0] if ids else None,
    )
    return [PaperChoice(one.paper.id, _title(one), one.paper.id == wanted) for one in listed]


def remember_paper(response: Response[Any], paper_id: str) -> None:
    """So that the next choice begins with this paper. What cannot be an id is not kept."""
    if not _ID.fullmatch(paper_id):
        return
    response.set_cookie(
        Cookie(
            key=LAST_PAPER_COOKIE, value=paper_id, max_age=YEAR_S, httponly=True, samesite="strict", path="/"
        )
    )


def no_paper() -> InvalidRequestError:
    return InvalidRequestError(
        reason_ja="論文が選ばれていません。はじめのページで論文を入れてから、もう一度お試しください。",
        reason_en="No paper is chosen. Add one on the start page, then try again.",
    )


def _title(listed: ListedPaper) -> str:
    title = listed.paper.identity(listed.gist.identity if listed.gist else None).title
    return str(title.value) if title else listed.paper.filename
