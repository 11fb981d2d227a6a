"""An answer cut into what a reader sees: per field its items, parts and statements, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.application.views import RunView
from server.domain.errors import InternalError
from server.domain.fields import CheckRule, Field
from server.domain.papers import Problem
from server.domain.runs import RunStatus
from server.domain.statements import (
    Check,
    CheckStatus,
    Evidence,
    EvidenceStatus,
    IdentityVerdict,
    Statement,
    StatementStatus,
)
from server.web import labels
from server.web.agreement_words import support_words
from server.web.part_words import part_label
from server.web.plain import plain
from server.web.sentences import problem_words

QUIET_PARTS = ("translation", "last_author")
"""Parts of an identity that may well be missing: said nothing about, rather than `not stated`."""

LOCATED = (EvidenceStatus.VERIFIED, EvidenceStatus.APPROXIMATE)


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as it is shown."""

    text: str
    status: StatementStatus | None
    """None: no statement covers this text."""
    reason: str | None
    evidence: tuple[Evidence, ...]
    lead: bool = False
    """The sentence that stands alone: the first of a text."""
    checks: tuple[Check, ...] = ()
    path: str | None = None
    """JSON Pointer of the statement; with `start` it names the statement within its run."""
    start: int = 0

    @property
    def pages(self) -> tuple[int, ...]:
        """Where it was found, each page once: the quotes', or without quotes the checks'."""
        quoted = [e.page for e in self.evidence if e.status in LOCATED and e.page]
        checked = [c.page for c in self.checks if c.status is CheckStatus.FOUND and c.page]
        return tuple(dict.fromkeys(quoted or checked))

    @property
    def is_doubted(self) -> bool:
        return self.status in (StatementStatus.PARTLY, StatementStatus.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of an object or list item; the only part of a plain value has no label."""

    label: str | None
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as it is shown. No items: not stated in the paper."""

    id: str
    label: str
    status: StatementStatus | None
    items: tuple[tuple[Part, ...], ...]
    is_list: bool
    reason: str | None = None
    """Why it is empty, when it is and that is known."""
    support: str | None = None
    """How many of the readings that made the answer say so."""

    @property
    def statements(self) -> Iterator[Said]:
        return (said for item in self.items for part in item for said in part.said)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say about a whole run, or why there is no answer."""

    identity: IdentityVerdict
    proven: int
    partly: int
    counted: int
    """Statements checked."""
    failure: str | None = None

    def sentence(self, language: str) -> str:
        """`this paper ✓ · 18 of 21 statements proven`, or what went wrong."""
        if self.failure:
            return self.failure
        counts = (
            labels.say("proven", language, proven=self.proven, total=self.counted)
            if self.counted
            else labels.say("nothing_checked", language)
        )
        return f"{labels.IDENTITIES[self.identity].in_(language)} · {counts}"


def shown_fields(view: RunView, language: str, *, ids: Sequence[str] | None = None) -> tuple[Shown, ...]:
    """The fields of a finished run in the persona's order, or only those of `ids`. Empty while there is no answer."""
    answer = view.run.answer
    if view.run.status is not RunStatus.FINISHED or answer is None:
        return ()
    wanted = [f for f in view.persona.fields if ids is None or f.id in ids]
    by_path: dict[str, list[Statement]] = {}
    for statement in view.run.statements:
        by_path.setdefault(statement.path, []).append(statement)
    grounded = view.run.grounding.fields if view.run.grounding else {}
    shown = (_shown(f, answer.get(f.id), by_path, grounded.get(f.id), language) for f in wanted)
    return tuple(
        replace(one, support=support_words(f, view.run.agreement, language)) if view.run.agreement else one
        for f, one in zip(wanted, shown, strict=True)
    )


def verdict(view: RunView, language: str) -> Verdict:
    """Counts are of statements that could be checked: `not stated` and `not checked` are left out."""
    run = view.run
    skipped = (StatementStatus.NOT_STATED, StatementStatus.NOT_CHECKED)
    counted = [s for s in run.statements if s.status not in skipped]
    return Verdict(
        identity=run.grounding.identity if run.grounding else IdentityVerdict.UNKNOWN,
        proven=sum(s.status is StatementStatus.SUPPORTED for s in counted),
        partly=sum(s.status is StatementStatus.PARTLY for s in counted),
        counted=len(counted),
        failure=failure(view, language),
    )


def failure(view: RunView, language: str) -> str | None:
    """Why a run has no answer to show: its error, or that it has not ended yet. None for a finished run."""
    run = view.run
    if run.status is RunStatus.FINISHED:
        return None
    name = labels.RUNS[run.status].in_(language)
    if run.status is not RunStatus.FAILED:
        return name
    error = run.error or Problem(InternalError.code, {})
    sentence = plain(problem_words(error).in_(language))
    return f"{name}。{sentence}" if language == "ja" else f"{name.capitalize()}. {sentence}"


def _shown(
    field: Field,
    value: Any,
    by_path: Mapping[str, list[Statement]],
    status: StatementStatus | None,
    language: str,
) -> Shown:
    cutter = _Cutter(field, by_path, language)
    items = tuple(item for item in cutter.items(value) if item)
    reason = None
    if not items:
        status = StatementStatus.NOT_STATED
        absent = [
            s for s in by_path.get(f"/{_escaped(field.id)}", []) if s.status is StatementStatus.NOT_STATED
        ]
        reason = next((s.reason.in_(language) for s in absent if s.reason), None)
    return Shown(
        id=field.id,
        label=plain(field.label.in_(language)),
        status=status,
        items=items,
        is_list=isinstance(value, list),
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Cutter:
    field: Field
    by_path: Mapping[str, list[Statement]]
    language: str

    def items(self, value: Any) -> Iterator[tuple[Part, ...]]:
        root = f"/{_escaped(self.field.id)}"
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield tuple(self.parts(item, f"{root}/{index}"))
        else:
            yield tuple(self.parts(value, root))

    def parts(self, value: Any, path: str, label: str | None = None) -> Iterator[Part]:
        if isinstance(value, Mapping):
            if not any(inner is not None for inner in value.values()):
                return
            own = self.by_path.get(path, [])
            for name, inner in value.items():
                parts = list(self.parts(inner, f"{path}/{_escaped(name)}", part_label(name, self.language)))
                if not parts and inner is None and self._is_missed(name):
                    parts = [self._not_stated(part_label(name, self.language))]
                for part in parts:
                    # A statement about an item as a whole stands with its first part.
                    said = tuple(_with(s, own) for s in part.said) if own else part.said
                    own = []
                    yield Part(part.label, said)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from self.parts(inner, f"{path}/{index}", label)
        elif value is not None and (said := tuple(self.said(value, path))):
            yield Part(label, said)

    def said(self, value: Any, path: str) -> Iterator[Said]:
        """The statements of a scalar; text between them that no statement covers stays in its place."""
        statements = sorted(self.by_path.get(path, []), key=lambda s: s.start)
        if not isinstance(value, str) or self.field.choices:
            yield _said(self._scalar(value), statements[0] if statements else None, self.language, lead=False)
            return
        done = 0
        is_own_text = path.count("/") == 1  # not a part of an object or list item
        lead = is_own_text and self.field.check is not CheckRule.IDENTITY
        for statement in statements:
            start, end = max(statement.start, done), min(statement.end, len(value))
            for text, found in ((value[done:start], None), (value[start:end], statement)):
                if plain(text):
                    yield _said(plain(text), found, self.language, lead=lead)
                    lead = False
            done = max(done, end)
        if rest := plain(value[done:]):
            yield _said(rest, None, self.language, lead=lead and not statements)

    def _scalar(self, value: Any) -> str:
        if isinstance(value, bool):
            return labels.say("yes" if value else "no", self.language)
        label = next((c.label for c in self.field.choices if c.id == value), None)
        return plain(label.in_(self.language) if label else value)

    def _is_missed(self, name: str) -> bool:
        return self.field.check is CheckRule.IDENTITY and name not in QUIET_PARTS

    def _not_stated(self, label: str) -> Part:
        status = StatementStatus.NOT_STATED
        words = labels.STATEMENTS[status].in_(self.language)
        return Part(label, (Said(words, status, None, ()),))


def _said(text: str, statement: Statement | None, language: str, *, lead: bool) -> Said:
    if statement is None:
        return Said(text, None, None, (), lead)
    reason = plain(statement.reason.in_(language)) if statement.reason else None
    return Said(
        text,
        statement.status,
        reason,
        statement.evidence,
        lead,
        statement.checks,
        statement.path,
        statement.start,
    )


def _with(said: Said, statements: Sequence[Statement]) -> Said:
    if said.status is not None:
        return said
    first = statements[0]
    return Said(
        said.text, first.status, None, first.evidence, said.lead, first.checks, first.path, first.start
    )


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
