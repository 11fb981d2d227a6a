"""Long papers and a small model: an endpoint that counts tokens in its own way and refuses more than it can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from server.adapters.models import ConfiguredModels
from server.adapters.pdf_process import PdfProcessReader
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.application.contexts import Contexts
from server.domain.budgets import estimate_tokens
from server.domain.extractions import Extraction
from server.domain.plans import MAX_CALLS
from server.domain.runs import Run, RunSettings, RunStatus
from server.domain.statements import EvidenceStatus

from answering import Answer
from fake_provider import Exchange, FakeProvider, Step, refuses, streams
from house import House, ReadingAloud

pytestmark = pytest.mark.anyio

WINDOW = 8192
PAPERS = ("timp", "geotopo_de")
"""46 pages of English, 117 of German."""
COUNTS = 1.2
"""How many more tokens this endpoint counts than are estimated; some tokenizers do, of German."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def papers(shared_papers: Path) -> Mapping[str, Extraction]:
    reader = PdfProcessReader()
    try:
        return {name: await reader.read((shared_papers / f"{name}.pdf").read_bytes()) for name in PAPERS}
    finally:
        await reader.close()


@dataclass
class Small:
    """What the endpoint holds, and what it was asked."""

    paper: Extraction
    tells: bool = True
    """In its refusals and its list of models, how long its context is."""

    def __post_init__(self) -> None:
        self.counted: list[int] = []
        self.refused: list[int] = []

    @property
    def step(self) -> Step:
        async def answer(exchange: Exchange) -> None:
            body = exchange.request.body
            prompt = int(COUNTS * sum(estimate_tokens(m["content"]) for m in body["messages"]))
            if prompt + body["max_tokens"] > WINDOW:
                self.refused.append(prompt)
                known = f"maximum context length is {WINDOW} tokens ({prompt} in the messages)"
                said = known if self.tells else "prompt is too long"
                await refuses(400, said, code="context_length_exceeded")(exchange)
                return
            self.counted.append(prompt)
            usage = {"prompt_tokens": prompt, "completion_tokens": 100, "total_tokens": prompt + 100}
            await streams(self._answer(body), usage=usage)(exchange)

        return answer

    def _answer(self, body: Mapping[str, Any]) -> str:
        identity = self.paper.identity
        given = body["messages"][1]["content"].partition("<<<end of paper")[0]
        sentences = re.findall(r"(?<=\. )[A-ZÄÖÜ][^.\n]{40,200}\.(?=\s)", given)
        lines = sorted(given.split("\n")[1:], key=len)
        answer = Answer(
            str(identity.title.value if identity.title else ""),
            list(identity.authors.value) if identity.authors else [],
            sentences[0] if sentences else lines[-1],
        )
        return json.dumps(answer.to(body["response_format"]["json_schema"]["schema"]), ensure_ascii=False)


class Having(ReadingAloud):
    """A reader that has read this paper."""

    def __init__(self, paper: Extraction) -> None:
        super().__init__()
        self.paper = paper

    async def read(self, data: bytes, *, on_progress: object = None) -> Extraction:  # noqa: ARG002
        return self.paper


async def read_by(
    small: Small, context: str, *, times: int = 1, window: int | None = None, **settings: Any
) -> Run:
    """The last of so many runs of the summarizer by a model of this endpoint."""
    async with FakeProvider(small.step) as provider:
        known = {} if window is None else {"context_window": window}
        listed = {"small": {"base_url": provider.base_url, **known}}
        models = ConfiguredModels(default="small", models=json.dumps(listed))
        house = House(library=FolderPersonas(builtin_personas(), ()))
        for part in (house.start, house.execute):
            object.__setattr__(part, "models", models)
        object.__setattr__(house.execute, "contexts", Contexts(models))
        object.__setattr__(house.read_paper, "reader", Having(small.paper))
        try:
            for _ in range(times):
                asked = RunSettings(context=context, **settings)
                run = await house.executed("summarizer", language="en", settings=asked, fresh=True)
        finally:
            await models.close()
    return run


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("context", ["auto", "retrieve", "map_reduce", "sections"])
async def test_a_long_paper_is_read_by_a_model_of_8k(
    papers: Mapping[str, Extraction], name: str, context: str
) -> None:
    small = Small(papers[name])

    run = await read_by(small, context)

    assert (run.status, run.error) == (RunStatus.FINISHED, None)
    assert small.counted
    assert max(small.counted) < WINDOW
    assert len(small.refused) <= 2
    assert run.input
    assert run.input.strategy == ("retrieve" if context == "auto" else context)
    every = set(range(1, len(papers[name].pages) + 1))
    assert set(run.input.pages_read) | set(run.input.pages_left_out) == every
    assert set(run.input.pages_read).isdisjoint(run.input.pages_left_out)
    assert len(run.passes) + 1 <= MAX_CALLS
    quotes = [e for s in run.statements for e in s.evidence]
    assert quotes
    assert all(e.status is EvidenceStatus.VERIFIED for e in quotes)


async def test_what_a_first_run_learned_spares_the_second_all_refusals(
    papers: Mapping[str, Extraction],
) -> None:
    small = Small(papers["timp"])
    await read_by(small, "retrieve")
    first = len(small.refused)
    small.refused.clear()

    run = await read_by(small, "retrieve", times=2)

    assert run.status is RunStatus.FINISHED
    assert len(small.refused) == first


async def test_a_window_that_nobody_tells_is_felt_for(papers: Mapping[str, Extraction]) -> None:
    small = Small(papers["geotopo_de"], tells=False)

    run = await read_by(small, "auto")

    assert run.status is RunStatus.FINISHED
    assert len(small.refused) <= 2
    assert [a.outcome for a in run.attempts] == [*["context_too_long"] * len(small.refused), "ok"]


@pytest.mark.parametrize("tells", [True, False])
async def test_every_member_of_an_ensemble_is_planned_anew(
    papers: Mapping[str, Extraction],
    tells: bool,  # noqa: FBT001
) -> None:
    small = Small(papers["timp"], tells=tells)

    run = await read_by(small, "auto", ensemble=3)

    assert (run.status, run.error) == (RunStatus.FINISHED, None)
    assert [member.error for member in run.members] == [None] * 3
    assert small.refused


async def test_the_whole_paper_or_nothing_is_not_shortened(papers: Mapping[str, Extraction]) -> None:
    small = Small(papers["timp"])

    run = await read_by(small, "full")

    assert run.error
    assert (run.status, run.error.code) == (RunStatus.FAILED, "context_too_long")
    assert len(small.refused) == 1


async def test_a_paper_known_to_be_too_long_is_not_sent_whole(papers: Mapping[str, Extraction]) -> None:
    small = Small(papers["timp"])

    run = await read_by(small, "full", window=WINDOW)

    assert run.error
    assert run.error.code == "context_too_long"
    assert small.refused == small.counted == []


async def test_every_call_of_a_reading_in_parts_is_kept_with_its_pages(
    papers: Mapping[str, Extraction],
) -> None:
    small = Small(papers["timp"])

    run = await read_by(small, "map_reduce", window=int(WINDOW / COUNTS))

    assert run.input
    read = {page for one in run.passes for page in one.pages}
    assert read == set(run.input.pages_read)
    assert run.input.billed_tokens == sum(small.counted)
    assert not run.input.truncated
    assert [a.outcome for a in run.attempts] == ["ok"] * (len(run.passes) + 1)
