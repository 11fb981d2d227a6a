"""Where the statements of an answer are looked at, and where they are spoken about."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from server.domain.runs import Run
from server.web.pieces import Said


@dataclass(frozen=True, slots=True)
class Claims:
    """Where the statements of one reader are looked at."""

    address: str
    """`/runs/{id}` or `/comparisons/{id}/{label}`."""

    def of(self, said: Said) -> str:
        return f"{self.address}/evidence?{urlencode({'path': said.path, 'start': said.start})}"

    def page(self, number: int) -> str:
        return f"{self.address}/pages/{number}"


@dataclass(frozen=True, slots=True)
class RunClaims(Claims):
    """Statements of a run that may be spoken about."""

    run_id: str = ""

    def about(self, field_id: str, verdict: str) -> str:
        """Where to say something about all of a field's answer."""
        path = f"/{_escaped(field_id)}"
        return f"/runs/{self.run_id}/feedback?{urlencode({'path': path, 'verdict': verdict})}"

    def example(self, field_id: str) -> str:
        """Where a field's answer is corrected and kept."""
        return f"/runs/{self.run_id}/example?{urlencode({'path': f'/{_escaped(field_id)}'})}"


def run_claims(run: Run) -> RunClaims:
    return RunClaims(f"/runs/{run.id}", run.id)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
