"""The shelf of personas: built-in ones, those of folders, and those saved over HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from server.application.ports import (
    Blobs,
    Clock,
    PersonaLibrary,
    PersonaParser,
    SavedPersona,
    UnitOfWorkFactory,
)
from server.domain.errors import ConflictError, NotFoundError
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.personas import Origin, Persona
from server.domain.runs import PersonaRef


@dataclass(frozen=True)
class PersonaShelf:
    """Finds personas by `id` or `id@version`, wherever they are kept."""

    library: PersonaLibrary
    parser: PersonaParser
    unit_of_work: UnitOfWorkFactory
    blobs: Blobs
    clock: Clock

    async def get(self, ref: str, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> Persona:
        """
        Raises:
            NotFoundError: with the nearest id.
        """
        id_, _, version = ref.partition("@")
        if persona := self.library.get(id_, version or None):
            return persona
        async with self.unit_of_work() as uow:
            saved = await uow.personas.get(workspace_id, id_, version or None)
        if saved:
            return self._parse(saved)
        known = [p.id for p in await self.list(workspace_id=workspace_id)]
        nearest = get_close_matches(id_, known, n=1, cutoff=0.5)
        raise NotFoundError(
            kind="persona", id=ref[:100], nearest=nearest[0] if nearest and nearest[0] != id_ else None
        )

    async def list(self, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> Sequence[Persona]:
        """The newest version of each, built-in ones first."""
        shelf = {p.id: p for p in self.library.list()}
        async with self.unit_of_work() as uow:
            for saved in await uow.personas.list(workspace_id):
                if saved.id not in shelf:
                    shelf[saved.id] = self._parse(saved)
        return tuple(shelf.values())

    async def versions(self, id_: str, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> Sequence[Persona]:
        """All versions, newest first.

        Raises:
            NotFoundError
        """
        if persona := self.library.get(id_):
            return (persona,)
        async with self.unit_of_work() as uow:
            saved = await uow.personas.versions(workspace_id, id_)
        if not saved:
            return (await self.get(id_, workspace_id=workspace_id),)
        return tuple(self._parse(one) for one in saved)

    async def save(
        self,
        source: str,
        *,
        id_: str,
        files: dict[str, bytes] | None = None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> tuple[Persona, bool]:
        """Keep a persona as a new version. Returns it, and whether it is new.

        Raises:
            PersonaInvalidError: every problem, with line and fix.
            ConflictError: a built-in id, or the same version with other text.
        """
        if self.library.get(id_):
            raise ConflictError(
                reason_ja=f"「{id_}」は組み込みの読み手です。複製して別の id を付けてください。",
                reason_en=f"'{id_}' is built in. Duplicate it under another id.",
            )
        persona = self.parser.parse(source, id=id_, files=files)
        self.parser.check_files(persona)
        async with self.unit_of_work() as uow:
            known = await uow.personas.get(workspace_id, id_, persona.version)
            if known and known.digest == persona.digest:
                return self._parse(known), False
            if known:
                raise ConflictError(
                    reason_ja=f"{persona.ref} は別の内容で保存されています。version を上げてください。",
                    reason_en=f"{persona.ref} is saved with other text. Raise its version.",
                )
            await uow.personas.add(
                SavedPersona(
                    workspace_id, id_, persona.version, persona.digest, source, files or {}, self.clock.now()
                )
            )
            await uow.commit()
        return replace(persona, origin=Origin.SAVED), True

    async def keep(self, persona: Persona, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> None:
        """Keep the text a run is made with, and its examples, so that the run is made with them and can be read
        whatever happens to the persona's files."""
        key = _kept_key(workspace_id, persona.digest)
        if await self.blobs.get(key) is None:
            kept = {
                "id": persona.id,
                "source": persona.source,
                "display": persona.display,
                "origin": persona.origin.value,
            }
            await self.blobs.put(key, json.dumps(kept, ensure_ascii=False).encode())
        examples = _examples_key(workspace_id, persona.digest)
        if persona.examples and await self.blobs.get(examples) is None:
            texts = {name: persona.files[name].decode(errors="replace") for name in persona.examples}
            await self.blobs.put(examples, json.dumps(texts, ensure_ascii=False).encode())

    async def of_run(self, ref: PersonaRef, *, workspace_id: WorkspaceId = LOCAL_WORKSPACE) -> Persona:
        """The persona exactly as a run used it."""
        current = self.library.get(ref.id, ref.version)
        if current and current.digest == ref.digest:
            return current
        kept = await self.blobs.get(_kept_key(workspace_id, ref.digest))
        if kept is None:
            return await self.get(f"{ref.id}@{ref.version}", workspace_id=workspace_id)
        record = json.loads(kept)
        persona = self.parser.parse(record["source"], id=record["id"])
        examples = json.loads(await self.blobs.get(_examples_key(workspace_id, ref.digest)) or "{}")
        return replace(
            persona,
            digest=ref.digest,
            display=record.get("display"),
            origin=Origin(record["origin"]),
            files={name: text.encode() for name, text in examples.items()},
        )

    def _parse(self, saved: SavedPersona) -> Persona:
        return replace(self.parser.parse(saved.source, id=saved.id, files=saved.files), origin=Origin.SAVED)


def _kept_key(workspace_id: WorkspaceId, digest: str) -> str:
    return f"{workspace_id}/personas/{digest[:2]}/{digest}.json"


def _examples_key(workspace_id: WorkspaceId, digest: str) -> str:
    return f"{workspace_id}/personas/{digest[:2]}/{digest}.examples.json"
