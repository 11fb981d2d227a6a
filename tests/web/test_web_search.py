"""The route that searches the library."""

from __future__ import annotations

import pytest
from server.application.start_text import TextRequest

from house import QUOTE, SECOND_QUOTE
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio


async def test_papers_comparisons_and_runs_are_found_newest_first(api: Client, house: ServedHouse) -> None:
    comparison = await house.a_comparison(TextRequest(f"{QUOTE}. 処理の速度"), TextRequest(SECOND_QUOTE))

    found = (await api.get("/api/search", params={"q": "速度"})).json()["items"]

    assert [(hit["kind"], hit["id"]) for hit in found] == [
        ("comparison", comparison.id),
        ("run", comparison.candidates[0].run_id),
    ]
    assert found[0]["paper_id"] == comparison.paper_id
    assert found[0]["excerpt"]["hit"] == "速度"
    assert found[0]["excerpt"]["before"].endswith("処理の")


async def test_one_kind_and_a_limit_may_be_asked_for(api: Client, house: ServedHouse) -> None:
    await house.a_comparison(TextRequest(QUOTE), TextRequest(SECOND_QUOTE))

    runs = (await api.get("/api/search", params={"q": "prefix", "kind": "run"})).json()["items"]
    one = (await api.get("/api/search", params={"q": "prefix", "kind": "run", "limit": 1})).json()["items"]
    papers = (await api.get("/api/search", params={"q": "prefix", "kind": "paper"})).json()["items"]

    assert [hit["kind"] for hit in runs] == ["run", "run"]
    assert one == runs[:1]
    assert [hit["kind"] for hit in papers] == ["paper"]


async def test_an_empty_query_finds_nothing(api: Client) -> None:
    assert (await api.get("/api/search", params={"q": "  "})).json() == {"items": []}


@pytest.mark.parametrize("query", ["", "q=a&kind=persona", "q=a&limit=0", "q=a&limit=1000", f"q={'x' * 501}"])
async def test_a_query_that_is_none_is_refused(api: Client, query: str) -> None:
    assert (await api.get(f"/api/search?{query}")).status_code == 422
