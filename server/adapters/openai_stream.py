"""Read one chat completion, streamed or whole, strictly: pieces of text, then how it ended and what was used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from server.adapters.openai_errors import CallFailedError, Retry, bad_response, judge_error_object
from server.domain.errors import ContentFilterError, RefusedError, RunError, TruncatedError
from server.domain.runs import Usage

MAX_ANSWER_CHARACTERS = 1 << 20
"""No persona asks for a tenth of it."""
_MAX_EVENT_BYTES = 4 << 20
"""Of one event of the stream, or of a whole response that is not streamed."""
_MAX_WIRE_BYTES = 256 << 20
"""Of everything, reasoning included: an event of some 250 bytes carries about four characters."""
_MAX_TOKENS = 100_000_000
_MAX_NAME = 200

_STOP = frozenset({"stop", "end_turn", "eos", "stop_sequence", "eos_token"})
_LENGTH = frozenset({"length", "max_tokens", "model_length"})
_FILTERED = frozenset({"content_filter", "safety"})


class _Text(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        """Some endpoints send parts (`thinking`, `text`) instead of a string."""
        if not isinstance(self.content, list):
            return self.content or ""
        parts = (part.get("text") for part in self.content if part.get("type") == "text")
        return "".join(part for part in parts if isinstance(part, str))


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Text | None = None
    message: _Text | None = None
    finish_reason: str | None = None


class _Envelope(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None
    model: Any = None


_DECODER = msgspec.json.Decoder(_Envelope)


@dataclass(slots=True)
class Reply:
    """One response while it is read. `take` its documents; `end` says whether it was a whole answer."""

    host: str
    model: str
    finish: str | None = None
    usage: Usage = field(default_factory=Usage)
    refused: bool = False
    answered_by: str | None = None
    """What the endpoint says that its model is."""
    is_over: bool = False
    """The endpoint has said that nothing more comes."""
    _characters: int = 0

    def take(self, documents: Iterable[bytes]) -> tuple[str, CallFailedError | None]:
        """The text that these add, up to the first one that is no chat completion or that reports an error; that error."""
        said = []
        for data in documents:
            if data.startswith(b"[DONE]"):
                self.is_over = True
                break
            try:
                said.append(self.feed(data))
            except CallFailedError as failure:
                return "".join(said), failure
        return "".join(said), None

    def feed(self, data: bytes) -> str:
        """The text that one document adds.

        Raises:
            CallFailedError: it is no chat completion, it reports an error, or the answer is too large.
        """
        try:
            envelope = _DECODER.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            why = "wrong types" if isinstance(error, msgspec.ValidationError) else "broken JSON"
            raise bad_response(self.host, why) from None
        if envelope.error:
            raise judge_error_object(envelope.error, host=self.host, model=self.model)
        if isinstance(envelope.model, str):
            self.answered_by = envelope.model[:_MAX_NAME]
        if envelope.usage is not None:
            self.usage = read_usage(envelope.usage)
        choice = next((c for c in envelope.choices or () if c.index == 0), None)
        if not choice:
            return ""
        said = choice.delta or choice.message or _Text()
        self.refused = self.refused or bool(said.refusal)
        self.finish = choice.finish_reason or self.finish
        self._characters += len(said.text)
        if self._characters > MAX_ANSWER_CHARACTERS:
            raise bad_response(self.host, "the answer is larger than 1 MiB", retry=Retry.NEVER)
        return said.text

    @property
    def is_told(self) -> bool:
        """It is known how it ended; only what it is billed may be to come."""
        return self.refused or self.finish is not None

    def end(self) -> None:
        """Check that the answer is whole.

        Raises:
            CallFailedError: it is not, and why.
        """
        if self.refused:
            raise CallFailedError(RefusedError())
        if self.finish is None:
            if not self._characters:
                raise bad_response(self.host, "no answer in the response")
            raise CallFailedError(TruncatedError(), retry=Retry.ONCE)
        reason = self.finish.lower()
        outcome: RunError | None = None
        if reason in _LENGTH:
            outcome = TruncatedError()
        elif reason in _FILTERED:
            outcome = ContentFilterError()
        if outcome:
            raise CallFailedError(outcome)
        if reason not in _STOP:
            raise bad_response(self.host, "the model called a tool or ended for an unknown reason")
        if not self._characters:
            raise bad_response(self.host, "empty answer")


def read_usage(usage: Any) -> Usage:
    """Tokens as far as they are reported and can be true; everything is optional on local servers."""

    def count(*path: str) -> int | None:
        value: Any = usage
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_TOKENS
        return value if known else None

    def part(value: int | None, of: int | None) -> int | None:
        return None if value is None or of is None or value > of else value

    prompt, output = count("prompt_tokens"), count("completion_tokens")
    cached = count("prompt_tokens_details", "cached_tokens")
    if cached is None:
        cached = count("prompt_cache_hit_tokens")  # DeepSeek's name for it.
    return Usage(
        input_tokens=prompt,
        cached_tokens=part(cached, prompt),
        output_tokens=output,
        reasoning_tokens=part(count("completion_tokens_details", "reasoning_tokens"), output),
    )


class Documents:
    """The JSON documents of a response: one per server-sent event, or the whole body when it is not a stream.

    Judged by the first bytes, not by the content type, which gateways get wrong.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._head = bytearray()
        self._lines: _Lines | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        """The documents that end in this chunk.

        Raises:
            CallFailedError: it is neither, or larger than any answer.
        """
        if self._lines is not None:
            return list(self._lines.events(chunk))
        self._head += chunk
        if not self._head[:1].strip():
            self._head = self._head.lstrip()
        if len(self._head) < len(b"event:"):
            return []
        if self._head.startswith(b"{"):
            if len(self._head) > _MAX_EVENT_BYTES:
                raise _too_large(self._host)
            return []
        return list(self._begin().events(b""))

    def end(self) -> list[bytes]:
        """The last ones, once nothing more comes.

        Raises:
            CallFailedError: the response was neither.
        """
        if self._lines is None and self._head.startswith(b"{"):
            return [bytes(self._head)]
        lines = self._lines or self._begin()
        return list(lines.events(b"\n\n"))  # Some servers forget the last blank line.

    def _begin(self) -> _Lines:
        if not self._head.startswith((b"data:", b"event:", b"id:", b"retry", b":", b"error:")):
            raise bad_response(
                self._host, "neither JSON nor an event stream" if self._head else "empty response"
            )
        self._lines = _Lines(self._host, bytes(self._head))
        return self._lines


class _Lines:
    """Cuts bytes into the data of server-sent events."""

    def __init__(self, host: str, head: bytes) -> None:
        self._host = host
        self._rest = head
        self._data: list[bytes] = []
        self._total = 0

    def events(self, chunk: bytes) -> Iterator[bytes]:
        self._total += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > _MAX_EVENT_BYTES or self._total > _MAX_WIRE_BYTES:
            raise _too_large(self._host)
        for line in lines:
            if line := line.rstrip(b"\r"):
                name, _, value = line.partition(b":")
                if name in (b"data", b"error"):  # Older llama.cpp servers send `error: {…}`.
                    self._data.append(value.removeprefix(b" "))
            elif self._data:
                yield b"\n".join(self._data)
                self._data = []


def _too_large(host: str) -> CallFailedError:
    return bad_response(host, "the response is too large", retry=Retry.NEVER)
