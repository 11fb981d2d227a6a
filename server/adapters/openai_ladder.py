"""What an endpoint was found to support for a model, and the request that follows from it.

Response format goes down a ladder: strict JSON Schema, JSON Schema, JSON object, text. Answers are validated by us on every
rung, so a lower rung costs quality, never correctness.

The output limit is called `max_completion_tokens` by OpenAI, whose reasoning models refuse `max_tokens`; everyone
else knows `max_tokens`, and several local servers silently ignore the new name, which would leave the answer
uncapped. So the host decides which is tried first, and a refusal leads to the other.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from server.adapters.openai_errors import Complaint
from server.application.ports import Question
from server.domain.extractions import Notice
from server.domain.words import Words

_LIMITS = ("max_completion_tokens", "max_tokens")
_OPENAI_HOSTS = re.compile(r"(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)(:\d+)?$")
_SETTINGS = ("temperature", "seed", "reasoning_effort")
_FORMAT = r"response_format|response format|json_schema|json_object|structured.?output|guided|grammar"
_THIS_SCHEMA = r"invalid.{0,3}(json.{0,3})?schema|schema conversion|parse grammar|convert.{0,20}schema"

_ONLY_JSON = Words(
    ja="\n\n説明や前置きを書かず、次の JSON Schema に合う JSON オブジェクトを一つだけ出力してください。\n{schema}",
    en="\n\nWrite one JSON object that fits this JSON Schema, and nothing before or after it.\n{schema}",
)
_ASK_AGAIN = Words(
    ja="前の回答には次の問題があります。\n{problems}\n問題を直し、全体をもう一度書いてください。",
    en="Your answer has these problems:\n{problems}\nCorrect them and write the whole answer again.",
)
_REPAIR = Words(
    ja="前の回答には次の問題があります。\n{problems}\n問題を直し、同じ形の JSON オブジェクト全体をもう一度書いてください。JSON だけを出力してください。",
    en="Your answer has these problems:\n{problems}\nCorrect them and write the whole JSON object again, in the same "
    "shape. Write the JSON only.",
)


class Rung(IntEnum):
    STRICT = 0
    SCHEMA = 1
    OBJECT = 2
    TEXT = 3


_RUNG_NAMES = {
    Rung.STRICT: "json_schema_strict",
    Rung.SCHEMA: "json_schema",
    Rung.OBJECT: "json_object",
    Rung.TEXT: "text",
}


@dataclass(frozen=True, slots=True)
class Request:
    """The body of one call, and what can be taken out of it when the endpoint complains."""

    body: dict[str, Any]
    rung: Rung
    schema_digest: str

    @property
    def optional(self) -> tuple[str, ...]:
        named = (*_LIMITS, *_SETTINGS, "stream_options", "stream")
        return tuple(name for name in named if name in self.body)


@dataclass
class Ladder:
    """What is known of one model at one endpoint. Only ever steps down, so that it comes to an end."""

    host: str
    rung: Rung = Rung.STRICT
    confirmed: bool = False
    """An answer came back with what is known."""
    refused: set[str] = field(default_factory=set)
    """Parameters that are not sent any more."""
    refused_schemas: dict[str, Rung] = field(default_factory=dict)
    """Digest of a schema the endpoint could not work with → the rung it is sent on."""

    def request(self, question: Question) -> Request:
        """The call for this question, as far as the endpoint is known."""
        schema = json.dumps(question.wire_schema, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(schema.encode()).hexdigest()
        rung = max(self.rung, self.refused_schemas.get(digest, Rung.STRICT))
        body: dict[str, Any] = {
            "model": question.model.model,
            "messages": _messages(question, schema if question.wire_schema and rung >= Rung.OBJECT else None),
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: getattr(question.settings, name) for name in _SETTINGS},
        }
        if limit := self._limit:
            body[limit] = question.max_output_tokens
        if not question.wire_schema:  # free text is asked for
            pass
        elif rung is Rung.OBJECT:
            body["response_format"] = {"type": "json_object"}
        elif rung < Rung.OBJECT:
            wire: dict[str, Any] = {"name": "answer", "schema": question.wire_schema}
            if rung is Rung.STRICT:
                wire["strict"] = True
            body["response_format"] = {"type": "json_schema", "json_schema": wire}
        dropped = self.refused | ({"stream_options"} if "stream" in self.refused else set())
        body = {name: value for name, value in body.items() if value is not None and name not in dropped}
        return Request(body, rung, digest)

    def learn(self, complaint: Complaint, request: Request) -> bool:
        """Take out what the endpoint complained about. False: it did not name anything that can be spared."""
        if complaint.status not in (400, 422) and complaint.status < 500:
            return False
        if complaint.status >= 500 and not complaint.mentions(_FORMAT):
            return False  # Its own trouble, not about the request.
        if name := self._named(complaint, request):
            self.refused.add(name)
            return True
        about_format = (complaint.parameter or "").startswith("response_format") or complaint.mentions(
            rf"{_FORMAT}|\bschema\b|\bstrict\b"
        )
        if not about_format or request.rung is Rung.TEXT or "response_format" not in request.body:
            return False
        below = Rung(request.rung + 1)
        if complaint.mentions(_THIS_SCHEMA):
            self.refused_schemas[request.schema_digest] = below
        else:
            self.rung = max(self.rung, below)
        return True

    def notices(self, question: Question) -> tuple[Notice, ...]:
        """What the caller set and the endpoint does not take."""
        names = [
            name
            for name in _SETTINGS
            if name in self.refused and getattr(question.settings, name) is not None
        ]
        if self._limit is None:
            names.append("max_output_tokens")
        return tuple(Notice("parameter_dropped", data={"parameter": name}) for name in names)

    def as_dict(self) -> dict[str, Any]:
        """What was found so far; `response_format` is null until an answer came back."""
        return {
            "response_format": _RUNG_NAMES[self.rung] if self.confirmed else None,
            "output_limit": self._limit,
            "refused_parameters": sorted(self.refused),
        }

    @property
    def _limit(self) -> str | None:
        order = _LIMITS if _OPENAI_HOSTS.search(self.host) else _LIMITS[::-1]
        return next((name for name in order if name not in self.refused), None)

    def _named(self, complaint: Complaint, request: Request) -> str | None:
        """The parameter complained about: by the endpoint's own word for it, else the first one in the text."""
        if complaint.parameter in request.optional:
            return complaint.parameter
        if complaint.parameter is not None or complaint.mentions(_FORMAT):
            return None
        return next((n for n in request.optional if complaint.mentions(rf"\b{n}\b")), None)


def _messages(question: Question, schema: str | None) -> list[dict[str, str]]:
    """The prompt; on the lower rungs with the schema in words, at the very end to keep the shared prefix whole."""
    messages = [{"role": m.role, "content": m.content} for m in question.prompt.messages]
    if schema is not None:
        messages[-1]["content"] += _ONLY_JSON.in_(question.language).format(schema=schema)
    if question.repair:
        problems = "\n".join(f"- {message}" for message in question.repair.messages)
        again = (
            (_REPAIR if question.wire_schema else _ASK_AGAIN).in_(question.language).format(problems=problems)
        )
        messages += [
            {
                "role": "assistant",
                "content": question.repair.previous or ("{}" if question.wire_schema else "…"),
            },
            {"role": "user", "content": again},
        ]
    return messages
