"""Who votes: a browser by a random cookie, a program by its key."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any, TypeVar

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

VOTER_COOKIE = "yomi_voter"
YEAR_S = 365 * 24 * 3600

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")

R = TypeVar("R", bound=Response[Any])


@dataclass(frozen=True, slots=True)
class Voter:
    """Whoever asks. A new one has seen nothing and voted on nothing."""

    id: str
    """As it is kept with a vote: neither cookie nor key can be had from it."""
    token: str | None
    """For the cookie, when the caller has none yet."""
    is_secure: bool

    def remembered(self, response: R) -> R:
        """The response, with the cookie by which the caller is known again."""
        if self.token:
            response.set_cookie(
                Cookie(
                    VOTER_COOKIE,
                    value=self.token,
                    max_age=YEAR_S,
                    path="/",
                    httponly=True,
                    samesite="strict",
                    secure=self.is_secure,
                )
            )
        return response


def voter_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Voter:
    """The caller: by its key where it gives one, else by its cookie, else somebody new."""
    secure = connection.url.scheme == "https"
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return Voter(_digest("key", key.strip()), None, secure)
    token = connection.cookies.get(VOTER_COOKIE, "")
    if _TOKEN.fullmatch(token):
        return Voter(_digest("cookie", token), None, secure)
    token = secrets.token_urlsafe(24)
    return Voter(_digest("cookie", token), token, secure)


def _digest(kind: str, secret: str) -> str:
    return f"{kind}:{hashlib.sha256(f'yomikurabe voter {kind} {secret}'.encode()).hexdigest()[:32]}"
