"""`yomi personas`: what a person who writes a persona meets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from server.adapters.persona_files import builtin_personas

from processes import SAMPLE, Call


def test_the_built_in_personas_are_listed(call: Call) -> None:
    table = call("personas", "list")
    listed = json.loads((call("personas", "list", "--format", "json")).out)["items"]

    assert {persona["id"] for persona in listed} == {path.name for path in builtin_personas().iterdir()}
    assert "summarizer  1.0.0  Six questions (Ochiai)" in table.out


def test_a_persona_is_shown_with_its_questions_or_its_source(call: Call) -> None:
    shown = call("personas", "show", "summarizer", YOMI_LANGUAGE="ja")
    source = call("personas", "show", "summarizer@1.0.0", "--source")

    assert "先行研究と比べてどこがすごい？" in shown.out
    assert source.out.startswith("---\nformat: 1\n")


def test_a_new_persona_lints_clean_and_can_be_used_at_once(call: Call) -> None:
    made = call("personas", "new", "my-reader", "--into", "mine")
    linted = call("personas", "lint", "mine/my-reader")
    read = call("read", SAMPLE, "-p", "my-reader", YOMI_PERSONAS_DIR="mine")
    again = call("personas", "new", "my-reader", "--into", "mine")

    assert [made.status, linted.status, read.status, again.status] == [0, 0, 0, 2]
    assert linted.out == f"✓ {Path('mine', 'my-reader', 'persona.md')}\n"
    assert "my-reader@" in read.out
    assert "already" in again.sentence


def test_a_typo_is_told_with_its_line_by_lint_list_and_use(call: Call, tmp_path: Path) -> None:
    call("personas", "new", "typo", "--into", "mine")
    file = tmp_path / "mine" / "typo" / "persona.md"
    lines = file.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.startswith("version:"))
    lines[line - 1] = "version: 1.10"
    file.write_text("\n".join(lines) + "\n")
    linted = call("personas", "lint", "mine/typo")
    used = call("read", SAMPLE, "-p", "typo", YOMI_PERSONAS_DIR="mine")
    others = call("read", SAMPLE, "-p", "summarizer", YOMI_PERSONAS_DIR="mine")
    listed = call("personas", "list", YOMI_PERSONAS_DIR="mine")

    assert linted.status == 1
    assert linted.out.startswith(f"✕ {Path('mine', 'typo', 'persona.md')}:{line}: ")
    assert used.status == 2
    assert f"Line {line}:" in used.sentence
    assert others.status == 0
    assert listed.status == 0
    assert "typo" in listed.sentence
    assert f"Line {line}:" in listed.sentence


def test_an_id_that_cannot_be_one_is_refused(call: Call, tmp_path: Path) -> None:
    done = call("personas", "new", "../evil")

    assert done.status == 2
    assert "✕" in done.err
    assert not (tmp_path.parent / "evil").exists()


def test_lint_of_nothing_there_is_misuse(call: Call) -> None:
    missing = call("personas", "lint", "nowhere")
    empty = call("personas", "lint", ".")

    assert [missing.status, empty.status] == [2, 2]
    assert "nowhere" in missing.sentence
    assert "persona.md" in empty.sentence


def test_a_folder_of_personas_is_linted_whole(call: Call) -> None:
    for id_ in ("first", "second"):
        call("personas", "new", id_, "--into", "mine")

    linted = call("personas", "lint", "mine")

    assert linted.status == 0
    assert [line.split()[0] for line in linted.out.splitlines()] == ["✓", "✓"]


def test_a_built_in_id_is_refused_where_it_would_be_hidden(call: Call, tmp_path: Path) -> None:
    refused = call("personas", "new", "summarizer")

    assert refused.status == 2
    assert "built in" in refused.sentence
    assert not (tmp_path / "summarizer").exists()


def test_the_personas_folder_may_be_one_persona(call: Call) -> None:
    call("personas", "new", "my-reader")

    read = call("read", SAMPLE, "-p", "my-reader", YOMI_PERSONAS_DIR="my-reader")

    assert read.status == 0
    assert "my-reader@" in read.out


def test_the_language_of_the_interface_may_stand_in_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("YOMI_LANGUAGE=ja\n")
    environment = {k: v for k, v in os.environ.items() if k not in ("YOMI_LANGUAGE", "LC_ALL", "LANG")}

    done = subprocess.run(
        [sys.executable, "-m", "server", "--help"],
        cwd=tmp_path,
        env={**environment, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "一つの論文を複数の読み手で読み比べる" in done.stdout
