"""Names for identifiers, so that one is never mistaken for another."""

from __future__ import annotations

from typing import NewType

WorkspaceId = NewType("WorkspaceId", str)
PaperId = NewType("PaperId", str)
ExtractionId = NewType("ExtractionId", str)
RunId = NewType("RunId", str)
ComparisonId = NewType("ComparisonId", str)
BatchId = NewType("BatchId", str)

LOCAL_WORKSPACE = WorkspaceId("local")
"""The one workspace until keys and workspaces are managed; in every row from the first migration on."""
