"""`yomi check` and `yomi demo`: what a person reads, the exit status, and answers in every kind of file."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from server.adapters.sample_files import PAPER, fabricated_answer, sample

from processes import ROOT, SAMPLE, YOMI, Call, Yomi, environment

pytestmark = pytest.mark.anyio

TITLE = "Paper First: Prefix Reuse When Several Personas Read One Paper"
TRUE = (
    f"Title: {TITLE}\nYear: 2026\n\nWe measure a paper-first layout against the usual persona-first layout.\n"
)
INVENTED = ROOT / "samples" / "fabricated-answer.en.md"


def answer(folder: Path, text: str | bytes, name: str = "answer.md") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


async def test_the_first_line_is_the_verdict_with_its_counts(yomi: Yomi) -> None:
    done = await yomi("check", SAMPLE, INVENTED)

    first = done.out.partition("  Do not use it")[0].replace("\n  ", " ")
    assert done.status == 1
    assert first.startswith(
        "✕ This seems to be about another paper: its title and authors are not in this one"
    )
    assert re.search(r"of \d+ statements 0 proven, \d+ partly, \d+ not found, \d+ not checkable", first)


async def test_what_is_wrong_comes_first_with_what_the_paper_has_instead(yomi: Yomi) -> None:
    done = await yomi("check", SAMPLE, INVENTED)

    places = [
        done.out.index(words)
        for words in (
            "Which paper it names",
            f"→ This paper's title is “{TITLE}”. [p. 1]",
            "Numbers that are not in the paper",
            "“19”, “41%” not found in the paper.",
            "Readings that are not in this paper's references",
            "Not checkable (",
        )
    ]
    assert places == sorted(places)


async def test_an_answer_about_this_paper_ends_well(yomi: Yomi, tmp_path: Path) -> None:
    done = await yomi("check", SAMPLE, answer(tmp_path, TRUE))

    assert done.status == 0
    assert done.out.startswith("✓ This is about this paper — of 3 statements 3 proven")


async def test_it_is_told_in_japanese(yomi: Yomi) -> None:
    done = await yomi("check", SAMPLE, fabricated_answer("ja"), LANG="ja_JP.UTF-8")

    assert done.status == 1
    assert done.out.startswith("✕ 別の論文の可能性があります：題名・著者が本文に見つかりません")
    assert f"→ この論文の題名は「{TITLE}」です。" in done.out.replace("\n    ", "")
    assert "論文に見つからない数値" in done.out


async def test_each_format_is_what_it_says(yomi: Yomi) -> None:
    shown = {f: await yomi("check", SAMPLE, INVENTED, "--format", f) for f in ("json", "markdown", "html")}

    assert {one.status for one in shown.values()} == {1}
    assert json.loads(shown["json"].out)["verdict"] == "other_paper"
    assert 'verdict: "other_paper"' in shown["markdown"].out
    assert "/paper-first.pdf#page=1)" in shown["markdown"].out
    assert shown["html"].out.startswith("<!doctype html>")
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", shown["html"].out)


async def test_a_report_is_written_to_a_file(yomi: Yomi, tmp_path: Path) -> None:
    done = await yomi("check", SAMPLE, INVENTED, "-o", "report.html")

    assert done.out == ""
    assert "another paper" in (tmp_path / "report.html").read_text()


async def test_an_answer_comes_from_stdin(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *YOMI,
        "check",
        str(SAMPLE),
        "-",
        cwd=tmp_path,
        env=environment(tmp_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(TRUE.encode())

    assert process.returncode == 0
    assert out.decode().startswith("✓ This is about this paper")


async def test_an_answer_stands_beside_a_reader(yomi: Yomi, tmp_path: Path) -> None:
    mine = answer(tmp_path, TRUE)

    done = await yomi("compare", SAMPLE, "-p", "summarizer", "-p", f"text:{mine},name=ChatGPT")
    rejected = await yomi("compare", SAMPLE, "-p", "summarizer", "-p", f"text:{INVENTED}")

    assert done.status == 0
    assert "B ChatGPT  text@1.0.0 · Brought-along text, checked without a model" in done.out
    assert rejected.status == 1
    assert "Speculative Persona Routing" not in rejected.out
    assert "B fabricated-answer.en: The answer seems to be about another paper" in rejected.err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932"])
async def test_an_answer_may_be_saved_as_windows_saves_it(yomi: Yomi, tmp_path: Path, encoding: str) -> None:
    text = f"題名：{TITLE}\r\n\r\n41%の電力を削減した。\r\n"

    done = await yomi("check", SAMPLE, answer(tmp_path, text.encode(encoding)), "--format", "json")

    report = json.loads(done.out)
    assert report["text"] == text.replace("\r\n", "\n")
    assert report["identity"] == "confirmed"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The text is empty. Paste the answer to be checked."),
        (b"x" * 200_001, "The text is too long (at most 200 kB). Send the answer alone."),
        (b"\x00\x01\x02", "is no text. Save the answer as a text file (UTF-8)."),
        (b"%PDF-1.7", "is a PDF. Give the paper first and the answer, as text, second."),
    ],
)
async def test_what_is_no_answer_is_said_in_one_sentence(
    yomi: Yomi, tmp_path: Path, content: bytes, says: str
) -> None:
    done = await yomi("check", SAMPLE, answer(tmp_path, content))

    assert done.status == 2
    assert says in done.err
    assert done.out == ""


def test_paper_and_answer_the_wrong_way_round_are_noticed(call: Call, tmp_path: Path) -> None:
    done = call("check", answer(tmp_path, TRUE), SAMPLE)

    assert done.status == 2
    assert f"The other way round: yomi check {SAMPLE}" in done.err


def test_an_answer_that_is_not_there_is_said(call: Call) -> None:
    done = call("check", SAMPLE, "nothing.md")

    assert done.status == 2
    assert "'nothing.md' cannot be read: No such file or directory." in done.err


async def test_the_demo_unmasks_the_invented_answer_and_leaves_nothing_behind(
    yomi: Yomi, tmp_path: Path
) -> None:
    done = await yomi("demo", OPENAI_API_KEY="sk-x", YOMI_MODEL="gpt-x")

    assert done.status == 0
    assert done.out.startswith(TITLE)
    compared, unmasked = done.out.split("A made-up answer, unmasked")
    assert "A Six questions (Ochiai)" in compared
    assert "✕ This seems to be about another paper" in unmasked
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


async def test_the_demo_is_a_page_too(yomi: Yomi, tmp_path: Path) -> None:
    done = await yomi("demo", "-o", "demo.html", YOMI_LANGUAGE="ja")

    page = (tmp_path / "demo.html").read_text()
    assert done.status == 0
    assert page.index("何の論文か") < page.index("作り話を見破る") < page.index("別の論文の可能性があります")
    assert "<script" not in page


async def test_the_demo_comes_in_every_other_format(yomi: Yomi) -> None:
    as_json, as_markdown = await yomi("demo", "--format", "json"), await yomi("demo", "--format", "markdown")

    both = json.loads(as_json.out)
    assert both["comparison"]["status"] == "finished"
    assert both["check"]["verdict"] == "other_paper"
    assert 'verdict: "other_paper"' in as_markdown.out


def test_the_samples_of_the_demo_are_there() -> None:
    assert all(path.is_file() for path in (sample(PAPER), fabricated_answer("ja"), fabricated_answer("en")))
