"""Routes of runs and comparisons, and their streams of events."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from server.adapters.scripted_engine import Script
from server.domain.errors import NoTextError, ProviderAuthError, RunError, TruncatedError, UngroundedError

from house import PAGED, PDF, a_wire_answer, an_interpretation, either
from served import Client, ServedHouse, serving

pytestmark = pytest.mark.anyio

WAIT = {"Prefer": "wait=10"}


async def a_paper(api: Client, data: bytes = PDF) -> str:
    response = await api.post("/api/papers", content=data, headers={"Content-Type": "application/pdf"})
    paper_id: str = response.json()["id"]
    return paper_id


async def a_run(api: Client, persona: str = "summarizer", **body: Any) -> httpx.Response:
    body.setdefault("paper_id", await a_paper(api))
    return await api.post("/api/runs", json={"persona": persona, **body}, headers=WAIT)


async def a_comparison(api: Client, *candidates: dict[str, Any], **body: Any) -> httpx.Response:
    given = list(candidates) or [{"persona": "summarizer"}, {"persona": "interpreter"}]
    body.setdefault("paper_id", await a_paper(api))
    return await api.post("/api/comparisons", json={"candidates": given, **body}, headers=WAIT)


def events_in(response: httpx.Response) -> list[tuple[int, str, Any]]:
    """`(id, name, data)` of every event; comments are left out."""
    found = []
    for block in response.text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
        if "event" in lines:
            found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return found


# Runs


async def test_a_run_is_done_within_the_wait(api: Client) -> None:
    response = await a_run(api)

    run = response.json()
    assert response.status_code == 200
    assert response.headers["location"] == f"/api/runs/{run['id']}"
    assert (run["status"], run["reused"], run["model"], run["error"]) == ("finished", False, "scripted", None)
    assert run["answer"]["next_papers"] == [{"title": PAGED, "why": "It shares prefixes."}]
    assert run["grounding"]["identity"] == "confirmed"
    said = {statement["path"]: statement for statement in run["statements"]}
    assert (
        said["/next_papers/0/title"]["checks"][0] | {"page": 3, "reference": 1, "status": "found"}
        == (said["/next_papers/0/title"]["checks"][0])
    )
    evidence = said["/what"]["evidence"][0]
    assert (evidence["status"], evidence["page"]) == ("verified", 1)
    assert evidence["boxes"][0]["page"] == 1
    assert (await api.get(response.headers["location"])).json() == run


async def test_a_run_not_waited_for_is_queued() -> None:
    slow = ServedHouse(Script(a_wire_answer(), delay_s=0.3))
    async with serving(slow.app()) as api:
        body = {"paper_id": await a_paper(api), "persona": "summarizer"}

        response = await api.post("/api/runs", json=body)
        done = await api.post("/api/runs", json=body | {"fresh": True}, headers=WAIT)

    assert (response.status_code, response.json()["status"]) == (202, "queued")
    assert response.json()["answer"] is None
    assert (done.status_code, done.json()["status"]) == (200, "finished")


async def test_an_equal_run_is_reused_unless_fresh(api: Client) -> None:
    first = (await a_run(api)).json()

    again = (await a_run(api)).json()
    fresh = (await a_run(api, fresh=True)).json()

    assert (again["id"], again["reused"]) == (first["id"], True)
    assert fresh["id"] != first["id"]


async def test_the_short_form_says_everything(api: Client) -> None:
    run = (await a_run(api, "summarizer@1.0.0:model=scripted,language=ja,temperature=0.5,seed=7")).json()

    assert (run["language"], run["persona"]["version"]) == ("ja", "1.0.0")
    assert run["settings"] == {"temperature": 0.5, "seed": 7}


async def test_members_of_the_body_say_the_same_and_the_short_form_wins(api: Client) -> None:
    run = await a_run(api, "summarizer:seed=7", language="ja", settings={"seed": 1, "temperature": 0.5})

    assert run.json()["language"] == "ja"
    assert run.json()["settings"] == {"temperature": 0.5, "seed": 7}


async def test_every_setting_can_be_set_in_the_body(api: Client) -> None:
    settings = {
        "temperature": 0.5,
        "seed": 7,
        "max_output_tokens": 900,
        "reasoning_effort": "low",
        "context": "full",
        "second_look": False,
    }

    run = (await a_run(api, settings=settings)).json()

    assert run["settings"] == settings


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"persona": "sumarizer"}, "There is no persona 'sumarizer'. Did you mean 'summarizer'?"),
        ({"persona": "summarizer@9"}, "There is no persona 'summarizer@9'."),
        ({"model": "scriptd"}, "There is no model 'scriptd'. Did you mean 'scripted'?"),
        ({"paper_id": "unknown"}, "There is no paper 'unknown'."),
    ],
    ids=["persona", "version", "model", "paper"],
)
async def test_what_is_unknown_is_named_with_the_nearest(
    api: Client, body: dict[str, Any], detail: str
) -> None:
    response = await a_run(api, **{"persona": "summarizer", **body})

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.json()["detail"] == detail


@pytest.mark.parametrize(
    "error",
    [TruncatedError(), UngroundedError(), ProviderAuthError(host="127.0.0.1:8080")],
    ids=lambda error: error.code,
)
async def test_a_failed_run_is_a_result_and_names_its_error(error: RunError) -> None:
    async with serving(ServedHouse(error).app()) as api:
        response = await a_run(api)

    run = response.json()
    assert (response.status_code, run["status"]) == (200, "failed")
    assert run["error"]["code"] == error.code
    assert run["error"]["detail"] == error.words.en
    assert run["error"]["type"] == f"urn:yomikurabe:problem:{error.code}"
    assert "status" not in run["error"]


async def test_a_run_is_cancelled_and_keeps_nothing() -> None:
    async with serving(ServedHouse(Script(a_wire_answer(), delay_s=30)).app()) as api:
        body = {"paper_id": await a_paper(api), "persona": "summarizer"}
        where = (await api.post("/api/runs", json=body)).headers["location"]

        cancelled = await api.post(f"{where}/cancel")
        again = await api.post(f"{where}/cancel")
        events = events_in(await api.get(f"{where}/events"))

    run = cancelled.json()
    assert (cancelled.status_code, run["status"], run["answer"]) == (202, "cancelled", None)
    assert run["error"]["code"] == "cancelled"
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert events[-1][1:] == ("finished", {"status": "cancelled"})


async def test_a_run_is_deleted_unless_a_comparison_shows_it(api: Client) -> None:
    comparison = (await a_comparison(api)).json()
    shown = comparison["candidates"][0]["run"]["id"]
    alone = (await a_run(api, fresh=True)).json()["id"]

    refused = await api.delete(f"/api/runs/{shown}")
    deleted = await api.delete(f"/api/runs/{alone}")
    await api.delete(f"/api/comparisons/{comparison['id']}")
    later = await api.delete(f"/api/runs/{shown}")

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (deleted.status_code, later.status_code) == (204, 204)
    assert (await api.get(f"/api/runs/{alone}")).status_code == 404


async def test_runs_are_listed_filtered_and_page_by_page(api: Client) -> None:
    runs = [(await a_run(api, fresh=True)).json()["id"] for _ in range(3)]
    other = (await a_run(api, "interpreter")).json()["id"]

    async def listed(**query: Any) -> list[str]:
        return [run["id"] for run in (await api.get("/api/runs", params=query)).json()["items"]]

    first = (await api.get("/api/runs", params={"limit": 3})).json()
    assert [run["id"] for run in first["items"]] == [other, runs[2], runs[1]]
    assert await listed(cursor=first["next_cursor"]) == [runs[0]]
    assert await listed(persona="interpreter") == [other]
    assert await listed(status="failed") == []
    assert await listed(paper_id="unknown") == []
    assert (await api.get("/api/runs?status=sleeping")).status_code == 422


async def test_feedback_is_taken(api: Client, house: ServedHouse) -> None:
    run_id = (await a_run(api)).json()["id"]

    given = await api.post(
        f"/api/runs/{run_id}/feedback",
        json={"path": "/next_papers/0/title", "verdict": "wrong", "comment": "not so"},
    )
    whole = await api.post(f"/api/runs/{run_id}/feedback", json={"verdict": "good"})

    assert (given.status_code, given.json()["path"]) == (201, "/next_papers/0/title")
    assert (whole.status_code, whole.json()["path"]) == (201, None)
    assert [kept.verdict for kept in house.memory.kept.feedback] == ["wrong", "good"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verdict": "meh"},
        {"verdict": "good", "path": "what"},
        {"verdict": "good", "path": "/what\n"},
        {"verdict": "good", "comment": "a" * 2001},
        {"verdict": "good", "stars": 5},
    ],
    ids=range(6),
)
async def test_feedback_is_strict(api: Client, body: object) -> None:
    run_id = (await a_run(api)).json()["id"]

    assert (await api.post(f"/api/runs/{run_id}/feedback", json=body)).status_code == 422


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/feedback"), ("DELETE", "")],
)
async def test_an_unknown_run_is_not_found(api: Client, method: str, rest: str) -> None:
    body = {"json": {"verdict": "good"}} if rest == "/feedback" else {}

    response = await api.request(method, f"/api/runs/unknown{rest}", **body)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


# How a result looks

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/markdown", "text/markdown"),
        (BROWSER, "text/html"),
        ("text/html;q=0.1, text/markdown;q=0.9", "text/markdown"),
        ("text/markdown;q=0.1, application/json;q=0.9", "application/json"),
        ("text/markdown, */*;q=0.1", "text/markdown"),
        ("TEXT/HTML", "text/html"),
        ("text/html;q=broken", "text/html"),
        ("image/png", "application/json"),
        ("application/json;q=0, text/markdown", "text/markdown"),
        ("application/*", "application/json"),
        (",;=", "application/json"),
    ],
)
@pytest.mark.parametrize("what", ["runs", "comparisons"])
async def test_a_result_looks_as_the_caller_prefers(
    api: Client, what: str, accept: str | None, kind: str
) -> None:
    where = (await (a_run if what == "runs" else a_comparison)(api)).headers["location"]
    headers = {} if accept is None else {"Accept": accept}

    response = await api.get(where, headers=headers)

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in response.headers["vary"]
    if kind == "text/html":
        assert "default-src 'none'" in response.headers["content-security-policy"]
    if kind != "application/json":
        assert "It places the paper first." in response.text


async def test_labels_and_reasons_are_in_the_callers_language(api: Client) -> None:
    where = (await a_run(api)).headers["location"]

    japanese = await api.get(where, headers={"Accept": "text/markdown", "Accept-Language": "ja"})
    english = await api.get(where, headers={"Accept": "text/markdown", "Accept-Language": "en"})

    assert (japanese.headers["content-language"], english.headers["content-language"]) == ("ja", "en")
    assert "どんなもの？" in japanese.text
    assert "What is it?" in english.text


# Comparisons


async def test_a_comparison_lays_two_readers_side_by_side(api: Client) -> None:
    response = await a_comparison(api)

    comparison = response.json()
    assert response.status_code == 200
    assert response.headers["location"] == f"/api/comparisons/{comparison['id']}"
    assert (comparison["status"], comparison["blind"]) == ("finished", False)
    assert [c["label"] for c in comparison["candidates"]] == ["A", "B"]
    assert comparison["same_input"]["identical"]
    rows = {row["row"]: row for row in comparison["rows"]}
    assert rows["in_short"]["cells"] == {"A": ["what"], "B": ["abstract"]}
    assert rows["in_short"]["difference"] == "same_passages"
    assert rows["discussion"]["difference"] == "only_A"
    assert rows["method"]["difference"] == "not_asked"
    assert comparison["cited_pages"] == {"A": [0.5, 0.5, 0.0], "B": [0.5, 0.5, 0.0]}
    assert (await api.get(response.headers["location"])).json() == comparison


async def test_a_run_that_is_there_is_a_candidate(api: Client) -> None:
    run_id = (await a_run(api)).json()["id"]

    comparison = (await a_comparison(api, {"run_id": run_id}, {"persona": "interpreter"})).json()

    assert comparison["candidates"][0]["run"]["id"] == run_id
    assert comparison["candidates"][0]["run"]["reused"]


async def test_a_persona_meets_itself_in_two_runs(api: Client) -> None:
    comparison = (await a_comparison(api, {"persona": "summarizer"}, {"persona": "summarizer@1.0.0"})).json()

    ids = [candidate["run"]["id"] for candidate in comparison["candidates"]]
    assert len(set(ids)) == 2
    assert not any(candidate["run"]["reused"] for candidate in comparison["candidates"])


async def test_one_failed_reader_leaves_a_partial_comparison() -> None:
    async with serving(ServedHouse(a_wire_answer(), TruncatedError()).app()) as api:
        comparison = (await a_comparison(api)).json()

    assert comparison["status"] == "partial"
    assert [c["run"]["status"] for c in comparison["candidates"]] == ["finished", "failed"]
    assert {row["difference"] for row in comparison["rows"] if row["cells"]["B"]} == {"failed"}
    assert not comparison["same_input"]["identical"] or comparison["same_input"]["digest"]


@pytest.mark.parametrize(
    "candidates",
    [
        [],
        [{"persona": "summarizer"}],
        [{"persona": "summarizer"}] * 7,
        [{}, {}],
        [{"persona": "summarizer", "run_id": "x"}, {"persona": "interpreter"}],
        [{"persona": "summarizer"}, {"persona": "interpreter", "colour": "red"}],
        [{"persona": "summarizer"}, {"persona": "interpreter", "settings": {"heat": 1}}],
        [{"persona": "summarizer"}, "interpreter"],
    ],
    ids=range(8),
)
async def test_candidates_are_two_to_six_and_say_what_they_are(
    api: Client, house: ServedHouse, candidates: list[Any]
) -> None:
    body = {"paper_id": await a_paper(api), "candidates": candidates}

    response = await api.post("/api/comparisons", json=body)

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert (house.memory.kept.runs, house.memory.kept.comparisons) == ({}, {})


async def test_a_run_of_another_paper_is_no_candidate(api: Client) -> None:
    other = (await a_run(api, paper_id=await a_paper(api, b"%PDF-1.7 another"))).json()["id"]

    refused = await a_comparison(api, {"run_id": other}, {"persona": "interpreter"})
    unknown = await a_comparison(api, {"run_id": "unknown"}, {"persona": "interpreter"})

    assert (refused.status_code, unknown.status_code) == (422, 404)


async def test_comparisons_are_listed_and_deleted(api: Client) -> None:
    first = (await a_comparison(api)).json()["id"]
    second = (await a_comparison(api, fresh=True)).json()["id"]

    listed = (await api.get("/api/comparisons?limit=1")).json()
    rest = (await api.get("/api/comparisons", params={"cursor": listed["next_cursor"]})).json()
    deleted = await api.delete(f"/api/comparisons/{second}")

    assert [c["id"] for c in [*listed["items"], *rest["items"]]] == [second, first]
    assert deleted.status_code == 204
    for response in (
        await api.get(f"/api/comparisons/{second}"),
        await api.get(f"/api/comparisons/{second}/events"),
        await api.delete(f"/api/comparisons/{second}"),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


# Events


async def test_the_events_of_a_run_are_streamed_and_end(api: Client) -> None:
    where = (await a_run(api)).headers["location"]

    response = await api.get(f"{where}/events")

    assert response.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert response.headers["cache-control"] == "no-store"
    events = events_in(response)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    assert (events[0][1], events[-1][1:]) == ("started", ("finished", {"status": "finished"}))
    fields = [data for _, name, data in events if name == "field"]
    assert [field["path"] for field in fields] == ["/header", "/what", "/discussion", "/next_papers"]
    assert fields[1]["value"] == "It places the paper first."
    assert fields[1]["statements"][0]["evidence"][0]["status"] == "verified"


@pytest.mark.parametrize("what", ["run", "comparison", "paper"])
async def test_whoever_comes_back_gets_the_rest_and_then_nothing(api: Client, what: str) -> None:
    if what == "paper":
        where = f"/api/papers/{await a_paper(api)}"
    else:
        where = (await (a_run if what == "run" else a_comparison)(api)).headers["location"]
    whole = events_in(await api.get(f"{where}/events"))

    for after in range(len(whole)):
        rest = await api.get(f"{where}/events", headers={"Last-Event-ID": str(after)})
        assert events_in(rest) == whole[after:]
    ended = await api.get(f"{where}/events", headers={"Last-Event-ID": str(len(whole))})
    assert (ended.status_code, ended.content) == (204, b"")


async def test_the_events_of_a_comparison_name_their_candidate(api: Client) -> None:
    where = (await a_comparison(api)).headers["location"]

    events = events_in(await api.get(f"{where}/events"))

    assert {data["candidate"] for _, name, data in events if name == "field"} == {"A", "B"}
    assert events[-1][1:] == ("finished", {"status": "finished"})


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "0x1", "1e3", "٣", "9" * 30, "0" * 5000])
async def test_rubbish_as_last_event_is_malformed(api: Client, given: str) -> None:
    where = (await a_run(api)).headers["location"]

    response = await api.get(f"{where}/events", headers={"Last-Event-ID": given.encode()})

    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")


# One shots


def shot(*personas: str, data: bytes = PDF, **fields: str) -> dict[str, Any]:
    return {
        "files": {"file": ("paper-first.pdf", data, "application/pdf")},
        "data": {"persona": list(personas), **fields},
    }


async def test_one_shot_reads_a_paper(api: Client) -> None:
    response = await api.post("/api/read", **shot("summarizer", language="ja"))

    assert (response.status_code, response.json()["status"]) == (200, "finished")
    assert response.json()["language"] == "ja"
    assert (await api.get(response.headers["location"])).json()["id"] == response.json()["id"]


@pytest.mark.parametrize("accept", ["application/json", "text/markdown", "text/html"])
async def test_one_shot_compares(api: Client, accept: str) -> None:
    response = await api.post("/api/compare", **shot("summarizer", "interpreter"), headers={"Accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == accept
    assert "It places the paper first." in response.text
    assert response.headers["location"].startswith("/api/comparisons/")


async def test_one_shot_takes_an_address(api: Client) -> None:
    sent = {"files": {"url": (None, "2312.10997"), "persona": (None, "summarizer")}}

    assert (await api.post("/api/read", **sent)).status_code == 200


async def test_one_shot_past_the_wait_says_where_to_look() -> None:
    async with serving(ServedHouse(Script(either, delay_s=30)).app()) as api:
        headers = {"Prefer": "wait=0", "Accept": "text/markdown"}
        await a_paper(api)
        read = await api.post("/api/read", **shot("summarizer"), headers=headers)
        compared = await api.post("/api/compare", **shot("summarizer", "interpreter"), headers=headers)

    for response in (read, compared):
        assert response.status_code == 202
        assert response.headers["content-type"].startswith("application/json")
        assert response.headers["location"].endswith(response.json()["id"])


async def test_one_shot_answers_200_whatever_became_of_the_run() -> None:
    async with serving(ServedHouse(TruncatedError()).app()) as api:
        read = await api.post("/api/read", **shot("summarizer"))
        compared = await api.post("/api/compare", **shot("summarizer", "interpreter"))

    assert (read.status_code, read.json()["error"]["code"]) == (200, "truncated")
    assert (compared.status_code, compared.json()["status"]) == (200, "failed")


@pytest.mark.parametrize(
    ("path", "sent", "refusal"),
    [
        ("read", shot(), (422, "invalid_request")),
        ("read", shot("summarizer", "interpreter"), (422, "invalid_request")),
        ("read", shot("sumarizer"), (404, "not_found")),
        ("read", shot("summarizer", model="gpt"), (404, "not_found")),
        ("read", shot("summarizer", colour="red"), (422, "invalid_request")),
        ("read", shot("summarizer", language="japanese please"), (422, "invalid_request")),
        ("read", shot("summarizer", url="2312.10997"), (422, "invalid_request")),
        ("read", {"files": {"persona": (None, "summarizer")}}, (422, "invalid_request")),
        ("read", shot("summarizer", data=b"GIF89a"), (415, "not_pdf")),
        ("compare", shot("summarizer"), (422, "invalid_request")),
        ("compare", shot(*["summarizer"] * 7), (422, "invalid_request")),
        ("compare", shot("summarizer", "interpreter:heat=1"), (422, "invalid_request")),
        ("compare", shot(), (422, "invalid_request")),
    ],
    ids=range(13),
)
async def test_one_shots_refuse_what_is_wrong(
    api: Client, house: ServedHouse, path: str, sent: dict[str, Any], refusal: tuple[int, str]
) -> None:
    response = await api.post(f"/api/{path}", **sent)

    assert (response.status_code, response.json()["code"]) == refusal
    assert house.memory.kept.runs == {}


async def test_one_shot_of_a_paper_that_cannot_be_read_is_a_refusal(api: Client, house: ServedHouse) -> None:
    house.reader.error = NoTextError(pages=3, characters=2)

    for path, personas in (("read", ["summarizer"]), ("compare", ["summarizer", "interpreter"])):
        response = await api.post(f"/api/{path}", **shot(*personas))
        assert (response.status_code, response.json()["code"]) == (422, "no_text")


async def test_both_readers_of_one_shot_were_given_the_same(api: Client, house: ServedHouse) -> None:
    await api.post("/api/compare", **shot("summarizer", "interpreter"))

    first, second = house.engine.questions
    assert first.prompt.paper == second.prompt.paper
    assert an_interpretation().keys() == second.wire_schema["properties"].keys()
