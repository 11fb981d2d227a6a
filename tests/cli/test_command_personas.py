"""`yomi personas`: what a person who writes a persona meets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from processes import SAMPLE, Yomi

pytestmark = pytest.mark.anyio

BUILT_IN = {"claims", "interpreter", "keshav", "summarizer"}


async def test_the_built_in_personas_are_listed(yomi: Yomi) -> None:
    table = await yomi("personas", "list")
    listed = json.loads((await yomi("personas", "list", "--format", "json")).out)["items"]

    assert {persona["id"] for persona in listed} == BUILT_IN
    assert "summarizer  1.0.0  Six questions (Ochiai)" in table.out


async def test_a_persona_is_shown_with_its_questions_or_its_source(yomi: Yomi) -> None:
    shown = await yomi("personas", "show", "summarizer", YOMI_LANGUAGE="ja")
    source = await yomi("personas", "show", "summarizer@1.0.0", "--source")

    assert "先行研究と比べてどこがすごい？" in shown.out
    assert source.out.startswith("---\nformat: 1\n")


async def test_a_new_persona_lints_clean_and_can_be_used_at_once(yomi: Yomi) -> None:
    made = await yomi("personas", "new", "my-reader", "--into", "mine")
    linted = await yomi("personas", "lint", "mine/my-reader")
    read = await yomi("read", SAMPLE, "-p", "my-reader", YOMI_PERSONAS_DIR="mine")
    again = await yomi("personas", "new", "my-reader", "--into", "mine")

    assert [made.status, linted.status, read.status, again.status] == [0, 0, 0, 2]
    assert linted.out == f"✓ {Path('mine', 'my-reader', 'persona.md')}\n"
    assert "my-reader@" in read.out
    assert "already" in again.sentence


async def test_a_typo_is_told_with_its_line_by_lint_list_and_use(yomi: Yomi) -> None:
    await yomi("personas", "new", "typo", "--into", "mine")
    file = yomi.home / "mine" / "typo" / "persona.md"
    lines = file.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.startswith("version:"))
    lines[line - 1] = "version: 1.10"
    file.write_text("\n".join(lines) + "\n")
    linted = await yomi("personas", "lint", "mine/typo")
    used = await yomi("read", SAMPLE, "-p", "typo", YOMI_PERSONAS_DIR="mine")
    others = await yomi("read", SAMPLE, "-p", "summarizer", YOMI_PERSONAS_DIR="mine")
    listed = await yomi("personas", "list", YOMI_PERSONAS_DIR="mine")

    assert linted.status == 1
    assert linted.out.startswith(f"✕ {Path('mine', 'typo', 'persona.md')}:{line}: ")
    assert used.status == 2
    assert f"Line {line}:" in used.sentence
    assert others.status == 0
    assert listed.status == 0
    assert "typo" in listed.sentence
    assert f"Line {line}:" in listed.sentence


async def test_an_id_that_cannot_be_one_is_refused(yomi: Yomi) -> None:
    done = await yomi("personas", "new", "../evil")

    assert done.status == 2
    assert "✕" in done.err
    assert not (yomi.home.parent / "evil").exists()


async def test_lint_of_nothing_there_is_misuse(yomi: Yomi) -> None:
    missing = await yomi("personas", "lint", "nowhere")
    empty = await yomi("personas", "lint", ".")

    assert [missing.status, empty.status] == [2, 2]
    assert "nowhere" in missing.sentence
    assert "persona.md" in empty.sentence
