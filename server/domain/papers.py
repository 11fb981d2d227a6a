"""An uploaded PDF and what became of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from server.domain.identity import Identity
from server.domain.ids import ExtractionId, PaperId, WorkspaceId

MAX_NAME = 255


def display_name(filename: str | None) -> str:
    """A client's file name made fit to be shown: its last part, without controls and text direction marks."""
    last = re.split(r"[/\\]", filename or "")[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return shown[:MAX_NAME] or "paper.pdf"


class PaperStatus(StrEnum):
    READING = "reading"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is kept and shown: code, data for its sentence. Sentences are made when shown, per language."""

    code: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Gist:
    """What a list says of a paper, so that nothing of its extraction must be loaded."""

    identity: Identity
    """As extracted."""
    pages: int
    language: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One PDF of one workspace; the same bytes are one paper."""

    id: PaperId
    workspace_id: WorkspaceId
    sha256: str
    filename: str
    """For display only, sanitised; never in a prompt or a path."""
    bytes: int
    status: PaperStatus
    created_at: datetime
    extraction_id: ExtractionId | None = None
    error: Problem | None = None
    corrections: Identity = field(default_factory=Identity)
    """What a person corrected; wins over the extraction's identity, piece by piece."""
    gist: Gist | None = None
    """Of its extraction. None: not read, or read before gists were kept."""

    def identity(self, extracted: Identity | None) -> Identity:
        """What this paper is shown as: the corrections, and where there are none, what was extracted."""
        names = Identity.__slots__
        mine = {name: getattr(self.corrections, name) or getattr(extracted, name, None) for name in names}
        return Identity(**mine)

    def ready(self, extraction_id: ExtractionId, *, gist: Gist | None = None) -> Paper:
        return replace(self, status=PaperStatus.READY, extraction_id=extraction_id, error=None, gist=gist)

    def refused(self, error: Problem) -> Paper:
        return replace(self, status=PaperStatus.REFUSED, error=error)
