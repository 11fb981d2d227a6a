"""`yomi batch`: a folder of papers, and what happens when it is stopped in the middle."""

from __future__ import annotations

import asyncio
import csv
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from answering import answers
from fake_provider import FakeProvider, hangs, refuses
from processes import JAPANESE, SAMPLE, Call, Yomi, serving

pytestmark = pytest.mark.anyio

TWO = ("-p", "summarizer", "-p", "claims")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two papers, one of them in a folder below, the same bytes once more, and one that is none."""
    (tmp_path / "in/below").mkdir(parents=True)
    shutil.copy(SAMPLE, tmp_path / "in/a.pdf")
    shutil.copy(SAMPLE, tmp_path / "in/copy.pdf")
    shutil.copy(JAPANESE, tmp_path / "in/below/b.PDF")
    (tmp_path / "in/broken.pdf").write_text("no PDF")
    return tmp_path / "in"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def told(file: Path) -> list[tuple[str, str, str]]:
    return [(one["paper"]["filename"], one["persona"].split("@")[0], one["status"]) for one in lines(file)]


EXPECTED = [
    ("a.pdf", "summarizer", "finished"),
    ("a.pdf", "claims", "finished"),
    ("b.PDF", "summarizer", "finished"),
    ("b.PDF", "claims", "finished"),
    ("broken.pdf", "summarizer", "failed"),
    ("broken.pdf", "claims", "failed"),
]


async def test_a_folder_is_read_and_a_broken_file_costs_only_its_own_lines(yomi: Yomi, folder: Path) -> None:
    done = await yomi("batch", folder, *TWO, "-o", "out/")

    assert (done.status, done.out) == (1, "")
    assert "broken.pdf: This is not a PDF" in done.err
    results = yomi.home / "out/results.jsonl"
    assert sorted(told(results)) == sorted(EXPECTED)
    with (yomi.home / "out/results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["filename"], row["status"]) for row in rows} == {(f, s) for f, _, s in EXPECTED}

    again = await yomi("batch", folder, *TWO, "-o", "again.jsonl")

    assert again.status == 1
    assert lines(yomi.home / "again.jsonl") == lines(results)


async def test_without_a_file_the_results_are_lines_on_stdout(yomi: Yomi, folder: Path) -> None:
    (folder / "broken.pdf").unlink()

    done = await yomi("batch", folder, "-p", "summarizer")

    assert done.status == 0
    assert [json.loads(line)["status"] for line in done.out.splitlines()] == ["finished"] * 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_stopped_in_the_middle_it_goes_on_and_pays_nothing_twice(
    yomi: Yomi, folder: Path, number: signal.Signals
) -> None:
    (folder / "broken.pdf").unlink()
    shutil.rmtree(folder / "below")
    command = ("batch", folder, "-p", "summarizer", "-p", "interpreter", "-m", "m", "-o", "out.jsonl")
    async with FakeProvider(answers(), hangs) as fake:
        process = await yomi.start(*command, OPENAI_BASE_URL=fake.base_url)
        async with asyncio.timeout(60):
            while len(fake.requests) < 2:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
        process.send_signal(number)
        first = await yomi.end(process)
        if number is signal.SIGINT:
            assert first.status == 1
            assert "the same command goes on" in first.err
            assert sorted(one["status"] for one in lines(yomi.home / "out.jsonl")) == ["finished", "running"]
        fake.steps = (answers(),)

        second = await yomi(*command, OPENAI_BASE_URL=fake.base_url)

    assert second.status == 0
    assert [one["status"] for one in lines(yomi.home / "out.jsonl")] == ["finished"] * 2
    assert len(fake.requests) == 3


async def test_what_failed_is_done_again_on_demand_only(yomi: Yomi, folder: Path) -> None:
    (folder / "broken.pdf").unlink()
    shutil.rmtree(folder / "below")
    command = ("batch", folder, "-p", "summarizer", "-m", "m", "-o", "out.jsonl")
    async with FakeProvider(answers()) as fake:
        env = {"OPENAI_BASE_URL": fake.base_url}
        fake.steps = (refuses(401),)
        failed = await yomi(*command, **env)
        asked = len(fake.requests)
        fake.steps = (answers(),)
        same = await yomi(*command, **env)
        assert (failed.status, same.status, len(fake.requests)) == (1, 1, asked)

        again = await yomi(*command, "--retry-failed", **env)

    assert again.status == 0
    assert f"The paper is sent to {fake.base_url.split('/')[2]}" in again.err


async def test_a_server_does_the_same(yomi: Yomi, folder: Path) -> None:
    async with serving(yomi.home) as server:
        done = await yomi("batch", folder, *TWO, "-o", "out/", "--server", server.url)

    assert done.status == 1
    assert "broken.pdf: This is not a PDF" in done.err
    assert sorted(told(yomi.home / "out/results.jsonl")) == sorted(EXPECTED)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("batch", "empty", "-p", "summarizer"), "There is no PDF in 'empty'."),
        (("batch", "in", "-p", "summarizer", "-o", "out.txt"), "does not tell the format"),
        (("batch", "none", "-p", "summarizer"), "FOLDER"),
        (("batch", "in", "-p", "nobody"), "nobody"),
    ],
)
def test_misuse_is_said_in_one_sentence(
    call: Call, folder: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (folder.parent / "empty").mkdir()

    done = call(*arguments)

    assert done.status == 2
    assert sentence in done.sentence
