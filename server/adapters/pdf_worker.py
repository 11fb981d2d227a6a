"""Answer the requests of the parent one after another, inside the child process."""

from __future__ import annotations

import gc
import time
from typing import BinaryIO

from server.adapters.pdf_extraction import Limits, Report, extract
from server.adapters.pdf_limits import allow
from server.adapters.pdf_messages import (
    LENGTH_BYTES,
    Done,
    Draw,
    Drawn,
    Failed,
    Progressed,
    Reply,
    Request,
    framed,
    request_of,
)
from server.adapters.pdf_picture import picture_of
from server.application.traces import where
from server.domain.errors import ParserCrashedError, ResourceLimitError, YomiError

_PROGRESS_EVERY_S = 0.1


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Until the pipe ends."""
    gc.freeze()
    gc.disable()  # pypdf makes many small objects that live as long as the document; collected after each
    while header := requests.read(LENGTH_BYTES):
        request = request_of(requests.read(int.from_bytes(header, "big")))
        _send(replies, _answer(request, replies))
        del request
        gc.collect()


def _answer(request: Request, replies: BinaryIO) -> Reply:
    allow(request.ceiling)
    try:
        if isinstance(request, Draw):
            return Drawn(picture_of(request.data, page=request.page, width=request.width))
        limits = Limits(max_pages=request.max_pages, max_bytes=request.max_bytes)
        return Done(
            extract(
                request.data,
                reader=request.reader,
                version=request.version,
                limits=limits,
                report=_reporter(replies),
            )
        )
    except YomiError as error:
        return Failed(error.code, error.data)
    except MemoryError:
        return Failed(ResourceLimitError.code)
    except Exception as error:  # noqa: BLE001  this process serves on; the parent logs the detail
        return Failed(ParserCrashedError.code, detail=f"{where(error)}\n{type(error).__name__}")


def _reporter(replies: BinaryIO) -> Report:
    last = 0.0

    def report(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_EVERY_S:
            last = now
            _send(replies, Progressed(stage, done, total))

    return report


def _send(replies: BinaryIO, message: Reply) -> None:
    replies.writelines(framed(message))
    replies.flush()
