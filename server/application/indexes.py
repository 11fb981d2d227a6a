"""Papers made ready for locating quotes, kept while they are in use."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId
from server.domain.quotes import PaperIndex

KEPT = 8


@dataclass
class Indexes:
    """One index per extraction, the least recently used ones dropped."""

    _kept: OrderedDict[ExtractionId, PaperIndex] = field(default_factory=OrderedDict)

    async def of(self, extraction: Extraction) -> PaperIndex:
        index = self._kept.get(extraction.id)
        if index is None:
            index = PaperIndex(extraction)
            await asyncio.to_thread(lambda: (index.visible, index.hidden))
            self._kept[extraction.id] = index
        self._kept.move_to_end(extraction.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return index
