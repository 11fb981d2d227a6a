"""Why a field is empty: not in the paper, not given to the model, or given but missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from server.domain.fields import CheckRule
from server.domain.identity_check import is_empty
from server.domain.personas import Persona
from server.domain.statements import Statement, StatementStatus
from server.domain.words import Words

NOT_IN_PAPER = Words(
    ja="論文に無い：探した限り、この問いに答える文はありません。",
    en="Not in the paper, as far as a search of its sentences tells.",
)
NOT_GIVEN = Words(
    ja="渡していない：論文の一部しかモデルに届いていません。",
    en="Not given to the model: it got only part of the paper.",
)
NOT_ASKED = Words(
    ja="尋ねていない：この読み方は、この問いの前の段階で終わりました。",
    en="Not asked: this reading ended with a pass before this question.",
)
_MISSED = Words(
    ja="渡したが読み落とした可能性：p. {page} に答えになりそうな文があります。",
    en="Given but perhaps missed: a sentence on p. {page} seems to answer this.",
)


_LEFT_OUT = Words(
    ja="渡していない：p. {page} に答えになりそうな文がありますが、モデルに渡した範囲に入っていません。",
    en="Not given to the model: a sentence on p. {page} seems to answer this, and was left out.",
)
_NEAR_LEFT_OUT = Words(
    ja="渡していない：p. {page} にこの問いに近い箇所がありますが、モデルに渡した範囲に入っていません。",
    en="Not given to the model: a passage on p. {page} is close to this question, and was left out.",
)


def explain_absences(
    persona: Persona,
    answer: Mapping[str, Any],
    *,
    truncated: bool,
    candidates: Mapping[str, int],
    unsent: Collection[str] = (),
    missed: Mapping[str, int] | None = None,
    not_asked: Collection[str] = (),
) -> Iterator[Statement]:
    """A `not_stated` statement with its reason for each question left without an answer.

    Args:
        truncated: The model got only part of the paper.
        candidates: Field id → page of a sentence that seems to answer it.
        unsent: Field ids whose sentence the model was not given.
        missed: Field id → page of a passage that the question wanted and that was left out.
        not_asked: Questions that the run did not get to.
    """
    for field in persona.fields:
        if not is_empty(answer.get(field.id)):
            continue
        if field.id in not_asked:
            yield Statement(f"/{field.id}", 0, 0, StatementStatus.NOT_STATED, reason=NOT_ASKED)
            continue
        if field.check in (CheckRule.IDENTITY, CheckRule.NONE):
            continue
        if truncated:
            reason = NOT_GIVEN
        elif page := candidates.get(field.id):
            reason = (_LEFT_OUT if field.id in unsent else _MISSED).fill(page=page)
        elif page := (missed or {}).get(field.id):
            reason = _NEAR_LEFT_OUT.fill(page=page)
        else:
            reason = NOT_IN_PAPER
        yield Statement(f"/{field.id}", 0, 0, StatementStatus.NOT_STATED, reason=reason)
