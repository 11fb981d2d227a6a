"""Save a persona that was edited: its version is raised when what it says has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.application.persona_texts import PersonaTexts
from server.application.personas import PersonaShelf
from server.application.ports import SavedPersona
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.personas import Persona, next_version


@dataclass(frozen=True)
class Saved:
    persona: Persona
    created: bool
    """False: it says what its newest version says already."""
    previous: str | None
    """`id@version` that was the newest before; None: it is the first."""


@dataclass(frozen=True)
class SavePersona:
    """Keeps a text as the newest version of a persona, with the other files of the version before."""

    shelf: PersonaShelf
    texts: PersonaTexts

    async def __call__(
        self,
        source: str,
        *,
        id_: str,
        files: Mapping[str, bytes] | None = None,
        copy_of: str | None = None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> Saved:
        """
        Args:
            files: Other files of the folder; None: those of the newest version, or else of `copy_of`.

        Raises:
            PersonaInvalidError: every problem, with line and fix.
            ConflictError: a built-in id; or somebody saved this version a moment before.
            NotFoundError: there is no `copy_of`.
        """
        async with self.shelf.unit_of_work() as uow:
            versions = await uow.personas.versions(workspace_id, id_)
        newest = versions[0] if versions else None
        if files is None:
            files = await self._files(newest, copy_of, workspace_id)
        given = self.shelf.parser.parse(source, id=id_, files=files)
        taken = {one.version for one in versions}
        if newest and given.version in taken:
            if self._is_same(newest, given, source):
                persona = await self.shelf.get(f"{id_}@{newest.version}", workspace_id=workspace_id)
                return Saved(persona, created=False, previous=None)
            source = self.texts.change(source, version=next_version(newest.version, taken=taken))
        persona, created = await self.shelf.save(
            source, id_=id_, files=dict(files), workspace_id=workspace_id
        )
        return Saved(persona, created=created, previous=f"{id_}@{newest.version}" if newest else None)

    async def _files(
        self, newest: SavedPersona | None, copy_of: str | None, workspace_id: WorkspaceId
    ) -> Mapping[str, bytes]:
        if newest:
            return newest.files
        return (await self.shelf.get(copy_of, workspace_id=workspace_id)).files if copy_of else {}

    def _is_same(self, newest: SavedPersona, given: Persona, source: str) -> bool:
        """Whether it is the newest version, but perhaps for an older number."""
        if given.digest == newest.digest:
            return True
        renumbered = self.texts.change(source, version=newest.version)
        parsed = self.shelf.parser.parse(renumbered, id=newest.id, files=given.files)
        return parsed.digest == newest.digest
