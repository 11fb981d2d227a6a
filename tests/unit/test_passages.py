"""Facts about cutting a paper into passages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.domain.extractions import Extraction
from server.domain.passages import HIGH, LEAST, LOW, passages_of, size_in_words
from server.domain.references import Reference
from server.domain.sections import Section, SectionKind

from builders import an_extraction

SENTENCE = "This sentence says in exactly ten words what it says. "
JAPANESE = "この文は読み手に何かを伝えるためにここに置かれている。"


def a_paper(
    pages: Sequence[str], sections: Sequence[tuple[str, SectionKind]] = (), **changes: object
) -> Extraction:
    """A paper whose sections begin where their titles first stand in the text."""
    text = "\f".join(pages)
    starts = [text.index(title) for title, _ in sections]
    ends = [*starts, len(text)][1:]
    found = tuple(
        Section(title, kind, 1 + text.count("\f", 0, start), start, start + len(title) + 1, end)
        for (title, kind), start, end in zip(sections, starts, ends, strict=True)
    )
    return an_extraction(pages, sections=found, **{"references": (), **changes})


def lost(paper: Extraction) -> str:
    """What of the text is in no passage; also shows when passages overlap."""
    at, missing = 0, ""
    for passage in passages_of(paper):
        assert passage.start >= at
        missing += paper.text[at : passage.start]
        at = passage.end
    return missing + paper.text[at:]


def test_passages_are_of_the_size_that_was_asked_for() -> None:
    passages = passages_of(a_paper([SENTENCE * 200]))

    assert all(LOW <= size_in_words(p.text) <= HIGH for p in passages)


def test_japanese_is_measured_in_characters() -> None:
    passages = passages_of(a_paper([JAPANESE * 95], language="ja"))

    assert all(300 <= len(p.text) - p.text.count("。") <= 500 for p in passages)


def test_passages_begin_and_end_with_sentences() -> None:
    assert all(
        p.text.startswith("This") and p.text.endswith("says.")
        for p in passages_of(a_paper([SENTENCE * 100, SENTENCE * 77]))
    )


def test_a_passage_ends_with_its_page() -> None:
    passages = passages_of(a_paper([SENTENCE * 30, SENTENCE * 30]))

    assert {p.first_page for p in passages} == {1, 2}
    assert all(p.first_page == p.last_page for p in passages)


def test_only_a_sentence_carries_a_passage_over_the_end_of_a_page() -> None:
    passages = passages_of(
        a_paper([SENTENCE * 5 + "This one begins here", "and ends there. " + SENTENCE * 30])
    )

    over = [p for p in passages if p.first_page != p.last_page]
    assert [p.text[-36:] for p in over] == ["This one begins here\fand ends there."]
    assert over[0].pages == range(1, 3)


def test_a_page_number_does_not_carry_a_passage_over() -> None:
    passages = passages_of(a_paper([SENTENCE * 20 + "\n17", "And so it goes on. " + SENTENCE * 20]))

    assert all(p.first_page == p.last_page for p in passages)


def test_a_heading_stays_with_what_follows_it() -> None:
    paper = a_paper(
        [f"1 Introduction\n{SENTENCE * 20}\n2 Method\n2.1 Layout\n{SENTENCE * 20}"],
        [
            ("1 Introduction", SectionKind.INTRODUCTION),
            ("2 Method", SectionKind.METHOD),
            ("2.1 Layout", SectionKind.METHOD),
        ],
    )

    headed = next(p for p in passages_of(paper) if "2 Method" in p.text)
    assert headed.text.startswith("2 Method\n2.1 Layout\nThis")
    assert headed.kind is SectionKind.METHOD


def test_the_reference_list_is_kept_apart_and_cut_between_entries() -> None:
    entries = [
        f"[{n}] A. Author et al. Title number {n} of a list of works. In Proceedings of X, 2020."
        for n in range(1, 31)
    ]
    listed = "\n".join(entries)
    text = f"1 Conclusion\n{SENTENCE * 15}\nReferences\n{listed}\nAppendix\n{SENTENCE * 15}"
    references = tuple(
        Reference(n, str(n), entry, None, (), 2020, 1, text.index(entry), text.index(entry) + len(entry))
        for n, entry in enumerate(entries, 1)
    )
    paper = a_paper(
        [text],
        [
            ("1 Conclusion", SectionKind.CONCLUSION),
            ("References", SectionKind.REFERENCES),
            ("Appendix", SectionKind.APPENDIX),
        ],
        references=references,
    )

    passages = passages_of(paper)
    apart = [p for p in passages if p.is_reference]
    assert len(apart) > 1
    assert all(p.text.startswith(("References", "[")) and p.text.endswith("2020.") for p in apart)
    assert "".join(p.text for p in passages if not p.is_reference).count("[") == 0


def test_a_list_without_heading_is_kept_apart_by_its_entries() -> None:
    entry = "[1] A. Author. A title. 2020."
    text = f"{SENTENCE * 15}\n{entry}"
    start = text.index(entry)
    paper = a_paper(
        [text], references=(Reference(1, "1", entry, None, (), 2020, 1, start, start + len(entry)),)
    )

    assert [p.text for p in passages_of(paper) if p.is_reference] == [entry]


def test_a_table_without_sentences_is_cut_at_its_lines() -> None:
    table = "\n".join(f"row {n} 1.5 2.5 3.5 4.5 5.5" for n in range(100))
    passages = passages_of(a_paper([table]))

    assert all(p.text.startswith("row ") and p.text.endswith("5.5") for p in passages)
    assert all(size_in_words(p.text) <= HIGH for p in passages)


def test_what_is_small_goes_with_what_stands_before_it() -> None:
    passages = passages_of(a_paper([SENTENCE * 21]))

    assert [round(size_in_words(p.text)) for p in passages] == [210]
    assert LEAST < 210


def test_the_kind_is_that_of_the_section() -> None:
    paper = a_paper(
        [f"A title\nAn author\nAbstract\n{SENTENCE * 8}", f"1 Limitations\n{SENTENCE * 8}"],
        [("Abstract", SectionKind.ABSTRACT), ("1 Limitations", SectionKind.LIMITATIONS)],
    )

    kinds = [p.kind for p in passages_of(paper)]
    assert kinds[-2:] == [SectionKind.ABSTRACT, SectionKind.LIMITATIONS]


@pytest.mark.parametrize("pages", [["\n"], ["•"], ["a"], ["1\n2", "3\n4"], [". . .", "。。"]])
def test_odd_little_papers_lose_nothing(pages: list[str]) -> None:
    assert not lost(a_paper(pages)).strip()


@given(st.lists(st.text("ab .。\n•限(「」[1-", max_size=400), min_size=1, max_size=4))
def test_nothing_but_white_space_is_lost_whatever_the_text(pages: list[str]) -> None:
    assert not lost(a_paper(pages)).strip()


def test_the_same_paper_is_cut_the_same_way_again() -> None:
    paper = a_paper([SENTENCE * 40, JAPANESE * 40])

    assert passages_of(paper) == passages_of(paper)


def test_a_line_without_words_does_not_fill_a_passage_without_end() -> None:
    assert max(len(p.text) for p in passages_of(a_paper(["word" * 20_000]))) <= 5000
