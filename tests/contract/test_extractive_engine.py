"""The extractive engine: what it answers, in which shape, and that all of it stands in the paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import jsonschema_rs
import pytest
from server.adapters.extractive_engine import KEPT_INDEXES, ExtractiveEngine
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.application.ports import Completed, Delta, Question
from server.domain.extractions import Extraction
from server.domain.extractive.index import SentenceIndex
from server.domain.fields import Aspect, CheckRule, Choice, FieldType, ScalarType
from server.domain.identity import Identity
from server.domain.ids import ExtractionId
from server.domain.personas import Persona
from server.domain.quotes import PaperIndex
from server.domain.runs import Usage
from server.domain.schema import wire_order, wire_schema
from server.domain.statements import EvidenceStatus, Quote
from server.domain.words import Words

from builders import TITLE, a_field, a_persona, an_extraction
from questions import a_question, events_of

pytestmark = pytest.mark.anyio

PERSONAS = {persona.id: persona for persona in FolderPersonas(builtin_personas()).list()}
PAPERS = ("s2orc", "specter", "longeval", "tableformer", "n18", "ja_note_platex", "ja_note_luatex")
ENGLISH = PAPERS[:5]


def asking(persona: Persona, extraction: Extraction | None = None, *, language: str = "en") -> Question:
    return a_question(
        persona=persona,
        extraction=extraction or an_extraction(),
        language=language,
        wire_schema=wire_schema(persona, language),
    )


async def answer_of(question: Question, engine: ExtractiveEngine | None = None) -> dict[str, Any]:
    events = await events_of((engine or ExtractiveEngine()).ask(question))
    answer: dict[str, Any] = json.loads("".join(e.text for e in events if isinstance(e, Delta)))
    return answer


async def completion_of(question: Question) -> Completed:
    last = (await events_of(ExtractiveEngine().ask(question)))[-1]
    assert isinstance(last, Completed)
    return last


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def papers(shared_papers: Path) -> Mapping[str, Extraction]:
    reader = PdfProcessReader()
    try:
        return {name: await reader.read((shared_papers / f"{name}.pdf").read_bytes()) for name in PAPERS}
    finally:
        await reader.close()


def quotes_in(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        here = value.get("evidence", [])
        return [*here, *(q for key, part in value.items() if key != "evidence" for q in quotes_in(part))]
    if isinstance(value, list):
        return [quote for part in value for quote in quotes_in(part)]
    return []


def texts_in(answer: Mapping[str, Any]) -> list[str]:
    return [s["text"] for value in answer.values() if isinstance(value, list) for s in value if "text" in s]


# The shape


@pytest.mark.parametrize("persona", PERSONAS)
async def test_the_answer_of_every_built_in_persona_fits_the_wire_schema(persona: str) -> None:
    question = asking(PERSONAS[persona])

    answer = await answer_of(question)

    jsonschema_rs.validator_for(question.wire_schema, offline=True).validate(answer)


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        (("claim", "caveat"), "claim"),
        (("term", "reading", "definition"), "definition"),
        (("name", "value"), None),
    ],
)
async def test_a_sentence_is_never_put_where_a_word_or_two_belong(
    parts: tuple[str, ...], place: str | None
) -> None:
    field = a_field("results", type=FieldType.LIST, max_items=1, items=dict.fromkeys(parts, ScalarType.TEXT))
    paper = an_extraction(
        ["Results\nWe find that the second reader evaluates 28 tokens instead of 2,478 tokens.\n"]
    )

    (items,) = (
        v for k, v in (await answer_of(asking(a_persona(fields=[field]), paper))).items() if k == "results"
    )

    assert [[name for name, text in item["value"].items() if text] for item in items] == (
        [[place]] if place else []
    )


async def test_fields_close_one_by_one_identity_first() -> None:
    persona = PERSONAS["interpreter"]

    deltas = [
        e.text for e in await events_of(ExtractiveEngine().ask(asking(persona))) if isinstance(e, Delta)
    ]

    assert [d.lstrip("{,").split('"')[1] for d in deltas[:-1]] == [f.id for f in wire_order(persona)]
    assert deltas[-1] == "}"


async def test_a_persona_without_questions_gets_an_object() -> None:
    persona = a_persona(
        fields=[
            a_field(
                "header",
                aspects=[Aspect.IDENTITY],
                check=CheckRule.IDENTITY,
                type=FieldType.OBJECT,
                properties={"title": ScalarType.TEXT},
            )
        ]
    )

    assert await answer_of(asking(persona)) == {"header": {"title": TITLE}}


async def test_every_call_is_one_attempt_without_usage() -> None:
    completed = await completion_of(asking(a_persona()))

    assert completed.usage == Usage()
    assert [a.outcome for a in completed.attempts] == ["ok"]


# Language


async def test_a_paper_in_the_language_asked_for_needs_no_word_about_it() -> None:
    completed = await completion_of(asking(a_persona(), language="en"))

    assert (completed.language, completed.warnings) == (None, ())


async def test_another_language_than_the_papers_is_not_applied() -> None:
    completed = await completion_of(asking(a_persona(), language="ja"))

    assert completed.language == "en"
    assert [(n.code, n.data) for n in completed.warnings] == [
        ("language_not_applied", {"actual": "en", "asked": "ja"})
    ]


# Identity


async def test_the_paper_is_named_first_when_the_persona_does_not_ask_for_its_title() -> None:
    answer = await answer_of(asking(a_persona("interpreter")))

    assert next(iter(answer.items())) == ("_paper", {"title": TITLE, "authors": "Yomikurabe Project"})


async def test_identity_is_what_the_paper_says_and_null_where_it_does_not() -> None:
    parts = ("title", "translation", "authors", "first_author", "last_author", "affiliation", "venue", "doi")
    field = a_field(
        "who",
        aspects=[Aspect.IDENTITY],
        type=FieldType.OBJECT,
        check=CheckRule.IDENTITY,
        properties={**dict.fromkeys(parts, ScalarType.TEXT), "year": ScalarType.NUMBER},
    )
    persona = a_persona(fields=[field])

    known = await answer_of(asking(persona))
    unknown = await answer_of(asking(persona, an_extraction(identity=Identity())))

    assert known["who"] == {
        **dict.fromkeys(parts),
        "title": TITLE,
        "authors": "Yomikurabe Project",
        "first_author": "Yomikurabe Project",
        "year": 2026,
    }
    assert unknown["who"] == dict.fromkeys((*parts, "year"))


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "A One, B Two and C Three"), ("ja", "A One、B Two、C Three")]
)
async def test_authors_are_listed_as_the_papers_language_does(language: str, expected: str) -> None:
    extraction = an_extraction(language=language)
    authors = extraction.identity.authors
    assert authors is not None
    identity = replace(extraction.identity, authors=replace(authors, value=("A One", "B Two", "C Three")))

    answer = await answer_of(asking(a_persona(fields=[a_field()]), replace(extraction, identity=identity)))

    assert answer["_paper"]["authors"] == expected


# Fields that sentences do not answer


async def test_judgements_numbers_and_unclear_choices_are_left_out() -> None:
    yes_or_no = (
        Choice("read", Words(ja="読む", en="read on")),
        Choice("stop", Words(ja="やめる", en="stop")),
    )
    persona = a_persona(
        fields=[
            a_field("opinion", aspects=[Aspect.METHOD], check=CheckRule.NONE),
            a_field("n", aspects=[Aspect.METHOD], type=FieldType.NUMBER),
            a_field("is_open", aspects=[Aspect.METHOD], type=FieldType.BOOLEAN),
            a_field("decision", aspects=[Aspect.OTHER], type=FieldType.CHOICE, choices=yes_or_no),
        ]
    )

    answer = await answer_of(asking(persona))

    nothing = {"evidence": [], "value": None}
    assert answer["opinion"] == []
    assert [answer[key] for key in ("n", "is_open", "decision")] == [nothing, nothing, nothing]


# Real papers


@pytest.mark.parametrize("name", PAPERS)
async def test_every_sentence_is_found_in_the_paper_on_its_page(
    papers: Mapping[str, Extraction], name: str
) -> None:
    located = PaperIndex(papers[name])

    for persona in PERSONAS.values():
        quotes = quotes_in(await answer_of(asking(persona, papers[name])))
        found = [located.locate(Quote(q["quote"], q["page"])) for q in quotes]
        assert [(e.status, e.page) for e in found] == [(EvidenceStatus.VERIFIED, q["page"]) for q in quotes]
        assert quotes


async def test_the_first_sentence_of_an_answer_leans_on_nothing(papers: Mapping[str, Extraction]) -> None:
    for name in PAPERS:
        for persona in ("summarizer", "interpreter"):
            answer = await answer_of(asking(PERSONAS[persona], papers[name]))
            firsts = [v[0]["text"] for v in answer.values() if isinstance(v, list) and v and "text" in v[0]]
            assert not [
                t
                for t in firsts
                if t.startswith(("However", "This ", "These ", "It ", "Thus", "しかし", "それ", "これ"))
            ]


async def test_two_personas_choose_differently(papers: Mapping[str, Extraction]) -> None:
    shares: list[float] = []
    for name in ENGLISH:
        one, other = [
            set(texts_in(await answer_of(asking(PERSONAS[p], papers[name]))))
            for p in ("summarizer", "interpreter")
        ]
        shares.append(len(one & other) / min(len(one), len(other)))

    assert sum(shares) / len(shares) < 0.45
    assert max(shares) < 0.6


async def test_readings_come_from_the_papers_own_list(papers: Mapping[str, Extraction]) -> None:
    for name in PAPERS:
        answer = await answer_of(asking(PERSONAS["summarizer"], papers[name]))
        listed = {r.title for r in papers[name].references}
        assert answer["next_papers"]
        assert {item["value"]["title"] for item in answer["next_papers"]} <= listed


async def test_limits_of_a_japanese_paper_come_from_its_section_on_limits(
    papers: Mapping[str, Extraction],
) -> None:
    answer = await answer_of(asking(PERSONAS["interpreter"], papers["ja_note_platex"], language="ja"))

    assert any(
        "確かめていない" in text or "評価していない" in text
        for text in [s["text"] for s in answer["limitations"]]
    )


async def test_the_same_question_gets_the_same_answer(papers: Mapping[str, Extraction]) -> None:
    question = asking(PERSONAS["summarizer"], papers["specter"])

    assert await answer_of(question) == await answer_of(question)


async def test_the_second_reader_of_a_paper_does_not_read_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Extraction] = []
    build = SentenceIndex.of
    monkeypatch.setattr(SentenceIndex, "of", lambda extraction: read.append(extraction) or build(extraction))
    engine = ExtractiveEngine()

    async with anyio.create_task_group() as readers:
        readers.start_soon(answer_of, asking(PERSONAS["summarizer"]), engine)
        readers.start_soon(answer_of, asking(PERSONAS["keshav"]), engine)

    assert len(read) == 1


async def test_only_a_few_papers_are_kept_ready() -> None:
    engine = ExtractiveEngine()
    for number in range(KEPT_INDEXES + 3):
        await answer_of(asking(a_persona(), an_extraction(id=ExtractionId(f"e{number}"))), engine)

    assert len(engine._sentences._kept) == KEPT_INDEXES


async def test_a_paper_without_text_gets_null_everywhere() -> None:
    question = asking(PERSONAS["summarizer"], an_extraction([""]))

    answer = await answer_of(question)

    assert quotes_in(answer) == []
    jsonschema_rs.validator_for(question.wire_schema, offline=True).validate(answer)
