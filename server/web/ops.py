"""Routes about the server itself: models, limits, health."""

from __future__ import annotations

from litestar import Router, get

from server.application.ports import Models
from server.domain.errors import BusyError
from server.web.app_state import Health, Limits
from server.web.given import Given
from server.web.problems import problems
from server.web.shapes import model_out
from server.web.structs import ModelOut, Out

RETRY_AFTER_S = 5


class ModelsOut(Out):
    items: list[ModelOut]


@get("/api/models", responses=problems(), tags=["Models"])
async def list_models(models: Given[Models]) -> ModelsOut:
    """Engines and models on offer, and what each was found to support."""
    return ModelsOut(items=[model_out(spec, models.support(spec)) for spec in models.list()])


@get("/api/limits", responses=problems(), tags=["Service"])
async def get_limits(limits: Given[Limits]) -> Limits:
    """Limits in force."""
    return limits


@get("/healthz", responses=problems(), tags=["Service"])
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@get("/readyz", responses=problems(503), tags=["Service"])
async def readyz(health: Given[Health]) -> dict[str, str]:
    """It can take work: the database answers and the server is not stopping."""
    if not await health.is_ready():
        raise BusyError(retry_after_s=RETRY_AFTER_S)
    return {"status": "ready"}


ops = Router("/", route_handlers=[list_models, get_limits, healthz, readyz])
