"""Ask whoever sits at the terminal for a vote on a blind comparison, then say who is who."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from server.cli.session import note
from server.cli.words import say
from server.domain.votes import BOTH_BAD, TIE

if TYPE_CHECKING:
    from server.application.views import ComparisonView
    from server.bootstrap import Services

COMMAND_LINE = "cli"
"""The voter at the command lines of one data directory."""


async def ask_for_vote(services: Services, view: ComparisonView, *, language: str) -> None:
    """Take a vote from a person, keep it, and show the names and the running score. Where nobody can be asked, or
    nothing is answered, say where to vote."""
    from server.application.cast_vote import Ballot
    from server.domain.runs import RunStatus

    finished = [c.label for c in view.candidates if c.run.run.status is RunStatus.FINISHED]
    choices = {**{label.lower(): label for label in finished}, "0": TIE, "9": BOTH_BAD}
    winner = None
    if sys.stdin.isatty() and sys.stderr.isatty():
        winner = await asyncio.to_thread(_asked, choices)
    if winner is None:
        where = f"/comparisons/{view.comparison.id}"
        note(
            say(
                en=f"To vote and see the names, open {where} in the page of `yomi serve`.",
                ja=f"投票すると名前が表示されます。yomi serve のページで {where} を開いてください。",
            )
        )
        return
    await services.cast_vote(Ballot(view.comparison.id, COMMAND_LINE, winner))
    revealed = await services.queries.comparison(view.comparison.id, viewer=COMMAND_LINE)
    score = await services.rank_readers.running_score(revealed)
    for candidate in revealed.candidates:
        run, own = candidate.run.run, score.get(candidate.label)
        name = candidate.run.persona.name.in_(language)
        said = f"{candidate.label} = {name}  {run.persona.id}@{run.persona.version} · {run.model}"
        if own:
            said += say(
                en=f" · {own.wins} won, {own.losses} lost, {own.ties} tied so far",
                ja=f" · これまで {own.wins} 勝 {own.losses} 敗 {own.ties} 分",
            )
        note(said)


def _asked(choices: dict[str, str]) -> str | None:
    """A choice; None when the answer is empty or the input ends."""
    labels = " / ".join(label for label in choices.values() if label not in (TIE, BOTH_BAD))
    question = say(
        en=f"Which answer is better? {labels}, 0 = a tie, 9 = both bad, Enter = later",
        ja=f"どちらの回答が良いですか？ {labels}、0 = 引き分け、9 = どちらも良くない、Enter = 後で",
    )
    while True:
        try:
            given = click.prompt(question, default="", show_default=False, err=True)
        except click.Abort:
            return None
        if not given.strip():
            return None
        if given.strip().lower() in choices:
            return choices[given.strip().lower()]
