"""`yomi compare --blind`: no name before the vote, in no format, here or at a server."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
from pathlib import Path

import pytest

from fake_provider import FakeProvider, hangs
from processes import PATIENCE_S, SAMPLE, YOMI, Call, Yomi, environment, serving

pytestmark = pytest.mark.anyio

BLIND = ("compare", SAMPLE, "-p", "summarizer", "-p", "interpreter", "--blind")
NAMES = re.compile(r"summarizer|interpreter|Ochiai|extractive|copied from the paper")


def test_no_format_names_the_readers_and_where_to_vote_is_said(call: Call) -> None:
    for format_ in ("table", "json", "markdown", "html"):
        done = call(*BLIND, "--format", format_)

        assert done.status == 0
        assert "statement" in done.out
        assert not NAMES.search(done.out + done.err)
        assert re.search(r"open /comparisons/[\w-]+ in the page of `yomi serve`", done.err)


def test_openly_the_same_names_them(call: Call) -> None:
    assert NAMES.search(call(*BLIND[:-1]).out)


async def answered(home: Path, *answers: str) -> tuple[int, str]:
    """The command at a terminal where somebody types these lines. Returns its status, and what it asked and said."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *YOMI,
        *map(str, BLIND),
        env=environment(home),
        cwd=home,
        stdin=theirs,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    waiting = list(answers)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while process.returncode is None or not said:
                try:
                    said += await asyncio.to_thread(os.read, ours, 4096)
                except OSError:  # the other end is closed
                    break
                if waiting and said.count(b"Which answer is better?") > len(answers) - len(waiting):
                    os.write(ours, f"{waiting.pop(0)}\n".encode())
            status = await process.wait()
    finally:
        os.close(ours)
    return status, said.decode()


async def test_a_person_at_the_terminal_votes_and_sees_who_it_was(tmp_path: Path) -> None:
    status, said = await answered(tmp_path, "z", "a")

    asked, _, after = said.rpartition("Which answer is better?")
    assert status == 0
    assert asked.count("Which answer is better?") == 1, "asked again after an answer that is none"
    assert not NAMES.search(asked)
    assert re.search(r"A = .+@1\.0\.0 · extractive · 1 won, 0 lost, 0 tied so far", after)
    assert re.search(r"B = .+@1\.0\.0 · extractive · 0 won, 1 lost, 0 tied so far", after)


async def test_whoever_does_not_vote_is_told_where_to(tmp_path: Path) -> None:
    status, said = await answered(tmp_path, "")

    assert status == 0
    assert "open /comparisons/" in said
    assert not NAMES.search(said)


async def test_a_server_keeps_the_secret_until_it_is_voted_on(yomi: Yomi, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    async with serving(tmp_path / "server") as server, server.client as client:
        done = await yomi(*BLIND, "--server", server.url, "--format", "json")
        where = re.search(r"/comparisons/[\w-]+", done.err)
        assert where
        page = await client.get(f"/api{where[0]}")
        vote = await client.post(f"/api{where[0]}/votes", json={"winner": "B"})
        after = await client.get(f"/api{where[0]}")

    assert done.status == 0
    assert json.loads(done.out)["revealed"] is False
    assert not NAMES.search(done.out + done.err + page.text)
    assert vote.status_code == 201
    assert NAMES.search(after.text)


async def test_ctrl_c_cancels_a_blind_comparison_at_the_server(yomi: Yomi, tmp_path: Path) -> None:
    """Whose runs nobody can name."""
    async with FakeProvider(hangs) as fake:
        (tmp_path / "server").mkdir()
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        async with serving(tmp_path / "server", **env) as server, server.client as client:
            process = await yomi.start(*BLIND, "--server", server.url)
            await asyncio.wait_for(fake.asked.wait(), 20)
            process.send_signal(signal.SIGINT)
            done = await yomi.end(process)
            await asyncio.wait_for(fake.gone.wait(), 10)
            (comparison,) = (await client.get("/api/comparisons")).json()["items"]

    assert done.sentence == "Cancelled."
    assert [candidate["run"]["status"] for candidate in comparison["candidates"]] == ["cancelled"] * 2
