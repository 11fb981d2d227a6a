"""The web application: routes, what they are given, what guards them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from importlib.metadata import version
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig

from server.domain.errors import YomiError
from server.web.access_log import AccessLog
from server.web.app_state import UseCases
from server.web.batches import batches
from server.web.checks import checks
from server.web.comparisons import comparisons
from server.web.idempotency import IdempotencyKeys
from server.web.one_shots import one_shots
from server.web.openapi import docs
from server.web.ops import ops
from server.web.pages.assets import assets
from server.web.pages.problems import problem_page, wants_page
from server.web.pages.routes import pages
from server.web.papers import papers
from server.web.persona_editing import persona_editing
from server.web.persona_formats import persona_formats
from server.web.personas import personas
from server.web.problems import EXCEPTION_HANDLERS, on_domain_error, on_http_error, translated
from server.web.proxies import Network, behind_proxies
from server.web.questions import questions
from server.web.room import BLOBS
from server.web.runs import runs
from server.web.safety import Gate, key_digest
from server.web.search import searches
from server.web.spending import spendings
from server.web.voting import voting
from server.web.wrong_keys import WrongKeys

FORM_OVERHEAD = 2**20
"""Bytes of a multipart body beside the PDF itself."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    use_cases: UseCases,
    *,
    api_keys: Sequence[str] = (),
    trusted_proxies: Sequence[Network] = (),
    lifespan: Sequence[Lifespan] = (),
) -> Litestar:
    """The application over these use cases. Litestar's own logging is off: it would log bodies."""
    digests, wrong_keys = tuple(key_digest(key) for key in api_keys), WrongKeys()
    app = Litestar(
        route_handlers=[
            papers,
            checks,
            personas,
            persona_editing,
            persona_formats,
            runs,
            questions,
            comparisons,
            batches,
            one_shots,
            voting,
            searches,
            spendings,
            ops,
            docs,
            pages,
            assets,
        ],
        dependencies={f.name: _provide(getattr(use_cases, f.name)) for f in fields(use_cases)},
        exception_handlers={**EXCEPTION_HANDLERS, HTTPException: _refuse},
        middleware=[
            Gate(key_digests=digests, refuse=_refuse, wrong_keys=wrong_keys),
            IdempotencyKeys(use_cases.one_answer),
        ],
        state=State({"key_digests": digests, "wrong_keys": wrong_keys, BLOBS: use_cases.blobs}),
        # Pages only: what programs get is theirs to compress, and a compressed stream of events would be held back.
        compression_config=CompressionConfig(
            backend="gzip", exclude=["^/api/", "/live$"], exclude_opt_key="no_gzip"
        ),
        openapi_config=OpenAPIConfig(
            title="Yomikurabe",
            version=version("yomikurabe"),
            path="/docs/litestar",
            render_plugins=[],
            use_handler_docstrings=True,
        ),
        request_max_body_size=use_cases.limits.max_upload_bytes + FORM_OVERHEAD,
        lifespan=list(lifespan),
        logging_config=None,
    )
    # Around the router, not within it: a middleware does not see what reaches no route.
    logged = AccessLog(app.asgi_handler, use_cases.watched.telemetry)
    app.asgi_handler = behind_proxies(logged, trusted_proxies)
    return app


def _refuse(request: Request[Any, Any, Any], error: YomiError | HTTPException) -> Response[Any]:
    """A request that reaches no route: a page for a browser that opens an address, else a problem object."""
    if isinstance(error, HTTPException):
        known = error.status_code < 500 and wants_page(request)
        return problem_page(request, translated(error)) if known else on_http_error(request, error)
    return problem_page(request, error) if wants_page(request) else on_domain_error(request, error)


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
