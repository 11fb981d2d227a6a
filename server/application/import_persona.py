"""Make a persona of what was written for another program, and the other way round. Keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.application.duplicate_persona import free_id
from server.application.lint_persona import LintPersona
from server.application.persona_formats import Format, Note, PersonaFormats, Written
from server.application.personas import PersonaShelf
from server.domain.errors import ConflictError, InvalidRequestError, PersonaInvalidError
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.personas import Origin, Persona
from server.domain.words import Words


@dataclass(frozen=True)
class Imported:
    """A text that is not saved yet, and sound."""

    id: str
    source: str
    format: Format
    notes: tuple[Note, ...]
    files: Mapping[str, bytes]
    persona: Persona


@dataclass(frozen=True)
class ImportPersona:
    """Gives the text of a persona that lints without errors, under an id that is free."""

    formats: PersonaFormats
    lint: LintPersona
    shelf: PersonaShelf

    async def __call__(
        self,
        files: Mapping[str, bytes],
        *,
        id_: str | None = None,
        name: str | None = None,
        format_: Format | None = None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> Imported:
        """
        Args:
            files: The source: one text, or a folder's files by their names in it.
            id_: None: made of what the source is called, with a number where that is taken.
            name: What the source is called; None: what it says itself.

        Raises:
            InvalidRequestError: it is in none of the formats, too large, or needs what a persona does not have.
            ConflictError: `id_` is a built-in persona's.
            PersonaInvalidError: every problem, with its line.
        """
        found = self.formats.read(files, name=name, format=format_)
        taken = {one.id for one in await self.shelf.list(workspace_id=workspace_id)}
        shipped = {one.id for one in self.shelf.library.list() if one.origin is Origin.BUILTIN}
        if id_ in shipped:
            raise ConflictError(
                reason_ja=f"「{id_}」は組み込みの読み手の id です。別の id を付けてください。",
                reason_en=f"'{id_}' is the id of a built-in persona. Choose another.",
            )
        wanted = id_ or free_id(found.name, taken)
        linted = self.lint(found.source, id_=wanted, language="en")
        if linted.persona is None:
            raise PersonaInvalidError(problems=[p for p in linted.problems if p["severity"] == "error"])
        advice = tuple(
            Note(p["code"], Words(**{k: f"{p['message'][k]} {p['fix'][k]}" for k in ("ja", "en")}))
            for p in linted.problems
        )
        return Imported(wanted, found.source, found.format, found.notes + advice, found.files, linted.persona)


@dataclass(frozen=True)
class ExportPersona:
    """Gives a persona, a built-in one too, as a file of another program."""

    formats: PersonaFormats
    shelf: PersonaShelf

    async def __call__(
        self, ref: str, *, to: Format, language: str, workspace_id: WorkspaceId = LOCAL_WORKSPACE
    ) -> Written:
        """
        Args:
            language: Of the questions: `ja`, else English.

        Raises:
            NotFoundError: there is no such persona.
            InvalidRequestError: `to` is our own format.
        """
        if to is Format.PERSONA:
            raise InvalidRequestError(
                reason_ja="persona.md そのものは GET /api/personas/{ref} か yomi personas show --source で取り出せます。",
                reason_en="For persona.md itself use GET /api/personas/{ref} or yomi personas show --source.",
            )
        return self.formats.write(
            await self.shelf.get(ref, workspace_id=workspace_id), to=to, language=language
        )
