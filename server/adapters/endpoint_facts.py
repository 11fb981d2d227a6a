"""What a model server tells about a model beside answering: how long its context is, how its tokenizer counts.

llama.cpp (`/props`, `/tokenize`) and vLLM (`/v1/models`, `/tokenize`) tell both; several hosts list a context length. OpenAI
tells neither; its tokenizers are in `tiktoken`, which is used where it is installed.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_OPENAI = "api.openai.com"
_WINDOW_S = 5.0
_COUNT_S = 20.0
_MAX_BYTES = 32 << 20
"""A book of 100,000 tokens comes back as less than a megabyte of numbers."""
_NAMES = ("max_model_len", "context_length", "max_context_length", "context_window")
"""What vLLM, OpenRouter and Together, Mistral and LM Studio, and Groq call it in their lists of models."""
_SANE = range(512, 100_000_000)


@dataclass
class EndpointFacts:
    """Asks one endpoint with one key, and remembers what it told. Never raises; does not follow redirects."""

    base_url: str
    api_key: str | None = None
    _windows: dict[str, int | None] = field(default_factory=dict)
    _makers: dict[str, str] = field(default_factory=dict)
    """Model → the server's own name for itself: `llamacpp`, `vllm`."""

    async def window(self, model: str) -> int | None:
        """Tokens of prompt and answer together; None: it does not tell."""
        if urlsplit(self.base_url).hostname == _OPENAI:
            return None
        if model not in self._windows:
            entry = _entry(
                await self._ask("GET", f"{self.base_url.rstrip('/')}/models", within_s=_WINDOW_S), model
            )
            if entry is None:
                return None  # Away, or busy: asked again next time.
            self._makers[model] = str(entry.get("owned_by", ""))
            self._windows[model] = await self._told(entry, model)
        return self._windows[model]

    async def count(self, model: str, text: str) -> int | None:
        """Tokens of a text by the model's tokenizer; None: nobody here knows it."""
        if urlsplit(self.base_url).hostname == _OPENAI:
            return await _by_tiktoken(model, text)
        await self.window(model)
        bodies: Mapping[str, dict[str, Any]] = {
            "llamacpp": {"content": text, "add_special": False},
            "vllm": {"model": model, "prompt": text, "add_special_tokens": False},
        }
        body = bodies.get(self._makers.get(model, ""))
        if body is None:
            return None
        said = await self._ask("POST", f"{self._root}/tokenize", body, within_s=_COUNT_S)
        if not isinstance(said, dict):
            return None
        count, tokens = said.get("count"), said.get("tokens")
        found = count if isinstance(count, int) else len(tokens) if isinstance(tokens, list) else 0
        return found or None

    @property
    def _root(self) -> str:
        """Where these servers have what is not OpenAI's."""
        return self.base_url.rstrip("/").removesuffix("/v1")

    async def _told(self, entry: Mapping[str, Any], model: str) -> int | None:
        if (
            self._makers[model] == "llamacpp"
        ):  # Its list tells what the model was trained for, not what is loaded.
            props = await self._ask("GET", f"{self._root}/props", within_s=_WINDOW_S)
            settings = props.get("default_generation_settings") if isinstance(props, dict) else None
            return _sane(settings.get("n_ctx")) if isinstance(settings, dict) else None
        return next((known for name in _NAMES if (known := _sane(entry.get(name)))), None)

    async def _ask(
        self, method: str, url: str, body: Mapping[str, Any] | None = None, *, within_s: float
    ) -> Any:
        # Imported here: 0.2 s that only a model at an endpoint needs.
        import aiohttp  # noqa: PLC0415

        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        try:
            async with (
                asyncio.timeout(within_s),
                aiohttp.ClientSession(trust_env=True, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.request(method, url, json=body, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    return {} if response.status in (404, 405, 501) else None
                data = bytearray()
                async for chunk in response.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > _MAX_BYTES:
                        return {}
                return json.loads(data)
        except (aiohttp.ClientError, OSError, ValueError, RecursionError, TimeoutError):
            return None


def _entry(listed: Any, model: str) -> Mapping[str, Any] | None:
    """The model's entry in a list of models; empty where it is not in it, None where there was no answer."""
    if listed is None:
        return None
    data = listed.get("data") if isinstance(listed, dict) else listed
    entries = [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
    named = [one for one in entries if one.get("id") == model]
    # llama.cpp answers under any name, and lists the one model it has by the path of its file.
    alone = [one for one in entries if len(entries) == 1 and one.get("owned_by") == "llamacpp"]
    return next(iter((*named, *alone)), {})


def _sane(value: Any) -> int | None:
    return value if isinstance(value, int) and value in _SANE else None


async def _by_tiktoken(model: str, text: str) -> int | None:
    """Counts with OpenAI's tokenizer where `tiktoken` is installed. It may have to fetch its tables when first used."""

    def count() -> int | None:
        try:
            encoding = importlib.import_module("tiktoken").encoding_for_model(model)
            return len(encoding.encode_ordinary(text))
        except Exception:  # noqa: BLE001 (not installed, an unknown model, or no way to its tables: all the same here)
            return None

    try:
        async with asyncio.timeout(_COUNT_S):
            return await asyncio.to_thread(count)
    except TimeoutError:
        return None
