"""Send spans where OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin) say."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.adapters.otel_telemetry import OtelTelemetry

log = logging.getLogger(__name__)


def exporting(environ: Mapping[str, str]) -> OtelTelemetry | None:
    """Spans that are sent in the background; None: another of these variables
    switches them off, or the extra is not installed."""
    off = (
        environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
        or environ.get("OTEL_TRACES_EXPORTER") == "none"
    )
    if off:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    except ImportError:
        log.warning("spans are not sent: pip install 'yomikurabe[otel]'")
        return None
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    from server.adapters.otel_telemetry import OtelTelemetry  # noqa: PLC0415

    named = {
        SERVICE_NAME: environ.get("OTEL_SERVICE_NAME") or "yomikurabe",
        SERVICE_VERSION: version("yomikurabe"),
    }
    # Not the global one: libraries that trace by themselves would add spans of their own, contents and all.
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OtelTelemetry(provider)
