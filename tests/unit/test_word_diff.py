"""What changed between two texts: lines first, words within them, and never much time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.domain.word_diff import Change, DiffLine, Hunk, Segment, word_diff, words_changed


def marked(segments: tuple[Segment, ...]) -> str:
    """`kept [-gone-]{+come+}`."""
    signs = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "{{+{}+}}"}
    return "".join(signs[s.change].format(s.text) for s in segments)


def shown(hunks: tuple[Hunk, ...]) -> list[str]:
    return [marked(line.segments) for hunk in hunks for line in hunk.lines]


def sides(lines: list[DiffLine]) -> tuple[dict[int, str], dict[int, str]]:
    """What the lines say each text holds, by line number."""

    def side(line: DiffLine, other: Change) -> str:
        return "".join(s.text for s in line.segments if s.change is not other)

    return (
        {line.old: side(line, Change.ADDED) for line in lines if line.old is not None},
        {line.new: side(line, Change.REMOVED) for line in lines if line.new is not None},
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Name the main result.", "Name one main result.", "Name [-the-]{+one+} main result."),
        ("    en: What?", "    en: What is it?", "    en: What{+ is it+}?"),
        (
            "主な結果を一つ書く。",
            "主な結果を二つ書く。",
            "主な結果を[-一-]{+二+}つ書く。",
        ),
        (
            "著者が述べた限界だけを書く。",
            "著者自身が述べた限界だけを挙げる。",
            "著者{+自身+}が述べた限界だけを[-書く-]{+挙げる+}。",
        ),
        ("データの規模", "データセットの規模", "[-データ-]{+データセット+}の規模"),
        ("max_items: 3", "max_items: 5", "max_items: [-3-]{+5+}"),
    ],
)
def test_changed_words_are_marked_and_no_more(old: str, new: str, expected: str) -> None:
    assert marked(words_changed(old, new)) == expected


def test_a_sign_left_over_does_not_tear_a_change_apart() -> None:
    assert marked(words_changed("size, cost", "speed, price")) == "[-size, cost-]{+speed, price+}"


def test_only_what_is_near_a_change_is_shown() -> None:
    old = [f"line {n}" for n in range(30)]
    new = [*old[:10], "line ten", *old[11:], "one more"]

    hunks = word_diff("\n".join(old), "\n".join(new), context=1)

    assert shown(hunks) == [
        "line 9",
        "line [-10-]{+ten+}",
        "line 11",
        "line 29",
        "{+one more+}",
    ]
    assert [len(hunk.lines) for hunk in hunks] == [3, 2]
    assert [(line.old, line.new) for line in hunks[1].lines] == [(30, 30), (None, 31)]


def test_a_line_stands_beside_the_one_it_became() -> None:
    old = "id: what\nlabel: What is it about?\nlength: 80"
    new = "id: what\naspects: [overview]\nlabel: What is this about?\nlength: 80"

    assert shown(word_diff(old, new)) == [
        "id: what",
        "{+aspects: [overview]+}",
        "label: What is [-it-]{+this+} about?",
        "length: 80",
    ]


def test_alike_texts_show_nothing_whatever_their_line_ends() -> None:
    assert word_diff("a\nb\n", "a\r\nb") == ()
    assert word_diff("", "") == ()


def test_from_nothing_everything_is_new() -> None:
    assert shown(word_diff("", "a\nb\n")) == ["{+a+}", "{+b+}"]


texts = st.lists(st.text(st.sampled_from("ab 。、論文が読むルt\t"), max_size=12), max_size=8).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(texts, texts)
def test_both_texts_can_be_read_from_the_difference(old: str, new: str) -> None:
    lines = [line for hunk in word_diff(old, new, context=1000) for line in hunk.lines]

    if old.removesuffix("\n") == new.removesuffix("\n"):
        assert lines == []
        return
    was, becomes = sides(lines)
    assert (list(was), list(becomes)) == (list(range(1, len(was) + 1)), list(range(1, len(becomes) + 1)))
    assert "\n".join(was.values()) == old.removesuffix("\n")
    assert "\n".join(becomes.values()) == new.removesuffix("\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n" * 130_000, "\n".join("x" * 65_000)),
        ("a" * 131_000, "b" * 131_000),
        ("あ。" * 65_000, "い。" * 65_000),
        ("\n".join(f"alike {n}" for n in range(9000)), "\n".join(f"alike {n}!" for n in range(9000))),
        (
            "\n".join("a b c d e f" * 3 for _ in range(3900)),
            "\n".join("a b x d e y" * 3 for _ in range(3900)),
        ),
    ],
    ids=["blank lines", "one word", "one line", "every line changed", "all lines alike"],
)
def test_the_largest_texts_take_little_time(old: str, new: str) -> None:
    start = time.process_time()

    assert word_diff(old, new)

    assert time.process_time() - start < 5
