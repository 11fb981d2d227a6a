"""Our own files: styles, scripts, pictures. Their addresses change with them, so browsers may keep them."""

from __future__ import annotations

from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

from server.web.pages.frame import STATIC, STATIC_PATH

assets = create_static_files_router(
    path=STATIC_PATH,
    directories=[STATIC],
    cache_control=CacheControlHeader(max_age=31_536_000, public=True, immutable=True),
    include_in_schema=False,
    name="static",
)
