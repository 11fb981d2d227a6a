"""Make one's own copy of a persona, to be edited."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.application.persona_texts import PersonaTexts
from server.application.personas import PersonaShelf
from server.domain.errors import ConflictError
from server.domain.ids import LOCAL_WORKSPACE, WorkspaceId
from server.domain.personas import Persona
from server.domain.words import Words, same

OWN = Words(ja="（自分用）", en=" (my copy)")
FIRST_VERSION = "1.0.0"
MAX_ID = 64
RESERVED = frozenset({"lint", "form", "preview", "draft"})
"""Addresses beside the personas' own."""


@dataclass(frozen=True)
class Copied:
    """A text that is not saved yet."""

    id: str
    source: str
    files: Mapping[str, bytes]
    of: Persona


@dataclass(frozen=True)
class DuplicatePersona:
    """Gives the text of a copy under an id that is free. Keeps nothing."""

    shelf: PersonaShelf
    texts: PersonaTexts

    async def __call__(
        self,
        ref: str,
        *,
        new_id: str | None = None,
        name: str | None = None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> Copied:
        """
        Args:
            new_id: None: `<id>-own`, or the next one that is free.
            name: None: the same name, marked as one's own copy.

        Raises:
            NotFoundError: there is no such persona.
            ConflictError: `new_id` is taken.
        """
        persona = await self.shelf.get(ref, workspace_id=workspace_id)
        taken = {one.id for one in await self.shelf.list(workspace_id=workspace_id)}
        if new_id in taken:
            raise ConflictError(
                reason_ja=f"「{new_id}」という読み手はもうあります。別の id にしてください。",
                reason_en=f"There is a persona '{new_id}' already. Choose another id.",
            )
        source = self.texts.change(
            persona.source,
            version=FIRST_VERSION,
            name=same(name) if name else own_name(persona.name),
            attribution=f"Based on {persona.ref}. {persona.attribution or ''}".strip(),
        )
        return Copied(
            id=new_id or free_id(persona.id if persona.id.endswith("-own") else f"{persona.id}-own", taken),
            source=source,
            files=persona.files,
            of=persona,
        )


def own_name(name: Words) -> Words:
    """The name of a copy; a copy of a copy is not marked twice."""
    return Words(ja=name.ja.removesuffix(OWN.ja) + OWN.ja, en=name.en.removesuffix(OWN.en) + OWN.en)


def free_id(wanted: str, taken: Collection[str]) -> str:
    """`wanted` as an id, with a number behind it where it is taken."""
    stem = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")
    stem = re.sub(r"^[^a-z]+", "", stem)[: MAX_ID - 4].strip("-") or "my-reader"
    number, id_ = 1, stem
    while id_ in taken or id_ in RESERVED:
        number += 1
        id_ = f"{stem}-{number}"
    return id_
