"""The ASGI application: `uvicorn --factory server.asgi:create_app`, or `yomi serve`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from litestar import Litestar

from server.bootstrap import SERVER, Services, build
from server.domain.comparisons import LABELS
from server.domain.errors import InvalidRequestError
from server.metrics_port import troubles
from server.settings import Settings
from server.web.app import create_app as create_web_app
from server.web.app_state import Health, Limits, UseCases, Watched
from server.web.negotiation import LONGEST_WAIT_S
from server.web.proxies import networks
from server.web.safety import MAX_JSON

SHORTEST_KEY = 16
"""Characters of an API key: shorter ones can be guessed."""


def create_app(settings: Settings | None = None) -> Litestar:
    """The application with everything behind it, built from the environment where no settings are given."""
    return create_service(settings or Settings())[0]


def create_service(settings: Settings) -> tuple[Litestar, Services]:
    """The application, and what is behind it, for whoever stops it.

    Raises:
        ConflictError, InvalidRequestError: it cannot be built with these settings.
    """
    api_keys = _strong([key.get_secret_value() for key in settings.api_keys])
    trusted_proxies = networks(settings.trusted_proxies)
    services = build(settings, owner=SERVER)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        try:
            await services.start()
            yield
        finally:
            await services.close()

    app = create_web_app(
        use_cases(services, Health(lambda: troubles(services))),
        api_keys=api_keys,
        trusted_proxies=trusted_proxies,
        lifespan=[lifespan],
    )
    return app, services


def _strong(api_keys: Sequence[str]) -> Sequence[str]:
    if any(len(key) < SHORTEST_KEY for key in api_keys):
        raise InvalidRequestError(
            reason_ja=f"YOMI_API_KEYS のキーは {SHORTEST_KEY} 文字以上にしてください（例：openssl rand -hex 16 の出力）。",
            reason_en=f"Keys of YOMI_API_KEYS have at least {SHORTEST_KEY} characters (try: openssl rand -hex 16).",
        )
    return api_keys


def use_cases(services: Services, health: Health) -> UseCases:
    settings = services.settings
    return UseCases(
        ingest=services.ingest,
        start=services.start_run,
        start_comparison=services.start_comparison,
        preview=services.preview,
        spending=services.spending,
        queries=services.queries,
        list_papers=services.list_papers,
        check_text=services.check_text,
        record_text=services.record_text,
        start_demo=services.start_demo,
        change=services.change,
        ask_question=services.ask_question,
        cast_vote=services.cast_vote,
        rank_readers=services.rank_readers,
        search=services.search,
        follow=services.follow,
        shelf=services.shelf,
        desk=services.desk,
        models=services.models,
        reader=services.reader,
        blobs=services.blobs,
        events=services.events,
        one_answer=services.one_answer,
        batching=services.batching,
        run_batches=services.run_batches,
        batch_results=services.batch_results,
        limits=Limits(
            max_upload_bytes=settings.max_upload_mb * 2**20,
            max_pages=settings.max_pages,
            max_json_bytes=MAX_JSON,
            max_candidates=len(LABELS),
            max_wait_s=LONGEST_WAIT_S,
            read_timeout_s=settings.read_timeout_s,
            run_timeout_s=settings.run_timeout_s,
            concurrent_runs=settings.runs,
        ),
        health=health,
        watched=Watched(services.watch.telemetry, services.watch.scrape),
    )
