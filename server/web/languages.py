"""The language of messages and labels in a response."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection

LANGUAGE_COOKIE = "yomi_language"


def interface_language(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """`ja` or `en`: what was chosen on a page, else what the caller prefers by Accept-Language, else English."""
    if (chosen := connection.cookies.get(LANGUAGE_COOKIE)) in ("ja", "en"):
        return str(chosen)
    best, weight = "en", 0.0
    for part in connection.headers.get("accept-language", "").split(",")[:20]:
        code, _, parameters = part.strip().partition(";")
        language = code.strip().lower().split("-")[0]
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language in ("ja", "en") and quality > weight:
            best, weight = language, quality
    return best
