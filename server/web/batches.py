"""Routes of batches: start, look, stop, delete; results as JSON lines or CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from server.application.batch_results import BatchResults
from server.application.run_batch import RunBatches
from server.application.start_batch import WHOLE_LIBRARY, BatchRequest, StartBatch
from server.domain.batches import MAX_READERS, BatchMode
from server.domain.ids import BatchId, PaperId
from server.web.batch_lines import CSV, JSONL, csv_lines, json_lines
from server.web.batch_shapes import BatchesOut, BatchItemOut, BatchOut, batch_out, item_out
from server.web.given import Given
from server.web.idempotency import key_of
from server.web.languages import interface_language
from server.web.negotiation import results
from server.web.papers import Cursor, Limit
from server.web.problems import problems
from server.web.runs import ShortText, reader_request
from server.web.safety import accepts, strict_json
from server.web.voters import voter_of

MAX_PAPERS = 20_000
"""In one request; a batch with a name takes more in further ones."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class BatchIn(msgspec.Struct, forbid_unknown_fields=True):
    personas: Annotated[list[ShortText], msgspec.Meta(min_length=1, max_length=MAX_READERS)]
    """Each `id`, `id@version`, or the whole short form `id@version:key=value,…`."""
    paper_ids: Annotated[list[ShortText], msgspec.Meta(max_length=MAX_PAPERS)] = msgspec.field(
        default_factory=list
    )
    dataset: Literal["all"] | None = None
    """Instead of `paper_ids`: `all`, every paper of the library that is read or being read at this moment."""
    model: ShortText | None = None
    language: ShortText | None = None
    settings: dict[str, bool | str | int | float | None] = msgspec.field(default_factory=dict)
    mode: Literal["queue", "provider"] = "queue"
    """`provider`: endpoints that say `batch` are asked in bulk, at half the price and within a day."""
    name: Name | None = None
    """A batch of this name that asks alike is gone on with: new papers are added, what was cancelled is done."""
    retry_failed: bool = False
    """In such a batch also what failed."""


assert WHOLE_LIBRARY == "all"  # noqa: S101 (a Literal takes no constant)


@post(
    "/",
    status_code=202,
    guards=[accepts],
    before_request=strict_json,
    opt={"accepts": ("application/json",), "spends": True},
    responses={
        202: results(BatchOut, "Taken in; look at it, or at its results, whenever you like"),
        **problems(404, 408, 409, 413, 415, 422, 507),
    },
)
async def start_batch(
    request: Request[Any, Any, Any],
    batching: Given[StartBatch],
    batch_results: Given[BatchResults],
    run_batches: Given[RunBatches],
    data: JSONBody[BatchIn],
) -> Response[BatchOut]:
    """Read many papers through the same personas, in the background. An equal run that is there is reused, one under
    way is shared; people's own runs go in between."""
    language = interface_language(request)
    batch = await batching(
        BatchRequest(
            papers=tuple(PaperId(paper) for paper in data.paper_ids),
            readers=tuple(
                reader_request(persona, model=data.model, language=data.language, settings=data.settings)
                for persona in data.personas
            ),
            dataset=data.dataset,
            name=data.name,
            mode=BatchMode(data.mode),
            retry_failed=data.retry_failed,
            interface_language=language,
            key=key_of(request),
        )
    )
    run_batches.wake()
    shown = batch_out(await batch_results.batch(batch.id), language)
    return Response(shown, status_code=202, headers={"Location": f"/api/batches/{batch.id}"})


@get("/", responses=problems(422))
async def list_batches(
    request: Request[Any, Any, Any],
    batch_results: Given[BatchResults],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> BatchesOut:
    """Batches, newest first."""
    views = await batch_results.batches(limit=limit, cursor=cursor)
    language = interface_language(request)
    last = views[-1].batch.id if len(views) == limit else None
    return BatchesOut(items=[batch_out(view, language) for view in views], next_cursor=last)


@get("/{batch_id:str}", responses=problems(404))
async def get_batch(
    request: Request[Any, Any, Any], batch_results: Given[BatchResults], batch_id: FromPath[str]
) -> BatchOut:
    """One batch: how far it is, what it has cost, how long it will take."""
    return batch_out(await batch_results.batch(BatchId(batch_id)), interface_language(request))


@post("/{batch_id:str}/cancel", status_code=202, responses=problems(404, 409))
async def cancel_batch(
    request: Request[Any, Any, Any],
    batching: Given[StartBatch],
    batch_results: Given[BatchResults],
    batch_id: FromPath[str],
) -> BatchOut:
    """Stop it. What is done stays; runs that somebody else waits for too go on."""
    await batching.cancel(BatchId(batch_id))
    return batch_out(await batch_results.batch(BatchId(batch_id)), interface_language(request))


@delete("/{batch_id:str}", responses=problems(404, 409))
async def delete_batch(batching: Given[StartBatch], batch_id: FromPath[str]) -> None:
    """Forget a batch that is over. Its runs stay."""
    await batching.delete(BatchId(batch_id))


@get(
    "/{batch_id:str}/results",
    responses={
        200: ResponseSpec(
            BatchItemOut,
            media_type=JSONL,
            generate_examples=False,
            description="One object a line, one line per item, in the order they are worked on; or CSV, one row per item "
            "and field",
        ),
        **problems(404, 422),
    },
)
async def get_results(
    request: Request[Any, Any, Any],
    batch_results: Given[BatchResults],
    batch_id: FromPath[str],
    format_: Annotated[Literal["jsonl", "csv"] | None, QueryParameter(name="format")] = None,
    bom: FromQuery[bool] = False,  # noqa: FBT002
) -> Stream:
    """All items as they are now, also while it is running: JSON lines, or CSV by Accept or `format=csv`. `bom`: CSV
    with a byte order mark, for Excel."""
    await batch_results.batch(BatchId(batch_id))
    language = interface_language(request)

    async def items() -> AsyncIterator[BatchItemOut]:
        async for result in batch_results.results(BatchId(batch_id), viewer=voter_of(request).id):
            yield item_out(result, language)

    best = request.accept.best_match([JSONL, CSV], default=JSONL)
    wanted = {"jsonl": JSONL, "csv": CSV}[format_] if format_ else best
    lines = csv_lines(items(), bom=bom) if wanted == CSV else json_lines(items())
    ending = "csv" if wanted == CSV else "jsonl"
    headers = {
        "Vary": "Accept, Accept-Language",
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="batch-{batch_id}.{ending}"',
    }
    return Stream(lines, media_type=wanted, headers=headers)


batches = Router(
    "/api/batches",
    route_handlers=[start_batch, list_batches, get_batch, cancel_batch, delete_batch, get_results],
    tags=["Batches"],
)
