"""What became of a persona: its versions, and what changed between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.application.personas import PersonaShelf
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.personas import Persona
from server.domain.word_diff import Hunk, word_diff


@dataclass(frozen=True)
class Version:
    persona: Persona
    created_at: datetime | None
    """None: it is a file, not saved here."""


@dataclass(frozen=True)
class Difference:
    old: Persona
    new: Persona
    hunks: tuple[Hunk, ...]
    """Of persona.md; none where only other files differ."""


@dataclass(frozen=True)
class PersonaHistory:
    """Versions of personas and what changed between them."""

    shelf: PersonaShelf

    async def versions(self, id_: str, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> tuple[Version, ...]:
        """Newest first.

        Raises:
            NotFoundError
        """
        found = await self.shelf.versions(id_, workspace_id=workspace_id)
        async with self.shelf.unit_of_work() as uow:
            saved = await uow.personas.versions(workspace_id, id_)
        moments = {(one.version, one.digest): one.created_at for one in saved}
        return tuple(Version(p, moments.get((p.version, p.digest))) for p in found)

    async def difference(
        self,
        id_: str,
        *,
        old: str | None = None,
        new: str | None = None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> Difference:
        """Between two versions of a persona, or between it and another.

        Args:
            old, new: A version, or `id@version` of any persona. None: the newest as `new`, the one before as `old`.

        Raises:
            NotFoundError
        """
        after = await self.shelf.get(_ref(id_, new), workspace_id=workspace_id)
        if old is None:
            versions = [v.persona for v in await self.versions(id_, workspace_id=workspace_id)]
            known = [p.version for p in versions]
            place = known.index(after.version) if after.version in known else -1
            before = versions[min(place + 1, len(versions) - 1)]
        else:
            before = await self.shelf.get(_ref(id_, old), workspace_id=workspace_id)
        return Difference(before, after, word_diff(before.source, after.source))


def _ref(id_: str, version: str | None) -> str:
    if version is None:
        return id_
    return version if "@" in version else f"{id_}@{version}"
