"""A persona's tests: what an answer must hold, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from server.domain.comparing import value_at
from server.domain.identity_check import is_empty
from server.domain.statements import EvidenceStatus, IdentityVerdict, Statement, StatementStatus
from server.domain.validation import validate
from server.domain.words import Words

SHOWN = 160
"""Characters of an answer repeated when an assertion about it fails."""


class AssertionType(StrEnum):
    """What can be asserted: the first nine in the words of promptfoo, the others our own."""

    CONTAINS = "contains"
    ICONTAINS = "icontains"
    CONTAINS_ALL = "contains-all"
    CONTAINS_ANY = "contains-any"
    ICONTAINS_ALL = "icontains-all"
    ICONTAINS_ANY = "icontains-any"
    STARTS_WITH = "starts-with"
    EQUALS = "equals"
    REGEX = "regex"
    IS_JSON = "is-json"
    IDENTITY = "identity"
    """The verdict on which paper the answer is about."""
    QUOTES_FOUND = "quotes-found"
    """Least share of the quotes that stand in the paper word for word."""
    SUPPORTED = "supported"
    """Least share of the checked statements that are supported."""
    NOT_STATED = "not-stated"
    """Fields that must be empty."""
    STATED = "stated"
    """Fields that must not be."""
    MAX_LENGTH = "max-length"
    """Characters of a Japanese answer, words of any other."""


TEXTUAL = frozenset(
    {
        AssertionType.CONTAINS,
        AssertionType.ICONTAINS,
        AssertionType.CONTAINS_ALL,
        AssertionType.CONTAINS_ANY,
        AssertionType.ICONTAINS_ALL,
        AssertionType.ICONTAINS_ANY,
        AssertionType.STARTS_WITH,
        AssertionType.EQUALS,
        AssertionType.REGEX,
    }
)
"""Those about an answer's text."""
LISTED = frozenset(one for one in TEXTUAL if one.endswith(("-all", "-any")))
"""Those whose value is several texts."""
SHARES = frozenset({AssertionType.QUOTES_FOUND, AssertionType.SUPPORTED})
"""Those whose value is a share, 0–1."""
NEGATABLE = TEXTUAL | SHARES
"""Those that `not-` turns round: a text must not hold, a share must be less."""
FIELDS = frozenset({AssertionType.NOT_STATED, AssertionType.STATED})
"""Those whose value is ids of fields."""
PATHLESS = FIELDS | {AssertionType.IS_JSON, AssertionType.IDENTITY}
"""Those about the answer as a whole."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that an answer must hold."""

    type: AssertionType
    value: Any = None
    path: str | None = None
    """JSON Pointer into the answer; None: all of it."""
    is_negated: bool = False

    @property
    def name(self) -> str:
        return f"not-{self.type}" if self.is_negated else self.type.value


@dataclass(frozen=True)
class PersonaTest:
    """One test of a persona: a paper, who answers, and what the answer must hold."""

    file: str
    """Where it stands: `tests/basic.yaml`."""
    description: str
    paper: str
    """`sample`, or the path of a PDF."""
    asserts: tuple[Assertion, ...]
    language: str | None = None
    model: str | None = None
    """None: the extractive engine."""
    vars: Mapping[str, str] = field(default_factory=dict)
    """In place of the persona's own template variables of these names."""
    recorded: str | None = None
    """The text of an answer that a model gave: nothing is asked then."""

    @property
    def expects_a_wrong_answer(self) -> bool:
        """It is about an answer that went wrong, so that only the recorded one can pass it."""
        return any(
            (a.type is AssertionType.IDENTITY and a.value != IdentityVerdict.CONFIRMED)
            or (a.type in SHARES and a.is_negated)
            for a in self.asserts
        )


@dataclass(frozen=True)
class Outcome:
    """An answer, checked."""

    answer: Mapping[str, Any]
    statements: Sequence[Statement]
    identity: IdentityVerdict
    language: str
    misshapen: Sequence[Mapping[str, str]] = ()
    """What keeps it from having the persona's shape, `{path, message}` each."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An assertion that does not hold, and why."""

    assertion: str
    path: str | None
    reason: Words


def failures(test: PersonaTest, outcome: Outcome) -> tuple[Failure, ...]:
    """What of the test does not hold; empty: it passes.

    That an answer has the persona's shape and is about this paper is asserted always, unless the test itself speaks
    about the paper.
    """
    if outcome.misshapen:
        return (_misshapen(outcome.misshapen),)
    found = [Failure(a.name, a.path, why) for a in test.asserts for why in _doubts(a, outcome)]
    if outcome.identity is IdentityVerdict.MISMATCH and not any(
        a.type is AssertionType.IDENTITY for a in test.asserts
    ):
        found += [Failure("identity", None, why) for why in _identity(IdentityVerdict.CONFIRMED, outcome)]
    return tuple(found)


def _misshapen(errors: Sequence[Mapping[str, str]]) -> Failure:
    first = errors[0]
    said = f"{first['path'] or '/'}: {first['message']}"
    return Failure(
        AssertionType.IS_JSON,
        first["path"] or None,
        Words(
            ja=f"答えがペルソナの形に合いません（{said}）。",
            en=f"The answer has not the asked shape ({said}).",
        ),
    )


def _doubts(assertion: Assertion, outcome: Outcome) -> Iterator[Words]:
    match assertion.type:
        case AssertionType.IS_JSON:
            return
        case AssertionType.IDENTITY:
            yield from _identity(assertion.value, outcome)
        case AssertionType.QUOTES_FOUND | AssertionType.SUPPORTED:
            yield from _share(assertion, outcome)
        case AssertionType.NOT_STATED | AssertionType.STATED:
            yield from _fields(assertion, outcome)
        case AssertionType.MAX_LENGTH:
            yield from _length(assertion, outcome)
        case _:
            text = _text(_value(assertion, outcome))
            if _holds(assertion, text) is assertion.is_negated:
                yield _said(text)


def _identity(wanted: str, outcome: Outcome) -> Iterator[Words]:
    got = outcome.identity.value
    if got != wanted:
        yield Words(
            ja=f"書誌情報の判定は {got} です（期待は {wanted}）。", en=f"The identity is {got}, not {wanted}."
        )


def _share(assertion: Assertion, outcome: Outcome) -> Iterator[Words]:
    statements = [s for s in outcome.statements if _is_below(s.path, assertion.path)]
    if assertion.type is AssertionType.QUOTES_FOUND:
        checked = [e.status is EvidenceStatus.VERIFIED for s in statements for e in s.evidence]
    else:
        unchecked = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)
        checked = [s.status is StatementStatus.SUPPORTED for s in statements if s.status not in unchecked]
    if not checked:
        yield Words(
            ja="確かめられる文や引用が一つもありません。", en="There is no statement or quote to check."
        )
    elif (sum(checked) < assertion.value * len(checked)) is not assertion.is_negated:
        ja, en = ("未満", "less than") if assertion.is_negated else ("以上", "at least")
        yield Words(
            ja=f"{len(checked)} のうち {sum(checked)} です（期待は割合 {assertion.value:g} {ja}）。",
            en=f"{sum(checked)} of {len(checked)}; a share of {en} {assertion.value:g} was wanted.",
        )


def _fields(assertion: Assertion, outcome: Outcome) -> Iterator[Words]:
    for id_ in assertion.value:
        value = outcome.answer.get(id_)
        if assertion.type is AssertionType.STATED and is_empty(value):
            yield Words(ja=f"「{id_}」が空です。", en=f"'{id_}' is empty.")
        elif assertion.type is AssertionType.NOT_STATED and not is_empty(value):
            said = _said(_text(value))
            yield Words(ja=f"「{id_}」が空でありません。{said.ja}", en=f"'{id_}' is not empty. {said.en}")


def _length(assertion: Assertion, outcome: Outcome) -> Iterator[Words]:
    text = _text(_value(assertion, outcome))
    length = len(text) if outcome.language == "ja" else len(text.split())
    if length > assertion.value:
        yield Words(
            ja=f"長さが {length} です（上限 {assertion.value}）。",
            en=f"The length is {length}; {assertion.value} at most was wanted.",
        )


def _holds(assertion: Assertion, text: str) -> bool:
    value: Any = assertion.value
    match assertion.type:
        case AssertionType.CONTAINS:
            return str(value) in text
        case AssertionType.ICONTAINS:
            return value.casefold() in text.casefold()
        case AssertionType.CONTAINS_ALL:
            return all(one in text for one in value)
        case AssertionType.CONTAINS_ANY:
            return any(one in text for one in value)
        case AssertionType.ICONTAINS_ALL:
            return all(one.casefold() in text.casefold() for one in value)
        case AssertionType.ICONTAINS_ANY:
            return any(one.casefold() in text.casefold() for one in value)
        case AssertionType.STARTS_WITH:
            return text.startswith(value)
        case AssertionType.EQUALS:
            return text == str(value)
        case _:
            # The linear engine of the validator: a test from elsewhere cannot make it run for ever.
            return not validate({"type": "string", "pattern": value}, text)


def _value(assertion: Assertion, outcome: Outcome) -> Any:
    return outcome.answer if assertion.path is None else value_at(outcome.answer, assertion.path)


def _text(value: Any) -> str:
    """All that a value says, one line for each of its leaves."""
    return "\n".join(_leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    elif isinstance(value, str):
        yield value
    elif value is not None:
        yield msgspec.json.encode(value).decode()


def _is_below(path: str, ancestor: str | None) -> bool:
    return ancestor is None or path == ancestor or path.startswith(f"{ancestor}/")


def _said(text: str) -> Words:
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    shown = shown.replace("\n", " / ")
    if not shown:
        return Words(ja="答えは空です。", en="The answer is empty.")
    return Words(ja=f"答え：{shown}", en=f"The answer: {shown}")
