"""Routes of personas in the making: lint, form, preview, copy, draft, save, compare versions, keep examples."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from ruamel.yaml import YAML
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.adapters.persona_lint import lint

from builders import TITLE, a_model
from house import PDF, QUOTE, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

MARKDOWN = {"Content-Type": "text/markdown"}
SAID = {"_paper": {"title": TITLE, "authors": None}, "what": [statement("Prompts.", QUOTE)], "points": []}


@pytest.fixture
def house() -> ServedHouse:
    """With the personas that ship; the model answers the questions of `source`."""
    return ServedHouse(
        SAID,
        library=FolderPersonas(builtin_personas()),
        models=[(a_model("extractive"), ServedHouse().engine)],
    )


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with serving(house.app()) as client:
        yield client


def source(
    version: str = "1.0.0", *, question: str = "What is it about?", user: str = "{{ field.label }}"
) -> str:
    return f"""\
---
format: 1
version: "{version}"  # raise it
name:
  ja: 私の読み手
  en: My reader
license: CC0-1.0
attribution: Me
fields:
  - id: what
    aspects: [overview]
    label:
      ja: 何？
      en: "{question}"
    instruction:
      ja: 一文で答える。
      en: Answer in one sentence.
  - id: points
    aspects: [results]
    label:
      ja: 結果
      en: Results
    instruction:
      ja: 挙げる。
      en: List them.
    type: list
    max_items: 3
---
user:
{{% for field in fields %}}{user}
{{% endfor %}}
"""


async def lint_text(api: Client, text: str, **params: str) -> Any:
    response = await api.post("/api/personas/lint", content=text.encode(), headers=MARKDOWN, params=params)
    assert response.status_code == 200, response.text
    return response.json()


async def save(api: Client, id_: str, text: str, **params: str) -> Any:
    return await api.post(
        f"/api/personas/{id_}/versions", content=text.encode(), headers=MARKDOWN, params=params
    )


async def a_paper(api: Client) -> str:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    paper_id: str = response.json()["id"]
    return paper_id


async def a_run(api: Client, persona: str) -> Any:
    body = {"paper_id": await a_paper(api), "persona": persona, "fresh": True}
    response = await api.post("/api/runs", json=body, headers={"Prefer": "wait=5"})
    assert response.json()["status"] == "finished", response.text
    return response.json()


# Lint


async def test_a_sound_text_is_shown_as_the_persona_it_would_be(api: Client, house: ServedHouse) -> None:
    found = await lint_text(api, source(), id="mine")

    assert found["problems"] == []
    assert (found["persona"]["id"], found["persona"]["fields"][1]["max_items"]) == ("mine", 3)
    assert list(found["answer_schema"]["properties"]) == ["what", "points"]
    assert house.memory.kept.personas == []


async def test_every_problem_comes_with_its_line_and_the_fix_in_both_languages(api: Client) -> None:
    text = (
        source().replace("aspects: [overview]", "aspects: [overveiw]").replace("max_items: 3", "max_item: 3")
    )

    found = await lint_text(api, text)

    assert [(p["line"], p["code"], p["severity"]) for p in found["problems"]] == [
        (11, "not_one_of", "error"),
        (27, "unknown_key", "error"),
    ]
    assert "overview" in found["problems"][0]["fix"]["en"]
    assert "max_items" in found["problems"][1]["fix"]["ja"]
    assert (found["persona"], found["answer_schema"]) == (None, None)


@pytest.mark.parametrize(
    ("user", "severity"),
    [("{{ fields[9].label }}", "error"), ("{{ paper.authors[0] }}", "warning"), ("{{ field.label", "error")],
)
async def test_what_goes_wrong_only_when_the_template_is_filled_is_found_too(
    api: Client, user: str, severity: str
) -> None:
    found = await lint_text(api, source(user=user))

    told = [p for p in found["problems"] if p["code"].startswith("template")]
    assert [(p["severity"], p["line"] >= 30) for p in told] == [(severity, True)]
    assert (found["persona"] is None) == (severity == "error")


# The form


def as_form(persona: dict[str, Any]) -> dict[str, Any]:
    return {key: persona[key] for key in ("name", "description", "language", "fields")}


async def test_a_form_sent_back_as_it_came_changes_nothing(api: Client) -> None:
    for item in (await api.get("/api/personas")).json()["items"]:
        persona = (await api.get(f"/api/personas/{item['id']}")).json()
        body = {"source": persona["source"], "form": as_form(persona), "id": item["id"]}

        formed = (await api.post("/api/personas/form", json=body)).json()

        assert formed["source"] == persona["source"]
        assert formed["persona"]["fields"] == persona["fields"]


async def test_a_form_changes_its_part_of_the_text_and_says_what_is_wrong_with_it(api: Client) -> None:
    persona = (await lint_text(api, source()))["persona"]
    form = as_form(persona)
    form["fields"] = [
        {"id": "9new", "aspects": ["method"], "label": {"ja": "新", "en": "New"}},
        {**form["fields"][1], "id": "results", "was": "points", "max_items": 5},
    ]

    formed = (await api.post("/api/personas/form", json={"source": source(), "form": form})).json()

    assert next((p["code"], p["line"]) for p in formed["problems"]) == ("bad_name", 10)
    assert "  - id: results\n    aspects: [results]" in formed["source"]
    assert "    max_items: 5\n---\nuser:" in formed["source"]
    assert '"1.0.0"  # raise it' in formed["source"]


@pytest.mark.parametrize(
    "change",
    [{"colour": "red"}, {"fields": [{"id": "a", "aspects": []}]}, {"fields": "none"}, {"name": None}],
    ids=range(4),
)
async def test_a_form_of_another_shape_is_refused(api: Client, change: dict[str, Any]) -> None:
    form = {"name": {"ja": "a", "en": "b"}, "fields": [], **change}

    assert (await api.post("/api/personas/form", json={"source": source(), "form": form})).status_code == 422


# Preview


async def test_an_unsaved_text_is_previewed_as_a_run_of_it_would_be_sent(
    api: Client, house: ServedHouse
) -> None:
    paper_id = await a_paper(api)
    body = {"paper_id": paper_id, "language": "en"}

    unsaved = (await api.post("/api/personas/preview", json={"source": source(), **body})).json()
    assert house.memory.kept.personas == []
    await save(api, "mine", source())
    saved = (await api.post("/api/personas/mine/preview", json=body)).json()

    assert unsaved == saved
    assert "What is it about?" in unsaved["messages"][1]["content"]
    assert unsaved["host"] == "127.0.0.1:8080"
    assert house.engine.questions == []


async def test_a_text_with_errors_has_no_preview(api: Client) -> None:
    body = {"source": source(user="{{ fields[9].label }}"), "paper_id": await a_paper(api)}

    refused = await api.post("/api/personas/preview", json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, "persona_invalid")
    assert (
        await api.post("/api/personas/preview", json={**body, "source": source(), "paper_id": "x"})
    ).status_code == 404


# Copies and versions


async def test_a_copy_is_ones_own_and_says_whose_it_was(api: Client) -> None:
    copied = (await api.post("/api/personas/summarizer/duplicate", json={})).json()

    persona = (await lint_text(api, copied["source"], id=copied["id"]))["persona"]
    assert (copied["id"], copied["copy_of"][:11], persona["version"]) == (
        "summarizer-own",
        "summarizer@",
        "1.0.0",
    )
    assert persona["name"] == {"ja": "落合式・六つの問い（自分用）", "en": "Six questions (Ochiai) (my copy)"}
    assert persona["attribution"].startswith(f"Based on {copied['copy_of']}. Format by Yoichi Ochiai")
    await save(api, "summarizer-own", copied["source"])
    again = (await api.post("/api/personas/summarizer-own/duplicate", json={"name": "Mine: two"})).json()
    assert again["id"] == "summarizer-own-2"
    assert (await lint_text(api, again["source"]))["persona"]["name"]["en"] == "Mine: two"
    taken = await api.post("/api/personas/claims/duplicate", json={"id": "summarizer-own"})
    assert taken.status_code == 409


async def test_a_changed_text_becomes_the_next_version_and_an_unchanged_one_none(api: Client) -> None:
    first = await save(api, "mine", source())
    same = await save(api, "mine", source())
    changed = await save(api, "mine", source(question="What else?"))
    stale = await save(api, "mine", source())

    assert [r.status_code for r in (first, same, changed, stale)] == [201, 200, 201, 201]
    assert [r.json()["version"] for r in (first, same, changed, stale)] == [
        "1.0.0",
        "1.0.0",
        "1.0.1",
        "1.0.2",
    ]
    assert 'version: "1.0.1"  # raise it' in changed.json()["source"]
    unraised = await save(api, "mine", source(version="1.0.0").replace("\n", "\r\n"))
    assert (unraised.status_code, unraised.json()["version"]) == (200, "1.0.2")
    own_number = await save(api, "mine", source(version="3.0.0"))
    assert (own_number.status_code, own_number.json()["version"]) == (201, "3.0.0")


async def test_versions_say_when_they_were_saved(api: Client) -> None:
    await save(api, "mine", source())
    await save(api, "mine", source(question="What else?"))

    items = (await api.get("/api/personas/mine/versions")).json()["items"]

    assert [item["version"] for item in items] == ["1.0.1", "1.0.0"]
    assert all(item["created_at"].startswith("2026-03-01T12:00") for item in items)
    shipped = (await api.get("/api/personas/claims/versions")).json()["items"]
    assert [item["created_at"] for item in shipped] == [None]


async def test_what_is_built_in_is_not_saved_over(api: Client) -> None:
    assert (await save(api, "claims", source())).status_code == 409
    assert (await save(api, "mine", source(), copy_of="xyzzy")).status_code == 404


async def test_the_difference_of_two_versions_is_told_word_by_word(api: Client) -> None:
    await save(api, "mine", source())
    await save(api, "mine", source(question="What is it good for?"))

    newest = (await api.get("/api/personas/mine/diff")).json()

    assert (newest["from"], newest["to"]) == ("mine@1.0.0", "mine@1.0.1")
    changes = [
        [(s["change"], s["text"]) for s in line["segments"] if s["change"] != "same"]
        for hunk in newest["hunks"]
        for line in hunk["lines"]
    ]
    assert [one for one in changes if one] == [
        [("removed", "0"), ("added", "1")],
        [("removed", "about"), ("added", "good for")],
    ]
    back = (await api.get("/api/personas/mine/diff", params={"from": "1.0.1", "to": "1.0.0"})).json()
    assert (back["from"], len(back["hunks"])) == ("mine@1.0.1", len(newest["hunks"]))
    other = (await api.get("/api/personas/mine/diff", params={"from": "claims@1.0.0"})).json()
    assert other["from"] == "claims@1.0.0"
    assert (await api.get("/api/personas/mine/diff", params={"from": "9.9.9"})).status_code == 404
    assert (await api.get("/api/personas/xyzzy/diff")).status_code == 404


async def test_two_versions_meet_on_one_paper(api: Client) -> None:
    await save(api, "mine", source())
    await save(api, "mine", source(question="What else?"))
    body = {
        "paper_id": await a_paper(api),
        "candidates": [{"persona": "mine@1.0.0"}, {"persona": "mine@1.0.1"}],
    }

    compared = (await api.post("/api/comparisons", json=body, headers={"Prefer": "wait=5"})).json()

    assert compared["status"] == "finished"
    runs = [candidate["run"] for candidate in compared["candidates"]]
    assert [(r["persona"]["id"], r["persona"]["version"]) for r in runs] == [
        ("mine", "1.0.0"),
        ("mine", "1.0.1"),
    ]
    assert runs[0]["id"] != runs[1]["id"]


# Drafts


async def test_without_a_model_the_nearest_persona_is_copied_and_the_reason_given(
    api: Client, house: ServedHouse
) -> None:
    body = {"wish": "この論文の主張とその証拠の強さを知りたい", "model": "extractive"}

    drafted = (await api.post("/api/personas/draft", json=body)).json()

    assert (drafted["id"], drafted["host"], drafted["error"]) == ("claims-own", None, None)
    assert drafted["from"]["persona"] == "claims@1.0.0"
    assert "主張と証拠" in drafted["from"]["reason"]["ja"]
    assert lint(drafted["source"], drafted["id"]) == []
    persona = (await lint_text(api, drafted["source"], id=drafted["id"]))["persona"]
    assert persona["description"]["ja"] == body["wish"]
    assert [f["id"] for f in persona["fields"]] == [
        f["id"] for f in (await api.get("/api/personas/claims")).json()["fields"]
    ]
    assert house.engine.questions == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"wish": "  \n"}, 422),
        ({"wish": "x" * 2001}, 422),
        ({"wish": "limits", "model": "unknown"}, 404),
        ({"wish": "limits", "language": "japanese please"}, 422),
        ({}, 422),
    ],
    ids=range(5),
)
async def test_a_wish_that_cannot_be_met_says_why(api: Client, body: dict[str, Any], status: int) -> None:
    assert (await api.post("/api/personas/draft", json=body)).status_code == status


# Feedback and examples


async def test_what_was_said_about_a_run_is_read_oldest_first(api: Client) -> None:
    await save(api, "mine", source())
    run = await a_run(api, "mine")
    where = f"/api/runs/{run['id']}/feedback"
    for comment in ("first", "second"):
        await api.post(where, json={"verdict": "wrong", "comment": comment, "path": "/what"})

    items = (await api.get(where)).json()["items"]

    assert [(i["verdict"], i["comment"], i["path"]) for i in items] == [
        ("wrong", "first", "/what"),
        ("wrong", "second", "/what"),
    ]
    assert (await api.get("/api/runs/unknown/feedback")).status_code == 404


async def test_a_correction_is_kept_as_an_example_in_a_new_version(api: Client, house: ServedHouse) -> None:
    await save(api, "mine", source())
    run = await a_run(api, "mine")
    body = {"run_id": run["id"], "path": "/what", "answer": "数値は: 12 %\n二行目", "why": "Numbers # first"}

    kept = await api.post("/api/personas/mine/examples", json=body)

    assert kept.status_code == 201, kept.text
    answer = kept.json()
    assert (answer["persona"]["version"], answer["persona"]["examples"], answer["copy_of"]) == (
        "1.0.1",
        1,
        None,
    )
    assert (await api.get("/api/personas/mine")).json()["examples"] == 1
    assert (await api.get("/api/personas/mine@1.0.0")).json()["examples"] == 0
    written = YAML(typ="safe").load(house.memory.kept.personas[-1].files[answer["file"]].decode())
    paper = (await api.get(f"/api/papers/{run['paper_id']}")).json()
    assert written == {
        "paper": {"title": TITLE, "sha256": paper["sha256"]},
        "excerpt": QUOTE,
        "language": "en",
        "answer": {"what": body["answer"]},
        "evidence": {"what": [QUOTE]},
        "why": body["why"],
    }
    edited = await save(api, "mine", source(question="What else?"))
    assert (edited.json()["version"], edited.json()["examples"]) == ("1.0.2", 1)


async def test_a_correction_of_a_built_in_persona_goes_into_ones_own_copy(api: Client) -> None:
    await save(api, "mine", source())
    run = await a_run(api, "mine")
    body = {"run_id": run["id"], "path": "/thesis", "answer": "One thesis.", "why": ""}

    shipped = (await api.get("/api/personas/claims")).json()["examples"]
    first = (await api.post("/api/personas/claims/examples", json=body)).json()
    second = (await api.post("/api/personas/claims/examples", json=body)).json()

    assert [
        (k["persona"]["id"], k["persona"]["version"], k["persona"]["examples"]) for k in (first, second)
    ] == [
        ("claims-own", "1.0.0", shipped + 1),
        ("claims-own", "1.0.1", shipped + 2),
    ]
    assert first["file"] != second["file"]
    assert "claims-own" in first["message"]["en"]
    assert "claims-own" in first["message"]["ja"]
    assert first["copy_of"] == "claims@1.0.0"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"answer": 7}, "/answer/what"),
        ({"path": "/nothing"}, "/answer"),
        ({"path": "/points", "answer": ["a", "b", "c", "d"]}, "/answer/points"),
        ({"path": "/points/4", "answer": "e"}, "/path"),
        ({"path": None, "answer": "text"}, "/answer"),
        ({"path": None, "answer": {}}, "/answer"),
        ({"path": None, "answer": {"what": "a", "other": "b"}}, "/answer"),
    ],
    ids=range(7),
)
async def test_what_is_no_answer_is_no_example(
    api: Client, house: ServedHouse, change: dict[str, Any], where: str
) -> None:
    await save(api, "mine", source())
    body = {"run_id": (await a_run(api, "mine"))["id"], "path": "/what", "answer": "Right.", **change}

    refused = await api.post("/api/personas/mine/examples", json=body)

    assert (refused.status_code, refused.json().get("path")) == (422, where)
    assert len(house.memory.kept.personas) == 1


async def test_an_example_of_nothing_is_not_found(api: Client) -> None:
    await save(api, "mine", source())
    body = {"run_id": "unknown", "path": "/what", "answer": "Right."}

    assert (await api.post("/api/personas/mine/examples", json=body)).status_code == 404
    run = await a_run(api, "mine")
    assert (
        await api.post("/api/personas/xyzzy/examples", json={**body, "run_id": run["id"]})
    ).status_code == 404
