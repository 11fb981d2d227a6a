"""Who reads for a run whose answer several readings make: found when it is started, so that what is missing is known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from server.application.personas import PersonaShelf
from server.application.ports import Models
from server.domain.ensembles.lineup import Ensemble, Over, ensemble_of, line_up
from server.domain.errors import InvalidRequestError
from server.domain.ids import WorkspaceId
from server.domain.models import EngineKind, ModelSpec
from server.domain.personas import Persona
from server.domain.runs import PersonaRef, Run


@dataclass(frozen=True)
class LineUp:
    shelf: PersonaShelf
    models: Models

    async def __call__(self, run: Run, persona: Persona, spec: ModelSpec) -> tuple[Run, tuple[Persona, ...]]:
        """The run with its members, and the personas beside its own that its members need. A run that reads once is
        given back as it is, and so is one without a model: its sentences come out alike every time.

        Raises:
            NotFoundError: there is no such persona or model.
            InvalidRequestError: the settings do not go together, or the paper would go where nobody said it may.
        """
        ensemble = ensemble_of(persona.ensemble, run.settings)
        if ensemble is None or spec.engine is EngineKind.EXTRACTIVE:
            return run, ()
        beside, models = list[Persona](), [spec.name]
        if ensemble.over is Over.PERSONAS:
            beside = [await self._persona(ref, run.workspace_id) for ref in ensemble.others]
        elif ensemble.over is Over.MODELS:
            models += [self._model(name, spec, ensemble, run) for name in ensemble.others]
        members = line_up(
            ensemble,
            personas=list(dict.fromkeys([run.persona, *(_ref(p) for p in beside)])),
            models=list(dict.fromkeys(models)),
            settings=run.settings,
            seed=int.from_bytes(hashlib.sha256(run.id.encode()).digest()[:4]) % 2**31,
        )
        return replace(run, members=members), tuple(beside)

    def key(self, run: Run) -> list[list[str | None]]:
        """What of the members makes a run another run: whose words, and which model where. Not their seeds."""
        specs = [self.models.get(member.model) for member in run.members]
        return [
            [member.persona.digest, spec.base_url, spec.model]
            for member, spec in zip(run.members, specs, strict=True)
        ]

    async def _persona(self, ref: str, workspace_id: WorkspaceId) -> Persona:
        return await self.shelf.get(ref, workspace_id=workspace_id)

    def _model(self, name: str, own: ModelSpec, ensemble: Ensemble, run: Run) -> str:
        """A persona's file alone sends no paper to an endpoint that nobody chose for this run."""
        spec = self.models.get(name)
        if spec.engine is EngineKind.EXTRACTIVE:
            raise InvalidRequestError(
                reason_ja="extractive はモデルではないため、over=models の相手にはできません。",
                reason_en="extractive is no model; it cannot read beside one with over=models.",
                path="/settings/members",
            )
        if not run.settings.members and spec.base_url != own.base_url:
            names = "+".join(ensemble.others)
            raise InvalidRequestError(
                reason_ja=f"このペルソナはモデル「{name}」（{spec.host}）にも論文を送ろうとしています。送ってよければ "
                f"members={names} と指定してください。",
                reason_en=f"This persona would also send the paper to the model '{name}' at {spec.host}. If it may, "
                f"say members={names}.",
                path="/settings/members",
            )
        return spec.name


def _ref(persona: Persona) -> PersonaRef:
    return PersonaRef(persona.id, persona.version, persona.digest)
