"""What a process that serves or works does when it is told to stop: in order at first, at once when told again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from server.cli.session import note
from server.cli.words import say

if TYPE_CHECKING:
    from server.bootstrap import Services

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Counts how often the process is told. Belongs to one event loop; `tell` may be called from a signal handler."""

    def __init__(self, services: Services, *, then: Callable[[], None], force: Callable[[], None]) -> None:
        """
        Args:
            then: Called when the work is over or handed back.
            force: Called when told more than once, after the work is handed back.
        """
        self._services, self._then, self._force = services, then, force
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []

    def heed_signals(self) -> None:
        """From now on a signal tells to stop."""
        for number in SIGNALS:
            signal.signal(number, lambda *_: self.tell())

    def tell(self) -> None:
        self._loop.call_soon_threadsafe(self._told)

    def _told(self) -> None:
        stop = self._in_order() if not self._tasks else self._now()
        self._tasks.append(asyncio.create_task(stop))

    async def _in_order(self) -> None:
        runs, papers = self._services.force.under_way
        if runs or papers:
            left_s = f"{self._services.settings.stop_grace_s:g}"
            note(
                say(
                    en=f"Stopping. Waiting up to {left_s} s for what is under way (runs: {runs}, papers: {papers}); "
                    "what is not done by then is handed back. Once more stops now.",
                    ja=f"停止します。処理中のもの（実行 {runs} 件、論文 {papers} 件）を最大 {left_s} 秒待ち、"
                    "残りは差し戻します。もう一度送るとすぐに止まります。",
                )
            )
        else:
            note(say(en="Stopping; nothing is under way.", ja="停止します。処理中のものはありません。"))
        try:
            await self._services.stop()
        finally:  # whatever went wrong: who was told to stop must not go on for ever
            self._then()

    async def _now(self) -> None:
        note(say(en="Stopping now.", ja="すぐに停止します。"))
        try:
            await self._services.stop(now=True)
        finally:
            self._force()
