"""`yomi personas test`: what a person who tests a persona meets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from answering import answers
from fake_provider import FakeProvider
from processes import SAMPLE, Call, Yomi

TITLE = "Paper First: Prefix Reuse When Several Personas Read One Paper"
GOOD = f"""\
description: names the paper
answer:
  header: {{title: "{TITLE}"}}
assert:
  - identity: confirmed
"""


@pytest.fixture
def mine(call: Call, tmp_path: Path) -> Path:
    """A persona of one's own, with room for tests."""
    call("personas", "new", "mine")
    (tmp_path / "mine" / "tests").mkdir()
    return tmp_path / "mine"


def has_test(folder: Path, text: str, name: str = "a.yaml") -> None:
    (folder / "tests" / name).write_text(text, encoding="utf-8")


def test_a_persona_that_ships_passes(call: Call) -> None:
    done = call("personas", "test", "keshav")

    assert done.status == 0
    assert "✓ passed" in done.out
    assert "✕" not in done.out + done.err
    assert done.out.splitlines()[-1].startswith("passed ")


def test_a_failure_says_what_was_wanted_and_exits_with_1(call: Call, mine: Path) -> None:
    has_test(mine, GOOD.replace("confirmed", "doubtful"))

    done = call("personas", "test", "mine")
    japanese = call("personas", "test", "mine", YOMI_LANGUAGE="ja")

    assert (done.status, japanese.status) == (1, 1)
    assert "identity: The identity is confirmed, not doubtful." in " ".join(done.out.split())
    assert "不合格" in japanese.out


def test_json_holds_every_result(call: Call, mine: Path) -> None:
    has_test(mine, GOOD)

    done = call("personas", "test", "mine", "--format", "json")

    found = json.loads(done.out)
    (item,) = found["items"]
    assert done.status == 0
    assert (found["passed"], found["failed"], found["skipped"]) == (1, 0, 0)
    assert (item["persona"]["id"], item["file"], item["description"], item["model"], item["status"]) == (
        "mine",
        "tests/a.yaml",
        "names the paper",
        "recorded",
        "passed",
    )


def test_a_test_that_cannot_be_read_is_told_with_its_line_by_test_and_lint(call: Call, mine: Path) -> None:
    has_test(mine, "assert:\n  - identity: sure\n")

    tried = call("personas", "test", "mine")
    linted = call("personas", "lint", "mine")

    assert (tried.status, linted.status) == (1, 1)
    assert "mine/tests/a.yaml:2: " in tried.sentence
    assert f"✕ {Path('mine', 'tests', 'a.yaml')}:2: " in linted.out


def test_nothing_to_try_is_no_success(call: Call, mine: Path) -> None:
    untested = call("personas", "test", str(mine))
    nowhere = call("personas", "test", "nowhere/")
    unknown = call("personas", "test", "sumarizer")

    assert [untested.status, nowhere.status, unknown.status] == [1, 2, 2]
    assert "no test" in untested.sentence
    assert "persona.md" in nowhere.sentence
    assert "summarizer" in unknown.sentence


def test_a_paper_may_lie_beside_the_persona(call: Call, mine: Path, tmp_path: Path) -> None:
    (mine / "own.pdf").write_bytes(SAMPLE.read_bytes())
    has_test(mine, "paper: own.pdf\nassert: [{identity: confirmed}]\n")

    by_path = call("personas", "test", mine)
    (tmp_path / "shelf").mkdir()
    mine.rename(tmp_path / "shelf" / "mine")
    by_id = call("personas", "test", "mine", YOMI_PERSONAS_DIR="shelf")

    assert [by_path.status, by_id.status] == [0, 0]


def test_nothing_is_kept(call: Call, mine: Path, tmp_path: Path) -> None:
    def kept() -> list[Path]:
        return [path for path in tmp_path.glob("data/**/blobs/**/*") if path.is_file()]

    has_test(mine, "assert: [{identity: confirmed}]\n")
    tried = call("personas", "test", "mine")
    after_the_test = kept()
    call("paper", SAMPLE)

    assert (tried.status, after_the_test) == (0, [])
    assert kept()


@pytest.mark.anyio
async def test_a_model_is_asked_instead_of_the_record_and_its_host_is_named(yomi: Yomi, mine: Path) -> None:
    has_test(mine, GOOD)
    has_test(mine, GOOD.replace("confirmed", "mismatch"), "b.yaml")
    async with FakeProvider(answers()) as fake:
        done = await yomi(
            "personas", "test", str(mine), "-m", "m", "--format", "json", OPENAI_BASE_URL=fake.base_url
        )

    host = fake.base_url.removeprefix("http://").removesuffix("/v1")
    assert f"The paper is sent to {host} (model m)." in done.err
    assert [(item["model"], item["status"]) for item in json.loads(done.out)["items"]] == [
        ("m", "passed"),
        ("m", "skipped"),
    ]
    assert len(fake.requests) == 1


@pytest.mark.anyio
async def test_a_model_that_a_test_names_is_told_too(yomi: Yomi, mine: Path) -> None:
    has_test(mine, "model: m\nassert: [{identity: confirmed}]\n")
    async with FakeProvider(answers()) as fake:
        done = await yomi("personas", "test", str(mine), OPENAI_BASE_URL=fake.base_url)
    without = await yomi("personas", "test", str(mine))

    assert "(model m)" in done.err
    assert done.status == 0
    assert without.status == 1
    assert "There is no model 'm'" in " ".join(without.out.split())
