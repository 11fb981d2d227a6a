"""Editing a reader on a page: form and text in step, problems by line, versions, comparing and restoring them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from server.adapters.persona_files import builtin_personas
from server.domain.fields import Aspect, FieldType

from persona_pages import HTMX, JA, MINE, PersonaHouse, browsing, filled, imported, uploaded
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio

BUILTINS = sorted(path.parent.name for path in builtin_personas().glob("*/persona.md"))


@pytest.fixture
def house() -> ServedHouse:
    return PersonaHouse()


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with browsing(house) as client:
        yield client


async def opened(api: Client, id_: str = "mine") -> dict[str, str]:
    """What the editor's form holds."""
    return filled((await api.get(f"/personas/{id_}/edit")).text, "editor")


async def stepped(api: Client, values: dict[str, str], *, id_: str = "mine") -> dict[str, str]:
    """What it holds after a step."""
    response = await api.post(f"/personas/{id_}/edit", data=values, headers=HTMX)
    assert response.status_code == 200, response.text
    return filled(f'<form id="editor">{response.text}</form>', "editor")


@pytest.mark.parametrize("builtin", BUILTINS)
async def test_a_form_nobody_touched_leaves_every_byte(api: Client, builtin: str) -> None:
    copy = (await api.post(f"/personas/{builtin}/duplicate")).headers["location"].split("/")[2]
    values = await opened(api, copy)

    after = await stepped(api, {**values, "side": "form"}, id_=copy)

    assert after["source"] == values["source"]
    assert after["source"].startswith("---\nformat: 1\n")


async def test_what_is_typed_into_the_form_comes_into_the_text(api: Client) -> None:
    await imported(api, MINE.replace("fields:", "# mine alone\nfields:"))
    values = await opened(api)

    after = await stepped(
        api,
        {
            **values,
            "side": "form",
            "name_en": "Data reader",
            "q0_label_en": "What data?",
            "q0_aspect": "results",
            "q0_type": "list",
            "q0_high_en": "40",
            "q0_low_en": "50",
            "language": "ja",
        },
    )

    assert "# mine alone" in after["source"]
    for line in ("Data reader", "What data?", "[results]", "type: list", "[40, 50]", "language: ja"):
        assert line in after["source"]
    assert after["base"] == after["source"]


async def test_valid_text_refills_the_form(api: Client) -> None:
    await imported(api)
    values = await opened(api)

    after = await stepped(
        api, {**values, "side": "text", "source": MINE.replace("Which data?", "What data?")}
    )

    assert after["q0_label_en"] == "What data?"


async def test_lines_that_end_as_browsers_end_them_change_nothing(api: Client) -> None:
    await imported(api)
    values = await opened(api)

    after = await stepped(api, {**values, "side": "text", "source": MINE.replace("\n", "\r\n")})

    assert after["source"] == MINE


async def test_an_error_in_the_text_is_told_with_its_line_and_blocks_the_form(api: Client) -> None:
    await imported(api)
    values = await opened(api)
    wrong = {**values, "side": "text", "source": MINE.replace("[method]", "[metod]")}

    piece = (await api.post("/personas/mine/edit", data=wrong, headers=HTMX | JA)).text

    assert 'class="problem error" data-line="8"' in piece
    assert "誤りが 1 件あり、保存できません" in piece
    assert '<fieldset id="form-pane" class="form-pane" disabled' in piece
    after = filled(f'<form id="editor">{piece}</form>', "editor")
    assert after["base"] == MINE


async def test_a_form_that_makes_errors_stays_as_it_was_typed(api: Client) -> None:
    await imported(api)
    values = await opened(api)

    after = await stepped(api, {**values, "side": "form", "q0_label_en": "", "q0_label_ja": "", "do": "add"})

    assert after["q0_label_en"] == ""
    assert after["q1_label_en"] == "New question"
    assert after["base"] == MINE


async def test_questions_are_added_moved_and_removed(api: Client, house: ServedHouse) -> None:
    await imported(api)
    values = await opened(api)

    added = await stepped(api, {**values, "do": "add"})
    moved = await stepped(api, {**added, "do": "up:1"})
    removed = await stepped(api, {**moved, "do": "remove:1"})

    assert [added["q0_id"], added["q1_id"]] == ["data", "question"]
    assert [moved["q0_id"], moved["q1_id"]] == ["question", "data"]
    assert removed["q0_id"] == "question"
    assert "q1_id" not in removed
    linted = house.desk.lint(moved["source"], id_="mine", language="en")
    assert linted.persona is not None
    assert [f.id for f in linted.persona.fields] == ["question", "data"]


@pytest.mark.parametrize("step", ["up:0", "down:0", "remove:0", "down:9", "up:-1", "remove:x", "burn:0"])
async def test_a_step_that_leads_nowhere_changes_nothing(api: Client, step: str) -> None:
    await imported(api)

    after = await stepped(api, {**await opened(api), "do": step})

    assert after["source"] == MINE


async def test_a_choice_begins_with_yes_and_no_and_takes_more(api: Client, house: ServedHouse) -> None:
    await imported(api)

    chosen = await stepped(api, {**await opened(api), "side": "form", "q0_type": "choice"})
    more = await stepped(api, {**chosen, "side": "form", "q0_c2_en": "Partly", "q0_c0_ja": "ある"})

    persona = house.desk.lint(more["source"], id_="mine", language="en").persona
    assert persona is not None
    field = persona.fields[0]
    assert field.type is FieldType.CHOICE
    assert field.aspects == (Aspect.METHOD,)
    assert [(c.id, c.label.ja, c.label.en) for c in field.choices] == [
        ("yes", "ある", "Yes"),
        ("no", "いいえ", "No"),
        ("choice_3", "Partly", "Partly"),
    ]


async def test_saving_makes_a_version_and_offers_to_compare_it(api: Client, house: ServedHouse) -> None:
    paper = await uploaded(api)
    await imported(api)
    changed = MINE.replace("Which data?", "What data?")

    saved = await api.post(
        "/personas/mine/edit", data={**await opened(api), "side": "text", "source": changed, "do": "save"}
    )
    page = (await api.get(saved.headers["location"])).text
    compared = await api.post(
        "/personas/mine/compare",
        data={"old": "1.0.0", "new": "1.0.1", "paper": paper, "model": "scripted"},
    )

    assert saved.headers["location"] == "/personas/mine/edit?before=1.0.0"
    assert "Version 1.0.1 is saved" in page
    assert "Compare with version 1.0.0" in page
    (comparison,) = house.memory.kept.comparisons.values()
    assert compared.headers["location"] == f"/comparisons/{comparison.id}"
    versions = [house.kept(candidate.run_id).persona.version for candidate in comparison.candidates]
    assert versions == ["1.0.0", "1.0.1"]


async def test_saving_takes_what_stands_in_the_form_when_that_was_changed_last(api: Client) -> None:
    await imported(api)

    await api.post(
        "/personas/mine/edit",
        data={**await opened(api), "side": "form", "q0_label_en": "Sizes?", "do": "save"},
    )

    assert "Sizes?" in (await api.get("/personas/mine")).text


async def test_saving_what_is_saved_already_makes_no_version(api: Client) -> None:
    await imported(api)

    response = await api.post("/personas/mine/edit", data={**await opened(api), "do": "save"})
    page = (await api.get(response.headers["location"])).text

    assert response.headers["location"] == "/personas/mine/edit"
    assert "nothing new was saved" in page
    assert "version 1.0.0" in page


async def test_errors_are_not_saved_and_nothing_typed_is_lost(api: Client) -> None:
    await imported(api)
    wrong = MINE.replace("[method]", "[metod]")

    response = await api.post(
        "/personas/mine/edit", data={**await opened(api), "side": "text", "source": wrong, "do": "save"}
    )

    assert response.status_code == 422
    assert filled(response.text, "editor")["source"] == wrong
    assert "data-dirty" in response.text
    assert "1 error keeps it from being saved" in response.text


async def test_the_preview_shows_what_is_not_saved_yet(api: Client) -> None:
    paper = await uploaded(api)
    await imported(api)
    values = {
        **await opened(api),
        "side": "text",
        "source": MINE.replace("Which data?", "Unsaved question?"),
        "paper": paper,
        "preview_language": "en",
        "model": "scripted",
    }

    response = await api.post("/personas/mine/edit/preview", data=values, headers=HTMX)

    assert "Unsaved question?" in response.text
    assert "Unsaved question?" not in (await api.get("/personas/mine")).text


async def test_unknown_inputs_are_refused(api: Client) -> None:
    await imported(api)

    response = await api.post("/personas/mine/edit", data={"source": MINE, "q99_id": "x"})

    assert response.status_code == 422


async def test_the_history_marks_words_and_restores_as_a_new_version(api: Client) -> None:
    await imported(api)
    await imported(api, MINE.replace("Which data?", "What data?"))

    page = (await api.get("/personas/mine/history")).text
    restored = await api.post("/personas/mine/restore", data={"version": "1.0.0"})
    newest = (await api.get("/personas/mine")).text

    assert '<del><span class="unseen">removed: </span>Which</del>' in page
    assert '<ins><span class="unseen">added: </span>What</ins>' in page
    assert restored.headers["location"] == "/personas/mine/history"
    assert "Which data?" in newest
    assert "version 1.0.2" in newest


async def test_the_history_of_one_version_says_so(api: Client) -> None:
    assert "版はまだ一つだけです。" in (await api.get("/personas/summarizer/history", headers=JA)).text


async def test_two_versions_on_no_paper_ask_for_one(api: Client) -> None:
    await imported(api)

    response = await api.post("/personas/mine/compare", data={"old": "1.0.0", "new": "1.0.0", "paper": ""})

    assert response.status_code == 422
    assert "No paper is chosen" in response.text
