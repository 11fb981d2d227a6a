"""Results of the commands: every format, to stdout or into files, with nothing else on stdout."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from processes import JAPANESE, SAMPLE, Call, Yomi

pytestmark = pytest.mark.anyio

TWO = ("-p", "summarizer", "-p", "interpreter")


async def test_two_readers_stand_side_by_side(yomi: Yomi) -> None:
    done = await yomi("compare", SAMPLE, *TWO)

    assert done.status == 0
    assert done.out.startswith("Paper First: Prefix Reuse When Several Personas Read One Paper\n")
    assert "A Six questions (Ochiai)  summarizer@1.0.0" in done.out
    assert "B Paper interpreter  interpreter@1.0.0" in done.out
    assert "What is it?" in done.out
    assert "Abstract in brief" in done.out
    assert "[p. 1] ✓" in done.out
    assert "\x1b" not in done.out + done.err
    assert max(len(line) for line in done.out.splitlines()) <= 100


def test_each_format_is_what_it_says(call: Call) -> None:
    shown = {f: call("compare", SAMPLE, *TWO, "--format", f) for f in ("json", "markdown", "html")}

    assert [one.status for one in shown.values()] == [0, 0, 0]
    comparison = json.loads(shown["json"].out)
    assert [c["run"]["persona"]["id"] for c in comparison["candidates"]] == ["summarizer", "interpreter"]
    assert comparison["status"] == "finished"
    assert shown["markdown"].out.startswith("---\n")
    assert "paper-first.pdf#page=1" in shown["markdown"].out
    assert shown["html"].out.lower().startswith("<!doctype html>")
    assert "<script" not in shown["html"].out
    assert "http-equiv" not in shown["html"].out.lower()


def test_the_suffix_of_the_output_decides_its_format(call: Call, tmp_path: Path) -> None:
    names = ["a.json", "b.md", "c.markdown", "d.html", "e.htm", "f.txt", "deep/er/g.JSON"]
    done = [call("compare", SAMPLE, *TWO, "-o", name) for name in names]
    texts = [(tmp_path / name).read_text().lower() for name in names]

    assert {one.status for one in done} == {0}
    assert {one.out for one in done} == {""}
    heads = ("{", "---\ntitle", "---\ntitle", "<!doctype", "<!doctype", "paper first", "{")
    assert [text.startswith(head) for text, head in zip(texts, heads, strict=True)] == [True] * 7
    assert "Wrote a.json" in done[0].err


def test_one_persona_with_two_models_is_two_candidates(call: Call) -> None:
    done = call(
        "compare",
        SAMPLE,
        "-p",
        "summarizer:model=extractive",
        "-p",
        "keshav",
        "-m",
        "extractive",
        "--format",
        "json",
    )

    personas = [c["run"]["persona"]["id"] for c in json.loads(done.out)["candidates"]]
    assert personas == ["summarizer", "keshav"]


async def test_several_papers_go_into_a_folder_and_a_broken_one_does_not_stop_them(yomi: Yomi) -> None:
    (yomi.home / "other").mkdir()
    shutil.copy(JAPANESE, yomi.home / "other" / SAMPLE.name)
    (yomi.home / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    given = (SAMPLE, "broken.pdf", "missing.pdf", Path("other", SAMPLE.name))
    done = await yomi("read", *given, "-p", "summarizer", "-o", "out/")
    written = {path.name: path.read_text() for path in (yomi.home / "out").iterdir()}

    assert done.status == 1
    assert set(written) == {"paper-first.summarizer.md", "paper-first-2.summarizer.md"}
    assert "Paper First" in written["paper-first.summarizer.md"]
    assert "日本語" in written["paper-first-2.summarizer.md"]
    complaints = [line for line in done.err.splitlines() if line.startswith("✕ ")]
    assert [line[2:].partition(":")[0] for line in complaints] == ["broken.pdf", "missing.pdf"]
    assert "Traceback" not in done.err


def test_what_is_extracted_from_a_paper_is_shown_as_table_and_json(call: Call) -> None:
    table = call("paper", SAMPLE)
    shown = call("paper", SAMPLE, "--format", "json")
    refused = call("paper", SAMPLE, "--format", "html")

    assert "Paper First: Prefix Reuse" in table.out
    paper = json.loads(shown.out)
    assert paper["status"] == "ready"
    assert paper["extraction"]["pages"] == 4
    assert refused.status == 2
    assert "table" in refused.sentence


def test_an_equal_run_is_reused_unless_asked_afresh(call: Call) -> None:
    ids = [
        json.loads((call("read", SAMPLE, "-p", "summarizer", "--format", "json", *more)).out)["id"]
        for more in ((), (), ("--fresh",))
    ]

    assert ids[0] == ids[1]
    assert ids[2] != ids[0]


async def test_progress_is_told_on_stderr_when_it_takes_long(yomi: Yomi) -> None:
    done = await yomi("read", SAMPLE, "-p", "summarizer", "--format", "json")

    assert json.loads(done.out)["status"] == "finished"
    assert "{" not in done.err


async def test_the_interface_follows_the_terminal(yomi: Yomi) -> None:
    by_locale = await yomi("compare", SAMPLE, *TWO, LANG="ja_JP.UTF-8")
    by_setting = await yomi("compare", SAMPLE, *TWO, LANG="de_DE.UTF-8", YOMI_LANGUAGE="ja")
    german = await yomi("compare", SAMPLE, *TWO, LANG="de_DE.UTF-8")
    helped = await yomi("--help", LANG="ja_JP.UTF-8")

    assert "どんなもの？" in by_locale.out
    assert "どんなもの？" in by_setting.out
    assert "What is it?" in german.out
    assert "一つの論文を複数の読み手で読み比べる。" in helped.out


async def test_a_result_that_nobody_reads_to_the_end_is_no_error_to_look_at(yomi: Yomi) -> None:
    process = await yomi.start("compare", SAMPLE, *TWO, "--format", "json", "--fresh")
    assert process.stdout
    await process.stdout.read(10)
    process.stdout._transport.close()  # type: ignore[attr-defined]  # as `head` does
    assert process.stderr
    err = (await process.stderr.read()).decode()
    await process.wait()

    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_links_to_pages_lead_from_the_result_to_the_paper(call: Call, tmp_path: Path) -> None:
    (tmp_path / "my papers").mkdir()
    shutil.copy(SAMPLE, tmp_path / "my papers" / "論文 1.pdf")
    call("read", "my papers/論文 1.pdf", "-p", "summarizer", "-o", "out/a.md")
    call("read", "my papers/論文 1.pdf", "-p", "summarizer", "-o", "out/a.html")
    links = [
        {unquote(link) for link in re.findall(pattern, (tmp_path / "out" / name).read_text())}
        for name, pattern in (("a.md", r"\]\(([^)]*)#page=1\)"), ("a.html", r'href="([^"]*)#page=1"'))
    ]

    assert links == [{"../my papers/論文 1.pdf"}] * 2
