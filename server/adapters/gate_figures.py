"""How calls to endpoints are held back right now: asked of the models when somebody looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from server.domain.models import Breaker, GateState

WORST_FIRST = (Breaker.OPEN, Breaker.HALF_OPEN, Breaker.CLOSED)
COUNTS = {
    "limit": "Calls that may be in flight, as found out.",
    "in_flight": "Calls under way.",
    "waiting": "Calls that wait to be sent.",
}


class GateFigures:
    """A collector of Prometheus over the gates of the endpoints."""

    def __init__(
        self, gates: Callable[[], Sequence[GateState]], place: Callable[[str, str], tuple[str, str]]
    ) -> None:
        """`place`: labels for a host and a model there. Gates of one place are shown as one."""
        self._gates, self._place = gates, place

    def collect(self) -> Iterator[Metric]:
        states: dict[tuple[str, str], Breaker] = {}
        counts: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in COUNTS}
        for gate in self._gates():
            place = self._place(gate.host, gate.model)
            states[place] = min(gate.breaker, states.get(place, gate.breaker), key=WORST_FIRST.index)
            for name, count in counts.items():
                count[place] += getattr(gate, name)
        breaker = GaugeMetricFamily(
            "yomi_breaker", "1 for the state it is in.", labels=("endpoint", "model", "state")
        )
        for place, state in states.items():
            for one in Breaker:
                breaker.add_metric((*place, one.value), float(one is state))
        yield breaker
        for name, what in COUNTS.items():
            family = GaugeMetricFamily(f"yomi_calls_{name}", what, labels=("endpoint", "model"))
            for place, count_ in counts[name].items():
                family.add_metric(place, count_)
            yield family
