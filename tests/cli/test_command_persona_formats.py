"""`yomi personas import` and `export`."""

from __future__ import annotations

from pathlib import Path

from processes import SAMPLE, Call

PATTERN = "# OUTPUT\n\n- A line in a section called SUMMARY.\n- One in a section called METHOD.\n\n# INPUT\n"


def test_a_pattern_is_imported_linted_and_used(call: Call, tmp_path: Path) -> None:
    (tmp_path / "weigh_it").mkdir()
    (tmp_path / "weigh_it" / "system.md").write_text(PATTERN)

    made = call("personas", "import", "weigh_it", "-o", "mine")
    linted = call("personas", "lint", "mine")
    read = call("read", SAMPLE, "-p", "weigh-it", YOMI_PERSONAS_DIR="mine")
    again = call("personas", "import", "weigh_it/system.md", "--as", "weigh-it", "-o", "mine")

    assert [made.status, linted.status, read.status, again.status] == [0, 0, 0, 2]
    assert linted.out == f"✓ {Path('mine', 'weigh-it', 'persona.md')}\n"
    assert "Summary, Method" in made.err
    assert "weigh-it@" in read.out
    assert "--as" in again.sentence


def test_without_a_folder_the_text_is_printed_and_notes_stay_apart(call: Call, tmp_path: Path) -> None:
    (tmp_path / "system.md").write_text(PATTERN)

    made = call("personas", "import", "system.md", "--as", "mine", YOMI_LANGUAGE="ja")

    assert made.status == 0
    assert made.out.startswith("---\nformat: 1\n")
    assert "日本語と英語の欄" in made.err
    assert "日本語と英語の欄" not in made.out


def test_what_was_exported_comes_back(call: Call, tmp_path: Path) -> None:
    for to, file in (("prompty", "summarizer.prompty"), ("skill", "summarizer/SKILL.md")):
        assert call("personas", "export", "summarizer", "--to", to, "-o", "out/").status == 0
        back = call("personas", "import", f"out/{file}", "--as", "again")
        assert back.out == call("personas", "show", "summarizer", "--source").out
    one = call("personas", "export", "summarizer", "--to", "fabric", "-l", "ja", "-o", "one.md")
    assert one.status == 0
    assert "どんなもの？" in (tmp_path / "one.md").read_text(encoding="utf-8")


def test_a_link_out_of_the_folder_is_not_read(call: Call, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("hunter2")
    (tmp_path / "pattern").mkdir()
    (tmp_path / "pattern" / "system.md").write_text(PATTERN)
    (tmp_path / "pattern" / "user.md").symlink_to(tmp_path / "secret.md")

    made = call("personas", "import", "pattern")

    assert made.status == 0
    assert "hunter2" not in made.out


def test_what_is_none_of_the_formats_is_misuse(call: Call, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "folder" / name).write_text("?")

    nothing = call("personas", "import", "folder")
    missing = call("personas", "import", "nowhere")
    nobody = call("personas", "export", "nobody", "--to", "skill")

    assert [nothing.status, missing.status, nobody.status] == [2, 2, 2]
    assert "SKILL.md" in nothing.sentence
