"""Language and colours of the pages, and the key of a protected server: small cookies of this browser."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from server.web.forms import read_form
from server.web.languages import LANGUAGE_COOKIE
from server.web.pages.frame import THEME_COOKIE, THEMES, go, page
from server.web.safety import SESSION_COOKIE, session_of

YEAR_S = 365 * 24 * 3600


@post("/preferences", status_code=303)
async def set_preferences(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Keep the language or the colours, then go back to the page."""
    form = await read_form(request, names=("language", "theme", "back"))
    response = go(_own(form.one("back")), request=request)
    if (language := form.one("language")) in ("ja", "en"):
        response.set_cookie(_cookie(LANGUAGE_COOKIE, str(language)))
    if (theme := form.one("theme")) in THEMES:
        response.set_cookie(_cookie(THEME_COOKIE, str(theme)))
    return response


@get("/sign-in")
async def sign_in_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Where a browser gives the key of a protected server."""
    return page(request, "sign_in.html.j2", wrong=False)


@post("/sign-in", status_code=303)
async def sign_in(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Take the key; the browser keeps only a token made from it."""
    form = await read_form(request, names=("key",))
    token = session_of(form.one("key") or "", keys=request.app.state.key_digests)
    if token is None:
        request.app.state.wrong_keys.note(request.client.host if request.client else "")
        return page(request, "sign_in.html.j2", status_code=401, wrong=True)
    response = go("/", request=request)
    response.set_cookie(_cookie(SESSION_COOKIE, token, secure=request.url.scheme == "https"))
    return response


def _cookie(name: str, value: str, *, secure: bool = False) -> Cookie:
    return Cookie(
        key=name, value=value, max_age=YEAR_S, httponly=True, samesite="strict", path="/", secure=secure
    )


def _own(address: str | None) -> str:
    """A path of this server; anything else leads to the start."""
    if (
        address
        and address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
    ):
        return address
    return "/"
