"""The page of the ranking."""

from __future__ import annotations

import pytest
from server.domain.comparisons import ROWS
from server.domain.ids import PaperId
from server.domain.votes import Vote

from builders import a_paper
from builders.votes import a_contestant, a_vote
from served import Client, ServedHouse

pytestmark = pytest.mark.anyio

JA = {"Accept-Language": "ja"}


def votes(count: int, *, papers: int = 8, row: str | None = None) -> list[Vote]:
    """Two of three for the summarizer, spread over the papers."""
    return [
        a_vote(
            f"vote-{n:03}-{row}",
            winner="B" if n % 3 == 0 else "A",
            between=(a_contestant(), a_contestant("B", "interpreter", characters=400)),
            paper_id=PaperId(f"paper-{n % papers}"),
            row=row,
        )
        for n in range(count)
    ]


def has(house: ServedHouse, given: list[Vote]) -> None:
    for vote in given:
        house.memory.has(a_paper(id=vote.paper_id, sha256=f"{vote.paper_id:>064}"))
        house.memory.has(vote)


async def test_without_votes_it_says_so_and_leads_to_a_blind_comparison(api: Client) -> None:
    page = (await api.get("/ranking", headers=JA)).text

    assert "まだ順位は言えません" in page
    assert "あと 30 票と、論文 5 本分が必要です。" in page
    assert 'href="/" role="button"' in page


async def test_too_few_votes_are_shown_without_places(house: ServedHouse, api: Client) -> None:
    has(house, votes(12))

    page = (await api.get("/ranking")).text

    assert "Still needed: 18 votes." in page
    assert 'class="number place"' not in page
    assert "8 won, 0 tied, 4 lost" in page


async def test_enough_votes_make_an_order_with_intervals(house: ServedHouse, api: Client) -> None:
    has(house, votes(48))

    page = (await api.get("/ranking")).text

    assert "Too few" not in page
    assert page.index("/personas/summarizer@1.0.0") < page.index("/personas/interpreter@1.0.0")
    assert page.count('class="whisker"') == 6
    assert page.count('class="number place"') == 2
    assert "an answer twice as long" in page or "Length has no clear effect" in page


async def test_a_row_has_its_own_ranking(house: ServedHouse, api: Client) -> None:
    has(house, votes(3, row="novelty"))

    whole, novelty = (await api.get("/ranking")).text, (await api.get("/ranking?row=novelty")).text

    assert "Votes that count: 0" in whole
    assert "Votes that count: 3" in novelty
    assert all(f'href="/ranking?row={row.id}"' in whole for row in ROWS)


async def test_a_row_that_is_not_there_is_refused_in_words(api: Client) -> None:
    response = await api.get("/ranking?row=<b>")

    assert response.status_code == 422
    assert "There is no row" in response.text
    assert "<b>&#39;" not in response.text


async def test_readers_that_never_met_stand_apart(house: ServedHouse, api: Client) -> None:
    has(house, votes(4))
    others = a_vote("vote-x", between=("eli5", "pico"), paper_id=PaperId("paper-1"))
    has(house, [others])

    page = (await api.get("/ranking")).text

    assert page.count("<figure") == 2
    assert "have not met those of other groups" in page
