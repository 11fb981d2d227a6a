"""Routes about the server itself: models, limits, health, figures."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get
from litestar.openapi.datastructures import ResponseSpec

from server.application.ports import Models
from server.application.spending import ReadSpending
from server.domain.errors import BusyError
from server.domain.spending import dollars
from server.domain.words import Words
from server.web.app_state import Health, Limits, Watched
from server.web.given import Given
from server.web.problems import problems
from server.web.shapes import model_out
from server.web.structs import ModelOut, Out

RETRY_AFTER_S = 5


class NotReadyError(BusyError):
    """`troubles`: why, in a word each."""

    sentence = Words(
        ja="いまは新しい処理を受け付けられません（理由は troubles）。{retry_after_s} 秒後に再度お試しください。",
        en="No work can be taken now (troubles says why). Try again in {retry_after_s} s.",
    )


class ModelsOut(Out):
    items: list[ModelOut]


@get("/api/models", responses=problems(), tags=["Models"])
async def list_models(models: Given[Models]) -> ModelsOut:
    """Engines and models on offer, and what each was found to support."""
    return ModelsOut(
        items=[model_out(spec, models.support(spec), breaker=models.breaker(spec)) for spec in models.list()]
    )


@get("/api/limits", responses=problems(), tags=["Service"])
async def get_limits(limits: Given[Limits], spending: Given[ReadSpending]) -> Limits:
    """Limits in force, and what is left of today's budget."""
    if left := await spending.left():
        today = {"daily_budget_usd": dollars(left.budget), "left_today_usd": dollars(left.left)}
        return msgspec.structs.replace(limits, **today)
    return limits


@get("/healthz", responses=problems(), tags=["Service"])
async def healthz() -> dict[str, str]:
    """The process is alive: its event loop answers. Looks at nothing else, so that a database that is away does not get
    the process killed."""
    return {"status": "alive"}


@get("/readyz", responses=problems(503), tags=["Service"])
async def readyz(health: Given[Health]) -> dict[str, str]:
    """It can take work. If not, `troubles` of the problem names why, a word each: `stopping`, `database`, `read_only`,
    `storage_full`, `blobs`, `queue`, `sweeper`."""
    if troubles := await health.troubles():
        raise NotReadyError(retry_after_s=RETRY_AFTER_S, troubles=list(troubles))
    return {"status": "ready"}


@get(
    "/metrics",
    responses={
        200: ResponseSpec(
            str,
            media_type=MediaType.TEXT,
            generate_examples=False,
            description="Figures in Prometheus's format",
        ),
        **problems(),
    },
    tags=["Service"],
)
async def metrics(request: Request[Any, Any, Any], watched: Given[Watched]) -> Response[bytes]:
    """Figures for Prometheus: counts, durations and states, without anything that papers, personas or answers say."""
    body, media_type = await watched.scrape(request.headers.get("accept", ""))
    return Response(body, media_type=media_type, headers={"Cache-Control": "no-store"})


ops = Router("/", route_handlers=[list_models, get_limits, healthz, readyz, metrics])
