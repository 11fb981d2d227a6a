"""What a command says of money before anything is sent."""

from __future__ import annotations

import json
import re

import pytest

from answering import answers
from fake_provider import FakeProvider
from processes import SAMPLE, Yomi

pytestmark = pytest.mark.anyio


def models(fake: FakeProvider) -> str:
    prices = {"input": 1.0, "output": 4.0}
    return json.dumps({"m": {"base_url": fake.base_url, "prices": prices}})


async def test_the_cost_is_estimated_before_and_nothing_is_said_of_what_is_reused(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        settings = {"YOMI_MODELS": models(fake), "YOMI_MODEL": "m"}
        first = await yomi("compare", SAMPLE, "-p", "summarizer", "-p", "interpreter", **settings)
        again = await yomi("read", SAMPLE, "-p", "summarizer", **settings)

    assert (first.status, again.status) == (0, 0)
    told = re.search(r"about \$([0-9.]+), at most \$([0-9.]+)\.", first.err)
    assert told
    assert 0 < float(told[1]) < float(told[2])
    assert "Estimated cost" not in again.err


async def test_over_the_budget_nothing_is_sent_and_the_figures_are_said(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "read",
            SAMPLE,
            "-p",
            "summarizer",
            YOMI_MODELS=models(fake),
            YOMI_MODEL="m",
            YOMI_DAILY_BUDGET_USD="0.0001",
        )

    assert done.status == 1
    assert "$0.0001 is left of today's budget" in done.err
    assert fake.requests == []
