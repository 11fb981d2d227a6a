"""Routes of personas: the library, saving, the schema of answers, previews."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import AsyncIterator
from typing import Any

import jsonschema_rs
import pytest
from server.adapters.persona_files import FolderPersonas, builtin_personas

from builders import TITLE
from house import PDF, QUOTE, statement
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

MARKDOWN = {"Content-Type": "text/markdown"}
ZIP = {"Content-Type": "application/zip"}


@pytest.fixture
def house() -> ServedHouse:
    """With the personas that ship."""
    return ServedHouse(library=FolderPersonas(builtin_personas()))


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with serving(house.app()) as client:
        yield client


def source(version: str = "1.0.0", *, question: str = "What is it about?") -> bytes:
    return f"""\
---
format: 1
version: "{version}"
name:
  ja: 私の読み手
  en: My reader
fields:
  - id: what
    aspects: [overview]
    label:
      ja: 何？
      en: "{question}"
    instruction:
      ja: 一文で答える。
      en: Answer in one sentence.
---
user:
{{% for field in fields %}}{{{{ field.label }}}}
{{% endfor %}}
""".encode()


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


async def put(api: Client, id_: str, body: bytes, headers: dict[str, str] = MARKDOWN) -> Any:
    return await api.put(f"/api/personas/{id_}", content=body, headers=headers)


async def a_paper(api: Client) -> str:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})
    paper_id: str = response.json()["id"]
    return paper_id


async def test_the_library_lists_what_ships(api: Client) -> None:
    items = (await api.get("/api/personas")).json()["items"]

    assert [item["id"] for item in items] == sorted(path.name for path in builtin_personas().iterdir())
    assert {item["origin"] for item in items} == {"builtin"}
    assert {item["source"] for item in items} == {None}
    assert all(item["name"]["ja"] and item["name"]["en"] and item["fields"] for item in items)


async def test_one_is_given_with_its_text(api: Client) -> None:
    by_id = (await api.get("/api/personas/summarizer")).json()
    by_version = (await api.get(f"/api/personas/summarizer@{by_id['version']}")).json()

    assert by_id == by_version
    assert by_id["source"].startswith("---\nformat: 1\n")


async def test_an_unknown_one_is_named_with_the_nearest(api: Client) -> None:
    for rest in ("", "/schema", "/versions"):
        response = await api.get(f"/api/personas/sumarizer{rest}")
        assert (response.status_code, response.json()["nearest"]) == (404, "summarizer")


@pytest.mark.parametrize("persona", ["summarizer", "interpreter", "keshav", "claims"])
async def test_the_schema_is_one_and_speaks_the_language(api: Client, persona: str) -> None:
    english = await api.get(f"/api/personas/{persona}/schema")
    japanese = await api.get(f"/api/personas/{persona}/schema?language=ja")

    assert english.headers["content-type"] == "application/schema+json"
    assert jsonschema_rs.meta.is_valid(english.json())
    assert english.json()["title"] != japanese.json()["title"]
    nothing = dict.fromkeys(english.json()["properties"])
    assert jsonschema_rs.is_valid(english.json(), nothing)
    wrong = await api.get(f"/api/personas/{persona}/schema?language=japanese%20please")
    assert wrong.status_code == 422


async def test_a_persona_is_saved_and_used(api: Client) -> None:
    saved = await put(api, "mine", source())

    persona = saved.json()
    assert saved.status_code == 201
    assert saved.headers["location"] == "/api/personas/mine@1.0.0"
    assert (persona["origin"], persona["source"]) == ("saved", source().decode())
    assert (await api.get(saved.headers["location"])).json() == persona
    listed = (await api.get("/api/personas")).json()["items"]
    assert listed[-1] == persona | {"source": None}


async def test_versions_stay(api: Client) -> None:
    first = (await put(api, "mine", source())).json()
    second = (await put(api, "mine", source("1.1.0", question="What else?"))).json()

    versions = (await api.get("/api/personas/mine/versions")).json()["items"]

    assert [{"version": v["version"], "digest": v["digest"]} for v in versions] == [
        {"version": "1.1.0", "digest": second["digest"]},
        {"version": "1.0.0", "digest": first["digest"]},
    ]
    assert (await api.get("/api/personas/mine@1.0.0")).json() == first
    assert (await api.get("/api/personas/mine")).json() == second


async def test_saving_the_same_again_is_no_news(api: Client) -> None:
    first = await put(api, "mine", source())

    again = await put(api, "mine", source())

    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_version_with_other_text_is_a_conflict(api: Client) -> None:
    await put(api, "mine", source())

    response = await put(api, "mine", source(question="Something else?"))

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "Raise its version" in response.json()["detail"]


async def test_one_that_ships_is_not_saved_over(api: Client) -> None:
    response = await put(api, "summarizer", source())

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "Duplicate it" in response.json()["detail"]


async def test_a_wrong_persona_says_where_and_how_to_mend_it(api: Client, house: ServedHouse) -> None:
    response = await put(api, "mine", source().replace(b"  en: My reader", b"  en: Mine: my reader"))

    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "persona_invalid")
    assert problem["problems"][0]["line"] == 6
    assert problem["problems"][0]["fix"]["ja"]
    assert problem["detail"].startswith("Line 6: ")
    assert house.memory.kept.personas == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"# Only a heading", 422),
        (b"\xff\xfe---", 400),
        (b"---\n" + b"#" * (256 * 1024), 422),
        (b"a" * (2 * 2**20 + 1), 413),
        (source().replace(b"user:", b"user:\n{{ [].__class__ }}"), 422),
        (source().replace(b"format: 1", b"format: 1\nformat: 1"), 422),
    ],
    ids=["empty", "no front matter", "no text", "too long", "far too long", "template", "key twice"],
)
async def test_what_is_no_persona_is_not_saved(
    api: Client, house: ServedHouse, body: bytes, status: int
) -> None:
    response = await put(api, "mine", body)

    assert response.status_code == status
    assert house.memory.kept.personas == []


@pytest.mark.parametrize("id_", ["Mine", "a%20b", "..", "%2e%2e", "a@1.0.0", "x" * 200, "読み手", "a%00"])
async def test_an_id_is_a_plain_name(api: Client, house: ServedHouse, id_: str) -> None:
    response = await put(api, id_, source())

    assert response.status_code in (404, 405, 422)
    assert house.memory.kept.personas == []


@pytest.mark.parametrize("folder", ["", "mine/"], ids=["files", "folder"])
async def test_a_folder_is_saved_from_a_zip(api: Client, house: ServedHouse, folder: str) -> None:
    packed = zipped(**{f"{folder}persona.md": source(), f"{folder}display.md.j2": b"# {{ title }}"})

    saved = await put(api, "mine", packed, ZIP)

    assert saved.status_code == 201
    assert house.memory.kept.personas[0].files == {"display.md.j2": b"# {{ title }}"}
    assert saved.json()["digest"] != (await put(api, "other", source())).json()["digest"]


def broken_deflate() -> bytes:
    packed = bytearray(zipped(**{"persona.md": source()}))
    start = packed.index(b"persona.md") + len("persona.md")
    packed[start : start + 40] = b"\xff" * 40
    return bytes(packed)


def a_bomb() -> bytes:
    """Says it is small and is not."""
    packed = zipped(**{"persona.md": b" " * 2**24})
    claimed = (2**24).to_bytes(4, "little")
    return packed.replace(claimed, (1000).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("packed", "status"),
    [
        (b"", 400),
        (b"PK\x03\x04 not a zip", 400),
        (broken_deflate(), 400),
        (a_bomb(), 400),
        (zipped(), 422),
        (zipped(**{"readme.md": b"hello"}), 422),
        (zipped(**{"not-persona.md": source()}), 422),
        (zipped(**{"a/b/persona.md": source()}), 422),
        (zipped(**{"persona.md": source(), "../../evil.yaml": b"x"}), 422),
        (zipped(**{"persona.md": source(), "/etc/evil": b"x"}), 422),
        (zipped(**{"persona.md": source(), "a\\..\\evil": b"x"}), 422),
        (zipped(**{"../persona.md": source()}), 422),
        (zipped(**{"mine/persona.md": source(), "../evil": b"x"}), 422),
        (zipped(**{"persona.md": source(), "big": b" " * (2 * 2**20)}), 422),
        (zipped(**{"persona.md": source(), **{f"examples/{n}.yaml": b"" for n in range(100)}}), 422),
        (zipped(**{"persona.md": b"\xff\xfe"}), 400),
    ],
    ids=[
        "empty",
        "no zip",
        "damaged",
        "a bomb",
        "nothing in it",
        "no persona",
        "another name",
        "too deep",
        "leaves the folder",
        "absolute",
        "backslashes",
        "persona outside",
        "file outside",
        "too large",
        "too many files",
        "no text",
    ],
)
async def test_a_zip_is_taken_with_care(api: Client, house: ServedHouse, packed: bytes, status: int) -> None:
    response = await put(api, "mine", packed, ZIP)

    assert response.status_code == status
    assert house.memory.kept.personas == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "application/x-zip", "", "text/markdown+zip"]
)
async def test_other_kinds_are_refused(api: Client, kind: str) -> None:
    assert (await put(api, "mine", source(), {"Content-Type": kind})).status_code == 415


async def test_a_saved_persona_runs_and_its_run_keeps_the_version() -> None:
    said = {"_paper": {"title": TITLE, "authors": None}, "what": [statement("Prompts.", QUOTE)]}
    async with serving(ServedHouse(said).app()) as api:
        await put(api, "mine", source())
        body = {"paper_id": await a_paper(api), "persona": "mine"}
        where = (await api.post("/api/runs", json=body, headers={"Prefer": "wait=5"})).headers["location"]
        await put(api, "mine", source("2.0.0", question="What else?"))

        run = (await api.get(where)).json()
        shown = (await api.get(where, headers={"Accept": "text/markdown"})).text

    assert (run["persona"]["version"], run["answer"]) == ("1.0.0", {"what": "Prompts."})
    assert "What is it about?" in shown


async def test_a_preview_is_exactly_what_would_be_sent(api: Client, house: ServedHouse) -> None:
    paper_id = await a_paper(api)

    shown = [
        (
            await api.post(f"/api/personas/{ref}/preview", json={"paper_id": paper_id, "language": language})
        ).json()
        for ref in ("summarizer", "interpreter@1.0.0")
        for language in ("ja", "en")
    ]

    assert {message["role"] for message in shown[0]["messages"]} == {"system", "user"}
    until_paper_ends = {
        (one["messages"][0]["content"], one["messages"][1]["content"].partition("<<<end of paper")[0])
        for one in shown
    }
    assert len(until_paper_ends) == 1
    assert shown[0]["model"] == "scripted"
    assert shown[0]["host"] == "127.0.0.1:8080"
    assert house.engine.questions == []
    assert house.memory.kept.runs == {}


@pytest.mark.parametrize(
    ("ref", "body", "status"),
    [
        ("xyzzy", {}, 404),
        ("summarizer", {"paper_id": "unknown"}, 404),
        ("summarizer", {"model": "unknown"}, 404),
        ("summarizer", {"language": "japanese please"}, 422),
        ("summarizer", {"colour": "red"}, 422),
        ("summarizer", {"paper_id": None}, 422),
    ],
    ids=range(6),
)
async def test_a_preview_of_what_is_not_there(
    api: Client, ref: str, body: dict[str, Any], status: int
) -> None:
    given = {"paper_id": await a_paper(api), **body}

    assert (await api.post(f"/api/personas/{ref}/preview", json=given)).status_code == status


def test_the_bomb_is_one() -> None:
    """What the test above sends would grow sixteen thousandfold."""
    packed = a_bomb()
    assert len(packed) < 20_000
    assert zlib.decompressobj(-15).decompress(packed[packed.index(b"persona.md") + 10 :])[:4] == b"    "
