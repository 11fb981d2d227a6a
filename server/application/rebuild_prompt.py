"""Make the prompt of a run again, from what the run pins, and say whether it is the one that was sent."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.preview_prompt import PreviewPrompt
from server.application.views import RunView
from server.domain.contexts.choices import Strategy
from server.domain.contexts.given import given_again
from server.domain.errors import NotFoundError
from server.domain.follow_up_personas import asked_by
from server.domain.models import EngineKind
from server.domain.prompts import Message


@dataclass(frozen=True)
class Rebuilt:
    messages: tuple[Message, ...]
    """Empty: no model was asked."""
    is_exact: bool | None
    """Whether they are what was sent, byte for byte. False: a correction of the paper's title and the like, or a newer
    version of this program, changed them since. None: the run kept nothing to tell by."""
    is_in_parts: bool = False
    """The paper was read in several calls, each with a prompt of its own, and none of them is made again."""


@dataclass(frozen=True)
class RebuildPrompt:
    preview: PreviewPrompt

    async def __call__(self, view: RunView) -> Rebuilt:
        """
        Raises:
            NotFoundError: what was read of the paper then is no longer there.
            PersonaInvalidError: its template cannot be filled any more.
        """
        run, preview = view.run, self.preview
        persona = asked_by(run, view.persona)
        if run.engine != EngineKind.OPENAI:
            return Rebuilt((), None)
        extraction = await preview.extractions.get(run.workspace_id, run.extraction_id)
        if extraction is None:
            raise NotFoundError(kind="extraction", id=run.extraction_id)
        sent = run.input
        if sent and sent.strategy in (Strategy.MAP_REDUCE, Strategy.SECTIONS):
            return Rebuilt((), None, is_in_parts=True)
        shown = await preview.examples.again(persona, run)
        asked = preview.prompting.preview(
            persona,
            extraction,
            view.paper.paper.identity(extraction.identity),
            language=run.language or extraction.language,
            settings=run.settings,
            examples=shown.examples,
            given=given_again(extraction, sent) if sent else None,
        )
        kept = sent.prompt_digest if sent else None
        return Rebuilt(asked.prompt.messages, asked.prompt.digest == kept if kept else None)
