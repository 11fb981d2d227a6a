"""One command's work: build the house, run, say what went wrong in one sentence."""

from __future__ import annotations

import asyncio
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.bootstrap import Services
    from server.settings import Settings

DONE, FAILED, MISUSED = 0, 1, 2


def run(work: Callable[[Services], Awaitable[int]]) -> None:
    """Run `work` with everything wired, then exit with the status it returns."""
    from server.domain.errors import (
        InvalidRequestError,
        NotFoundError,
        PersonaInvalidError,
        UnauthorizedError,
        YomiError,
    )

    async def session() -> int:
        async with opened() as services:
            return await work(services)

    try:
        status = asyncio.run(session())
    except YomiError as error:
        complain(error.words.in_(interface_language()))
        misuse = (InvalidRequestError, NotFoundError, PersonaInvalidError, UnauthorizedError)
        sys.exit(MISUSED if isinstance(error, misuse) else FAILED)
    except KeyboardInterrupt:
        complain(say(en="Cancelled.", ja="取り消しました。"))
        sys.exit(FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)
    sys.exit(status)


@asynccontextmanager
async def opened() -> AsyncIterator[Services]:
    """Everything wired for this command; its runs belong to it alone."""
    from server.bootstrap import build

    settings = load_settings()
    logging.basicConfig(level=logging.CRITICAL)
    services = build(settings, owner=f"cli:{uuid.uuid4()}")
    try:
        await services.start()
        yield services
    finally:
        await services.close()


def load_settings() -> Settings:
    """Settings from the environment; a wrong one is said in one sentence.

    Raises:
        click.UsageError
    """
    from pydantic import ValidationError

    from server.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        name = name if name.startswith(("YOMI_", "OPENAI_")) else f"YOMI_{name}"
        raise click.UsageError(
            say(
                en=f"The setting {name} is wrong: {first['msg']}.",
                ja=f"設定 {name} が正しくありません：{first['msg']}",
            )
        ) from None


def complain(sentence: str) -> None:
    """An error, on stderr."""
    click.echo(click.style("✕ ", fg="red") + sentence, err=True)


def note(sentence: str) -> None:
    """Something worth knowing, on stderr."""
    click.echo(click.style(f"  {sentence}", dim=True), err=True)
