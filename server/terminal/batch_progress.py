"""How far a batch is, on stderr: papers read, runs done, failed, and what it has cost."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import IO, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from server.domain.words import Words

STEPS = 10
"""Off a terminal there is a line at each tenth of the way."""
_PAPERS = Words(ja="論文の読み取り", en="Papers read")
_RUNS = Words(ja="実行", en="Runs")
_FAILED = Words(ja="失敗 {failed}", en="{failed} failed")


class BatchProgress:
    """Two bars that stay until it is over. Elsewhere than on a terminal, a line now and then."""

    def __init__(self, language: str, *, file: IO[str] | None = None) -> None:
        stream = file or sys.stderr
        self._language = language
        self._console = Console(file=stream, markup=False, emoji=False, highlight=False)
        self._moving = stream.isatty()
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[beside]}", markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._moving,
        )
        self._tasks = {
            words: self._bars.add_task(words.in_(language), total=None, beside="")
            for words in (_PAPERS, _RUNS)
        }
        self._told: dict[Words, int] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def papers(self, done: int, total: int) -> None:
        self._tell(_PAPERS, done, total, "")

    def runs(self, done: int, total: int, *, failed: int, cost_usd: float | None) -> None:
        """`done`: all that are over, the failed ones among them."""
        beside = [_FAILED.fill(failed=failed).in_(self._language)] if failed else []
        beside += [f"${cost_usd:.4f}"] if cost_usd is not None else []
        self._tell(_RUNS, done, total, " · ".join(beside))

    def _tell(self, words: Words, done: int, total: int, beside: str) -> None:
        self._bars.update(self._tasks[words], completed=done, total=total, beside=beside)
        step = done * STEPS // total if total else STEPS
        if not self._moving and total and self._told.get(words, 0) < step:
            self._told[words] = step
            line = f"{words.in_(self._language)} {done}/{total}"
            self._console.print(f"{line}  {beside}".rstrip())
