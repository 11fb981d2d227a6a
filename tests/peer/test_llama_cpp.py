"""The engine against llama.cpp's own server: strict schema, streaming, usage, prefix reuse, errors as it words them.

Needs the extra `local` and `YOMI_PEER_MODEL`, the path of a GGUF model (`.ci/fetch_model.sh` prints one).
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import jsonschema_rs
import pytest
from readers import INTERPRETER, SUMMARIZER, common, messages_of, question_of
from serve import Peer, running_peer
from server.adapters.openai_engine import OpenAIEngine
from server.application.ports import Completed, Delta, Question
from server.domain.errors import ContextTooLongError, ProviderAuthError, TruncatedError
from server.domain.personas import Persona

pytestmark = pytest.mark.peer
CHARACTERS = 1200
"""Of the paper; with rules and questions some 900 tokens, so that one slow core does it in half a minute."""
CONTEXT_TOKENS = 2048


@dataclass
class Answered:
    question: Question
    text: str = ""
    arrived_s: list[float] = field(default_factory=list)
    completed: Completed | None = None

    @property
    def evaluated(self) -> int:
        """Prompt tokens that the server did not find in its cache."""
        assert self.completed
        usage = self.completed.usage
        assert usage.input_tokens is not None
        assert usage.cached_tokens is not None
        return usage.input_tokens - usage.cached_tokens


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    model = os.environ.get("YOMI_PEER_MODEL")
    if not model or not Path(model).is_file():
        pytest.fail("YOMI_PEER_MODEL must be the path of a GGUF model; see .ci/fetch_model.sh", pytrace=False)
    with running_peer(Path(model), context_tokens=CONTEXT_TOKENS) as peer:
        yield peer


def ask(peer: Peer, question: Question, *, key: str | None = None) -> Answered:
    async def run() -> Answered:
        engine = OpenAIEngine(peer.base_url, key or peer.key)
        answered = Answered(question)
        try:
            async for event in engine.ask(question):
                if isinstance(event, Delta):
                    answered.text += event.text
                    answered.arrived_s.append(time.monotonic())
                elif isinstance(event, Completed):
                    answered.completed = event
            assert engine.support("peer")["response_format"] == "json_schema_strict"
            return answered
        finally:
            await engine.close()

    return asyncio.run(run())


def asking(persona: Persona, peer: Peer) -> Question:
    return question_of(persona, base_url=peer.base_url, characters=CHARACTERS)


@pytest.fixture(scope="module")
def answers(peer: Peer) -> list[Answered]:
    """Both readers, one after the other, as the product asks them."""
    return [ask(peer, asking(persona, peer)) for persona in (SUMMARIZER, INTERPRETER)]


def test_strict_schemas_are_honoured(answers: list[Answered]) -> None:
    for answered in answers:
        schema = answered.question.wire_schema
        jsonschema_rs.validator_for(schema, offline=True).validate(json.loads(answered.text))
        assert list(json.loads(answered.text)) == list(schema["properties"])


def test_answers_arrive_while_they_are_written(answers: list[Answered]) -> None:
    for answered in answers:
        assert len(answered.arrived_s) > 10
        assert answered.arrived_s[-1] - answered.arrived_s[0] > 0.1


def test_usage_is_what_the_server_counts(peer: Peer, answers: list[Answered]) -> None:
    for answered in answers:
        assert answered.completed
        assert answered.completed.usage.input_tokens == len(peer.tokens(messages_of(answered.question)))
        assert answered.completed.usage.output_tokens


def test_the_second_reader_pays_for_its_own_words_only(peer: Peer, answers: list[Answered]) -> None:
    first, second = (peer.tokens(messages_of(answered.question)) for answered in answers)
    shared = common(first, second)
    completed = answers[1].completed
    assert completed
    assert completed.usage.cached_tokens is not None

    assert shared > 600
    assert answers[0].evaluated >= shared
    assert completed.usage.cached_tokens >= 0.99 * shared
    assert answers[1].evaluated <= len(second) - shared + 64


def test_an_answer_that_does_not_fit_is_truncated_not_half_read(peer: Peer, answers: list[Answered]) -> None:
    with pytest.raises(TruncatedError):
        ask(peer, replace(answers[1].question, max_output_tokens=8))


def test_a_prompt_that_does_not_fit_says_how_much_does(peer: Peer) -> None:
    question = question_of(SUMMARIZER, base_url=peer.base_url, characters=9000)
    with pytest.raises(ContextTooLongError) as raised:
        ask(peer, question)
    assert raised.value.data["window"] == CONTEXT_TOKENS
    assert raised.value.data["tokens"] > CONTEXT_TOKENS


def test_a_wrong_key_is_named_as_such(peer: Peer) -> None:
    with pytest.raises(ProviderAuthError):
        ask(peer, asking(SUMMARIZER, peer), key="wrong")
