"""Ask the persona of a finished run one more question: a run of its own, queued like any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.application.ports import UnitOfWork
from server.application.queries import Queries
from server.application.start_run import Started, StartRun, bind_run, recorded_run
from server.application.views import RunView
from server.domain.errors import ConflictError, InvalidRequestError
from server.domain.fields import CheckRule
from server.domain.follow_up_personas import FIELD
from server.domain.follow_ups import (
    MAX_EARLIER,
    MAX_QUESTION,
    MAX_QUESTIONS,
    Exchange,
    FollowUp,
    bounded_answers,
    words_of,
)
from server.domain.ids import RunId
from server.domain.models import EngineKind
from server.domain.runs import Run, RunSettings, RunStatus
from server.domain.sanitising import sanitise

KEPT_SETTINGS = (
    "temperature",
    "seed",
    "max_output_tokens",
    "reasoning_effort",
    "context",
    "rendering",
    "second_look",
    "evidence",
)
"""Of the run that is asked. Others are about how its own questions were answered."""


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """`fresh`: ask it even if the same was asked of this run before."""

    run_id: RunId
    question: str
    fresh: bool = False
    viewer: str | None = None
    """The voter who asks: a run whose name is hidden from them cannot be asked."""
    key: str | None = None
    """Of the request, as `OneAnswer` knows it: what is recorded is bound to it."""


@dataclass(frozen=True)
class AskQuestion:
    """Record a question and queue it. Its id is that of a run: it is followed, cancelled, spoken about and deleted like
    one, grounded like one, and stands in no list of runs, no comparison and no ranking."""

    queries: Queries
    start_run: StartRun

    async def __call__(self, request: QuestionRequest) -> Started:
        """
        Raises:
            NotFoundError: no such run, or no such model any more.
            InvalidRequestError: no question, or too long a one.
            ConflictError: the run has no answer (yet), no reader, or was asked too often.
            OverBudgetError: it may cost more than what is left of today's budget.
        """
        if recorded := await recorded_run(self.queries.unit_of_work, request.key):
            return recorded
        question = checked_question(request.question)
        view = await self.queries.run(request.run_id, viewer=request.viewer)
        asked = view.run
        _expect_answerable(asked)
        spec = self.start_run.models.get(asked.model)
        async with self.queries.unit_of_work() as uow:
            before = await uow.runs.follow_ups(asked.id)
            key = _reuse_key(asked, question, spec.engine.value, spec.base_url, spec.model)
            if not request.fresh and (same := await _asked_before(uow, asked, before, key)):
                started = Started(same, reused=True)
                await bind_run(uow, request.key, started)
                await uow.commit()
                return started
            if len(before) >= MAX_QUESTIONS:
                raise ConflictError(
                    reason_ja=f"一つの回答に聞けるのは {MAX_QUESTIONS} 回までです。使わない質問を消してください。",
                    reason_en=f"A run answers at most {MAX_QUESTIONS} questions. Delete some that are not needed.",
                )
        run = Run(
            id=RunId(self.start_run.ids.new()),
            workspace_id=asked.workspace_id,
            paper_id=asked.paper_id,
            extraction_id=asked.extraction_id,
            persona=asked.persona,
            engine=spec.engine.value,
            model=spec.name,
            language=asked.language,
            settings=_kept(asked.settings),
            created_at=self.start_run.clock.now(),
            owner=self.start_run.owner,
            reuse_key=key,
            follow_up=FollowUp(asked.id, question, said=_said(view), earlier=_earlier(before)),
        )
        bill = await self.start_run.bill([run])
        started = Started(run, reused=False)
        async with self.queries.unit_of_work() as uow:
            await self.start_run.admit(uow, 1)
            await self.start_run.reserve(uow, bill)
            await uow.runs.add(run)
            await bind_run(uow, request.key, started)
            await uow.commit()
        await self.start_run.jobs.execute_runs([run.id])
        return started


def checked_question(text: str) -> str:
    """The question without what nobody sees.

    Raises:
        InvalidRequestError: there is none, or it is too long.
    """
    question = sanitise(text).strip()
    if not question:
        raise InvalidRequestError(
            reason_ja="質問を書いてください。", reason_en="Write a question.", path="/question"
        )
    if len(question) > MAX_QUESTION:
        raise InvalidRequestError(
            reason_ja=f"質問は {MAX_QUESTION} 字までです（{len(question)} 字ありました）。",
            reason_en=f"A question has at most {MAX_QUESTION} characters; this one has {len(question)}.",
            path="/question",
        )
    return question


def _expect_answerable(run: Run) -> None:
    if run.follow_up:
        raise ConflictError(
            reason_ja=f"これは質問です。もとの実行 {run.root} に聞いてください。",
            reason_en=f"This is a question itself. Ask the run it belongs to, {run.root}.",
        )
    if run.engine == EngineKind.TEXT:
        raise ConflictError(
            reason_ja="持ち込みの文章には読み手がいません。読み手の回答に聞いてください。",
            reason_en="A brought-along text has no reader to ask. Ask a reader's answer.",
        )
    if not run.status.is_over:
        raise ConflictError(
            reason_ja="まだ読んでいる途中です。回答ができてから聞いてください。",
            reason_en="It is still being read. Ask when the answer is there.",
        )
    if run.status is not RunStatus.FINISHED:
        raise ConflictError(
            reason_ja="この実行には回答がありません。もう一度読んでから聞いてください。",
            reason_en="This run has no answer. Run it again, then ask.",
        )


async def _asked_before(uow: UnitOfWork, asked: Run, before: Sequence[Run], key: str) -> Run | None:
    """The same question of the same run: answered, or on its way."""
    waiting = (one for one in before if one.reuse_key == key and not one.status.is_over)
    return await uow.runs.reusable(asked.workspace_id, key) or next(waiting, None)


def _reuse_key(asked: Run, question: str, *endpoint: str | None) -> str:
    parts: list[Any] = ["follow_up", asked.id, question, *endpoint]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _kept(settings: RunSettings) -> RunSettings:
    return RunSettings(**{name: getattr(settings, name) for name in KEPT_SETTINGS})


def _said(view: RunView) -> tuple[Exchange, ...]:
    """What the run answered to its persona's own questions. The paper's identity is in the prompt already."""
    language, answer = view.run.language, view.run.answer or {}
    asked = (field for field in view.persona.fields if field.check is not CheckRule.IDENTITY)
    return bounded_answers([(field.label.in_(language), answer.get(field.id)) for field in asked])


def _earlier(before: Sequence[Run]) -> tuple[Exchange, ...]:
    answered = [run for run in before if run.status is RunStatus.FINISHED and run.follow_up]
    return tuple(
        Exchange(run.follow_up.question, words_of((run.answer or {}).get(FIELD)))
        for run in answered[-MAX_EARLIER:]
        if run.follow_up
    )
