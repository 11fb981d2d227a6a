"""What is learned of windows and of counting, and when an endpoint is asked for it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from server.application.contexts import BELIEVED, LEAST_WINDOW, Contexts
from server.domain.budgets import estimate_tokens
from server.domain.contexts.rooms import ASSUMED_WINDOW
from server.domain.errors import ContextTooLongError, UnavailableError
from server.domain.models import ModelSpec
from server.domain.prompts import paper_text

from builders import a_field, a_model, an_extraction

pytestmark = pytest.mark.anyio

PAPER = an_extraction()
SMALL = a_model("small")
TEXT = "The paper stands before the persona in every prompt."


class Telling:
    """An endpoint with a window whose tokenizer counts a multiple of the estimate."""

    def __init__(self, window: int | None, *, counts: float | None = None) -> None:
        self.told, self.counts = window, counts
        self.asked: list[str] = []

    async def window(self, spec: ModelSpec) -> int | None:  # noqa: ARG002
        self.asked.append("window")
        return self.told

    async def count(self, spec: ModelSpec, text: str) -> int | None:  # noqa: ARG002
        self.asked.append("count")
        return None if self.counts is None else math.ceil(self.counts * estimate_tokens(text))


class Embedding:
    """Likens texts by their length."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.texts: list[int] = []

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if self.fails:
            raise UnavailableError(host="nowhere")
        self.texts.append(len(texts))
        return [[1.0, float(len(text))] for text in texts]


async def factor_of(contexts: Contexts, spec: ModelSpec = SMALL) -> float:
    return (await contexts.means(PAPER, spec)).count(TEXT * 100) / estimate_tokens(TEXT * 100)


async def test_the_window_of_the_settings_wins_and_nobody_is_asked() -> None:
    endpoints = Telling(4096)

    means = await Contexts(endpoints).means(PAPER, a_model("known", context_window=100_000))

    assert means.window == 100_000
    assert endpoints.asked == []


async def test_an_endpoint_is_asked_once_for_its_window() -> None:
    endpoints = Telling(100_000)
    contexts = Contexts(endpoints)

    windows = [(await contexts.means(PAPER, SMALL)).window for _ in range(3)]

    assert windows == [100_000] * 3
    assert endpoints.asked == ["window"]


async def test_a_paper_that_may_not_fit_is_counted_by_the_models_own_tokenizer_once() -> None:
    endpoints = Telling(4096, counts=1.4)
    contexts = Contexts(endpoints)

    factors = [await factor_of(contexts) for _ in range(2)]

    exact = math.ceil(1.4 * estimate_tokens(paper_text(PAPER))) / estimate_tokens(paper_text(PAPER))
    assert factors == [pytest.approx(exact, abs=0.01)] * 2
    assert endpoints.asked.count("count") == 1


async def test_a_paper_that_fits_easily_is_not_sent_to_be_counted() -> None:
    endpoints = Telling(100_000, counts=1.4)

    assert await factor_of(Contexts(endpoints)) == 1
    assert endpoints.asked == ["window"]


async def test_estimates_come_nearer_to_the_bills() -> None:
    contexts, factors = Contexts(), list[float]()
    for _ in range(6):
        factors.append(await factor_of(contexts))
        estimated = round(1000 * factors[-1])
        contexts.learn(PAPER, SMALL, estimated=estimated, billed=1300)

    assert factors == sorted(factors)
    assert factors[-1] == pytest.approx(1.3, rel=0.02)


@pytest.mark.parametrize("billed", [BELIEVED[0] * 900, BELIEVED[1] * 1100])
async def test_a_bill_that_cannot_be_for_this_prompt_teaches_nothing(billed: float) -> None:
    contexts = Contexts()

    contexts.learn(PAPER, SMALL, estimated=1000, billed=round(billed))

    assert await factor_of(contexts) == 1


async def test_what_is_learned_of_one_model_is_not_held_against_another() -> None:
    contexts = Contexts()
    contexts.learn(PAPER, SMALL, estimated=1000, billed=1500)

    assert await factor_of(contexts, a_model("other")) == 1


async def test_a_refusal_that_tells_the_window_and_the_count_is_learned_from() -> None:
    contexts = Contexts()
    told = ContextTooLongError(tokens=12_000, window=8192)

    assert contexts.refused(PAPER, SMALL, told, estimated=10_000)

    assert (await contexts.means(PAPER, SMALL)).window == 8192
    assert await factor_of(contexts) == pytest.approx(1.2 * 1.02, rel=0.01)


@pytest.mark.parametrize(
    ("estimated", "supposed"), [(60_000, ASSUMED_WINDOW), (6000, 3000), (1000, LEAST_WINDOW)]
)
async def test_a_refusal_that_tells_nothing_leads_to_a_guess(estimated: int, supposed: int) -> None:
    contexts = Contexts()

    assert contexts.refused(PAPER, SMALL, ContextTooLongError(), estimated=estimated)

    assert (await contexts.means(PAPER, SMALL)).window == supposed


async def test_a_refusal_of_what_should_have_fitted_makes_estimates_grow() -> None:
    contexts, spec = Contexts(), a_model("known", context_window=8192)

    assert contexts.refused(PAPER, spec, ContextTooLongError(), estimated=5000)

    assert await factor_of(contexts, spec) > 1.2


async def test_a_refusal_that_says_nothing_new_is_no_reason_to_try_again() -> None:
    contexts, spec = Contexts(), a_model("known", context_window=8192)
    same = ContextTooLongError(tokens=5000, window=8192)

    assert not contexts.refused(PAPER, spec, same, estimated=5000)


async def test_what_is_known_is_told_without_asking() -> None:
    endpoints = Telling(4096, counts=2.0)
    contexts = Contexts(endpoints)

    assert contexts.known(PAPER, SMALL).window is None
    assert endpoints.asked == []


async def test_questions_and_passages_are_embedded_where_excerpts_are_wanted() -> None:
    embeddings = Embedding()
    contexts = Contexts(None, embeddings)
    fields = [a_field("what"), a_field("why")]

    scored = await contexts.means(PAPER, SMALL, fields=fields, strategy="retrieve")
    again = await contexts.means(PAPER, SMALL, fields=fields, strategy="retrieve")
    full = await contexts.means(PAPER, SMALL, fields=fields, strategy="full")

    passages = len(scored.index.passages)
    assert {name: len(scores) for name, scores in scored.scores.items()} == {
        "what": passages,
        "why": passages,
    }
    assert again.scores == scored.scores
    assert full.scores == {}
    assert embeddings.texts == [passages, 2, 2]


async def test_embeddings_that_fail_leave_the_ranking_by_words() -> None:
    contexts = Contexts(None, Embedding(fails=True))

    means = await contexts.means(PAPER, SMALL, fields=[a_field("what")], strategy="retrieve")

    assert means.scores == {}
