"""Papers made ready for locating quotes, kept while they are in use."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from server.domain.extractions import Extraction
from server.domain.ids import ExtractionId
from server.domain.quotes import PaperIndex

KEPT = 64
KEPT_BYTES = 100 << 20
"""Some forty papers; one that is larger is kept alone. A run finds its paper ready when so many others were read since."""


@dataclass
class Indexes:
    """One index per extraction, the least recently used ones dropped."""

    _kept: OrderedDict[ExtractionId, PaperIndex] = field(default_factory=OrderedDict)
    _making: dict[ExtractionId, asyncio.Future[PaperIndex]] = field(default_factory=dict)

    async def of(self, extraction: Extraction) -> PaperIndex:
        """Ready; made once, however many ask at a time. Its own `extraction` is the one to hold on to."""
        index = self._kept.get(extraction.id) or await self._made(extraction)
        self._kept[extraction.id] = index
        self._kept.move_to_end(extraction.id)
        size = sum(one.size for one in self._kept.values())
        while len(self._kept) > KEPT or (size > KEPT_BYTES and len(self._kept) > 1):
            size -= self._kept.popitem(last=False)[1].size
        return index

    async def _made(self, extraction: Extraction) -> PaperIndex:
        making = self._making.get(extraction.id)
        if making is None:
            making = asyncio.ensure_future(asyncio.to_thread(_prepared, extraction))
            self._making[extraction.id] = making
        try:
            return await asyncio.shield(making)
        finally:
            if making.done():
                self._making.pop(extraction.id, None)


def _prepared(extraction: Extraction) -> PaperIndex:
    index = PaperIndex(extraction)
    index.prepare()
    return index
