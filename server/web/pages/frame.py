"""Every page and every piece of one: rendered from a template, in the reader's language, under one policy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response

from server.domain.words import Words
from server.web import catalogue, labels
from server.web.languages import interface_language
from server.web.pages.markup import marked
from server.web.plain import plain

HTML = "text/html"
WEB = Path(__file__).parents[1]
STATIC = WEB / "static"
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "yomi_theme"

IN_ADDRESSES = "/?#[]@!$&'()*+,;=:%~"
"""What stands for itself in an address (RFC 3986), `%` too: what is quoted already stays as it is."""

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No script or style but our own files, nothing from any other origin. `data:` is Pico's icons."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    # Not "no-referrer": browsers then send forms with the origin "null", and such forms are refused.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language",
}


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response[bytes]:
    """A page, or a piece of one for htmx to put in its place. `values` are the template's own."""
    language = interface_language(request)
    text = render(template, language, theme=theme_of(request), here=_here(request), **values)
    sent = {**HEADERS, "Content-Language": language, **(headers or {})}
    return Response(text.encode(), media_type=HTML, status_code=status_code, headers=sent)


def render(template: str, language: str, **values: Any) -> str:
    """A template's text, for pieces that go into an event stream."""
    language = "ja" if language == "ja" else "en"
    return (
        environment()
        .get_template(template)
        .render(
            language=language,
            say=partial(_say, language),
            label=partial(_label, language),
            within=partial(_within, language),
            statements=labels.STATEMENTS,
            marks=labels.MARKS,
            **values,
        )
    )


def go(
    address: str, *, request: Request[Any, Any, Any], headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Send the browser to another page of ours after a form; htmx is told in its own words."""
    written = quote(address, safe=IN_ADDRESSES)
    named = {"HX-Redirect": written} if is_piece(request) else {"Location": written}
    sent = {**HEADERS, "Content-Language": interface_language(request), **named, **(headers or {})}
    return Response(b"", status_code=200 if is_piece(request) else 303, media_type=HTML, headers=sent)


def is_piece(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks for a piece of the page that is open."""
    return request.headers.get("hx-request") == "true"


def theme_of(request: Request[Any, Any, Any]) -> str:
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def asset(name: str) -> str:
    """The address of a file of ours. It changes whenever one of them does, so that browsers may keep them for ever,
    and the same for all of them, so that scripts find each other by relative addresses."""
    return f"{STATIC_PATH}/{name}"


def _version() -> str:
    files = sorted(path for path in STATIC.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


STATIC_PATH = f"/static/{_version()}"


def _here(request: Request[Any, Any, Any]) -> str:
    """Where a form that changes a preference leads back to."""
    if request.method != "GET":
        return "/"
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


@cache
def environment() -> Environment:
    folders = [Path(__file__).parent / "templates", WEB / "templates"]
    env = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals["asset"] = asset
    env.filters["plain"] = plain
    env.filters["marked"] = marked
    return env


def _say(language: str, key: str, **data: object) -> str:
    return catalogue.say(key, language, **data)


def _label(language: str, key: str, **data: object) -> str:
    """Words shared with the other ways of showing results."""
    return labels.say(key, language, **data)


def _within(language: str, words: Words) -> str:
    return words.in_(language)
