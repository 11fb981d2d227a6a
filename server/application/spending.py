"""Keep what runs may cost within a day's budget, and tell what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.application.estimate import EstimateCost
from server.application.ports import Clock, UnitOfWork, UnitOfWorkFactory
from server.domain.errors import InvalidRequestError
from server.domain.ids import LOCAL_WORKSPACE, RunId, WorkspaceId
from server.domain.runs import Run
from server.domain.spending import MICROS, DaySpending, check_budget, day_of

DAYS_SHOWN = 30
MOST_DAYS = 366

Bill = dict[RunId, int]
"""What each of some runs may cost at most, in millionths of a dollar."""


@dataclass(frozen=True)
class Budget:
    """What may be spent in a day (UTC). Without a limit nothing is estimated and nothing promised."""

    estimate: EstimateCost
    clock: Clock
    daily_usd: float | None = None
    workspace_id: WorkspaceId = LOCAL_WORKSPACE

    @property
    def micros(self) -> int | None:
        """Millionths of a dollar; None: no limit."""
        return None if self.daily_usd is None else round(self.daily_usd * MICROS)

    async def bill(self, runs: Sequence[Run]) -> Bill:
        """What new runs may cost; empty where there is no limit. Slow: before the transaction that records them.

        Raises:
            InvalidRequestError: nobody knows what one of their models costs.
        """
        if self.micros is None:
            return {}
        bill: Bill = {}
        for run in runs:
            estimate = await self.estimate(run)
            if estimate.unpriced:
                raise _unpriced(estimate.unpriced[0])
            if estimate.calls:
                bill[run.id] = estimate.at_most_micros
        return bill

    async def reserve(self, uow: UnitOfWork, bill: Bill) -> None:
        """Promise all of it or nothing, in the transaction that records the runs.

        Raises:
            OverBudgetError: it would be more than what is left of today.
        """
        if self.micros is None or not bill:
            return
        today = day_of(self.clock.now())
        committed = await uow.spending.committed(self.workspace_id, today, alone=True)
        check_budget(sum(bill.values()), committed=committed, budget=self.micros)
        for run_id, micros in bill.items():
            await uow.spending.reserve(run_id, day=today, micros=micros)


@dataclass(frozen=True)
class Left:
    """In millionths of a dollar."""

    budget: int
    left: int
    """Of today."""


@dataclass(frozen=True)
class ReadSpending:
    """What was spent, and what is left."""

    unit_of_work: UnitOfWorkFactory
    budget: Budget

    async def left(self) -> Left | None:
        """None: there is no limit."""
        if self.budget.micros is None:
            return None
        async with self.unit_of_work() as uow:
            today = day_of(self.budget.clock.now())
            committed = await uow.spending.committed(self.budget.workspace_id, today)
        return Left(self.budget.micros, max(0, self.budget.micros - committed))

    async def __call__(self, *, first: date | None = None, last: date | None = None) -> Sequence[DaySpending]:
        """Days on which anything was spent or promised, oldest first; the last thirty where nothing is said.

        Raises:
            InvalidRequestError: the first day comes after the last, or they are more than a year apart.
        """
        last = last or max(day_of(self.budget.clock.now()), first or date.min)
        first = first or last - timedelta(days=min(DAYS_SHOWN - 1, (last - date.min).days))
        if not 0 <= (last - first).days < MOST_DAYS:
            raise InvalidRequestError(
                reason_ja=f"from は to 以前の日付にしてください（最長 {MOST_DAYS} 日）。",
                reason_en=f"`from` must not come after `to`, and not be more than {MOST_DAYS} days before it.",
                path="/from",
            )
        async with self.unit_of_work() as uow:
            return await uow.spending.days(self.budget.workspace_id, first=first, last=last)


def _unpriced(model: str) -> InvalidRequestError:
    return InvalidRequestError(
        reason_ja=f"1日の予算（YOMI_DAILY_BUDGET_USD）がありますが、モデル「{model}」の料金が分かりません。YOMI_MODELS に "
        "prices（input, output、百万トークンあたりの米ドル。無料なら 0）を書いてください。",
        reason_en=f"There is a daily budget (YOMI_DAILY_BUDGET_USD), but nobody knows what the model '{model}' costs. Give "
        "its prices in YOMI_MODELS (input, output, in US dollars per million tokens; 0 if it is free).",
        path="/model",
    )
