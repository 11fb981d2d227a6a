"""What the checks say about an answer that someone brought along: which paper it is about, and what of it is proven."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.domain.brought_identity import StatedPart, summed_up, value_of
from server.domain.identity import Found, Identity
from server.domain.identity_check import identity_verdict, matches, same_name, stated_names
from server.domain.ids import ExtractionId, PaperId
from server.domain.statements import (
    Check,
    CheckStatus,
    Grounding,
    IdentityVerdict,
    Statement,
    StatementStatus,
)
from server.domain.words import Words

MOST = 0.5
"""Share of checkable statements found from which a text that names no paper is about this one."""
HARDLY = 0.2
"""Share below which a text is hardly about this paper, whatever it calls itself."""
ENOUGH = 4
"""Checkable statements from which their share says something."""


class CheckVerdict(StrEnum):
    THIS_PAPER = "this_paper"
    DOUBTFUL = "doubtful"
    OTHER_PAPER = "other_paper"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CheckReport:
    """A brought-along text, checked. Offsets of its statements run through `text`."""

    paper_id: PaperId
    extraction_id: ExtractionId
    text: str
    language: str
    """Of the text."""
    verdict: CheckVerdict
    statements: tuple[Statement, ...]
    """In the order of the text; those about the paper's identity and suggested readings too."""
    grounding: Grounding

    def count(self, *statuses: StatementStatus) -> int:
        return sum(statement.status in statuses for statement in self.statements)


def kind_of(statement: Statement) -> str:
    """What a statement of a text is about: `identity`, `reference`, or `body`."""
    kinds = {check.kind for check in statement.checks}
    return next((kind for kind in ("identity", "reference") if kind in kinds), "body")


def judge(
    parts: Sequence[StatedPart], body: Iterable[Statement], identity: Identity
) -> tuple[CheckVerdict, IdentityVerdict]:
    """Whether a text is about this paper: by what it calls its paper, else by how much of it is found there."""
    checkable = [
        s.status for s in body if s.status not in (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)
    ]
    share = checkable.count(StatementStatus.SUPPORTED) / len(checkable) if checkable else None
    told = identity_verdict(_comparable(parts, identity), identity, quotes_found=share)
    hardly = share is not None and len(checkable) >= ENOUGH and share < HARDLY
    if told is IdentityVerdict.MISMATCH:
        return CheckVerdict.OTHER_PAPER, told
    if told is IdentityVerdict.DOUBTFUL or hardly:
        return CheckVerdict.DOUBTFUL, told
    if told is IdentityVerdict.CONFIRMED or (share is not None and share >= MOST and len(checkable) > 1):
        return CheckVerdict.THIS_PAPER, told
    return CheckVerdict.UNKNOWN, told


def identity_statements(
    parts: Sequence[StatedPart], identity: Identity, *, path: str
) -> tuple[Statement, ...]:
    """A statement for each thing a text says about which paper it is, with what the paper has instead."""
    titles = [part for part in parts if part.part == "title"]
    right = any(matches("title", part.value, identity) for part in titles)
    seen: set[str] = set()
    made = []
    for part in parts:
        again = part.part in seen
        fits = matches(part.part, value_of(part), identity)
        if not part.certain and not fits:
            continue  # a heading that is no title after all
        if part.part == "title" and not fits and (right or again):
            fits = None  # the translation beside the original
        seen.add(part.part)
        made.append(_statement(part, fits, identity, path))
    return tuple(made)


def _comparable(parts: Sequence[StatedPart], identity: Identity) -> dict[str, object]:
    """What was stated, the title in all forms it was given: as printed, translated, or as a heading that fits."""
    stated = dict(summed_up(parts))
    titles = [p.value for p in parts if p.part == "title"]
    right = [title for title in titles if matches("title", title, identity)]
    sure = [p.value for p in parts if p.part == "title" and p.certain]
    if right or sure:
        stated["title"] = right[0] if right else "\n".join(sure)
    return stated


def _statement(part: StatedPart, fits: bool | None, identity: Identity, path: str) -> Statement:  # noqa: FBT001
    known = _known(part.part, identity)
    if fits is None or known is None:
        check = Check("identity", part.value, CheckStatus.NOT_CHECKED, part=part.part)
        return Statement(path, part.start, part.end, StatementStatus.NOT_CHECKED, checks=(check,))
    status = CheckStatus.FOUND if fits else CheckStatus.NOT_FOUND
    check = Check("identity", part.value, status, page=known.page, part=part.part)
    if fits:
        return Statement(path, part.start, part.end, StatementStatus.SUPPORTED, checks=(check,))
    doubt = StatementStatus.PARTLY if _is_near(part, identity) else StatementStatus.UNSUPPORTED
    return Statement(path, part.start, part.end, doubt, reason=_reason(part, identity), checks=(check,))


def _is_near(part: StatedPart, identity: Identity) -> bool:
    """Whether what does not fit is close: a title with a word changed, some of the authors."""
    if part.part not in ("title", "authors"):
        return False
    alone = identity_verdict({part.part: value_of(part)}, identity, quotes_found=0.0)
    return alone is IdentityVerdict.DOUBTFUL and (part.part == "title" or bool(_right_names(part, identity)))


def _right_names(part: StatedPart, identity: Identity) -> list[str]:
    real = identity.authors.value if identity.authors else ()
    return [name for name in stated_names(value_of(part)) if any(same_name(name, author) for author in real)]


def _known(part: str, identity: Identity) -> Found[object] | None:
    authors = identity.authors
    if part in ("first_author", "last_author"):
        index = 0 if part == "first_author" else -1
        return Found(authors.value[index], authors.source, authors.page) if authors else None
    return getattr(identity, part, None)


_REASONS = {
    "title": Words(ja="この論文の題名は「{real}」です。", en="This paper's title is “{real}”."),
    "first_author": Words(ja="この論文の第一著者は {real} です。", en="This paper's first author is {real}."),
    "last_author": Words(ja="この論文の最終著者は {real} です。", en="This paper's last author is {real}."),
    "authors": Words(
        ja="{wrong} はこの論文の著者ではありません（著者：{real}）。",
        en="{wrong} did not write this paper; its authors: {real}.",
    ),
    "year": Words(ja="この論文には {real} 年とあります。", en="This paper says {real}."),
    "affiliation": Words(ja="この論文の第一著者の所属は {real} です。", en="The first author is at {real}."),
    "venue": Words(ja="この論文の掲載先は {real} です。", en="This paper appeared in {real}."),
}
_OTHERWISE = Words(ja="この論文では {real} です。", en="This paper has {real}.")
_SHOWN_NAMES = 4


def _reason(part: StatedPart, identity: Identity) -> Words:
    known = _known(part.part, identity)
    real = known.value if known else ""
    right = _right_names(part, identity)
    wrong = [name for name in stated_names(value_of(part)) if name not in right]
    words = _REASONS.get(part.part, _OTHERWISE)
    return Words(
        ja=words.ja.format(real=_listed(real, "、", "ほか"), wrong=_listed(tuple(wrong), "、", "ほか")),
        en=words.en.format(real=_listed(real, ", ", "…"), wrong=_listed(tuple(wrong), ", ", "…")),
    )


def _listed(value: object, join: str, more: str) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return join.join(value[:_SHOWN_NAMES]) + (f"{join}{more}" if len(value) > _SHOWN_NAMES else "")
