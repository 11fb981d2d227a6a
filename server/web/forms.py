"""Read multipart forms strictly: known names only, one file, text that is text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

from server.domain.errors import InvalidRequestError
from server.web.problems import malformed

MAX_FIELD = 200_000
"""Characters of a text field."""


@dataclass(frozen=True)
class Form:
    file: bytes | None
    filename: str | None
    fields: dict[str, list[str]]

    def one(self, name: str) -> str | None:
        """The only value of a field; None when it is not there or empty."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise _wrong(
                f"'{name}' stands there {len(values)} times", f"「{name}」が {len(values)} 回あります"
            )
        return values[0] if values and values[0] else None

    def flag(self, name: str) -> bool:
        """`true` or `false`; false when it is not there."""
        value = self.one(name) or "false"
        if value not in ("true", "false"):
            raise _wrong(f"'{name}' is true or false", f"「{name}」は true か false です")
        return value == "true"


async def read_form(request: Request[Any, Any, Any], *, names: Iterable[str]) -> Form:
    """
    Raises:
        MalformedRequestError: not multipart, or not in the encoding it claims.
        InvalidRequestError: unknown names, more than one file, a file as text.
    """
    known = {"file", *names}
    files: list[UploadFile] = []
    fields: dict[str, list[str]] = {}
    for name, value in await form_items(request):
        if name == "file" and value == "":
            continue  # what a browser sends where no file was chosen
        if name not in known:
            raise _wrong(f"unknown field '{name[:40]}'", f"「{name[:40]}」というフィールドはありません")
        if isinstance(value, UploadFile) != (name == "file"):
            raise _wrong("'file' must be a file, and only that", "file だけがファイルでなければなりません")
        if isinstance(value, UploadFile):
            files.append(value)
        elif len(str(value)) > MAX_FIELD:
            raise _wrong(f"'{name}' is too long", f"「{name}」が長すぎます")
        else:
            fields.setdefault(name, []).append(str(value))
    if len(files) > 1:
        raise _wrong("more than one file", "ファイルは一つだけ指定してください")
    if not files:
        return Form(None, None, fields)
    return Form(await files[0].read(), files[0].filename, fields)


async def form_items(request: Request[Any, Any, Any]) -> list[tuple[str, Any]]:
    """The parts of the form, in order.

    Raises:
        MalformedRequestError: not multipart, or not in the encoding it claims.
    """
    try:
        return list((await request.form()).multi_items())
    except (UnicodeDecodeError, LookupError) as error:
        raise malformed("a field is not in the encoding it claims") from error
    except HTTPException as error:
        if error.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
            raise
        raise malformed("not a readable multipart form") from error


def _wrong(en: str, ja: str) -> InvalidRequestError:
    return InvalidRequestError(
        reason_ja=f"フォームが正しくありません：{ja}。", reason_en=f"The form is not valid: {en}."
    )
