"""What is going on, on stderr, for anything that takes longer than half a second."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import IO, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from server.web.plain import plain
from server.web.stage_words import progress_label, stage_label

DELAY_S = 0.5


class ProgressLine:
    """A line that appears when the work takes long and is gone when it is done; usable as `ports.Progress`.

    On a terminal it moves; elsewhere each new stage is one line. Results on stdout are never mixed with it.
    """

    def __init__(self, language: str, *, file: IO[str] | None = None, delay_s: float = DELAY_S) -> None:
        stream = file or sys.stderr
        self._language = language
        self._console = Console(file=stream, markup=False, emoji=False, highlight=False)
        self._moving = stream.isatty()
        self._lock = threading.Lock()
        self._timer = threading.Timer(delay_s, self._appear)
        self._timer.daemon = True
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[count]}", markup=False),
            console=self._console,
            transient=True,
            disable=not self._moving,
        )
        self._task = self._bar.add_task("", total=None, count="")
        self._visible = False
        self._words = ""
        self._printed = ""

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._visible = False
            if self._bar.live.is_started:
                self._bar.stop()

    @property
    def is_visible(self) -> bool:
        """Whether the work has taken long enough to be talked about."""
        return self._visible

    def __call__(self, stage: str, done: int, total: int, *, who: str = "") -> None:
        """`stage` as in events (`read`, `asking`, …); `total` 0 when unknown; `who`: the reader it is about."""
        self._tell(stage_label(stage, self._language), done, total, who)

    def follow(self, data: Mapping[str, Any]) -> None:
        """The same from a `progress` event, with the step it is busy with."""
        words = plain(progress_label(data, self._language))
        self._tell(words, int(data["done"]), int(data["total"]), str(data.get("candidate", "")))

    def _tell(self, words: str, done: int, total: int, who: str) -> None:
        with self._lock:
            self._words = f"{plain(who)}  {words}" if who else words
            count = f"{done}/{total}" if total else ""
            self._bar.update(
                self._task, description=self._words, completed=done, total=total or None, count=count
            )
            if self._visible:
                self._print()

    def _appear(self) -> None:
        with self._lock:
            self._visible = True
            if self._moving:
                self._bar.start()
            self._print()

    def _print(self) -> None:
        if not self._moving and self._words and self._words != self._printed:
            self._console.print(self._words)
            self._printed = self._words
