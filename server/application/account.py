"""What the calls of one reading came to: how they went, what they were billed, what is worth knowing of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from server.application.ports import Completed
from server.domain.extractions import Notice
from server.domain.plans import Call
from server.domain.runs import Attempt, Pass, RunInput

WHOLE_INPUT = 0.6
"""A server that bills less than this share of the estimate has probably cut the paper off."""


class Bill(NamedTuple):
    """Tokens of one call's prompt."""

    estimated: int
    billed: int


@dataclass
class Account:
    """Kept while a reading goes on."""

    attempts: list[Attempt] = field(default_factory=list)
    before: tuple[Attempt, ...] = ()
    """Calls to models that could not answer, before this one was asked."""
    passes: list[Pass] = field(default_factory=list)
    """Calls that prepared the answer."""
    notices: list[Notice] = field(default_factory=list)
    """Those of the plan first."""
    bills: list[Bill] = field(default_factory=list)
    """Of each call of the plan that was billed."""

    def complete(self, event: Completed, *, call: Call | None) -> None:
        """The engine has ended its call.

        Args:
            call: The plan's call that this was; None for one beside the plan (a repair, a second look).
        """
        if call and event.usage.input_tokens is not None:
            self.bills.append(Bill(call.estimated_tokens, event.usage.input_tokens))
        self.attempts.extend(event.attempts)
        self.notices.extend(event.warnings)

    def include(self, other: Account) -> None:
        """Count what another reading came to that this one is made of."""
        self.attempts += other.attempts
        self.passes += other.passes
        self._join(other)

    def follow(self, other: Account) -> None:
        """Count what an earlier reading came to that this one stands in for."""
        self.attempts[:0] = other.attempts
        self.before = other.before
        self.passes[:0] = other.passes
        self._join(other)

    def billed(self, sent: RunInput) -> RunInput:
        """What was sent, with what was billed for it, and so whether it was cut off."""
        if not self.bills:
            return sent
        truncated = any(bill.billed < WHOLE_INPUT * bill.estimated for bill in self.bills)
        return replace(sent, billed_tokens=sum(bill.billed for bill in self.bills), truncated=truncated)

    def cut_off(self, sent: RunInput) -> Notice:
        """What is said of a prompt that the endpoint cut off."""
        estimated = sum(bill.estimated for bill in self.bills)
        return Notice("input_truncated", data={"estimated": estimated, "billed": sent.billed_tokens or 0})

    def _join(self, other: Account) -> None:
        known = tuple(self.notices)
        self.notices += [one for one in other.notices if one not in known]
        self.bills += other.bills
