"""Results of batches as lines: JSON (one object per item), and CSV (one row per item and field)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import msgspec

from server.web.batch_shapes import BatchItemOut
from server.web.structs import RunOut, StatementOut

JSONL, CSV = "application/x-ndjson", "text/csv"
BOM = "\ufeff"
"""Excel takes a file for UTF-8 only with this in front."""
COLUMNS = (
    "number",
    "paper_id",
    "title",
    "sha256",
    "filename",
    "persona",
    "model",
    "status",
    "error",
    "run_id",
    "language",
    "field",
    "value",
    "grounding",
    "quotes",
    "pages",
    "score",
    "identity",
    "reused",
    "input_tokens",
    "output_tokens",
    "cost_usd",
)
_FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""
_LOCATED = ("verified", "approximate")


async def json_lines(items: AsyncIterator[BatchItemOut]) -> AsyncIterator[bytes]:
    async for item in items:
        yield json_line(item)


def json_line(item: BatchItemOut) -> bytes:
    return msgspec.json.encode(item) + b"\n"


async def csv_lines(items: AsyncIterator[BatchItemOut], *, bom: bool = False) -> AsyncIterator[bytes]:
    """The columns' names first; `bom`: with a byte order mark before them."""
    yield ((BOM if bom else "") + _line(COLUMNS)).encode()
    async for item in items:
        yield csv_rows(item)


def csv_head() -> bytes:
    return _line(COLUMNS).encode()


def csv_rows(item: BatchItemOut) -> bytes:
    """The rows of one item: as many as its answer has fields, one without."""
    return "".join(_line([row.get(column) for column in COLUMNS]) for row in _rows(item)).encode()


def _rows(item: BatchItemOut) -> Iterator[dict[str, Any]]:
    paper, run = item.paper, item.run
    about = {
        "number": item.number,
        "paper_id": paper.id,
        "title": paper.title,
        "sha256": paper.sha256,
        "filename": paper.filename,
        "persona": item.persona,
        "model": item.model,
        "status": item.status,
        "error": item.error["code"] if item.error else None,
    }
    if run is None:
        yield about
        return
    about |= {
        "run_id": run.id,
        "language": run.language,
        "score": run.grounding.score if run.grounding else None,
        "identity": run.grounding.identity if run.grounding else None,
        "reused": run.reused,
        "input_tokens": run.usage.input_tokens,
        "output_tokens": run.usage.output_tokens,
        "cost_usd": run.usage.cost_usd,
    }
    if not run.answer:
        yield about
    for name, value in (run.answer or {}).items():
        yield about | _field(run, name, value)


def _field(run: RunOut, name: str, value: Any) -> dict[str, Any]:
    said = [s for s in run.statements if _is_of(s, name)]
    found = [e for s in said for e in s.evidence if e.status in _LOCATED]
    return {
        "field": name,
        "value": _text(value),
        "grounding": run.grounding.fields.get(name) if run.grounding else None,
        "quotes": "\n".join(dict.fromkeys(e.quote for e in found)),
        "pages": " ".join(dict.fromkeys(str(e.page) for e in found if e.page)),
    }


def _is_of(statement: StatementOut, name: str) -> bool:
    escaped = name.replace("~", "~0").replace("/", "~1")
    return statement.path == f"/{escaped}" or statement.path.startswith(f"/{escaped}/")


def _text(value: Any) -> str | None:
    """Text as it is, a list one item a line, anything else as JSON; null stays empty."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_text(one) or "" for one in value)
    return msgspec.json.encode(value).decode()


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run is made plain text by an apostrophe; numbers are ours."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and _FORMULA.match(value.lstrip(" \n")):
        return f"'{value}"
    return value
