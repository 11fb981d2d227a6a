"""The API's own description: OpenAPI 3.1, made true to what is sent, and a page to read it offline."""

from __future__ import annotations

import html
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get

from server.web.structs import NamelessRunOut

_PDF_FORM = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "The PDF."},
        "url": {"type": "string", "description": "Instead of a file: an arXiv address or id."},
    },
    "additionalProperties": False,
}
_ONE_SHOT = {
    **_PDF_FORM["properties"],  # type: ignore[dict-item]  # a plain dict
    "model": {"type": "string"},
    "language": {"type": "string", "examples": ["ja", "en"]},
}
_PERSONA = {"type": "string", "description": "id[@version][:key=value,…]", "examples": ["summarizer"]}

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("/api/papers", "post"): {
        "multipart/form-data": {"schema": _PDF_FORM},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"url": {"type": "string"}, "arxiv_id": {"type": "string"}},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            }
        },
    },
    ("/api/read", "post"): {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {**_ONE_SHOT, "persona": _PERSONA},
                "required": ["persona"],
                "additionalProperties": False,
            }
        }
    },
    ("/api/compare", "post"): {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    **_ONE_SHOT,
                    "persona": {"type": "array", "items": _PERSONA, "minItems": 1, "maxItems": 6},
                    "text": {
                        "type": "array",
                        "items": {"type": "string", "maxLength": 200_000},
                        "description": "Answers brought along; with the personas two to six.",
                    },
                    "blind": {"type": "string", "enum": ["true", "false"], "default": "false"},
                },
                "required": ["persona"],
                "additionalProperties": False,
            }
        }
    },
    ("/api/personas/lint", "post"): {"text/markdown": {"schema": {"type": "string"}}},
    ("/api/personas/{ref}/versions", "post"): {"text/markdown": {"schema": {"type": "string"}}},
    ("/api/personas/{persona_id}", "put"): {
        "text/markdown": {"schema": {"type": "string"}},
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
    },
}
"""Bodies that handlers read by themselves, so that Litestar does not know of them."""

CLOSED = (
    "CheckIn",
    "RunIn",
    "BatchIn",
    "FeedbackIn",
    "QuestionIn",
    "ComparisonIn",
    "CandidateIn",
    "PreviewIn",
    "UnsavedPreviewIn",
    "FormedIn",
    "FormIn",
    "FormFieldIn",
    "WordsIn",
    "LengthIn",
    "ChoiceIn",
    "CopyIn",
    "DraftIn",
    "ExampleIn",
    "PaperPatch",
    "IdentityIn",
    "VoteIn",
    "NamelessRunOut",
)
"""Shapes that refuse unknown members; Litestar does not say so (litestar#4523)."""

RENDERED = (
    "/api/papers/{paper_id}/checks",
    "/api/runs/{run_id}",
    "/api/runs/{run_id}/questions",
    "/api/runs/{run_id}/questions/{question_id}",
    "/api/comparisons/{comparison_id}",
    "/api/read",
    "/api/compare",
)
STREAMS = "/events"
LINES = "/results"
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Send the same key with the same request again, within 24 hours, and nothing is done twice: you get "
    "the first answer. With another request it is `idempotency_key_reused`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_REPLAYED_HEADER = {
    "description": "`true`: this is the answer to an earlier request with the same key.",
    "schema": {"type": "string", "const": "true"},
}
_SHAPES = "#/components/schemas/"


def description(app: Any) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    spending = _spending(app)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if body := BODIES.get((path, method)):
                operation["requestBody"] = {"required": True, "content": body}
            if (path, method) in spending:
                _take_key(operation)
            content = operation["responses"].get("200", {}).get("content", {})
            if path.endswith(STREAMS):
                operation["responses"]["200"]["content"] = {
                    "text/event-stream": {"schema": {"type": "string"}}
                }
                operation["responses"]["204"] = {
                    "description": "The stream has ended and you have seen it all."
                }
            elif path.endswith(LINES):
                content["text/csv"] = {"schema": {"type": "string"}}
            elif path in RENDERED and "application/json" in content:
                content |= {kind: {"schema": {"type": "string"}} for kind in ("text/markdown", "text/html")}
    shapes = schema.get("components", {}).get("schemas", {})
    _tell_runs_apart(shapes)
    for name, shape in shapes.items():
        if name.split("_")[-1] in CLOSED or name in CLOSED:
            shape["additionalProperties"] = False
    return schema


def _spending(app: Any) -> set[tuple[str, str]]:
    """Path and method of the routes that take an Idempotency-Key."""
    handlers = ((route, handler) for route in app.routes for handler in getattr(route, "route_handlers", ()))
    return {(route.path_format, "post") for route, handler in handlers if handler.opt.get("spends")}


def _take_key(operation: dict[str, Any]) -> None:
    """Say what a key does, and by what a repeated answer is known."""
    operation.setdefault("parameters", []).append(_KEY_HEADER)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            response.setdefault("headers", {})["Idempotency-Replayed"] = _REPLAYED_HEADER


def _tell_runs_apart(shapes: dict[str, Any]) -> None:
    """A candidate's run is whole or nameless, which its type cannot say."""
    _, own = msgspec.json.schema_components((NamelessRunOut,), ref_template=f"{_SHAPES}{{name}}")
    shapes["NamelessRunOut"] = own["NamelessRunOut"]
    runs = [{"$ref": f"{_SHAPES}{name}"} for name in ("RunOut", "NamelessRunOut")]
    shapes["CandidateOut"]["properties"]["run"] = {"oneOf": runs}


def page(document: dict[str, Any]) -> str:
    """The document as one page without scripts."""
    rows = []
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            said = operation.get("description") or operation.get("summary", "")
            answers = ", ".join(sorted(operation["responses"]))
            rows.append(
                f"<tr><td><code>{method.upper()}</code></td><td><code>{html.escape(path)}</code></td>"
                f"<td>{html.escape(said)}<br><small>{answers}</small></td></tr>"
            )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Yomikurabe API</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
        "color-scheme:light dark}td{padding:.4rem .8rem;vertical-align:top;border-top:1px solid #8884}"
        "small{opacity:.7}</style><h1>Yomikurabe API</h1>"
        '<p>The whole description: <a href="/docs/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
        f"<table>{''.join(rows)}</table></html>"
    )


@get("/openapi.json", media_type=MediaType.JSON, include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The OpenAPI document."""
    return description(request.app)


@get("/", media_type=MediaType.HTML, include_in_schema=False)
async def openapi_page(request: Request[Any, Any, Any]) -> Response[str]:
    """The OpenAPI document, readable."""
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(page(description(request.app)), media_type=MediaType.HTML, headers=headers)


docs = Router("/docs", route_handlers=[openapi_json, openapi_page])
