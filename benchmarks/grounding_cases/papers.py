"""The papers of the benchmark as the product reads them, and the sentences of their running prose."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from server.adapters.extraction_codec import dump_extraction, load_extraction
from server.adapters.pdf_process import PdfProcessReader
from server.domain.extractions import Extraction
from server.domain.extractive.prose import passages
from server.domain.grounding import Grounder
from server.domain.quotes import PaperIndex
from server.domain.sentences import one_line, split

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "papers"
SAMPLES = ROOT / "samples"

_PLAIN_ENGLISH = re.compile(r"[A-Z][\x20-\x7e‘’“”–—−±×≤≥~〜·§]*[.!?][”’\"')]*")
_PLAIN_JAPANESE = re.compile(r"[^\u0000-\u001f\ue000-\uf8ff]*[。．]")
_MOSTLY_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_NUMBER_WORDS = {
    word: Decimal(value)
    for value, word in enumerate(
        ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
        start=10,
    )
}
_BROKEN = re.compile(r"[\u4e00-\u9fff\u3040-\u30ff] (?=[\u4e00-\u9fff\u3040-\u30ff])")


@dataclass(frozen=True)
class Sentence:
    """One sentence of the running prose, on one line, with its place in the extraction's text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class BenchPaper:
    """A paper to check against."""

    name: str
    extraction: Extraction

    @property
    def language(self) -> str:
        return self.extraction.language

    @cached_property
    def grounder(self) -> Grounder:
        return Grounder(PaperIndex(self.extraction))

    @cached_property
    def squeezed(self) -> str:
        """The whole text without white space and line-end hyphens, to see whether a changed sentence stands there."""
        return squeeze(self.extraction.text)

    @cached_property
    def _values(self) -> frozenset[Decimal]:
        text = self.extraction.text
        written = {
            Decimal(n.replace(",", "")) for n in re.findall(r"\d+(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?", text)
        }
        words = {value for word, value in _NUMBER_WORDS.items() if re.search(rf"(?i)\b{word}\b", text)}
        return frozenset(written | words)

    def has_number(self, number: str) -> bool:
        """Whether this value stands anywhere in the text, whatever it counts there."""
        return Decimal(number) in self._values

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Whole sentences of the prose that a model could quote as they are."""
        text = self.extraction.text
        known = frozenset(word.lower() for word in re.findall(r"[^\W\d_]+", text))
        found = []
        for passage in passages(self.extraction):
            for span in split(text[passage.start : passage.end]):
                start, end = passage.start + span.start, passage.start + span.end
                line = one_line(text[start:end], known_words=known)
                if self._is_quotable(line):
                    found.append(Sentence(line, start, end))
        return tuple(found)

    def _is_quotable(self, line: str) -> bool:
        if self.language == "ja":
            wide = len(_MOSTLY_JAPANESE.findall(line))
            return (
                18 <= len(line) <= 220
                and wide * 2 >= len(line.replace(" ", ""))
                and bool(_PLAIN_JAPANESE.fullmatch(line))
                and not _BROKEN.search(line)
            )
        return (
            45 <= len(line) <= 320
            and bool(_PLAIN_ENGLISH.fullmatch(line))
            and line.count(" ") >= 6
            and " : " not in line
        )


def squeeze(text: str) -> str:
    """Text without white space; line-end hyphens go, other marks stay."""
    return re.sub(r"\s+", "", re.sub(r"(?<=\w)[-\u00ad\ufffe]\s*\n\s*(?=\w)", "", text))


def load_papers() -> Mapping[str, BenchPaper]:
    """Every paper of ../shared/papers and the project's samples, by file name. Extractions are kept in a temporary
    folder between runs, by the bytes of the PDF and the reader's version."""
    paths = [*sorted(SHARED.glob("*.pdf")), *sorted(SAMPLES.glob("*.pdf"))]
    return asyncio.run(_load(paths))


async def read_pdf(data: bytes) -> Extraction:
    """One PDF through the product's reader, without a cache."""
    reader = PdfProcessReader(workers=1)
    try:
        return await reader.read(data)
    finally:
        await reader.close()


async def _load(paths: list[Path]) -> Mapping[str, BenchPaper]:
    reader = PdfProcessReader(workers=1)
    kept = Path(tempfile.gettempdir()) / "yomikurabe-grounding"
    await asyncio.to_thread(kept.mkdir, exist_ok=True)
    papers: dict[str, BenchPaper] = {}
    try:
        for path in paths:
            data = await asyncio.to_thread(path.read_bytes)
            name = hashlib.sha256(data + reader.version.encode() + _code_digest()).hexdigest()
            cached = kept / f"{name}.bin"
            if await asyncio.to_thread(cached.is_file):
                extraction = load_extraction(await asyncio.to_thread(cached.read_bytes))
            else:
                extraction = await reader.read(data)
                await asyncio.to_thread(cached.write_bytes, dump_extraction(extraction))
            papers[path.name] = BenchPaper(path.name, extraction)
    finally:
        await reader.close()
    return papers


def _code_digest() -> bytes:
    """Changes whenever the code that reads a PDF may have: a benchmark must not judge yesterday's extraction."""
    digest = hashlib.sha256()
    for folder in ("adapters", "domain"):
        for path in sorted((ROOT / "server" / folder).glob("*.py")):
            if folder == "domain" or path.name.startswith("pdf"):
                digest.update(path.read_bytes())
    return digest.digest()
