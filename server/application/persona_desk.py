"""All that a person does with personas before and after they are on the shelf, put together."""

from __future__ import annotations

from dataclasses import dataclass

from server.application.draft_persona import DraftPersona
from server.application.duplicate_persona import DuplicatePersona
from server.application.import_persona import ExportPersona, ImportPersona
from server.application.keep_example import KeepExample
from server.application.lint_persona import LintPersona
from server.application.persona_formats import PersonaFormats
from server.application.persona_history import PersonaHistory
from server.application.persona_texts import PersonaTexts
from server.application.personas import PersonaShelf
from server.application.ports import Models, Templates
from server.application.queries import Queries
from server.application.save_persona import SavePersona


@dataclass(frozen=True)
class PersonaDesk:
    """The use cases, one per verb."""

    texts: PersonaTexts
    lint: LintPersona
    save: SavePersona
    duplicate: DuplicatePersona
    draft: DraftPersona
    history: PersonaHistory
    keep_example: KeepExample
    import_persona: ImportPersona
    export_persona: ExportPersona

    @classmethod
    def over(
        cls,
        shelf: PersonaShelf,
        texts: PersonaTexts,
        templates: Templates,
        models: Models,
        queries: Queries,
        *,
        formats: PersonaFormats,
    ) -> PersonaDesk:
        save, duplicate = SavePersona(shelf, texts), DuplicatePersona(shelf, texts)
        lint = LintPersona(texts, templates, models)
        return cls(
            texts=texts,
            lint=lint,
            save=save,
            duplicate=duplicate,
            draft=DraftPersona(shelf, texts, duplicate, models),
            history=PersonaHistory(shelf),
            keep_example=KeepExample(shelf, texts, queries, save, duplicate),
            import_persona=ImportPersona(formats, lint, shelf),
            export_persona=ExportPersona(formats, shelf),
        )
