"""What a caller asks for: a reader in its short form, and settings within their bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from server.domain.contexts.choices import CONTEXTS, RENDERINGS
from server.domain.ensembles.lineup import MAX_MEMBERS, Merge, Over
from server.domain.errors import InvalidRequestError
from server.domain.personas import MAX_SHOWN, ExamplePolicy
from server.domain.runs import RunSettings
from server.domain.steps import EVIDENCE, STRUCTURE

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_SHORT_FORM = re.compile(r"(?P<id>[^@:,\s]+)(?:@(?P<version>[^:,\s]+))?(?::(?P<options>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReaderRequest:
    """A persona to run, with what differs from the request around it."""

    persona: str
    version: str | None = None
    model: str | None = None
    language: str | None = None
    settings: RunSettings = field(default_factory=RunSettings)

    @property
    def ref(self) -> str:
        return f"{self.persona}@{self.version}" if self.version else self.persona


def parse_reader(text: str) -> ReaderRequest:
    """`id[@version][:key=value,…]`, as in multipart forms, `-p` and the page.

    Raises:
        InvalidRequestError: says which part is wrong.
    """
    match = _SHORT_FORM.fullmatch(text.strip())
    if match is None:
        raise InvalidRequestError(
            reason_ja=f"読み手の指定「{text[:80]}」が読み取れません。例：summarizer:model=qwen,language=ja",
            reason_en=f"The reader '{text[:80]}' cannot be read. Example: summarizer:model=qwen,language=ja",
        )
    given: dict[str, str] = {}
    for option in filter(None, (match["options"] or "").split(",")):
        key, equals, value = option.partition("=")
        if not equals or not value.strip() or key.strip() in given:
            raise InvalidRequestError(
                reason_ja=f"「{option[:80]}」は key=value の形ではないか、重複しています。",
                reason_en=f"'{option[:80]}' is not of the form key=value, or stands there twice.",
            )
        given[key.strip()] = value.strip()
    model, language = given.pop("model", None), given.pop("language", None)
    return ReaderRequest(
        persona=match["id"],
        version=match["version"],
        model=model,
        language=check_language(language),
        settings=parse_settings(given),
    )


def parse_settings(given: Mapping[str, Any]) -> RunSettings:
    """Settings from JSON values or their text forms; unknown names and values out of bounds are errors."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        bound = _BOUNDS.get(name)
        if bound is None:
            nearest = get_close_matches(name, [*_BOUNDS, "model", "language"], n=1)
            raise InvalidRequestError(
                reason_ja=f"「{name[:40]}」という設定はありません。"
                + (f"「{nearest[0]}」ではありませんか？" if nearest else ""),
                reason_en=f"There is no setting '{name[:40]}'."
                + (f" Did you mean '{nearest[0]}'?" if nearest else ""),
                path=f"/settings/{name[:40]}",
            )
        if value is not None:
            values[name] = _within(name, value, bound)
    return RunSettings(**values)


def check_language(code: str | None) -> str | None:
    """A language code such as `ja`, `en` or `pt-BR`; None stays None."""
    if code is not None and not LANGUAGE.fullmatch(code):
        raise InvalidRequestError(
            reason_ja=f"言語コード「{code[:20]}」が正しくありません。例：ja、en",
            reason_en=f"'{code[:20]}' is not a language code. Examples: ja, en",
            path="/language",
        )
    return code


@dataclass(frozen=True, slots=True)
class _Bound:
    kind: type
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    example: str = ""

    @property
    def words(self) -> str:
        if self.pattern:
            return self.example
        return " | ".join(self.choices) if self.choices else f"{self.low:g}–{self.high:g}"


_BOUNDS: dict[str, _Bound] = {
    "temperature": _Bound(float, 0, 2),
    "seed": _Bound(int, 0, 2**31 - 1),
    "max_output_tokens": _Bound(int, 64, 200_000),
    "reasoning_effort": _Bound(str, choices=EFFORTS),
    "context": _Bound(str, choices=CONTEXTS),
    "rendering": _Bound(str, choices=RENDERINGS),
    "second_look": _Bound(bool, choices=("true", "false")),
    "steps": _Bound(str, choices=("on", "off")),
    "passes": _Bound(int, 1, 8),
    "evidence": _Bound(str, choices=EVIDENCE),
    "structure": _Bound(str, choices=STRUCTURE),
    "examples": _Bound(int, 0, MAX_SHOWN),
    "example_policy": _Bound(str, choices=tuple(ExamplePolicy)),
    "ensemble": _Bound(int, 1, MAX_MEMBERS),
    "over": _Bound(str, choices=tuple(Over)),
    "merge": _Bound(str, choices=tuple(Merge)),
    "members": _Bound(str, pattern=r"[^+,\s][^+,]{0,199}(?:\+[^+,\s][^+,]{0,199}){0,7}", example="a+b"),
}
assert set(_BOUNDS) == {f.name for f in fields(RunSettings)}  # noqa: S101 (a setting without a bound is a bug)


def _within(name: str, value: Any, bound: _Bound) -> Any:
    if bound.kind is bool and str(value).lower() in bound.choices:
        return str(value).lower() == "true"
    parse: Callable[[Any], Any] = bound.kind
    try:
        if isinstance(value, bool) or (isinstance(value, (int, float)) and bound.kind is str):
            raise ValueError  # noqa: TRY301
        parsed = parse(value)
        if bound.kind is int and float(value) != parsed:
            raise ValueError  # noqa: TRY301
        if bound.pattern:
            fits = bool(re.fullmatch(bound.pattern, parsed))
        else:
            fits = parsed in bound.choices if bound.choices else bound.low <= parsed <= bound.high
    except (ValueError, TypeError, OverflowError):
        fits, parsed = False, None
    if not fits:
        raise InvalidRequestError(
            reason_ja=f"{name} の値が正しくありません（{bound.words}）。",
            reason_en=f"{name} is out of bounds ({bound.words}).",
            path=f"/settings/{name}",
        )
    return parsed
