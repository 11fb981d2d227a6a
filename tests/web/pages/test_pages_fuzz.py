"""Whatever is asked of a page, it answers with a page and a sentence: odd ids, numbers, texts and missing inputs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from server.application import follow
from server.web.pages.routes import pages

from builders import a_comparison, a_finished_run, a_paper, a_persona, an_extraction
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio

LONG = "長" * 3000
ODD_IDS = (
    "nobody",
    "論文",
    "a b",
    "..",
    "%2e%2e",
    "\x00",
    "a\r\nb",
    "<script>",
    "💥",
    "'\";--",
    "@",
    "a@b@c",
    "x" * 900,
)
ODD_NUMBERS = ("0", "1", "99999999999999999999999", "9" * 5000, "-1", "１", "1e3", "x")
ODD_TEXTS = (
    "",
    "x",
    "日本語",
    "/日本語",
    "/what\r\nX-Odd: yes",
    "//elsewhere.example",
    "\x00\ud7ff\ufeff",
    "<script>alert(1)</script>",
    "[" * 3000,
    "9" * 5000,
    "-1",
    "NaN",
    LONG,
)
KNOWN = {
    "paper_id": "paper-1",
    "run_id": "run-1",
    "comparison_id": "comparison-1",
    "candidate": "A",
    "persona_id": "summarizer",
    "ref": "summarizer",
    "number": "1",
}
QUERIES = ("path", "start", "page", "verdict", "q", "after", "row", "reader", "paper", "before", "old", "new")
FIELDS = (
    "path", "start", "verdict", "comment", "winner", "row", "after", "back", "language", "theme", "key", "text", "name",
    "url", "paper", "reader", "more", "model", "sample", "wish", "version", "old", "new", "title", "authors", "year",
    "doi", "take_back", "why", "rows", "value", "do", "side", "source", "base", "temperature", "blind", "times:summarizer",
    "q0_id", "q0_label_ja", "q0_max_items", "preview_language", "part-title", "item-0-title",
)  # fmt: skip
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def routes(method: str) -> list[str]:
    return sorted({route.path for route in pages.routes if method in route.methods})


def filled(route: str, values: dict[str, str]) -> str:
    return PARAMETER.sub(lambda found: quote(values.get(found[1], "nobody"), safe=""), route)


def odd_addresses(route: str) -> Iterator[str]:
    """The route with one part that is odd, all others being there."""
    for name in PARAMETER.findall(route):
        for odd in ODD_NUMBERS if name == "number" else ODD_IDS:
            yield filled(route, {**KNOWN, name: odd})


def answered(response: httpx.Response) -> None:
    """With a page, a sentence in its place, another address, or a stream or file of ours."""
    said = f"{response.request.method} {response.url}: {response.status_code} {response.text[:300]}"
    assert response.status_code < 500, said
    if response.status_code in (302, 303):
        assert re.match(r"/(?![/\\])", response.headers["location"]), said
        assert response.headers["location"].isascii()
    elif response.is_error:
        assert response.headers["content-type"].startswith("text/html"), said
        assert re.search(r"\w{3}", re.sub(r"<[^>]*>", "", response.text)), said
    assert "<script>alert" not in response.text, said
    assert "x-odd" not in response.headers, said


@pytest.fixture
async def full(house: ServedHouse, api: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Something there is for every known id."""
    monkeypatch.setattr(follow, "GRACE_S", 0)  # what is arranged has no events to wait for
    memory = house.memory
    memory.has(a_paper())
    memory.has(an_extraction())
    both = [a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter"))]
    for run in both:
        await house.shelf.keep(a_persona(run.persona.id))
        memory.has(run)
    memory.has(a_comparison(both))
    return api


@pytest.mark.parametrize("route", [route for route in routes("GET") if "{" in route])
async def test_a_page_at_an_odd_address_is_a_sentence(full: Client, route: str) -> None:
    for address in odd_addresses(route):
        answered(await full.get(address, headers={"Accept": "text/html"}, follow_redirects=False))


@pytest.mark.parametrize("route", routes("GET"))
async def test_a_page_takes_odd_questions(full: Client, route: str) -> None:
    address = filled(route, KNOWN)
    for name, odd in itertools.product(QUERIES, ODD_TEXTS):
        rest = {"path": "/what", "start": "0", "paper": "paper-1"}
        asked = urlencode({**rest, name: odd})
        answered(
            await full.get(f"{address}?{asked}", headers={"Accept": "text/html"}, follow_redirects=False)
        )


@pytest.mark.parametrize("route", [route for route in routes("POST") if "{" in route])
async def test_a_form_sent_to_an_odd_address_is_a_sentence(full: Client, route: str) -> None:
    for address in odd_addresses(route):
        answered(await full.post(address, headers={"Accept": "text/html"}, follow_redirects=False))


@pytest.mark.parametrize("route", routes("POST"))
async def test_a_form_takes_odd_inputs(full: Client, route: str) -> None:
    address = filled(route, KNOWN)
    reads = not await takes(full, address, "unheard of")
    known = [name for name in FIELDS if reads and await takes(full, address, name)]
    for number, sent in enumerate(odd_forms(known)):
        headers = {"Accept": "text/html"} if number % 2 else {"HX-Request": "true"}
        answered(await full.post(address, data=sent, headers=headers, follow_redirects=False))


async def takes(client: Client, address: str, name: str) -> bool:
    """Whether the form there has such an input; refusing others is looked at once."""
    response = await client.post(
        address, data={name: "x"}, headers={"Accept": "text/html"}, follow_redirects=False
    )
    answered(response)
    return "unknown field" not in response.text


def odd_forms(known: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Nothing at all, each input twice, each alone and odd, and each odd in a form that is right but for that."""
    yield {}
    whole = next((whole for whole in WHOLE_FORMS if whole.keys() <= set(known)), {})
    for name in known:
        yield {**whole, name: ["a", "b"]}
        for odd in ODD_TEXTS:
            yield {name: odd}
            yield {**whole, name: odd}


WHOLE_FORMS: Sequence[dict[str, str]] = (
    {"path": "/what", "start": "0", "verdict": "wrong", "comment": "no"},
    {"paper": "paper-1", "reader": "summarizer", "model": "", "language": "ja"},
    {"paper": "paper-1", "text": "It saves 41%."},
    {"old": "1.0.0", "new": "1.0.0", "paper": "paper-1"},
    {"winner": "A", "row": "in_short"},
    {"source": "---\n", "base": "---\n", "do": "save", "side": "text", "paper": "paper-1"},
)
"""Forms that are right."""
