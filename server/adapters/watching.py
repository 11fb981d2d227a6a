"""Set up who watches this process: figures and log lines for a server, traces where an exporter is configured."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from server.adapters.database import Database
from server.adapters.telemetry import Together
from server.application.ports import Clock, Models
from server.application.ports.telemetry import Telemetry

if TYPE_CHECKING:
    from server.adapters.otel_telemetry import OtelTelemetry
    from server.adapters.prometheus_telemetry import PrometheusTelemetry
    from server.adapters.queue_figures import QueueFigures


class Watch:
    """What watches, and what it has seen. `start` and `close` it on the loop that it watches."""

    def __init__(
        self,
        *,
        figures: PrometheusTelemetry | None = None,
        queue: QueueFigures | None = None,
        traces: OtelTelemetry | None = None,
        others: Sequence[Telemetry] = (),
    ) -> None:
        self._figures, self._queue, self._traces = figures, queue, traces
        # Traces come first: what the others say happens within a span.
        watchers = (traces, *others, figures)
        self.telemetry: Telemetry = Together([one for one in watchers if one])
        self._lag: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self._figures:
            from server.adapters.loop_lag import watch_lag  # noqa: PLC0415

            self._lag = asyncio.create_task(watch_lag(self._figures.lag.observe))

    async def close(self) -> None:
        if self._lag:
            self._lag.cancel()
            with suppress(asyncio.CancelledError):
                await self._lag
        if self._traces:
            await asyncio.to_thread(self._traces.close)

    async def scrape(self, accept: str) -> tuple[bytes, str]:
        """The figures as they are now, and their media type: the one that `accept` prefers."""
        if self._figures is None:
            return b"", "text/plain"
        if self._queue:
            await self._queue.look()
        return self._figures.exposition(accept)


def watch(
    models: Models, database: Database, clock: Clock, *, owner: str | None, environ: Mapping[str, str]
) -> Watch:
    """
    Args:
        owner: Of the runs whose queue is shown; None: a command line, which nobody scrapes and whose log nobody reads.
        environ: Where OpenTelemetry's own variables say whether and whereto spans are sent.
    """
    # Imported only where they are used: a command line starts in a blink.
    traces: Any = None
    if environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        from server.adapters.otel_export import exporting  # noqa: PLC0415

        traces = exporting(environ)
    if owner is None:
        return Watch(traces=traces)
    from server.adapters.gate_figures import GateFigures  # noqa: PLC0415
    from server.adapters.log_telemetry import LogTelemetry  # noqa: PLC0415
    from server.adapters.prometheus_telemetry import PrometheusTelemetry  # noqa: PLC0415
    from server.adapters.queue_figures import QueueFigures  # noqa: PLC0415

    figures = PrometheusTelemetry(models=models.list())
    queue = QueueFigures(database, clock, owner=owner)
    figures.registry.register(queue)
    if gates := getattr(models, "gates", None):
        figures.registry.register(GateFigures(gates, figures.place))
    return Watch(figures=figures, queue=queue, traces=traces, others=[LogTelemetry(models.list())])
