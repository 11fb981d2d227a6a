"""`--server`: the same commands, done by a running server; and `yomi serve` itself."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fake_provider import FakeProvider, hangs, refuses
from processes import SAMPLE, Server, Yomi, serving

pytestmark = pytest.mark.anyio

TWO = ("-p", "summarizer", "-p", "interpreter")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server that has nothing to do with the home of the commands."""
    home = tmp_path / "server"
    home.mkdir()
    async with serving(home) as running:
        yield running


async def test_the_server_does_the_work_and_the_command_shows_it(yomi: Yomi, server: Server) -> None:
    at = ("--server", server.url)
    shown = await yomi("compare", SAMPLE, *TWO, *at)
    as_json = await yomi("compare", SAMPLE, *TWO, *at, "--format", "json")
    written = await yomi("read", SAMPLE, "-p", "summarizer", *at, "-o", "out.html")

    assert [shown.status, as_json.status, written.status] == [0, 0, 0]
    assert shown.out.startswith("---\ntitle:")
    assert json.loads(as_json.out)["status"] == "finished"
    assert (yomi.home / "out.html").read_text().lower().startswith("<!doctype html>")
    assert not (yomi.home / "data").exists()


async def test_afresh_means_afresh_at_the_server_too(yomi: Yomi, server: Server) -> None:
    ask = ("read", SAMPLE, "-p", "summarizer", "--server", server.url, "--format", "json")
    ids = [json.loads((await yomi(*ask, *more)).out)["id"] for more in ((), (), ("--fresh",))]

    assert ids[0] == ids[1]
    assert ids[2] != ids[0]


async def test_the_servers_own_sentence_is_told(yomi: Yomi, server: Server) -> None:
    (yomi.home / "page.pdf").write_bytes(b"<html></html>")
    at = ("--server", server.url, "-p", "summarizer")
    page = await yomi("read", "page.pdf", *at)
    missing = await yomi("read", "missing.pdf", *at)
    japanese = await yomi("read", SAMPLE, "--server", server.url, "-p", "summariser", YOMI_LANGUAGE="ja")

    assert [page.status, missing.status, japanese.status] == [1, 1, 1]
    assert "not a PDF" in page.sentence
    assert "missing.pdf" in missing.sentence
    assert "「summarizer」ではありませんか？" in japanese.sentence


async def test_a_failed_run_at_the_server_is_a_failure_here(yomi: Yomi, tmp_path: Path) -> None:
    async with FakeProvider(refuses(401)) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        (tmp_path / "server").mkdir()
        async with serving(tmp_path / "server", **env) as server:
            done = await yomi("read", SAMPLE, "-p", "summarizer", "--server", server.url, "-o", "out.md")

    assert (done.status, done.out) == (1, "")
    assert "API key" in done.sentence
    assert not (yomi.home / "out.md").exists()


async def test_ctrl_c_cancels_at_the_server(yomi: Yomi, tmp_path: Path) -> None:
    async with FakeProvider(hangs) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url, "YOMI_MODEL": "m"}
        (tmp_path / "server").mkdir()
        async with serving(tmp_path / "server", **env) as server, server.client as client:
            process = await yomi.start("compare", SAMPLE, *TWO, "--server", server.url)
            await asyncio.wait_for(fake.asked.wait(), 20)
            process.send_signal(signal.SIGINT)
            done = await yomi.end(process)
            await asyncio.wait_for(fake.gone.wait(), 10)
            runs = (await client.get("/api/runs")).json()["items"]

    assert done.status == 1
    assert done.sentence == "Cancelled."
    assert {run["status"] for run in runs} == {"cancelled"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://[::1"])
async def test_a_server_that_is_not_there_is_named(yomi: Yomi, url: str) -> None:
    done = await yomi("read", SAMPLE, "-p", "summarizer", "--server", url)

    assert (done.status, done.out) == (1, "")
    assert url in done.sentence


async def test_a_server_of_another_kind_is_told_apart(yomi: Yomi) -> None:
    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(hello, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        done = await yomi("read", SAMPLE, "-p", "summarizer", "--server", f"http://127.0.0.1:{port}")

    assert (done.status, done.out) == (1, "")
    assert "Yomikurabe" in done.sentence


async def test_a_port_in_use_is_one_sentence(yomi: Yomi, server: Server) -> None:
    port = server.url.rpartition(":")[2]
    done = await yomi("serve", "--port", port)

    assert (done.status, done.out) == (1, "")
    assert port in done.sentence
    assert "--port" in done.sentence


async def test_a_key_is_needed_and_taken_from_the_environment(yomi: Yomi, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    async with serving(
        tmp_path / "server", YOMI_API_KEYS="the-first-key-of-two,the-other-key-of-two"
    ) as server:
        at = ("read", SAMPLE, "-p", "summarizer", "--server", server.url)
        without = await yomi(*at)
        wrong = await yomi(*at, YOMI_API_KEY="three")
        right = await yomi(*at, YOMI_API_KEY="the-other-key-of-two")

    assert [without.status, wrong.status, right.status] == [1, 1, 0]
    assert "Authorization: Bearer" in without.sentence
