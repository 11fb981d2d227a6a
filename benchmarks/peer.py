"""What the second reader of a paper costs: our engine, paper first, beside the plain SDK with the persona first.

    YOMI_PEER_MODEL=$(.ci/fetch_model.sh) python benchmarks/peer.py [--characters 9000]

Both ask llama.cpp's own server (extra `local`, one thread, one slot, started afresh for each) the same two personas on
the same text. Token counts are the server's and do not depend on the machine; times do.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(TESTS / "peer")]

from readers import INTERPRETER, SUMMARIZER, common, messages_of, question_of  # noqa: E402
from serve import Peer, running_peer  # noqa: E402
from server.adapters.openai_engine import OpenAIEngine  # noqa: E402
from server.application.ports import Completed, Delta, Question  # noqa: E402

CONTEXT_TOKENS = 8192


@dataclass
class Call:
    prompt: int
    cached: int
    first_token_s: float
    total_s: float
    shared: int = 0
    """Tokens that the prompt has in common with the one before it."""


async def with_engine(peer: Peer, questions: list[Question]) -> list[Call]:
    engine = OpenAIEngine(peer.base_url, peer.key)
    calls = []
    for question in questions:
        start, first = time.perf_counter(), 0.0
        async for event in engine.ask(question):
            if isinstance(event, Delta):
                first = first or time.perf_counter() - start
            elif isinstance(event, Completed):
                usage = event.usage
                assert usage.input_tokens is not None
                assert usage.cached_tokens is not None
                total = time.perf_counter() - start
                calls.append(Call(usage.input_tokens, usage.cached_tokens, first, total))
    await engine.close()
    return calls


async def with_sdk(peer: Peer, questions: list[Question]) -> list[Call]:
    """The persona in the system message and the paper after it, as most prompts have it."""
    from openai import AsyncOpenAI  # noqa: PLC0415

    calls = []
    async with AsyncOpenAI(base_url=peer.base_url, api_key=peer.key, max_retries=0, timeout=900) as client:
        for question in questions:
            wire: Any = {"name": "answer", "schema": question.wire_schema, "strict": True}
            start, first, usage = time.perf_counter(), 0.0, None
            stream = await client.chat.completions.create(
                model="peer",
                messages=persona_first(question),  # type: ignore[arg-type]
                stream=True,
                stream_options={"include_usage": True},
                temperature=0.0,
                seed=1,
                max_tokens=question.max_output_tokens,
                response_format={"type": "json_schema", "json_schema": wire},
            )
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    first = first or time.perf_counter() - start
                usage = chunk.usage or usage
            assert usage
            assert usage.prompt_tokens_details
            cached = usage.prompt_tokens_details.cached_tokens or 0
            calls.append(Call(usage.prompt_tokens, cached, first, time.perf_counter() - start))
    return calls


def persona_first(question: Question) -> list[dict[str, str]]:
    prompt = question.prompt
    return [
        {"role": "system", "content": prompt.rules + prompt.persona},
        {"role": "user", "content": prompt.paper},
    ]


@click.command()
@click.option("--characters", default=9000, show_default=True, help="Of the sample paper.")
def main(characters: int) -> None:
    """Print one line per call."""
    model = Path(os.environ.get("YOMI_PEER_MODEL", ""))
    if not model.is_file():
        raise click.UsageError("YOMI_PEER_MODEL must be the path of a GGUF model; see .ci/fetch_model.sh")
    table = Table(title=f"Two readers of one paper ({model.name}, one thread)")
    for heading in (
        "prompt order",
        "reader",
        "prompt",
        "shared",
        "cached",
        "evaluated",
        "first token s",
        "total s",
    ):
        table.add_column(heading, justify="left" if heading in ("prompt order", "reader") else "right")
    evaluated: dict[str, int] = {}
    for name, ask, messages in (
        ("paper first (engine)", with_engine, messages_of),
        ("persona first (SDK)", with_sdk, persona_first),
    ):
        with running_peer(model, context_tokens=CONTEXT_TOKENS) as peer:
            questions = [
                question_of(persona, base_url=peer.base_url, characters=characters, deadline_s=900)
                for persona in (SUMMARIZER, INTERPRETER)
            ]
            first, second = (peer.tokens(messages(question)) for question in questions)
            calls = asyncio.run(ask(peer, questions))
        calls[1].shared = common(first, second)
        evaluated[name] = sum(call.prompt - call.cached for call in calls)
        for reader, call in zip(("first", "second"), calls, strict=True):
            counts = (call.prompt, call.shared, call.cached, call.prompt - call.cached)
            times = (f"{call.first_token_s:.1f}", f"{call.total_s:.1f}")
            table.add_row(name, reader, *map(str, counts), *times)
        if name.startswith("paper first"):
            share = calls[1].cached / calls[1].shared
            surplus = calls[1].shared - calls[1].cached
    console = Console(width=110)
    console.print(table)
    ours, theirs = evaluated.values()
    console.print(f"second reader, paper first: {share:.1%} of the shared prefix cached (aim ≥ 99 %),")
    console.print(f"  evaluated tokens beyond its own suffix: {surplus} (aim ≤ 64)")
    console.print(f"both readers, evaluated tokens: {ours} against {theirs} ({theirs / ours:.2f}×)")


if __name__ == "__main__":
    main()
