"""Results as files: Markdown, JSON, and a page that needs nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from server.application.queries import Queries
from server.application.views import PaperView
from server.domain.comparisons import ComparisonStatus
from server.domain.errors import ConflictError
from server.domain.ids import ComparisonId, RunId
from server.domain.models import EngineKind
from server.web import html, markdown
from server.web.given import Given
from server.web.languages import interface_language
from server.web.plain import plain
from server.web.shapes import comparison_out, run_out
from server.web.voters import voter_of

KINDS = {"md": "text/markdown", "json": "application/json", "html": "text/html"}
LONGEST = 60
"""Characters of a title in a file's name."""

POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Were the file ever opened in its place, it could do nothing."""


@get([f"/comparisons/{{comparison_id:str}}/export.{kind}" for kind in KINDS])
async def export_comparison(
    request: Request[Any, Any, Any],
    queries: Given[Queries],
    comparison_id: FromPath[str],
) -> Response[bytes]:
    """A comparison as a file, once all of it is there and its names may be seen."""
    view = await queries.comparison(ComparisonId(comparison_id), viewer=voter_of(request).id)
    if view.hidden:
        raise ConflictError(
            reason_ja="名前を伏せた比較は、投票した後に書き出せます。全体に投票してください。",
            reason_en="A blind comparison can be exported once you have voted. Vote on the whole first.",
        )
    if view.status is ComparisonStatus.RUNNING:
        raise _unfinished()
    language = interface_language(request)
    names = [_slug(c.run.run.persona.id) for c in view.candidates]
    return _file(
        request.url.path.rpartition(".")[2],
        file_name(view.paper, "-".join(dict.fromkeys(names)) or "comparison"),
        {
            "md": lambda: markdown.comparison_markdown(view, language),
            "html": lambda: html.comparison_html(view, language),
            "json": lambda: _json(comparison_out(view, language)),
        },
        language=language,
    )


@get([f"/runs/{{run_id:str}}/export.{kind}" for kind in KINDS])
async def export_run(
    request: Request[Any, Any, Any], queries: Given[Queries], run_id: FromPath[str]
) -> Response[bytes]:
    """A run as a file, once it is over."""
    view = await queries.run(RunId(run_id), viewer=voter_of(request).id)
    if not view.run.status.is_over:
        raise _unfinished()
    language = interface_language(request)
    is_text = view.run.engine == EngineKind.TEXT
    return _file(
        request.url.path.rpartition(".")[2],
        file_name(view.paper, "check" if is_text else _slug(view.run.persona.id)),
        {
            "md": lambda: markdown.run_markdown(view, language),
            "html": lambda: html.run_html(view, language),
            "json": lambda: _json(run_out(view, language)),
        },
        language=language,
    )


def file_name(paper: PaperView, what: str) -> str:
    """`first-author-2024-a-title-cut-at-a-word-summarizer`, without a suffix."""
    identity = paper.identity
    title = _slug(identity.title.value if identity.title else paper.paper.filename.rpartition(".")[0])
    if len(title) > LONGEST:
        title = title[:LONGEST].rpartition("-")[0] or title[:LONGEST]
    year = str(identity.year.value) if identity.year else ""
    return "-".join(part for part in (title, year, what) if part) or "result"


def _slug(text: str) -> str:
    """Letters and digits of any script, all else as single hyphens."""
    folded = unicodedata.normalize("NFKC", plain(text)).lower()
    return re.sub(r"[\W_]+", "-", folded).strip("-")


def _file(kind: str, name: str, made: dict[str, Callable[[], str]], *, language: str) -> Response[bytes]:
    ascii_name = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9-]", "", name)).strip("-") or "result"
    disposition = f"attachment; filename=\"{ascii_name}.{kind}\"; filename*=UTF-8''{quote(name)}.{kind}"
    return Response(
        made[kind]().encode(),
        media_type=f"{KINDS[kind]}; charset=utf-8",
        headers={
            "Content-Disposition": disposition,
            "Content-Language": language,
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _json(shape: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(shape), indent=2).decode() + "\n"


def _unfinished() -> ConflictError:
    return ConflictError(
        reason_ja="まだ読み取り中です。終わってから書き出してください。",
        reason_en="It is still being read. Export it when it is done.",
    )
