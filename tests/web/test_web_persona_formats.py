"""Routes of personas in the formats of other programs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

import pytest
from server.adapters.persona_files import FolderPersonas, builtin_personas

from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

MARKDOWN = {"Content-Type": "text/markdown"}
ZIP = {"Content-Type": "application/zip"}
PATTERN = "# OUTPUT\n\n- A line in a section called SUMMARY.\n- One in a section called METHOD.\n\n# INPUT\n"


@pytest.fixture
def house() -> ServedHouse:
    return ServedHouse(library=FolderPersonas(builtin_personas()))


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with serving(house.app()) as client:
        yield client


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_md", ".md"), text)
    return data.getvalue()


async def test_a_text_becomes_a_persona_that_is_not_saved(api: Client, house: ServedHouse) -> None:
    response = await api.post(
        "/api/personas/import", content=PATTERN.encode(), headers=MARKDOWN, params={"name": "my_pattern"}
    )

    body = response.json()
    assert response.status_code == 200, response.text
    assert (body["id"], body["format"], body["files"]) == ("my-pattern", "fabric", [])
    assert [field["id"] for field in body["persona"]["fields"]] == ["summary", "method"]
    assert body["notes"][0]["code"] == "input_left_out"
    assert all(note["message"]["ja"] and note["message"]["en"] for note in body["notes"])
    assert house.memory.kept.personas == []


async def test_what_was_imported_can_be_saved_as_it_is(api: Client) -> None:
    made = (await api.post("/api/personas/import", content=PATTERN.encode(), headers=MARKDOWN)).json()

    saved = await api.put(f"/api/personas/{made['id']}", content=made["source"].encode(), headers=MARKDOWN)

    assert saved.status_code == 201, saved.text
    assert saved.json()["source"] == made["source"]


async def test_a_zipped_folder_gives_its_name(api: Client) -> None:
    data = zipped(weigh_it__system_md=PATTERN, weigh_it__README_md="?")

    body = (await api.post("/api/personas/import", content=data, headers=ZIP)).json()

    assert (body["id"], body["persona"]["name"]["en"]) == ("weigh-it", "Weigh it")


async def test_an_id_that_is_taken_is_not_given_away(api: Client) -> None:
    params = {"name": "summarizer"}
    free = await api.post("/api/personas/import", content=PATTERN.encode(), headers=MARKDOWN, params=params)
    taken = await api.post(
        "/api/personas/import", content=PATTERN.encode(), headers=MARKDOWN, params={"id": "summarizer"}
    )
    bad = await api.post(
        "/api/personas/import", content=PATTERN.encode(), headers=MARKDOWN, params={"id": "No!"}
    )

    assert free.json()["id"] == "summarizer-2"
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    assert (bad.status_code, bad.json()["code"]) == (422, "persona_invalid")


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"---\nmodel: &m x\n---\nsystem:\nHi.\n", MARKDOWN, 422, "persona_invalid"),
        (b"---\nmodel: x\n---\nuser:\n{{question}}\n", MARKDOWN, 422, "invalid_request"),
        (b"\xff\xfe", MARKDOWN, 422, "invalid_request"),
        (b"PK broken", ZIP, 400, "malformed_request"),
        (zipped(a_md="?", b_md="?"), ZIP, 422, "invalid_request"),
        (b"{}", {"Content-Type": "application/json"}, 415, "unsupported_media_type"),
        (b"x" * (3 * 2**20), MARKDOWN, 413, "too_large"),
    ],
    ids=["yaml", "input", "bytes", "zip", "folder", "json", "size"],
)
async def test_what_cannot_be_read_is_a_problem(
    api: Client, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    response = await api.post("/api/personas/import", content=content, headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("to", "file"), [("prompty", "summarizer.prompty"), ("skill", "SKILL.md"), ("fabric", "system.md")]
)
async def test_a_built_in_persona_is_a_file_to_keep(api: Client, to: str, file: str) -> None:
    japanese = await api.get("/api/personas/summarizer/export", params={"to": to, "language": "ja"})
    english = await api.get("/api/personas/summarizer@1.0.0/export", params={"to": to, "language": "en"})

    assert japanese.status_code == 200, japanese.text
    assert japanese.headers["content-type"] == "text/markdown; charset=utf-8"
    assert japanese.headers["content-disposition"] == f'attachment; filename="{file}"'
    assert "どんなもの？" in japanese.text
    assert "What is it?" in english.text


async def test_an_export_of_nothing_or_to_nowhere_is_a_problem(api: Client) -> None:
    missing = await api.get("/api/personas/nobody/export", params={"to": "skill"})
    own = await api.get("/api/personas/summarizer/export", params={"to": "persona"})
    unknown = await api.get("/api/personas/summarizer/export", params={"to": "word"})

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (own.status_code, own.json()["code"]) == (422, "invalid_request")
    assert unknown.status_code in (400, 422)
    assert unknown.headers["content-type"] == "application/problem+json"
