"""Start the process that opens PDFs from strangers: pipes and limits first, libraries after.

Started by `pdf_process`. It holds no secrets, writes no files and may be killed at any time.
"""

from __future__ import annotations

import os
from typing import BinaryIO


def main(memory_bytes: int) -> None:
    """Serve until the parent closes the pipe or dies."""
    from server.adapters.pdf_limits import confine, seal  # noqa: PLC0415  nothing heavy before the limits

    requests, replies = _take_pipes()
    confine(memory_bytes)

    from server.adapters.pdf_worker import serve  # noqa: PLC0415  imports PDFium and pypdf

    seal()
    serve(requests, replies)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent, moved away from the standard streams: native code may print there."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    return requests, replies
