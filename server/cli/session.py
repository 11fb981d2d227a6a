"""One command's work: build the house, run, say what went wrong in one sentence."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from server.cli.words import interface_language, say

if TYPE_CHECKING:
    from server.bootstrap import Services
    from server.domain.errors import YomiError
    from server.settings import Settings

DONE, FAILED, MISUSED = 0, 1, 2


class MisusedError(click.ClickException):
    """Wrong in a way that the command's help does not explain."""

    exit_code = MISUSED


def run(work: Callable[[Services], Awaitable[int]], *, settings: Settings | None = None) -> None:
    """Run `work` with everything wired, by the environment's settings unless others are given; then exit with the
    status it returns."""
    from server.domain.errors import YomiError

    async def session() -> int:
        async with opened(settings) as services:
            return await work(services)

    try:
        status = asyncio.run(session())
        sys.stdout.flush()
    except YomiError as error:
        raise told(error) from None
    except KeyboardInterrupt:
        complain(say(en="Cancelled.", ja="取り消しました。"))
        status = FAILED
    except (click.ClickException, BrokenPipeError):
        raise
    except Exception as error:
        if os.environ.get("YOMI_LOG_LEVEL", "").lower() == "debug":
            raise
        kind = type(error).__name__
        complain(
            say(
                en=f"Something went wrong inside yomi ({kind}). YOMI_LOG_LEVEL=debug shows where.",
                ja=f"yomi の内部で問題が起きました（{kind}）。YOMI_LOG_LEVEL=debug で詳細を表示します。",
            )
        )
        status = FAILED
    sys.exit(status)


def told(error: YomiError) -> click.ClickException:
    """An error as the command line tells it: its sentence, and whether the caller can mend the command."""
    from server.domain.errors import InvalidRequestError, NotFoundError, PersonaInvalidError

    misuse = isinstance(error, (InvalidRequestError, NotFoundError, PersonaInvalidError))
    return (MisusedError if misuse else click.ClickException)(error.words.in_(interface_language()))


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncIterator[Services]:
    """Everything wired for this command; its runs belong to it alone."""
    from server.bootstrap import build

    settings = settings or load_settings()
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
        MisusedError
    """
    from pydantic import ValidationError

    from server.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        from server.cli.setting_words import what_is_wrong

        first = error.errors(include_url=False, include_input=False)[0]
        place = str(first["loc"][0])
        name = f"YOMI_{place}".upper() if place in Settings.model_fields else place.upper()
        raise MisusedError(
            say(
                en=f"The setting {name} is wrong: {what_is_wrong(first).en}",
                ja=f"設定 {name} が正しくありません：{what_is_wrong(first).ja}",
            )
        ) from None


def complain(sentence: str) -> None:
    """An error, on stderr."""
    click.echo(click.style("✕ ", fg="red") + sentence, err=True)


def note(sentence: str) -> None:
    """Something worth knowing, on stderr."""
    click.echo(click.style(f"  {sentence}", dim=True), err=True)
