"""Ensembles from the command line: the short form, and where the paper goes."""

from __future__ import annotations

import json

import pytest

from answering import answers
from fake_provider import FakeProvider
from processes import SAMPLE, Yomi

pytestmark = pytest.mark.anyio


async def test_one_line_compares_a_persona_with_its_own_ensemble(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "compare",
            SAMPLE,
            *("-p", "summarizer", "-p", "summarizer:ensemble=3", "--format", "json"),
            OPENAI_BASE_URL=fake.base_url,
            YOMI_MODEL="m",
        )

    assert done.status == 0
    runs = [candidate["run"] for candidate in json.loads(done.out)["candidates"]]
    assert [len(run["members"]) for run in runs] == [0, 3]
    assert len(fake.requests) == 4
    seeds = [body.get("seed") for body in fake.bodies]
    assert len({seed for seed in seeds if seed is not None}) == 3
    assert {(a["agree"], a["of"]) for a in runs[1]["agreement"]} == {(3, 3)}


async def test_every_host_that_members_send_the_paper_to_is_named(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as one, FakeProvider(answers()) as other:
        models = {"far": {"model": "f", "base_url": other.base_url}}
        done = await yomi(
            "read",
            SAMPLE,
            *("-p", "summarizer:over=models,members=far"),
            OPENAI_BASE_URL=one.base_url,
            YOMI_MODEL="m",
            YOMI_MODELS=json.dumps(models),
        )

    assert done.status == 0
    for fake in (one, other):
        assert fake.base_url.removeprefix("http://").removesuffix("/v1") in done.err
        assert len(fake.requests) == 1
