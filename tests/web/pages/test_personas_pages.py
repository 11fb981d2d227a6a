"""Pages of readers: the shelf, one of them, making and taking in new ones."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator

import pytest
from server.adapters.persona_files import FolderPersonas, builtin_personas

from builders import a_model
from persona_pages import HTMX, JA, MINE, PersonaHouse, browsing, imported, uploaded
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

HOSTILE = MINE.replace("自分の読み手", '"<script>alert(1)</script>"').replace(
    "Which data?", '"<img src=x onerror=alert(1)> [x](javascript:alert(1))"'
)


@pytest.fixture
def house() -> ServedHouse:
    """With the readers that are shipped."""
    return PersonaHouse()


@pytest.fixture
async def api(house: ServedHouse) -> AsyncIterator[Client]:
    async with browsing(house) as client:
        yield client


async def test_the_shelf_shows_every_reader_with_questions_that_tell_it_apart(api: Client) -> None:
    page = (await api.get("/personas")).text

    assert page.count('class="card reader"') == len(FolderPersonas(builtin_personas()).list())
    assert "Six questions (Ochiai)" in page
    assert "7 questions" in page
    assert "What is it?" in page
    assert "<li>Title, authors, year</li>" not in page


async def test_the_shelf_begins_with_the_readers_that_a_paper_is_given_first(api: Client) -> None:
    page = (await api.get("/personas")).text

    assert re.findall(r'<h3><a href="/personas/([^"]+)"', page)[:2] == ["summarizer", "interpreter"]


async def test_copies_of_one_reader_are_told_apart_by_their_ids(api: Client) -> None:
    for _ in range(2):
        await api.post("/personas/summarizer/duplicate")

    page = (await api.get("/personas")).text

    assert "<code>summarizer-own</code>" in page
    assert "<code>summarizer-own-2</code>" in page


async def test_the_shelf_speaks_japanese(api: Client) -> None:
    page = (await api.get("/personas", headers=JA)).text

    assert "落合式・六つの問い" in page
    assert "問い 7 個" in page
    assert "組み込みの読み手" in page


@pytest.mark.parametrize("q", ["ochiai", "ＯＣＨＩＡＩ", "落合"])
async def test_a_search_hides_what_it_does_not_find(api: Client, q: str) -> None:
    page = (await api.get("/personas", params={"q": q})).text

    shown = [
        part for part in page.split('<li class="card reader"')[1:] if " hidden>" not in part.split("\n")[0]
    ]
    assert len(shown) == 1
    assert 'href="/personas/summarizer"' in shown[0]


async def test_a_search_that_finds_nothing_says_what_to_do(api: Client) -> None:
    assert "Try another word" in (await api.get("/personas", params={"q": "zzzz"})).text


async def test_a_reader_is_told_in_words(api: Client) -> None:
    page = (await api.get("/personas/summarizer")).text

    assert "a text, 60–100 words" in page
    assert "a list of at most 3: Title, Number, Why, 20–30 words" in page
    assert "held against the paper&#39;s own title, authors and year" in page
    assert "Novelty" in page
    assert "Format by Yoichi Ochiai" in page
    assert "{% for field in fields" in page
    assert "https://json-schema.org/draft/2020-12/schema" in page


async def test_a_reader_that_is_not_there_is_a_page_that_names_the_nearest(api: Client) -> None:
    response = await api.get("/personas/sumarizer", headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert "summarizer" in response.text


async def test_using_a_reader_leads_to_the_paper_and_remembers_it(api: Client) -> None:
    paper = await uploaded(api)

    response = await api.get("/personas/summarizer/use", params={"paper": paper})

    assert response.headers["location"] == f"/papers/{paper}?reader=summarizer"
    assert response.cookies["yomi_paper"] == paper


async def test_the_preview_shows_the_exact_messages_and_where_they_would_go(
    api: Client, house: ServedHouse
) -> None:
    paper = await uploaded(api)
    sent = {"paper": paper, "language": "ja", "model": ""}

    piece = await api.post("/personas/summarizer/preview", data=sent, headers=HTMX)
    whole = await api.post("/personas/summarizer/preview", data=sent)

    assert "先行研究と比べてどこがすごい？" in piece.text
    assert "&lt;&lt;&lt;paper" in piece.text
    assert "<html" not in piece.text
    assert "<html" in whole.text
    assert house.engine.questions == []


async def test_a_preview_names_the_host_it_would_go_to(house: ServedHouse) -> None:
    other = ServedHouse(library=FolderPersonas(builtin_personas()), models=[(a_model("local"), house.engine)])
    async with serving(other.app()) as api:
        paper = await uploaded(api)
        sent = {"paper": paper, "model": "local"}
        piece = await api.post("/personas/summarizer/preview", data=sent, headers=HTMX)

    assert "would go to 127.0.0.1:8080 (local)" in piece.text


async def test_a_preview_without_a_paper_says_what_to_do(api: Client) -> None:
    response = await api.post("/personas/summarizer/preview", data={"model": "scripted"}, headers=HTMX)

    assert response.status_code == 422
    assert "No paper is chosen" in response.text


async def test_a_text_is_imported_under_the_name_of_its_file(api: Client) -> None:
    assert await imported(api, name="my-reader.md") == "/personas/my-reader"
    assert "Which data?" in (await api.get("/personas/my-reader")).text


async def test_a_text_called_persona_md_goes_by_its_own_name(api: Client) -> None:
    assert await imported(api, name="persona.md") == "/personas/my-reader"


async def test_an_import_never_stands_in_for_a_built_in_reader(api: Client) -> None:
    assert await imported(api, name="summarizer.md") == "/personas/summarizer-2"


async def test_importing_a_changed_text_again_makes_a_new_version(api: Client) -> None:
    await imported(api)

    await imported(api, MINE.replace("Which data?", "What data?"))

    page = (await api.get("/personas/mine/history")).text
    assert '<a href="/personas/mine%401.0.1">' in page or '<a href="/personas/mine@1.0.1">' in page


async def test_a_zipped_folder_is_imported_with_its_files(api: Client, house: ServedHouse) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("zipped/persona.md", MINE)
        archive.writestr("zipped/display.md.j2", "{{ answer.data }}")

    response = await api.post("/personas/import", files={"file": ("anything.zip", body.getvalue())})

    assert response.headers["location"] == "/personas/zipped"
    assert (await house.shelf.get("zipped")).display == "{{ answer.data }}"


async def test_a_text_with_errors_is_refused_with_line_and_fix(api: Client) -> None:
    wrong = MINE.replace("aspects: [method]", "aspects: [metod]")

    response = await api.post("/personas/import", files={"file": ("mine.md", wrong.encode())}, headers=JA)

    assert response.status_code == 422
    assert "8 行目" in response.text
    assert "「method」ではありませんか" in response.text


PATTERN = b"# IDENTITY and PURPOSE\n\nYou find the claims of a paper and {judge} them.\n\n# INPUT\n\nINPUT:\n"
PROMPTY = (
    b"---\nname: Claims\ndescription: What is claimed.\n---\nsystem:\nFind the claims.\n\nuser:\n{{paper}}\n"
)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("system.md", PATTERN, "Made from a fabric pattern."),
        ("claims.prompty", PROMPTY, "Made from a Prompty file."),
    ],
)
async def test_what_another_program_wrote_becomes_a_reader_to_edit(
    api: Client, name: str, data: bytes, words: str
) -> None:
    response = await api.post("/personas/import", files={"file": (name, data)}, follow_redirects=True)

    assert response.status_code == 200
    assert response.url.path.endswith("/edit")
    assert words in response.text


@pytest.mark.parametrize("to", ["prompty", "skill", "fabric"])
async def test_a_reader_can_be_had_for_other_programs(api: Client, to: str) -> None:
    page = (await api.get("/personas/summarizer")).text

    (address,) = re.findall(rf'href="(/api/personas/[^"]*/export\?to={to}[^"]*)"', page)
    exported = await api.get(address.replace("&amp;", "&"))

    assert exported.status_code == 200
    assert "attachment" in exported.headers["content-disposition"]


async def test_an_empty_import_says_what_to_choose(api: Client) -> None:
    response = await api.post("/personas/import", files={"file": ("", b"")})

    assert response.status_code == 422
    assert "Choose a persona.md" in response.text


async def test_hostile_words_stay_words(api: Client) -> None:
    await imported(api, HOSTILE)

    for address in ("/personas", "/personas/mine", "/personas/mine/edit", "/personas/mine/history"):
        page = (await api.get(address, headers=JA)).text + (await api.get(address)).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript:' not in page
        assert "alert(1)" in page


async def test_a_wish_becomes_the_nearest_reader_and_the_editor_says_why(
    api: Client, house: ServedHouse
) -> None:
    wish = {"wish": "再現できるかどうかを知りたい", "model": "extractive"}
    house.models._models["extractive"] = (a_model(), house.engine)

    made = await api.post("/personas/new", data=wish, headers=JA)
    editor = await api.get(made.headers["location"], headers=JA)

    assert made.headers["location"] == "/personas/reproducibility-own/edit"
    assert "「再現性チェックリスト」の写しです" in editor.text
    assert "再現できるかどうかを知りたい" in editor.text
    assert "の写しです" not in (await api.get(made.headers["location"], headers=JA)).text


async def test_an_empty_wish_is_asked_for_again(api: Client) -> None:
    response = await api.post("/personas/new", data={"wish": " ", "model": ""})

    assert response.status_code == 422
    assert "Say in a sentence what you want" in response.text
    assert "<form" in response.text


async def test_a_built_in_reader_is_copied_before_it_is_edited(api: Client) -> None:
    readonly = await api.get("/personas/summarizer/edit")
    copied = await api.post("/personas/summarizer/duplicate")
    again = await api.post("/personas/summarizer/duplicate")

    assert "Built-in readers stay as they are" in readonly.text
    assert "<textarea" not in readonly.text
    assert copied.headers["location"] == "/personas/summarizer-own/edit"
    assert again.headers["location"] == "/personas/summarizer-own-2/edit"
