"""What the use cases need from the world, as small protocols. Adapters implement them; tests fake them."""

from __future__ import annotations

from server.application.ports.batches import Batches
from server.application.ports.blobs import Blobs, ExtractionStore
from server.application.ports.calls import Calls, RecordedCall
from server.application.ports.engines import (
    Completed,
    Delta,
    Embeddings,
    Engine,
    EngineEvent,
    Models,
    Question,
    Repair,
    Restarted,
    Waiting,
)
from server.application.ports.events import Bells, Event, Events
from server.application.ports.keys import KeptAnswer, KeptKey, Keys
from server.application.ports.lookups import Found, Listings, RunBrief, SearchTexts
from server.application.ports.papers import PaperFetcher, PdfReader, Progress, Samples
from server.application.ports.personas import PersonaLibrary, PersonaParser, Templates
from server.application.ports.records import (
    Comparisons,
    Feedback,
    Feedbacks,
    Papers,
    Runs,
    SavedPersona,
    SavedPersonas,
    Votes,
)
from server.application.ports.spending import Spending
from server.application.ports.units import UnitOfWork, UnitOfWorkFactory
from server.application.ports.work import Clock, Ids, Jobs

__all__ = [
    "Batches",
    "Bells",
    "Blobs",
    "Calls",
    "Clock",
    "Comparisons",
    "Completed",
    "Delta",
    "Embeddings",
    "Engine",
    "EngineEvent",
    "Event",
    "Events",
    "ExtractionStore",
    "Feedback",
    "Feedbacks",
    "Found",
    "Ids",
    "Jobs",
    "KeptAnswer",
    "KeptKey",
    "Keys",
    "Listings",
    "Models",
    "PaperFetcher",
    "Papers",
    "PdfReader",
    "PersonaLibrary",
    "PersonaParser",
    "Progress",
    "Question",
    "RecordedCall",
    "Repair",
    "Restarted",
    "RunBrief",
    "Runs",
    "Samples",
    "SavedPersona",
    "SavedPersonas",
    "SearchTexts",
    "Spending",
    "Templates",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "Votes",
    "Waiting",
]
