"""Whatever is wrong with the command, the file or the settings: one clear sentence, the right exit status."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from pdfs import a_paper, a_scan, encrypted
from processes import SAMPLE, Call, Yomi

pytestmark = pytest.mark.anyio

READ = ("-p", "summarizer")
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "page.pdf": (b"<html><body>Please log in</body></html>", "not a PDF"),
    "empty.pdf": (b"", "not a PDF"),
    "truncated.pdf": (SAMPLE.read_bytes()[:40_000], "damaged"),
    "locked.pdf": (encrypted(SAMPLE.read_bytes(), password="secret"), "password"),
    "scan.pdf": (a_scan(), "OCR"),
    "long.pdf": (a_paper(600), "600 pages"),
}
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "no such command": (("comapre",), "'compare'"),
    "no such option": (("compare", "x.pdf", "--formt", "json"), "'--format'"),
    "no paper": (("compare", *READ, *READ), "PAPER"),
    "no persona": (("compare", "x.pdf"), "--persona"),
    "no such format": (("read", "x.pdf", *READ, "--format", "docx"), "table, json, markdown, html"),
    "a suffix that says nothing": (("read", "x.pdf", *READ, "-o", "x.docx"), ".md"),
    "no such file": (("read", "missing.pdf", *READ), "'missing.pdf'"),
    "no such file, without a suffix": (("read", "missing", *READ), "'missing'"),
    "a folder": (("read", ".", *READ), "*.pdf"),
    "a persona misspelt": (("read", str(SAMPLE), "-p", "summariser"), "'summarizer'"),
    "a version that is not there": (("read", str(SAMPLE), "-p", "summarizer@9.9.9"), "summarizer@9.9.9"),
    "a setting misspelt": (("read", str(SAMPLE), "-p", "summarizer:modle=x"), "'model'"),
    "a model misspelt": (("read", str(SAMPLE), *READ, "-m", "extractve"), "'extractive'"),
    "no such model": (("read", str(SAMPLE), *READ, "-m", "gpt-9"), "'gpt-9'"),
    "no language": (("read", str(SAMPLE), *READ, "-l", "klingon"), "ja, en"),
    "one reader": (("compare", str(SAMPLE), *READ), "2 to 6"),
    "output into a folder": (("compare", str(SAMPLE), *READ, *READ, "--format", "json", "-o", "."), "folder"),
    "no such persona to show": (("personas", "show", "keshaw"), "'keshav'"),
    "a listening port out of range": (("serve", "--port", "123456"), "--port"),
    "listening to the world without keys": (("serve", "--host", "0.0.0.0"), "YOMI_API_KEYS"),  # noqa: S104
}
SETTINGS: dict[str, tuple[dict[str, str], str]] = {
    "not a number": ({"YOMI_RUNS": "many"}, "YOMI_RUNS"),
    "out of range": ({"YOMI_MAX_PAGES": "0"}, "YOMI_MAX_PAGES"),
    "no such transport": ({"YOMI_OPENAI_TRANSPORT": "pigeon"}, "YOMI_OPENAI_TRANSPORT"),
    "models that are no JSON": ({"YOMI_MODELS": "{broken"}, "YOMI_MODELS"),
    "models in no file": ({"YOMI_MODELS": "nowhere.toml"}, "nowhere.toml"),
    "a model without an endpoint": ({"YOMI_MODEL": "gpt"}, "YOMI_OPENAI_BASE_URL"),
    "an address that is none": ({"OPENAI_BASE_URL": "foo", "YOMI_MODEL": "m"}, "http://127.0.0.1:8080/v1"),
    "a database of another kind": ({"YOMI_DATABASE_URL": "mysql://host/name"}, "YOMI_DATABASE_URL"),
    "personas in no folder": ({"YOMI_PERSONAS_DIR": "/nowhere"}, "/nowhere"),
}


async def test_a_file_that_is_no_readable_paper_is_refused_with_the_reason(yomi: Yomi) -> None:
    said = {}
    for name, (data, _) in BAD_FILES.items():
        (yomi.home / name).write_bytes(data)
        done = await yomi("read", name, *READ, "-o", "out.md")
        said[name] = (done.status, done.out, done.sentence)

    for name, (_, word) in BAD_FILES.items():
        status, out, sentence = said[name]
        assert (status, out) == (1, ""), name
        assert word in sentence
    assert not (yomi.home / "out.md").exists()


async def test_an_empty_user_password_opens(yomi: Yomi) -> None:
    (yomi.home / "open.pdf").write_bytes(encrypted(SAMPLE.read_bytes(), password=""))
    done = await yomi("paper", "open.pdf")

    assert done.status == 0
    assert "Paper First" in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_a_misused_command_says_what_to_write_instead(call: Call, name: str) -> None:
    arguments, word = COMMANDS[name]
    done = call(*arguments)

    assert (done.status, done.out) == (2, "")
    assert word in done.sentence


@pytest.mark.parametrize("name", SETTINGS)
def test_a_wrong_setting_is_named(call: Call, name: str) -> None:
    env, word = SETTINGS[name]
    done = call("read", SAMPLE, *READ, **env)

    assert (done.status, done.out) == (2, "")
    assert word in done.sentence


def test_what_postgresql_needs_is_told_where_it_is_missing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if it were not installed

    done = call("read", SAMPLE, *READ, YOMI_DATABASE_URL="postgresql://somebody:a-secret@127.0.0.1:9/yomi")

    assert (done.status, done.out) == (2, "")
    assert "pip install 'yomikurabe[postgres]'" in done.sentence


def test_a_database_that_is_not_there_is_named_without_its_password(call: Call) -> None:
    done = call("read", SAMPLE, *READ, YOMI_DATABASE_URL="postgresql://somebody:a-secret@127.0.0.1:9/yomi")

    assert (done.status, done.out) == (1, "")
    assert "127.0.0.1/yomi" in done.sentence
    assert "a-secret" not in done.err


def test_misuse_is_told_in_japanese_too(call: Call) -> None:
    arguments = [
        ("comapre",),
        ("compare",),
        ("compare", "x.pdf", "--formt"),
        ("read", "x.pdf", *READ, "--format", "docx"),
        ("read", "missing.pdf", *READ),
        ("read", SAMPLE, "-p", "summariser"),
    ]
    said = [call(*a, YOMI_LANGUAGE="ja").sentence for a in arguments]

    assert said == [
        "「comapre」というコマンドはありません。「compare」ではありませんか？",
        "PAPER を指定してください。",
        "「--formt」というオプションはありません。「--format」ではありませんか？",
        "--format は次のいずれかです：table, json, markdown, html",
        "「missing.pdf」というファイルはありません。",
        "読み手「summariser」はありません。「summarizer」ではありませんか？",
    ]


@pytest.mark.parametrize("command", ["read", "serve"])
async def test_a_data_folder_that_cannot_be_is_named(yomi: Yomi, command: str) -> None:
    (yomi.home / "file").write_text("in the way")
    arguments = ("read", SAMPLE, *READ) if command == "read" else ("serve", "--port", "0")
    done = await yomi(*arguments, YOMI_DATA_DIR="file/data")

    assert (done.status, done.out) == (1, "")
    assert "file/data" in done.sentence
    assert "YOMI_DATA_DIR" in done.sentence


@pytest.mark.parametrize("command", ["read", "serve"])
async def test_a_database_that_is_none_is_named_and_left_alone(yomi: Yomi, command: str) -> None:
    file = yomi.home / "yomi.db"
    file.write_text("these are notes of mine, " * 100)
    arguments = ("read", SAMPLE, *READ) if command == "read" else ("serve", "--port", "0")
    done = await yomi(*arguments, YOMI_DATA_DIR=".")

    assert (done.status, done.out) == (1, "")
    assert "yomi.db" in done.sentence
    assert "Listening" not in done.err
    assert file.read_text().startswith("these are notes of mine")


@pytest.mark.parametrize("command", ["read", "serve"])
async def test_a_database_of_a_newer_release_is_not_touched(yomi: Yomi, command: str) -> None:
    await yomi("db", "upgrade", YOMI_DATA_DIR=".")
    connection = sqlite3.connect(yomi.home / "yomi.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    arguments = ("read", SAMPLE, *READ) if command == "read" else ("serve", "--port", "0")
    done = await yomi(*arguments, YOMI_DATA_DIR=".")

    assert (done.status, done.out) == (1, "")
    assert "newer release" in done.sentence


async def test_an_output_that_cannot_be_written_is_told_before_the_work(yomi: Yomi) -> None:
    (yomi.home / "file").write_text("in the way")
    done = await yomi("read", SAMPLE, *READ, "-o", "file/x.md")

    assert (done.status, done.out) == (1, "")
    assert "file/x.md" in done.sentence.replace(str(Path("file", "x.md")), "file/x.md")
    assert not (yomi.home / "data").exists()


async def test_without_a_command_the_help_is_shown(yomi: Yomi) -> None:
    done = await yomi()

    assert done.status == 2
    assert "yomi compare PAPER.pdf -p summarizer -p interpreter" in done.err
