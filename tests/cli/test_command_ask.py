"""`yomi ask`: a question to a reader of a paper, to a run that is there, and at a server."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answering import answers
from fake_provider import FakeProvider
from processes import SAMPLE, Call, Server, Yomi, serving

pytestmark = pytest.mark.anyio

TOLD = "What happened when both readers were sent at once?"
SILENT = "Which mice were vaccinated against influenza?"
GO_ON = re.compile(r"yomi ask ([0-9a-f-]{36})")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    home = tmp_path / "server"
    home.mkdir()
    async with serving(home) as running:
        yield running


def test_the_paper_answers_with_its_page_or_says_that_it_does_not(call: Call) -> None:
    told, silent = call("ask", SAMPLE, TOLD), call("ask", SAMPLE, SILENT)

    assert [told.status, silent.status] == [0, 0]
    assert TOLD in told.out
    assert "neither found anything to reuse" in told.out
    assert "[p. 2] ✓" in told.out
    assert "– not stated" in silent.out


def test_a_run_is_asked_on_by_the_id_that_was_told(call: Call) -> None:
    first = call("ask", SAMPLE, TOLD, "-p", "interpreter")
    found = GO_ON.search(first.err)
    assert found

    second = call("ask", found[1], SILENT, "--format", "json")

    question = json.loads(second.out)
    assert (question["run_id"], question["question"], question["answer"]) == (found[1], SILENT, None)
    assert not GO_ON.search(second.err)


def test_the_same_question_is_answered_once_unless_asked_afresh(call: Call) -> None:
    ask = ("ask", SAMPLE, TOLD, "--format", "json")
    first, again, fresh = (json.loads(call(*ask, *more).out) for more in ((), (), ("--fresh",)))

    assert (again["id"], again["reused"]) == (first["id"], True)
    assert fresh["id"] != first["id"]
    assert fresh["run_id"] == first["run_id"]


def test_each_format_is_written_as_its_suffix_says(call: Call, tmp_path: Path) -> None:
    for name in ("a.json", "b.md", "c.html"):
        assert call("ask", SAMPLE, TOLD, "-o", name).status == 0

    texts = {name: (tmp_path / name).read_text() for name in ("a.json", "b.md", "c.html")}
    assert all("neither found anything to reuse" in text for text in texts.values())
    assert json.loads(texts["a.json"])["question"] == TOLD
    assert f"## {TOLD}" in texts["b.md"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((str(SAMPLE), " "), "Write a question."),
        ((str(SAMPLE), "x" * 1001), "at most 1000 characters"),
        (("missing.pdf", "Why?"), "no file 'missing.pdf'"),
        (("01890000-0000-7000-8000-000000000000", "Why?"), "no run"),
        ((str(SAMPLE), "Why?", "-p", "summariser"), "summarizer"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(
    call: Call, arguments: tuple[str, ...], words: str
) -> None:
    done = call("ask", *arguments)

    assert done.status == 2
    assert words in done.err


async def test_the_model_is_sent_the_same_paper_and_only_a_new_question(yomi: Yomi) -> None:
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "ask", SAMPLE, "Why?", OPENAI_BASE_URL=fake.base_url, YOMI_MODEL="m", YOMI_LANGUAGE="en"
        )

    assert done.status == 0
    host = fake.base_url.removeprefix("http://").removesuffix("/v1")
    assert f"The paper is sent to {host} (model m)." in done.err
    own, asked = ([m["content"] for m in body["messages"]] for body in fake.bodies)
    assert own[0] == asked[0]
    end = own[1].index("<<<end of paper")
    assert own[1][: end + 40] == asked[1][: end + 40]
    assert "Why?" in asked[1][end:]


async def test_a_server_is_asked_with_a_paper_or_a_run(yomi: Yomi, server: Server) -> None:
    at = ("--server", server.url, "--format", "json")
    first = json.loads((await yomi("ask", SAMPLE, TOLD, *at)).out)
    second = json.loads((await yomi("ask", first["run_id"], SILENT, *at)).out)
    missing = await yomi("ask", "01890000-0000-7000-8000-000000000000", TOLD, *at)

    assert "neither found anything to reuse" in first["answer"]
    assert (second["run_id"], second["answer"]) == (first["run_id"], None)
    assert (missing.status, missing.out) == (1, "")
    assert not (yomi.home / "data").exists()
