"""The web application: routes, what they are given, what guards them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from importlib.metadata import version
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig

from server.web.access_log import AccessLog
from server.web.app_state import UseCases
from server.web.checks import checks
from server.web.comparisons import comparisons
from server.web.one_shots import one_shots
from server.web.openapi import docs, front_door
from server.web.ops import ops
from server.web.papers import papers
from server.web.personas import personas
from server.web.problems import EXCEPTION_HANDLERS
from server.web.runs import runs
from server.web.safety import Gate

FORM_OVERHEAD = 2**20
"""Bytes of a multipart body beside the PDF itself."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    use_cases: UseCases, *, api_keys: Sequence[str] = (), lifespan: Sequence[Lifespan] = ()
) -> Litestar:
    """The application over these use cases. Litestar's own logging is off: it would log bodies."""
    return Litestar(
        route_handlers=[papers, checks, personas, runs, comparisons, one_shots, ops, docs, front_door],
        dependencies={f.name: _provide(getattr(use_cases, f.name)) for f in fields(use_cases)},
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[AccessLog(), Gate(api_keys=api_keys)],
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


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
