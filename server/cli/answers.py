"""Answers that someone brought along, read from files as people save them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from server.cli.session import MisusedError
from server.cli.words import say

if TYPE_CHECKING:
    from server.application.start_text import TextRequest

ENCODINGS = ("utf-8-sig", "cp932")
"""What answers are saved in: UTF-8, or what Japanese Windows writes. UTF-16 says so itself."""
PREFIX = "text:"
"""Of a candidate that is no persona but an answer: `-p text:answer.md,name=ChatGPT`."""


def texts_among(candidates: Sequence[str], *, paper: str) -> tuple[list[str], list[TextRequest]]:
    """The personas of a command line, and the answers among them.

    Raises:
        MisusedError: an answer cannot be read.
    """
    from server.application.start_text import TextRequest

    texts = []
    for candidate in candidates:
        if candidate.startswith(PREFIX):
            file, _, name = candidate.removeprefix(PREFIX).partition(",name=")
            texts.append(TextRequest(read_answer(file, paper=paper), name or Path(file).stem))
    return [candidate for candidate in candidates if not candidate.startswith(PREFIX)], texts


def read_answer(answer: str, *, paper: str) -> str:
    """The text of an answer.

    Raises:
        MisusedError: it cannot be read, or is no text.
    """
    path = Path(answer)
    try:
        data = sys.stdin.buffer.read() if answer == "-" else path.read_bytes()
    except OSError as error:
        raise MisusedError(
            say(
                en=f"'{answer}' cannot be read: {error.strerror}.",
                ja=f"「{answer}」を読めません：{error.strerror}",
            )
        ) from None
    if data.startswith(b"%PDF"):
        raise MisusedError(
            say(
                en=f"'{answer}' is a PDF. Give the paper first and the answer, as text, second.",
                ja=f"「{answer}」はPDFです。論文を先、回答（テキスト）を後に指定してください。",
            )
            if not paper.lower().endswith((".md", ".txt"))
            else say(
                en=f"The other way round: yomi check {answer} {paper}",
                ja=f"順序が逆です：yomi check {answer} {paper}",
            )
        )
    text = _decoded(data)
    if text is None:
        raise MisusedError(
            say(
                en=f"'{answer}' is no text. Save the answer as a text file (UTF-8).",
                ja=f"「{answer}」はテキストではありません。回答をテキストファイル（UTF-8）で保存してください。",
            )
        )
    return text


def _decoded(data: bytes) -> str | None:
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None
