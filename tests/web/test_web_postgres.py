"""The API over PostgreSQL: the same facts as over SQLite, and one more: the database may go away and come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from server.asgi import create_app
from server.settings import Settings
from sqlalchemy import make_url
from test_web_whole import (
    PDF,
    samples,
    test_nothing_of_a_deleted_paper_stays,
    test_the_same_upload_twice_at_once_is_one_paper,
    test_two_readers_lay_a_real_paper_side_by_side,
    uploaded,
)

import postgres
from served import Client, serving

__all__ = [
    "samples",
    "test_nothing_of_a_deleted_paper_stays",
    "test_the_same_upload_twice_at_once_is_one_paper",
    "test_two_readers_lay_a_real_paper_side_by_side",
]

pytestmark = pytest.mark.anyio


@pytest.fixture
def url() -> str:
    return postgres.server().with_tables()


@pytest.fixture
async def whole_api(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """As the fixture of the same name for SQLite."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "YOMI_MODEL", "YOMI_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=tmp_path / "data", readers=1, database_url=url)
    async with serving(create_app(settings)) as client:
        yield client


async def test_what_was_read_is_listed_found_judged_and_voted_on(
    whole_api: Client, samples: dict[str, bytes]
) -> None:
    paper = await uploaded(whole_api, samples["paper-first"])
    body: dict[str, Any] = {
        "paper_id": paper["id"],
        "candidates": [{"persona": "summarizer"}, {"persona": "interpreter"}],
    }
    sent = {"Prefer": "wait=25"}
    comparison = (await whole_api.post("/api/comparisons", json=body, headers=sent)).json()
    run = comparison["candidates"][0]["run"]

    vote = await whole_api.post(f"/api/comparisons/{comparison['id']}/votes", json={"winner": "A"})
    found = await whole_api.get("/api/search", params={"q": "paper first"})
    said = await whole_api.post(f"/api/runs/{run['id']}/feedback", json={"path": None, "verdict": "good"})
    listed = await whole_api.get("/api/runs", params={"paper_id": paper["id"], "limit": 1})
    odd = [await whole_api.get(f"/api/{kind}/%00") for kind in ("runs", "papers", "comparisons", "personas")]
    in_use = await whole_api.delete(f"/api/runs/{run['id']}")

    assert comparison["status"] == "finished"
    assert vote.status_code == 201, vote.text
    assert {hit["kind"] for hit in found.json()["items"]} == {"paper", "run", "comparison"}
    assert said.status_code == 201
    assert len(listed.json()["items"]) == 1
    assert {response.status_code for response in odd} <= {404, 422}
    assert in_use.status_code == 409


async def test_a_database_that_goes_away_and_comes_back_needs_no_restart(whole_api: Client, url: str) -> None:
    server, name = postgres.server(), make_url(url).database
    assert (await whole_api.get("/readyz")).status_code == 200

    server.say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server.close_connections(str(name))
    away = await whole_api.get("/readyz")
    asked = await whole_api.get("/api/papers")
    taken = await whole_api.post("/api/papers", content=b"%PDF-1.7 " + bytes(100), headers=PDF)
    server.say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    assert (away.status_code, asked.status_code, taken.status_code) == (503, 503, 503)
    assert (asked.json()["code"], asked.headers["retry-after"]) == ("busy", "1")
    assert (await whole_api.get("/readyz")).status_code == 200
    assert (await whole_api.get("/api/papers")).json()["items"] == []
