"""Routes of papers."""

from __future__ import annotations

from typing import Any

import pytest
from server.domain.errors import (
    EncryptedPaperError,
    FetchFailedError,
    NoTextError,
    ParserCrashedError,
    StorageFullError,
    TooManyPagesError,
)

from builders import TITLE
from house import PDF
from served import MAX_BYTES, Client, ServedHouse

pytestmark = pytest.mark.anyio

ANOTHER = b"%PDF-1.7 another"
BOUNDARY = "boundary"


def a_file(data: bytes = PDF, name: str = "paper-first.pdf") -> dict[str, Any]:
    return {"files": {"file": (name, data, "application/pdf")}}


def a_form(*parts: tuple[str, bytes]) -> dict[str, Any]:
    """A multipart body written by hand: each part's headers after `form-data; `, and its bytes."""
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    return {
        "content": body + f"--{BOUNDARY}--\r\n".encode(),
        "headers": {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    }


async def uploaded(api: Client, data: bytes = PDF) -> str:
    paper_id: str = (await api.post("/api/papers", **a_file(data))).json()["id"]
    return paper_id


async def test_an_uploaded_paper_is_read_and_described(api: Client) -> None:
    response = await api.post("/api/papers", **a_file())

    paper = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/papers/{paper['id']}"
    assert (paper["status"], paper["filename"], paper["bytes"]) == ("ready", "paper-first.pdf", len(PDF))
    assert paper["identity"]["title"] == {"value": TITLE, "source": "layout", "page": 1}
    assert paper["identity"]["authors"]["value"] == ["Yomikurabe Project"]
    assert (paper["extraction"]["pages"], paper["references"], paper["language"]) == (3, 2, "en")
    assert [section["kind"] for section in paper["sections"]][:2] == ["abstract", "method"]
    assert (await api.get(response.headers["location"])).json() == paper


async def test_the_same_bytes_again_are_the_same_paper(api: Client) -> None:
    first = await api.post("/api/papers", **a_file())

    again = await api.post("/api/papers", **a_file(name="other.pdf"))

    assert again.status_code == 200
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]


async def test_raw_bytes_are_taken_as_they_are(api: Client) -> None:
    response = await api.post("/api/papers", content=PDF, headers={"Content-Type": "application/pdf"})

    assert response.status_code == 201
    assert response.json()["filename"] == "paper.pdf"


@pytest.mark.parametrize(
    "body",
    [{"url": "https://arxiv.org/abs/2312.10997"}, {"arxiv_id": "2312.10997"}],
    ids=["address", "id"],
)
async def test_a_paper_is_fetched_from_arxiv(api: Client, body: dict[str, str]) -> None:
    response = await api.post("/api/papers", json=body)

    assert (response.status_code, response.json()["filename"]) == (201, "2312.10997.pdf")


async def test_a_paper_is_fetched_by_a_form_too(api: Client) -> None:
    response = await api.post("/api/papers", **a_form(('name="url"', b"arxiv:2312.10997")))

    assert response.status_code == 201


async def test_what_cannot_be_fetched_says_what_to_download(api: Client, house: ServedHouse) -> None:
    address = "https://arxiv.org/pdf/2312.10997"
    house.fetcher.error = FetchFailedError(url=address, why="no network")

    response = await api.post("/api/papers", json={"arxiv_id": "2312.10997"})

    assert (response.status_code, response.json()["code"]) == (422, "fetch_failed")
    assert address in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [{}, {"url": None}, {"url": "a", "arxiv_id": "b"}, {"uri": "a"}, {"url": 1}, [], "2312.10997"],
    ids=range(7),
)
async def test_an_address_is_exactly_one(api: Client, body: object) -> None:
    response = await api.post("/api/papers", json=body)

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_whoever_does_not_want_to_wait_is_told_where_to_look(api: Client, house: ServedHouse) -> None:
    house.reader.go_on.clear()

    response = await api.post("/api/papers", **a_file(), headers={"Prefer": "wait=0"})

    paper = response.json()
    assert (response.status_code, paper["status"], paper["extraction"]) == (202, "reading", None)
    assert response.headers["location"] == f"/api/papers/{paper['id']}"
    early = await api.post("/api/runs", json={"paper_id": paper["id"], "persona": "summarizer"})
    assert (early.status_code, early.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (EncryptedPaperError(), 422),
        (NoTextError(pages=3, characters=9), 422),
        (TooManyPagesError(pages=900, limit=500), 422),
        (ParserCrashedError(), 422),
        (StorageFullError(), 507),
    ],
    ids=lambda value: getattr(value, "code", str(value)),
)
async def test_a_paper_that_cannot_be_read_is_refused(
    api: Client, house: ServedHouse, error: Any, status: int
) -> None:
    house.reader.error = error

    response = await api.post("/api/papers", **a_file())

    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, error.code)
    assert problem["detail"] == error.words.en
    assert {name: problem[name] for name in error.data} == error.data
    paper = (await api.get(response.headers["location"])).json()
    assert (paper["status"], paper["error"]["code"]) == ("refused", error.code)
    assert "status" not in paper["error"]


async def test_a_refused_paper_sent_again_is_read_again(api: Client, house: ServedHouse) -> None:
    house.reader.error = ParserCrashedError()
    refused = await api.post("/api/papers", **a_file())
    house.reader.error = None

    again = await api.post("/api/papers", **a_file())

    assert (again.status_code, again.json()["status"]) == (200, "ready")
    assert again.headers["location"] == refused.headers["location"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "not_pdf"),
        (b"GIF89a", 415, "not_pdf"),
        (PDF + b" " * MAX_BYTES, 413, "too_large"),
        (PDF + b" " * (MAX_BYTES + 2**20), 413, "too_large"),
    ],
    ids=["empty", "not a PDF", "too large", "too large to be read at all"],
)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "form"])
async def test_what_is_no_paper_is_refused_and_not_kept(
    api: Client, house: ServedHouse, data: bytes, status: int, code: str, *, raw: bool
) -> None:
    sent = {"content": data, "headers": {"Content-Type": "application/pdf"}} if raw else a_file(data)

    response = await api.post("/api/papers", **sent)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert (house.memory.kept.papers, house.memory.blobs.kept) == ({}, {})


FILE = ('name="file"; filename="a.pdf"', PDF)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([], 422),
        ([FILE, FILE], 422),
        ([FILE, ('name="url"', b"2312.10997")], 422),
        ([('name="url"', b"2312.10997"), ('name="url"', b"2312.10998")], 422),
        ([FILE, ('name="colour"', b"red")], 422),
        ([('name="file"', PDF)], 422),
        ([('name="url"; filename="a.pdf"', PDF)], 422),
        ([('name="url"', b"")], 422),
        ([('name="url"', b"\xff\xfe")], 400),
        ([('name="url"\r\nContent-Type: text/plain; charset=nope', b"2312.10997")], 400),
        ([('name="url"', b"a" * 200_001)], 422),
    ],
    ids=[
        "nothing",
        "two files",
        "file and address",
        "two addresses",
        "unknown field",
        "file as text",
        "address as file",
        "empty address",
        "bytes that are no text",
        "unknown encoding",
        "too long",
    ],
)
async def test_forms_are_read_strictly(
    api: Client, house: ServedHouse, parts: list[tuple[str, bytes]], status: int
) -> None:
    response = await api.post("/api/papers", **a_form(*parts))

    code = "invalid_request" if status == 422 else "malformed_request"
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert house.memory.kept.papers == {}


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"],
)
async def test_a_form_that_cannot_be_taken_apart_is_malformed(api: Client, content_type: str) -> None:
    body = a_form(FILE)["content"]

    response = await api.post("/api/papers", content=body, headers={"Content-Type": content_type})

    assert response.status_code in (400, 422)


async def test_a_form_cut_off_is_no_form(api: Client, house: ServedHouse) -> None:
    form = a_form(FILE)

    response = await api.post("/api/papers", content=form["content"][:-20], headers=form["headers"])

    assert response.status_code in (400, 422)
    assert house.memory.kept.papers == {}


async def test_a_paper_and_everything_made_from_it_goes(api: Client) -> None:
    paper_id = await uploaded(api)
    body = {"paper_id": paper_id, "persona": "summarizer"}
    run = await api.post("/api/runs", json=body, headers={"Prefer": "wait=5"})

    response = await api.delete(f"/api/papers/{paper_id}")

    assert (response.status_code, response.content) == (204, b"")
    gone = [
        await api.get(f"/api/papers/{paper_id}{rest}")
        for rest in ("", "/text", "/references", "/file", "/pages/1.png", "/events")
    ]
    assert [r.status_code for r in gone] == [404] * 6
    assert (await api.get(run.headers["location"])).status_code == 404
    assert (await api.delete(f"/api/papers/{paper_id}")).status_code == 404
    assert (await api.get("/api/papers")).json() == {"items": [], "next_cursor": None}


async def test_papers_are_listed_newest_first_and_page_by_page(api: Client) -> None:
    ids = [await uploaded(api, f"%PDF-1.7 {n}".encode()) for n in range(3)]

    first = (await api.get("/api/papers?limit=2")).json()
    rest = (await api.get("/api/papers", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [paper["id"] for paper in [*first["items"], *rest["items"]]] == ids[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "cursor=" + "a" * 65])
@pytest.mark.parametrize("path", ["papers", "runs", "comparisons"])
async def test_lists_have_bounds(api: Client, path: str, query: str) -> None:
    response = await api.get(f"/api/{path}?{query}")

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_a_correction_is_the_persons_and_shows_in_runs(api: Client) -> None:
    paper_id = await uploaded(api)

    corrected = await api.patch(
        f"/api/papers/{paper_id}", json={"identity": {"authors": ["A", "B"], "year": 2025}}
    )
    body = {"paper_id": paper_id, "persona": "summarizer"}
    run = (await api.post("/api/runs", json=body, headers={"Prefer": "wait=5"})).json()
    taken_back = await api.patch(f"/api/papers/{paper_id}", json={"identity": {"year": None}})

    identity = corrected.json()["identity"]
    assert identity["authors"] == {"value": ["A", "B"], "source": "user", "page": None}
    assert identity["year"] == {"value": 2025, "source": "user", "page": None}
    assert identity["title"]["source"] == "layout"
    assert run["answer"]["header"] == {"title": TITLE, "authors": "A, B", "year": 2025}
    assert taken_back.json()["identity"]["year"]["value"] == 2026
    assert taken_back.json()["identity"]["authors"]["source"] == "user"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"identity": None},
        {"identity": {"author": "A"}},
        {"identity": {"authors": "A"}},
        {"identity": {"authors": []}},
        {"identity": {"authors": [""]}},
        {"identity": {"title": ""}},
        {"identity": {"title": "   "}},
        {"identity": {"year": "late"}},
        {"identity": {"year": 2025.5}},
        {"identity": {"year": 20_250}},
        {"title": "A"},
    ],
    ids=range(12),
)
async def test_a_correction_says_something(api: Client, body: object) -> None:
    paper_id = await uploaded(api)

    response = await api.patch(f"/api/papers/{paper_id}", json=body)

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert (await api.get(f"/api/papers/{paper_id}")).json()["identity"]["title"]["source"] == "layout"


async def test_a_correction_cannot_turn_text_around(api: Client) -> None:
    paper_id = await uploaded(api)

    body = {"identity": {"title": "Safe\u202etitle\x00"}}
    title = (await api.patch(f"/api/papers/{paper_id}", json=body)).json()["identity"]["title"]["value"]

    assert title == "Safetitle"


async def test_the_text_is_given_page_by_page(api: Client) -> None:
    paper_id = await uploaded(api)

    whole = (await api.get(f"/api/papers/{paper_id}/text")).json()
    second = (await api.get(f"/api/papers/{paper_id}/text?page=2")).json()
    same = await api.get(f"/api/papers/{paper_id}/text", params={"extraction": whole["extraction_id"]})

    assert [page["page"] for page in whole["pages"]] == [1, 2, 3]
    assert second["pages"] == whole["pages"][1:2]
    assert same.json() == whole


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("page=4", 404),
        ("page=0", 422),
        ("page=x", 422),
        ("extraction=unknown", 404),
        ("extraction=../../secret", 422),
        ("extraction=..", 422),
        ("extraction=%00", 422),
    ],
)
async def test_text_that_is_not_there(api: Client, query: str, status: int) -> None:
    paper_id = await uploaded(api)

    assert (await api.get(f"/api/papers/{paper_id}/text?{query}")).status_code == status


async def test_the_reference_list_is_the_papers_own(api: Client) -> None:
    listed = (await api.get(f"/api/papers/{await uploaded(api)}/references")).json()["references"]

    assert [(reference["index"], reference["number"], reference["year"]) for reference in listed] == [
        (1, "1", 2023),
        (2, "2", 2023),
    ]


async def test_the_file_is_an_attachment_under_a_name_of_ours(api: Client) -> None:
    name = 'evil";\r\nX-Header: 1.pdf'
    paper = (await api.post("/api/papers", **a_file(name=name))).json()

    response = await api.get(f"/api/papers/{paper['id']}/file")

    assert response.content == PDF
    assert response.headers["content-type"] == "application/pdf"
    disposition = response.headers["content-disposition"]
    assert disposition == f'attachment; filename="{paper["sha256"][:16]}.pdf"'
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_page_is_given_as_a_picture(api: Client) -> None:
    paper_id = await uploaded(api)

    usual = await api.get(f"/api/papers/{paper_id}/pages/3.png")
    wide = await api.get(f"/api/papers/{paper_id}/pages/1.png?width=2000")

    assert usual.content == b"\x89PNG page 3, 1000 wide"
    assert wide.content == b"\x89PNG page 1, 2000 wide"
    assert usual.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("4.png", 404),
        ("0.png", 404),
        ("01.png", 404),
        ("99999.png", 404),
        ("1.jpg", 404),
        ("x.png", 404),
        ("1.png%0a", 404),
        ("1.png?width=49", 422),
        ("1.png?width=2001", 422),
        ("1.png?width=wide", 422),
    ],
)
async def test_pictures_have_bounds(api: Client, rest: str, status: int) -> None:
    assert (await api.get(f"/api/papers/{await uploaded(api)}/pages/{rest}")).status_code == status


async def test_a_page_that_cannot_be_drawn_is_a_problem(api: Client, house: ServedHouse) -> None:
    paper_id = await uploaded(api)
    house.reader.error = ParserCrashedError()

    response = await api.get(f"/api/papers/{paper_id}/pages/1.png")

    assert (response.status_code, response.json()["code"]) == (422, "parser_crashed")
