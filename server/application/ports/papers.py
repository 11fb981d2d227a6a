"""Where PDFs come from and what reads them."""

from __future__ import annotations

from typing import Protocol

from server.domain.extractions import Extraction


class PdfReader(Protocol):
    """Reads PDFs somewhere they can do no harm."""

    @property
    def version(self) -> str:
        """Changes whenever an extraction of the same bytes may come out differently; part of the cache key."""
        ...

    async def read(self, data: bytes, *, on_progress: Progress | None = None) -> Extraction:
        """Admit, read, look, normalise and describe.

        Raises:
            PaperError: one of its kinds; nothing else, whatever the bytes.
        """
        ...

    async def picture(self, data: bytes, *, page: int, width: int) -> bytes:
        """One page (from 1) as a PNG `width` pixels wide.

        Raises:
            NotFoundError: no such page.
            PaperError: as for `read`.
        """
        ...


class Progress(Protocol):
    def __call__(self, stage: str, done: int, total: int) -> None: ...


class PaperFetcher(Protocol):
    """Gets a PDF from arXiv."""

    async def fetch(self, address: str) -> tuple[bytes, str]:
        """`address`: an arXiv id (`2312.10997`, `arxiv:2312.10997v2`) or an address on a known arXiv host.

        Returns:
            The PDF's bytes and a file name to show.

        Raises:
            InvalidRequestError: not an arXiv id or address.
            FetchFailedError: says what to download instead.
            TooLargeError
        """
        ...


class Samples(Protocol):
    """The papers and the made-up answer that ship with the program."""

    def paper(self, name: str) -> tuple[bytes, str]:
        """`name`: `en`, `ja`, or `hidden` (one with text that nobody sees).

        Returns:
            The PDF's bytes and a file name to show.

        Raises:
            NotFoundError: no such sample.
        """
        ...

    def fabricated_answer(self, language: str) -> str:
        """A fluent answer about a paper that does not exist."""
        ...
