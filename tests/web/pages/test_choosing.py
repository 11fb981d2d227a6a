"""Choosing readers, and what the choice starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.scripted_engine import ScriptedEngine
from server.domain.comparisons import Comparison
from server.domain.ids import PaperId
from server.domain.models import EngineKind
from server.domain.personas import AppliesTo
from server.domain.words import Words

from builders import TITLE, a_model, a_paper, a_persona, an_extraction, an_identity
from builders.papers import Found, Source
from house import PDF, ListedPersonas
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

PIECE = {"HX-Request": "true"}
OTHER = b"%PDF-1.7 another paper"


async def uploaded(api: Client, data: bytes = PDF) -> str:
    response = await api.post("/api/papers", content=data, headers={"Content-Type": "application/pdf"})
    return str(response.json()["id"])


def choice(*papers: str, reader: list[str] | None = None, **fields: str) -> dict[str, Any]:
    return {
        "data": {"paper": list(papers), "reader": reader or [], **fields},
        "follow_redirects": False,
    }


def only(house: ServedHouse) -> Comparison:
    (comparison,) = house.memory.kept.comparisons.values()
    return comparison


def asked(house: ServedHouse) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Persona, model, language and settings of each candidate, in order."""
    runs = [house.memory.kept.runs[c.run_id] for c in only(house).candidates]
    return [(run.persona.id, run.model, run.language, run.settings.as_dict()) for run in runs]


async def test_two_readers_are_chosen_beforehand(api: Client) -> None:
    page = (await api.get(f"/papers/{await uploaded(api)}")).text

    assert 'value="summarizer" checked' in page
    assert 'value="interpreter" checked' in page
    assert ">Compare</button>" in page


async def test_two_readers_make_a_comparison(house: ServedHouse, api: Client) -> None:
    paper_id = await uploaded(api)

    response = await api.post("/comparisons", **choice(paper_id, reader=["summarizer", "interpreter"]))

    assert response.status_code == 303
    assert response.headers["location"] == f"/comparisons/{only(house).id}"
    assert [one[0] for one in asked(house)] == ["summarizer", "interpreter"]


async def test_one_reader_reads_alone(house: ServedHouse, api: Client) -> None:
    paper_id = await uploaded(api)

    response = await api.post("/comparisons", **choice(paper_id, reader=["interpreter"]), headers=PIECE)

    (run,) = house.memory.kept.runs.values()
    assert response.headers["hx-redirect"] == f"/runs/{run.id}"
    assert house.memory.kept.comparisons == {}


async def test_an_answer_at_hand_is_laid_beside_the_readers(house: ServedHouse, api: Client) -> None:
    paper_id = await uploaded(api)

    response = await api.post(
        "/comparisons", **choice(paper_id, reader=["summarizer"], text="The paper comes first.")
    )

    assert response.headers["location"] == f"/comparisons/{only(house).id}"
    assert [engine for _, engine, *_ in asked(house)][1:] == ["text"]


async def test_the_same_reader_twice_meets_itself(house: ServedHouse, api: Client) -> None:
    form = choice(await uploaded(api), reader=["summarizer"], **{"times:summarizer": "2"})

    await api.post("/comparisons", **form)

    assert [one[0] for one in asked(house)] == ["summarizer", "summarizer"]
    assert len({c.run_id for c in only(house).candidates}) == 2


async def test_language_and_settings_hold_for_all_and_the_short_form_has_its_own(
    house: ServedHouse, api: Client
) -> None:
    form = choice(
        await uploaded(api),
        reader=["summarizer"],
        language="ja",
        temperature="0.5",
        more="interpreter:language=en,temperature=0,seed=7\n\n",
    )

    await api.post("/comparisons", **form)

    assert asked(house) == [
        ("summarizer", "scripted", "ja", {"temperature": 0.5}),
        ("interpreter", "scripted", "en", {"temperature": 0.0, "seed": 7}),
    ]


async def test_without_a_model_no_language_is_asked_for() -> None:
    extractive = a_model("extractive", engine=EngineKind.EXTRACTIVE)
    house = ServedHouse(models=[(extractive, ExtractiveEngine())])
    async with serving(house.app()) as api:
        form = choice(await uploaded(api), reader=["summarizer"], model="extractive", language="ja")
        await api.post("/comparisons", **form)

    (run,) = house.memory.kept.runs.values()
    assert run.language != "ja"
    assert [w.code for w in run.warnings if w.code == "language_not_applied"] == []


async def test_a_reader_of_one_language_keeps_it(house: ServedHouse, api: Client) -> None:
    house.library = ListedPersonas(replace(a_persona(), language="ja"))
    object.__setattr__(house.shelf, "library", house.library)

    await api.post("/comparisons", **choice(await uploaded(api), reader=["summarizer"], language="en"))

    (run,) = house.memory.kept.runs.values()
    assert run.language == "ja"


async def test_a_blind_comparison_is_blind_and_the_browser_is_remembered(
    house: ServedHouse, api: Client
) -> None:
    form = choice(await uploaded(api), reader=["summarizer", "interpreter"], blind="1")

    response = await api.post("/comparisons", **form)

    assert only(house).blind
    assert "yomi_voter" in response.headers["set-cookie"]


async def test_several_papers_get_the_same_readers_and_lead_to_the_library(
    house: ServedHouse, api: Client
) -> None:
    papers = [await uploaded(api), await uploaded(api, OTHER)]

    response = await api.post("/comparisons", **choice(*papers, reader=["summarizer", "interpreter"]))

    assert response.headers["location"] == "/library"
    assert [c.paper_id for c in house.memory.kept.comparisons.values()] == papers


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose 1 to 6 readers (now 0)"),
        ({"reader": ["summarizer", "interpreter"], "times:summarizer": "3", "more": "a\nb\nc"}, "now 7"),
        ({"reader": ["summarizer"], "times:summarizer": "9"}, "1 to 3 times"),
        ({"reader": ["summarizer"], "temperature": "hot"}, "temperature"),
        ({"reader": ["summarizer"], "model": "gpt-none"}, "gpt-none"),
        ({"reader": ["nobody"]}, "nobody"),
        ({"reader": ["summarizer"], "more": "summarizer:colour=red"}, "colour"),
    ],
    ids=["nobody", "seven", "often", "setting", "model", "persona", "short form"],
)
async def test_what_cannot_be_asked_says_so_in_its_place(
    house: ServedHouse, api: Client, fields: dict[str, Any], words: str
) -> None:
    response = await api.post("/comparisons", **choice(await uploaded(api), **fields), headers=PIECE)

    assert response.status_code in (404, 422)
    assert words in response.text
    assert response.text.startswith('<p class="problem-line"')
    assert house.memory.kept.runs == {}


async def test_a_choice_needs_a_paper(api: Client) -> None:
    assert (await api.post("/comparisons", **choice(reader=["summarizer"]))).status_code == 422


async def test_the_address_can_choose_a_reader(house: ServedHouse, api: Client) -> None:
    house.library = ListedPersonas(
        *(a_persona(id_) for id_ in ("summarizer", "keshav", "interpreter", "claims"))
    )
    object.__setattr__(house.shelf, "library", house.library)

    page = (
        await api.get(f"/papers/{await uploaded(api)}?reader=claims&reader=summarizer:temperature=0")
    ).text

    assert 'value="claims" checked' in page
    assert page.index('value="claims"') < page.index('value="summarizer"')
    assert page.count(" checked>") == 2
    assert ">summarizer:temperature=0</textarea>" in page


async def test_a_survey_is_guessed_and_readers_not_made_for_it_say_so(
    house: ServedHouse, api: Client
) -> None:
    warning = replace(a_persona(), applies_to=AppliesTo(("method",), ("survey",)))
    others = (a_persona("interpreter"), a_persona("keshav"))
    object.__setattr__(house.shelf, "library", ListedPersonas(warning, *others))
    named = an_identity(title=Found(f"{TITLE}: A Survey", Source.LAYOUT, 1))
    house.memory.has(an_extraction(identity=named))
    paper = house.memory.has(a_paper())

    page = (await api.get(f"/papers/{paper.id}")).text

    assert "This looks like a paper of this kind: survey or review" in page
    assert page.count("Not made for this kind of paper") == 1
    assert 'value="summarizer" checked' not in page
    assert 'value="keshav" checked' in page


async def test_the_host_is_named_before_anything_leaves() -> None:
    remote = a_model("remote", base_url="https://api.example.com/v1", default=True)
    house = ServedHouse(models=[(remote, ScriptedEngine())])
    house.models._models.pop("scripted")
    async with serving(house.app()) as api:
        page = (await api.get(f"/papers/{await uploaded(api)}")).text

    assert "The paper will be sent to api.example.com." in page
    assert "remote → api.example.com" in page


async def test_names_and_questions_of_readers_stay_text(house: ServedHouse, api: Client) -> None:
    hostile = replace(a_persona(), name=Words(ja="<b>x</b>", en='<script>alert("1")</script>'))
    object.__setattr__(house.shelf, "library", ListedPersonas(hostile))

    page = (await api.get(f"/papers/{await uploaded(api)}")).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_nothing_is_started_while_one_of_several_papers_cannot_be_read(
    house: ServedHouse, api: Client
) -> None:
    papers = await uploaded(api), "none"

    response = await api.post("/comparisons", **choice(*papers, reader=["summarizer", "interpreter"]))

    assert response.status_code == 404
    assert not house.memory.kept.comparisons
    assert not house.memory.kept.runs


async def test_an_unknown_paper_among_several_is_not_found(api: Client) -> None:
    response = await api.post("/comparisons", **choice(PaperId("none"), reader=["summarizer"]))

    assert response.status_code == 404
