"""Which model a name means under which settings, and where a key may go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from server.adapters.extractive_engine import ExtractiveEngine
from server.adapters.models import ConfiguredModels
from server.domain.errors import InvalidRequestError, NotFoundError
from server.domain.models import EngineKind, ModelSpec, Prices

from fake_provider import ANSWER, FakeProvider, streams
from questions import a_question, events_of

pytestmark = pytest.mark.anyio
LOCAL = "http://127.0.0.1:8080/v1"


def names(models: ConfiguredModels) -> list[tuple[str, bool]]:
    return [(spec.name, spec.default) for spec in models.list()]


# What a name means


def test_with_nothing_set_there_is_the_extractive_model_alone() -> None:
    models = ConfiguredModels(environ={})

    assert models.get(None) == ModelSpec("extractive", EngineKind.EXTRACTIVE, "extractive", default=True)
    assert names(models) == [("extractive", True)]
    assert models.hint is None
    assert isinstance(models.engine(models.get(None)), ExtractiveEngine)
    assert models.support(models.get("extractive")) == {}


@pytest.mark.parametrize("setting", [{"api_key": "k"}, {"base_url": LOCAL}])
def test_a_key_or_address_without_a_model_changes_nothing_but_a_hint(setting: dict[str, str]) -> None:
    models = ConfiguredModels(**setting)

    assert models.get(None).engine is EngineKind.EXTRACTIVE
    assert names(models) == [("extractive", True)]
    assert models.hint is not None
    assert "YOMI_MODEL" in models.hint.ja


def test_a_key_alone_belongs_to_openai_once_a_model_is_named() -> None:
    models = ConfiguredModels(default="gpt-x", api_key="k")

    assert models.get(None) == ModelSpec(
        "gpt-x", EngineKind.OPENAI, "gpt-x", base_url="https://api.openai.com/v1", default=True
    )
    assert names(models) == [("gpt-x", True), ("extractive", False)]
    assert models.hint is None


def test_any_name_is_a_model_id_where_an_endpoint_is_configured() -> None:
    models = ConfiguredModels(base_url=LOCAL)

    spec = models.get("qwen2.5:7b")

    assert (spec.model, spec.base_url, spec.host, spec.default) == (
        "qwen2.5:7b",
        LOCAL,
        "127.0.0.1:8080",
        False,
    )


@pytest.mark.parametrize(("wanted", "nearest"), [("qwne", "qwen"), ("extract", "extractive"), ("zzz", None)])
def test_an_unknown_name_without_an_endpoint_suggests_the_nearest(wanted: str, nearest: str | None) -> None:
    models = ConfiguredModels(models=json.dumps({"qwen": {"base_url": LOCAL}}))

    with pytest.raises(NotFoundError) as raised:
        models.get(wanted)

    assert raised.value.data == {"kind": "model", "id": wanted, "nearest": nearest}


@pytest.mark.parametrize("wanted", ["extractve", "Extractive", "two words", ""])
def test_a_misspelt_extractive_or_no_name_at_all_never_sends_a_paper_away(wanted: str) -> None:
    with pytest.raises(NotFoundError):
        ConfiguredModels(base_url=LOCAL, api_key="k").get(wanted)


def test_a_model_without_an_endpoint_says_what_to_set() -> None:
    models = ConfiguredModels(default="gpt-x")

    with pytest.raises(InvalidRequestError, match="OPENAI_API_KEY"):
        models.get(None)
    assert models.get("extractive").engine is EngineKind.EXTRACTIVE


# YOMI_MODELS

TOML = """
[[models]]
name = "qwen"
model = "qwen2.5-7b-instruct"
base_url = "http://127.0.0.1:11434/v1"
context_window = 32768
shares_cache = true

[[models]]
name = "big"
base_url = "https://llm.example.com/v1"
api_key_env = "BIG_KEY"
prices = {input = 2.0, output = 8, cached_input = 0.5}
"""


def test_named_models_come_from_a_toml_file_or_inline_json_alike(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(TOML, "utf-8")
    table = {
        "qwen": {
            "model": "qwen2.5-7b-instruct",
            "base_url": "http://127.0.0.1:11434/v1",
            "context_window": 32768,
            "shares_cache": True,
        },
        "big": {
            "base_url": "https://llm.example.com/v1",
            "api_key_env": "BIG_KEY",
            "prices": {"input": 2.0, "output": 8, "cached_input": 0.5},
        },
    }
    as_list = [{"name": name, **entry} for name, entry in table.items()]
    environ = {"BIG_KEY": "k"}

    offered = [
        ConfiguredModels(default="qwen", models=given, environ=environ).list()
        for given in (str(file), json.dumps(table), json.dumps({"models": table}), json.dumps(as_list))
    ]

    qwen, big, extractive = offered[0]
    assert qwen == ModelSpec(
        "qwen",
        EngineKind.OPENAI,
        "qwen2.5-7b-instruct",
        base_url="http://127.0.0.1:11434/v1",
        context_window=32768,
        shares_cache=True,
        default=True,
    )
    assert (big.model, big.api_key_env, big.prices) == ("big", "BIG_KEY", Prices(2.0, 8, 0.5))
    assert extractive.name == "extractive"
    assert all(list(other) == list(offered[0]) for other in offered)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("/no/such/models.toml", "cannot be read"),
        ("[{", "neither TOML nor JSON"),
        ('{"q": {"modell": "x"}}', "'q': There is no key `modell`. Did you mean `model`"),
        ('{"q": {"base_url": 5}}', "'q': `base_url` must be a string"),
        ('{"q": {}}', "'q': It has no base_url"),
        ('{"q": 1}', "'q': Write it as a table"),
        ('[{"base_url": "http://127.0.0.1:1/v1"}]', "'#1': Give it a name"),
        ('{"extractive": {"base_url": "http://127.0.0.1:1/v1"}}', "'extractive': Give it a name"),
        ('{"a b": {"base_url": "http://127.0.0.1:1/v1"}}', "'a b': Give it a name"),
        ('{"q": {"base_url": "127.0.0.1:1"}}', "q: base_url must be an address"),
        ('{"q": {"base_url": "http://127.0.0.1:1/v1", "context_window": 0}}', "whole number from 1"),
        ('{"q": {"base_url": "http://127.0.0.1:1/v1", "shares_cache": 1}}', "true or false"),
        ('{"q": {"base_url": "http://127.0.0.1:1/v1", "prices": {"input": 1}}}', "`prices.output` must be"),
        ('{"q": {"base_url": "http://127.0.0.1:1/v1", "prices": {"in": 1}}}', "no key `prices.in`"),
        *(
            (
                f'{{"q": {{"base_url": "{LOCAL}", "prices": {{"input": {odd}, "output": 1}}}}}}',
                "`prices.input` must be",
            )
            for odd in ("Infinity", "1e999", "NaN", "-1", "-0.001", "true", '"1"')
        ),
        (json.dumps([{"name": "q", "base_url": LOCAL}] * 2), "'q': This name is there twice"),
    ],
)
def test_a_broken_list_says_which_entry_and_how_to_write_it(given: str, said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        ConfiguredModels(models=given)

    assert said in raised.value.words.en
    assert raised.value.words.ja != raised.value.words.en


# Where a key may go


@pytest.mark.parametrize(
    "address",
    [
        "https://llm.example.com/v1",
        "http://localhost:8080/v1",
        "http://[::1]:8080/v1",
        "http://192.168.1.7:11434/v1",
        "http://ollama:11434/v1",
        "http://gpu.local/v1",
    ],
)
def test_a_key_may_go_over_tls_anywhere_and_in_the_clear_at_home(address: str) -> None:
    assert ConfiguredModels(base_url=address, api_key="k").get("m").base_url == address


@pytest.mark.parametrize("address", ["http://llm.example.com/v1", "HTTP://8.8.8.8/v1"])
def test_a_key_never_travels_the_internet_in_the_clear(address: str) -> None:
    with pytest.raises(InvalidRequestError, match="unencrypted"):
        ConfiguredModels(base_url=address, api_key="k")
    with pytest.raises(InvalidRequestError, match="unencrypted"):
        ConfiguredModels(models=json.dumps({"q": {"base_url": address, "api_key_env": "K"}}))


@pytest.mark.parametrize(
    "address", ["ftp://x/v1", "llm", "https://", "https://u:p@x/v1", "https://x/v1?key=1", "http://x:99999"]
)
def test_an_address_that_cannot_work_is_refused(address: str) -> None:
    with pytest.raises(InvalidRequestError, match="YOMI_OPENAI_BASE_URL"):
        ConfiguredModels(base_url=address)


def test_a_named_key_that_is_not_set_says_its_variable() -> None:
    models = ConfiguredModels(
        models=json.dumps({"q": {"base_url": LOCAL, "api_key_env": "Q_KEY"}}), environ={}
    )

    with pytest.raises(InvalidRequestError, match="Q_KEY"):
        models.get("q")
    assert [dict(models.support(spec)) for spec in models.list()] == [{}, {}]


async def test_the_default_key_goes_to_the_default_endpoint_and_nowhere_else() -> None:
    async with FakeProvider(streams(ANSWER)) as mine, FakeProvider(streams(ANSWER)) as other:
        models = ConfiguredModels(
            base_url=mine.base_url,
            api_key="mine",
            models=json.dumps(
                {
                    "alias": {"model": "m"},
                    "other": {"base_url": other.base_url},
                    "keyed": {"base_url": other.base_url, "api_key_env": "OTHER"},
                }
            ),
            environ={"OTHER": "theirs"},
        )
        for name in ("alias", "other", "keyed"):
            await _ask(models, name)
        await models.close()

    assert [r.headers.get("authorization") for r in mine.requests] == ["Bearer mine"]
    assert [r.headers.get("authorization") for r in other.requests] == [None, "Bearer theirs"]
    assert mine.bodies[0]["model"] == "m"


async def test_what_an_endpoint_supports_is_found_by_asking_and_kept_per_model() -> None:
    async with FakeProvider(streams(ANSWER)) as provider:
        models = ConfiguredModels(base_url=provider.base_url)
        await _ask(models, "asked")
        supported = models.support(models.get("asked")), models.support(models.get("never-asked"))
        await models.close()

    assert [support["response_format"] for support in supported] == ["json_schema_strict", None]


async def _ask(models: ConfiguredModels, name: str) -> Any:
    spec = models.get(name)
    return await events_of(models.engine(spec).ask(a_question(model=spec.model, base_url=spec.base_url)))


# Where else a paper goes


def test_a_model_says_where_papers_go_when_it_cannot_answer_and_for_embeddings() -> None:
    table = {
        name: {"base_url": f"https://{host}.test/v1"}
        for name, host in (("a", "one"), ("b", "one"), ("c", "two"), ("e", "three"))
    }
    models = ConfiguredModels(
        models=json.dumps(table), fallback=["b", "c", "extractive"], embeddings="e", environ={}
    )

    assert models.get("a").fallback_hosts == ("two.test",)
    assert models.get("c").fallback_hosts == ("one.test",)
    assert models.get("a").embeddings_host == "three.test"
    assert models.get("extractive").fallback_hosts == ()
    assert models.get("extractive").embeddings_host is None


def test_limits_of_a_named_model_are_read() -> None:
    limits = {"max_concurrent": 2, "requests_per_minute": 60, "tokens_per_minute": 90_000}
    models = ConfiguredModels(models=json.dumps({"a": {"base_url": LOCAL, **limits}}))
    spec = models.get("a")

    assert {name: getattr(spec, name) for name in limits} == limits
    with pytest.raises(InvalidRequestError, match="max_concurrent"):
        ConfiguredModels(models=json.dumps({"a": {"base_url": LOCAL, "max_concurrent": 0}}))


async def test_the_gate_of_an_endpoint_can_be_seen_once_it_was_asked() -> None:
    async with FakeProvider(streams(ANSWER)) as provider:
        models = ConfiguredModels(base_url=provider.base_url, calls=5)
        spec = models.get("m")
        assert (models.gates(), models.breaker(spec)) == ([], None)
        await events_of(models.engine(spec).ask(a_question(base_url=provider.base_url, model="m")))
        (gate,) = models.gates()
        await models.close()

    assert (gate.host, gate.model, gate.breaker, gate.limit) == (spec.host, "m", "closed", 5)
    assert (gate.in_flight, gate.waiting, gate.retries) == (0, 0, 0)
