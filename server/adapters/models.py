"""The models on offer, from settings: which one a name means, and the engine that asks it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz, process

from server.adapters.endpoint_facts import EndpointFacts
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.model_list import check_endpoint, is_name, read_models
from server.adapters.openai_batch import OpenAIBatch
from server.adapters.openai_embeddings import OpenAIEmbeddings
from server.adapters.openai_engine import OpenAIEngine
from server.adapters.provider_gate import gate_for
from server.application.ports import Engine, Question
from server.application.ports.bulk import BulkAnswer
from server.application.ports.telemetry import UNWATCHED, Telemetry
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.models import EXTRACTIVE, Breaker, EngineKind, GateState, ModelSpec
from server.domain.words import Words

OPENAI_BASE_URL = "https://api.openai.com/v1"
"""Where a key without an address belongs."""

_NEAR = 80

_KEY_WITHOUT_MODEL = Words(
    ja="APIキーまたは接続先は設定されていますが、モデルが指定されていないため使いません（論文は外部へ送られません）。"
    "使うには -m または YOMI_MODEL でモデルを指定してください。",
    en="An API key or endpoint is set but no model is named, so it is not used (no paper leaves this machine). "
    "Name one with -m or YOMI_MODEL to use it.",
)


class ConfiguredModels:
    """`extractive`, the named models, and any model id at the default endpoint where there is one.

    A paper goes to an endpoint only when somebody named a model: a key alone changes nothing (see `hint`).
    """

    telemetry: Telemetry = UNWATCHED
    """Told of calls; set before the first one."""

    def __init__(
        self,
        *,
        default: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        models: str | None = None,
        transport: str = "aiohttp",
        environ: Mapping[str, str] | None = None,
        fallback: Sequence[str] = (),
        embeddings: str | None = None,
        calls: int = 8,
        patient: bool = False,
    ) -> None:
        """
        Args:
            default: `YOMI_MODEL`: a configured name, or a model id at the default endpoint. None: extractive.
            base_url: Of the default endpoint; None with a key: OpenAI's own.
            models: `YOMI_MODELS`: JSON or the path of a TOML file.
            environ: Where `api_key_env` of a named model is looked up; None: the process's environment.
            fallback: `YOMI_FALLBACK_MODELS`, and
            embeddings: `YOMI_EMBEDDINGS_MODEL`: where else papers go.
            calls: In flight at most at one endpoint, with one key and model, where `YOMI_MODELS` says no other number.
            patient: Wait for an endpoint that has never answered: nobody sits before this process.

        Raises:
            InvalidRequestError: a setting is wrong; says which and what to write.
        """
        self._api_key = api_key or None
        self._base_url = base_url or (OPENAI_BASE_URL if self._api_key else None)
        if self._base_url:
            check_endpoint(self._base_url, has_key=bool(self._api_key))
        self._default = default or EXTRACTIVE
        self._named = (
            {spec.name: spec for spec in read_models(models, base_url=self._base_url)} if models else {}
        )
        self._transport = transport
        self._fallback = tuple(fallback)
        self._embedder = embeddings
        self._calls = calls
        self._patient = patient
        self._environ = os.environ if environ is None else environ
        self._extractive: ExtractiveEngine | None = None
        self._engines: dict[tuple[str, str | None], OpenAIEngine] = {}
        self._bulk: dict[tuple[str, str | None], OpenAIBatch] = {}
        self._embeddings: list[OpenAIEmbeddings] = []
        self._facts: dict[tuple[str, str | None], EndpointFacts] = {}

    @property
    def hint(self) -> Words | None:
        """What to tell someone who set a key or an endpoint and would wonder why it is not used."""
        unused = self._default == EXTRACTIVE and not self._named and self._base_url
        return _KEY_WITHOUT_MODEL if unused else None

    def list(self) -> Sequence[ModelSpec]:
        """The default first where it is a bare model id; then the named ones; `extractive` last."""
        specs = [*self._named.values(), self._spec(EXTRACTIVE)]
        if self._base_url and self._default not in {spec.name for spec in specs}:
            specs.insert(0, self._spec(self._default))
        return [replace(spec, default=spec.name == self._default) for spec in specs]

    def get(self, name: str | None) -> ModelSpec:
        """What a name means; None: the default. With an endpoint configured, a name that is not configured is a model
        id there, as long as it is not a misspelt `extractive`.

        Raises:
            NotFoundError: kind `model`, with the nearest name.
            InvalidRequestError: the model needs a setting that is missing.
        """
        wanted = self._default if name is None else name
        if wanted != EXTRACTIVE and wanted not in self._named:
            misspelt = fuzz.ratio(wanted.lower(), EXTRACTIVE) >= _NEAR
            if not self._base_url and not misspelt and wanted == self._default:
                raise InvalidRequestError(
                    reason_ja=f"YOMI_MODEL に「{wanted}」が指定されていますが、接続先がありません。YOMI_OPENAI_BASE_URL または "
                    "OPENAI_API_KEY を設定するか、-m extractive を指定してください。",
                    reason_en=f"YOMI_MODEL names '{wanted}', but there is no endpoint. Set YOMI_OPENAI_BASE_URL or "
                    "OPENAI_API_KEY, or use -m extractive.",
                )
            if not self._base_url or misspelt or not is_name(wanted):
                raise NotFoundError(kind="model", id=wanted, nearest=self._nearest(wanted))
        spec = self._spec(wanted)
        self._key(spec)
        return replace(spec, default=wanted == self._default)

    def engine(self, spec: ModelSpec) -> Engine:
        """The engine for a spec of `get` or `list`; models of one endpoint and key share one.

        Raises:
            InvalidRequestError: the variable that should hold its key is not set.
        """
        if spec.engine is EngineKind.EXTRACTIVE:
            self._extractive = self._extractive or ExtractiveEngine()
            return self._extractive
        return self._at(spec)

    def support(self, spec: ModelSpec) -> Mapping[str, Any]:
        """What the endpoint was found to support so far; nothing for `extractive`, or while the key is missing."""
        try:
            return {} if spec.engine is EngineKind.EXTRACTIVE else self._at(spec).support(spec.model)
        except InvalidRequestError:
            return {}

    def gates(self) -> Sequence[GateState]:
        """See `ports.Models`."""
        states = [state for engine in self._engines.values() for state in engine.gates]
        return [*states, *(embeddings.gate.state for embeddings in self._embeddings)]

    def breaker(self, spec: ModelSpec) -> Breaker | None:
        """Whether calls of a model pass; None where it was not asked yet."""
        try:
            engine = self._engines.get((spec.base_url, self._key(spec))) if spec.base_url else None
        except InvalidRequestError:
            return None
        gates = engine.gates if engine else ()
        return next((gate.breaker for gate in gates if gate.model == spec.model), None)

    async def window(self, spec: ModelSpec) -> int | None:
        """See `contexts.Endpoints`."""
        facts = self._facts_of(spec)
        return await facts.window(spec.model) if facts else None

    async def count(self, spec: ModelSpec, text: str) -> int | None:
        """See `contexts.Endpoints`."""
        facts = self._facts_of(spec)
        return await facts.count(spec.model, text) if facts else None

    def embeddings(self, name: str) -> OpenAIEmbeddings:
        """Embeddings by the model of this name; closed with all the rest.

        Raises:
            NotFoundError, InvalidRequestError: as for `get`; also when the name means the extractive engine.
        """
        spec = self.get(name)
        if spec.base_url is None:
            raise NotFoundError(kind="model", id=name)
        gate = gate_for(spec, host=spec.host or "", ceiling=self._calls, patient=self._patient)
        made = OpenAIEmbeddings(
            spec.base_url, self._key(spec), model=spec.model, transport=self._transport, gate=gate
        )
        self._embeddings.append(made)
        return made

    async def send(self, spec: ModelSpec, mark: str, questions: Mapping[str, Question]) -> str:
        """See `ports.Bulk`."""
        return await self._in_bulk(spec).send(spec, mark, questions)

    async def answers(self, spec: ModelSpec, lot: str) -> Mapping[str, BulkAnswer] | None:
        """See `ports.Bulk`."""
        return await self._in_bulk(spec).answers(spec, lot)

    async def cancel(self, spec: ModelSpec, lots: Sequence[str]) -> None:
        """See `ports.Bulk`."""
        await self._in_bulk(spec).cancel(spec, lots)

    def _in_bulk(self, spec: ModelSpec) -> OpenAIBatch:
        place = (str(spec.base_url), self._key(spec))
        return self._bulk.setdefault(place, OpenAIBatch(*place, transport=self._transport))

    async def close(self) -> None:
        """Close every engine that was used."""
        for bulk in self._bulk.values():
            await bulk.close()
        engines, self._engines = self._engines, {}
        for engine in engines.values():
            await engine.close()
        for embeddings in self._embeddings:
            await embeddings.close()
        if self._extractive:
            await self._extractive.close()

    def _at(self, spec: ModelSpec) -> OpenAIEngine:
        if spec.base_url is None:
            raise NotFoundError(kind="model", id=spec.name)
        place = (spec.base_url, self._key(spec))
        if place not in self._engines:
            self._engines[place] = OpenAIEngine(
                *place,
                transport=self._transport,
                ceiling=self._calls,
                patient=self._patient,
                telemetry=self.telemetry,
            )
        return self._engines[place]

    def _facts_of(self, spec: ModelSpec) -> EndpointFacts | None:
        """None where there is nobody to ask, or the key is missing."""
        if spec.engine is not EngineKind.OPENAI or spec.base_url is None:
            return None
        try:
            place = (spec.base_url, self._key(spec))
        except InvalidRequestError:
            return None
        return self._facts.setdefault(place, EndpointFacts(*place))

    def _spec(self, name: str) -> ModelSpec:
        if name == EXTRACTIVE:
            return ModelSpec(EXTRACTIVE, EngineKind.EXTRACTIVE, EXTRACTIVE)
        spec = self._bare(name)
        others = (self._bare(other).host for other in self._fallback if other != EXTRACTIVE)
        return replace(
            spec,
            fallback_hosts=tuple(dict.fromkeys(host for host in others if host and host != spec.host)),
            embeddings_host=self._bare(self._embedder).host if self._embedder else None,
        )

    def _bare(self, name: str) -> ModelSpec:
        named = self._named.get(name)
        return named or ModelSpec(name, EngineKind.OPENAI, name, base_url=self._base_url)

    def _key(self, spec: ModelSpec) -> str | None:
        """The key for the spec's endpoint. The default key goes to the default endpoint and nowhere else."""
        if spec.api_key_env is None:
            return self._api_key if spec.base_url == self._base_url else None
        key = self._environ.get(spec.api_key_env)
        if not key:
            raise InvalidRequestError(
                reason_ja=f"モデル「{spec.name}」の鍵を入れる環境変数 {spec.api_key_env} が設定されていません。",
                reason_en=f"Model '{spec.name}' takes its key from {spec.api_key_env}, which is not set. Set it.",
            )
        return key

    def _nearest(self, wanted: str) -> str | None:
        names = [*self._named, EXTRACTIVE]
        found = process.extractOne(wanted.lower(), names, processor=str.lower, score_cutoff=60)
        return found[0] if found else None
