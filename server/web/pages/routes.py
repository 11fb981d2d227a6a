"""All pages. They are not part of the API's description: programs use the API."""

from __future__ import annotations

from litestar import Router

from server.web.pages.preferences import set_preferences, sign_in, sign_in_page
from server.web.pages.problems import PAGE_HANDLERS
from server.web.pages.start import start_page

pages = Router(
    "/",
    route_handlers=[set_preferences, sign_in, sign_in_page, start_page],
    exception_handlers=PAGE_HANDLERS,
    include_in_schema=False,
)
