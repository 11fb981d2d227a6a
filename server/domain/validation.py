"""Hold a value against a schema and say in short sentences what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

MAX_MESSAGES = 20
MAX_MESSAGE_LENGTH = 200


def validate(schema: Mapping[str, Any], value: Any) -> list[dict[str, str]]:
    """Everything about `value` that does not fit `schema`, at most twenty things; empty when it fits.

    Returns:
        `{"path": JSON Pointer, "message": a short English sentence}` each, made to be read by a person and by the
        model that is asked to repair its answer. Values are never repeated in a message.
    """
    found: list[dict[str, str]] = []
    try:
        for error in _validator(msgspec.json.encode(schema)).iter_errors(value):
            found.extend(_messages(error))
            if len(found) >= MAX_MESSAGES:
                break
    except ValueError:
        # Lone surrogates cannot cross into Rust; the model wrote text that nobody could store either.
        return [{"path": "", "message": "contains characters that are not valid Unicode"}]
    return found[:MAX_MESSAGES]


@lru_cache(maxsize=64)
def _validator(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        msgspec.json.decode(schema),
        offline=True,
        mask="the value",
        pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20),
    )


def _messages(error: jsonschema_rs.ValidationError) -> list[dict[str, str]]:
    data = error.kind.as_dict()
    match error.kind.name:
        case "type":
            message = f"must be {' or '.join(data['types'])}"
        case "required":
            message = f"'{data['property']}' is missing"
        case "additionalProperties":
            message = f"unknown: {', '.join(repr(name) for name in data['unexpected'])}"
        case "enum":
            message = f"must be one of {msgspec.json.encode(data['options']).decode()}"
        case "anyOf":
            return _of_alternatives(error, data["context"])
        case _:
            message = error.message
    return [{"path": _pointer(error.instance_path), "message": message[:MAX_MESSAGE_LENGTH]}]


def _of_alternatives(error: jsonschema_rs.ValidationError, context: Any) -> list[dict[str, str]]:
    """Most alternatives are `this or null`: what is wrong with *this* is what helps."""
    others = [
        branch
        for branch in context
        if not (branch and branch[0].kind.name == "type" and branch[0].kind.as_dict()["types"] == ["null"])
    ]
    if len(others) == 1:
        return [message for inner in others[0] for message in _messages(inner)]
    return [{"path": _pointer(error.instance_path), "message": "fits none of the allowed alternatives"}]


def _pointer(path: Any) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
