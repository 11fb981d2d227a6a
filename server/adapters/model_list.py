"""Read `YOMI_MODELS`: named models from a TOML file or inline JSON, with an error that says which entry is wrong."""

from __future__ import annotations

import ipaddress
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.domain.errors import InvalidRequestError
from server.domain.models import EXTRACTIVE, EngineKind, ModelSpec, Prices
from server.domain.words import Words

_NAME = re.compile(r"[^\s,=\x00-\x1f\x7f]{1,200}")
_TEXT = Words(ja="文字列", en="a string")
_FLAG = Words(ja="true か false", en="true or false")
_COUNT = Words(ja="1 以上の整数", en="a whole number from 1")
_DOLLARS = Words(
    ja="0 以上の数（百万トークンあたりの米ドル）", en="a number from 0 (US dollars per million tokens)"
)
_SHARE = Words(ja="0〜1 の数", en="a number from 0 to 1")
_TABLE = Words(ja="表（input, output, cached_input）", en="a table (input, output, cached_input)")
_KINDS = {
    "name": _TEXT,
    "model": _TEXT,
    "base_url": _TEXT,
    "api_key_env": _TEXT,
    "context_window": _COUNT,
    "shares_cache": _FLAG,
    "prices": _TABLE,
    "max_concurrent": _COUNT,
    "requests_per_minute": _COUNT,
    "tokens_per_minute": _COUNT,
    "batch": _FLAG,
    "batch_discount": _SHARE,
}
_PRICES = {"input": _DOLLARS, "output": _DOLLARS, "cached_input": _DOLLARS}
_AT_HOME = re.compile(r"(^[^.]+|\.(localhost|local|internal|lan|home\.arpa|test))$")


def is_name(text: str) -> bool:
    """Whether `text` can name a model: no spaces, and nothing that the short form of a candidate splits at."""
    return _NAME.fullmatch(text) is not None


def read_models(given: str, *, base_url: str | None) -> tuple[ModelSpec, ...]:
    """The named models, in order.

    Args:
        given: JSON, or the path of a TOML file: `[[models]]` with a name each, or `[models.NAME]`.
        base_url: For entries that do not give their own.

    Raises:
        InvalidRequestError: which entry is wrong, and how to write it.
    """
    specs = [_spec(name, entry, base_url) for name, entry in _entries(_parse(given))]
    for index, spec in enumerate(specs):
        if any(spec.name == other.name for other in specs[:index]):
            raise _broken(spec.name, Words(ja="同じ名前が二つあります。", en="This name is there twice."))
    return tuple(specs)


def check_endpoint(base_url: str, *, has_key: bool, setting: str = "YOMI_OPENAI_BASE_URL") -> None:
    """Refuse an address that cannot work, or that would send a key in the clear over the internet.

    Plain HTTP is for this machine and the network at home, where model servers rarely have certificates.

    Raises:
        InvalidRequestError
    """
    host = ""
    try:
        parts = urlsplit(base_url)
        secrets = parts.username or parts.password or parts.query or parts.fragment
        if parts.scheme in ("http", "https") and parts.port != 0 and not secrets:
            host = parts.hostname or ""
    except ValueError:
        pass  # A port that is no number, or half an IPv6 address.
    if not host:
        raise InvalidRequestError(
            reason_ja=f"{setting} は http://… か https://… のアドレスにしてください（例：http://127.0.0.1:8080/v1）。"
            "鍵や ? は含めないでください。",
            reason_en=f"{setting} must be an address like http://127.0.0.1:8080/v1, without a key or `?` in it.",
        )
    if has_key and base_url.lower().startswith("http:") and not _is_at_home(host):
        raise InvalidRequestError(
            reason_ja=f"APIキーを暗号化せずに {host} へ送ることになります。{setting} を https:// にしてください。",
            reason_en=f"The API key would travel to {host} unencrypted. Make {setting} an https:// address.",
        )


def _is_at_home(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return _AT_HOME.search(host) is not None


def _parse(given: str) -> Any:
    try:
        if given.lstrip().startswith(("{", "[")):
            return json.loads(given)
        return tomllib.loads(Path(given).expanduser().read_text("utf-8"))
    except OSError:
        raise InvalidRequestError(
            reason_ja=f"YOMI_MODELS のファイル {given} を読めません。パスを確認してください。",
            reason_en=f"The file of YOMI_MODELS, {given}, cannot be read. Check the path.",
        ) from None
    except (ValueError, RecursionError) as error:
        # `ValueError` is the parent of what both parsers raise; they name the line and never echo the text.
        raise InvalidRequestError(
            reason_ja=f"YOMI_MODELS を TOML または JSON として読めません（{error}）。",
            reason_en=f"YOMI_MODELS is neither TOML nor JSON ({error}).",
        ) from None


def _entries(data: Any) -> Sequence[tuple[str, Mapping[str, Any]]]:
    if isinstance(data, Mapping) and "models" in data:
        data = data["models"]
    if isinstance(data, Mapping):
        pairs = [(str(name), entry) for name, entry in data.items()]
    elif isinstance(data, list):
        pairs = [
            (str(entry.get("name", "") if isinstance(entry, Mapping) else "") or f"#{number}", entry)
            for number, entry in enumerate(data, 1)
        ]
    else:
        pairs = []
    for name, entry in pairs:
        if not isinstance(entry, Mapping):
            raise _broken(
                name,
                Words(ja="表（キーと値）で書いてください。", en="Write it as a table of keys and values."),
            )
    return pairs


def _spec(name: str, entry: Mapping[str, Any], base_url: str | None) -> ModelSpec:
    _check(name, entry, _KINDS)
    prices = entry.get("prices")
    if prices is not None:
        _check(name, prices, _PRICES, prefix="prices.", needed=("input", "output"))
    if name == EXTRACTIVE or not is_name(name) or entry.get("name", name) != name or name.startswith("#"):
        raise _broken(
            name,
            Words(
                ja=f"name に、空白・カンマ・= を含まない名前を付けてください（{EXTRACTIVE} 以外）。",
                en=f"Give it a name without spaces, commas or `=`, other than {EXTRACTIVE}.",
            ),
        )
    address = entry.get("base_url") or base_url
    if address is None:
        raise _broken(
            name,
            Words(
                ja="base_url がありません。接続先を書いてください。",
                en="It has no base_url. Say where the model is.",
            ),
        )
    check_endpoint(address, has_key="api_key_env" in entry, setting=f"YOMI_MODELS, {name}: base_url")
    return ModelSpec(
        name=name,
        engine=EngineKind.OPENAI,
        model=entry.get("model") or name,
        base_url=address,
        api_key_env=entry.get("api_key_env"),
        context_window=entry.get("context_window"),
        shares_cache=entry.get("shares_cache", False),
        prices=Prices(**prices) if prices is not None else None,
        max_concurrent=entry.get("max_concurrent"),
        requests_per_minute=entry.get("requests_per_minute"),
        tokens_per_minute=entry.get("tokens_per_minute"),
        batch=entry.get("batch", False),
        batch_discount=entry.get("batch_discount", 0.5),
    )


def _check(
    name: str,
    entry: Mapping[str, Any],
    kinds: Mapping[str, Words],
    *,
    prefix: str = "",
    needed: Sequence[str] = (),
) -> None:
    for key in entry:
        if key not in kinds:
            near = next(iter(get_close_matches(key, kinds, n=1)), None)
            raise _broken(
                name,
                Words(
                    ja=f"{prefix}{key} という項目はありません。"
                    + (f"「{prefix}{near}」ではありませんか？" if near else ""),
                    en=f"There is no key `{prefix}{key}`."
                    + (f" Did you mean `{prefix}{near}`?" if near else ""),
                ),
            )
    for key, kind in kinds.items():
        missing = key not in entry
        if (missing and key in needed) or not (missing or _fits(entry[key], kind)):
            raise _broken(
                name,
                Words(
                    ja=f"{prefix}{key} は{kind.ja}にしてください。", en=f"`{prefix}{key}` must be {kind.en}."
                ),
            )


def _fits(value: Any, kind: Words) -> bool:
    if kind is _FLAG:
        return isinstance(value, bool)
    if kind is _TABLE:
        return isinstance(value, Mapping)
    if kind is _TEXT:
        return isinstance(value, str) and bool(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind is _SHARE:
        return 0 <= value <= 1
    return 0 <= value < math.inf if kind is _DOLLARS else isinstance(value, int) and value >= 1


def _broken(entry: str, what: Words) -> InvalidRequestError:
    return InvalidRequestError(
        reason_ja=f"YOMI_MODELS の「{entry}」：{what.ja}", reason_en=f"YOMI_MODELS, '{entry}': {what.en}"
    )
