"""Make a persona's first draft from what a person wants of a paper, in their own words."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace

import msgspec

from server.application.duplicate_persona import DuplicatePersona, free_id
from server.application.lint_persona import NO_PAPER
from server.application.persona_texts import PersonaTexts
from server.application.personas import PersonaShelf
from server.application.ports import Completed, Delta, Models, Question, Repair, Restarted
from server.domain.errors import AnswerInvalidError, InvalidRequestError, RunError
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.models import EngineKind, ModelSpec
from server.domain.persona_choosing import Nearest, nearest_persona
from server.domain.persona_drafts import DRAFT_SCHEMA, MAX_WISH, draft_prompt, read_draft
from server.domain.persona_forms import PersonaForm
from server.domain.personas import Origin, Persona
from server.domain.runs import RunSettings
from server.domain.sanitising import sanitise
from server.domain.words import Words, same

DEADLINE_S = 180.0
MAX_OUTPUT_TOKENS = 6000
MAX_REPAIR_MESSAGES = 12

_WRITTEN = Words(
    ja="モデル「{model}」（{host}）がご希望の文から下書きを作りました。送ったのはその文だけです。",
    en="Drafted from your words by the model '{model}' at {host}. Nothing but your words was sent.",
)
_NEAR = Words(
    ja="「{name}」の写しです。ご希望に近い問いがあります：{labels}。ほかの問いもそのまま残してあります。",
    en="A copy of '{name}', whose questions come near your words: {labels}. Its other questions are kept.",
)
_NAMED = Words(
    ja="「{name}」の写しです。名前か説明がご希望に近いためです。問いはそのまま残してあります。",
    en="A copy of '{name}', whose name or description comes near your words. All its questions are kept.",
)
_GENERAL = Words(
    ja="「{name}」の写しです。ご希望に近い読み手が見つからないため、一般的なものを選びました。",
    en="A copy of '{name}', the general one: no persona came near your words.",
)


@dataclass(frozen=True)
class Drafted:
    """A text that is not saved yet."""

    id: str
    source: str
    origin: Words
    """Where it comes from, and why."""
    copy_of: str | None = None
    """`id@version` of the persona it was copied from; None: a model wrote it."""
    model: str | None = None
    """The model that was asked."""
    host: str | None = None
    """Where the wish was sent; None: nowhere."""
    error: RunError | None = None
    """Why the model that was asked did not write it."""


@dataclass(frozen=True)
class DraftPersona:
    """With a model, asks it for questions that answer the wish; without one, or when it fails, copies the nearest
    built-in persona. Nothing but the wish and constant words is sent, and nothing is kept."""

    shelf: PersonaShelf
    texts: PersonaTexts
    duplicate: DuplicatePersona
    models: Models

    async def __call__(
        self,
        wish: str,
        *,
        model: str | None = None,
        language: str = "en",
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> Drafted:
        """
        Args:
            model: A model's name; None: the default one, which may be none at all.
            language: Of the interface.

        Raises:
            InvalidRequestError: the wish is empty or too long.
            NotFoundError: there is no such model.
        """
        wish = _checked(wish)
        spec = self.models.get(model)
        built_in = [p for p in self.shelf.library.list() if p.origin is Origin.BUILTIN]
        nearest = nearest_persona(wish, built_in)
        if spec.engine is EngineKind.EXTRACTIVE:
            return await self._copied(nearest, wish, workspace_id)
        try:
            form = await self._asked(wish, spec, beside=nearest.persona, language=language)
        except RunError as error:
            copied = await self._copied(nearest, wish, workspace_id)
            return replace(copied, model=spec.name, host=spec.host, error=error)
        taken = {one.id for one in await self.shelf.list(workspace_id=workspace_id)}
        return Drafted(
            id=free_id(form.name.en, taken),
            source=self.texts.write(form, attribution=f"First draft by {spec.name}"),
            origin=_WRITTEN.fill(model=spec.name, host=spec.host),
            model=spec.name,
            host=spec.host,
        )

    async def _copied(self, nearest: Nearest, wish: str, workspace_id: WorkspaceId) -> Drafted:
        copied = await self.duplicate(nearest.persona.id, workspace_id=workspace_id)
        return Drafted(
            id=copied.id,
            source=self.texts.change(copied.source, description=same(" ".join(wish.split()))),
            origin=_why(nearest),
            copy_of=copied.of.ref,
        )

    async def _asked(self, wish: str, spec: ModelSpec, *, beside: Persona, language: str) -> PersonaForm:
        """
        Args:
            beside: Only text engines are asked, which do not look at the persona; but there must be one.

        Raises:
            RunError: the model does not answer, or not as asked, even after one repair.
        """
        question = Question(
            persona=beside,
            extraction=NO_PAPER,
            language=language,
            model=spec,
            settings=RunSettings(),
            prompt=draft_prompt(wish),
            wire_schema=DRAFT_SCHEMA,
            max_output_tokens=MAX_OUTPUT_TOKENS,
            deadline_s=DEADLINE_S,
        )
        said = await self._answer(question)
        form = self._form(said)
        if isinstance(form, list):
            repair = Repair(said, tuple(form[:MAX_REPAIR_MESSAGES]))
            form = self._form(await self._answer(replace(question, repair=repair)))
        if isinstance(form, list):
            raise AnswerInvalidError(errors=form[:MAX_REPAIR_MESSAGES])
        return form

    def _form(self, said: str) -> PersonaForm | list[str]:
        """What the model said as a form whose text is sound; or what is wrong."""
        try:
            form = read_draft(msgspec.json.decode(said))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return ["/: must be one JSON object"]
        if isinstance(form, list):
            return form
        _, problems = self.texts.lint(self.texts.write(form, attribution="-"), id="draft")
        return [one["message"]["en"] for one in problems if one["severity"] == "error"] or form

    async def _answer(self, question: Question) -> str:
        pieces: list[str] = []
        async with aclosing(self.models.engine(question.model).ask(question)) as events:
            async for event in events:
                match event:
                    case Delta(text):
                        pieces.append(text)
                    case Restarted():
                        pieces.clear()
                    case Completed():
                        break
        return "".join(pieces)


def _checked(wish: str) -> str:
    wish = sanitise(wish).strip()
    if not wish:
        raise InvalidRequestError(
            reason_ja="論文から知りたいことを一文でも書いてください。",
            reason_en="Say in a sentence what you want from a paper.",
            path="/wish",
        )
    if len(wish) > MAX_WISH:
        raise InvalidRequestError(
            reason_ja=f"{MAX_WISH} 文字以内で書いてください（{len(wish)} 文字あります）。",
            reason_en=f"Say it in at most {MAX_WISH} characters (there are {len(wish)}).",
            path="/wish",
        )
    return wish


def _why(nearest: Nearest) -> Words:
    name, labels = nearest.persona.name, nearest.fields
    sentence = _GENERAL if not nearest.is_near else _NEAR if labels else _NAMED
    return Words(
        ja=sentence.ja.format(name=name.ja, labels="、".join(f"「{one.label.ja}」" for one in labels)),
        en=sentence.en.format(name=name.en, labels=", ".join(f"“{one.label.en}”" for one in labels)),
    )
