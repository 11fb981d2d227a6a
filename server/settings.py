"""Settings from the environment or `.env`, prefix `YOMI_`. With nothing set everything works, on this machine alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def default_data_dir() -> Path:
    """Where people's programs keep their data: `~/.local/share/yomikurabe` and its kin elsewhere."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "yomikurabe"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/yomikurabe"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "yomikurabe"


class Settings(BaseSettings):
    """Everything that can be set. The README lists these with their meaning."""

    model_config = SettingsConfigDict(
        env_prefix="YOMI_", env_file=".env", extra="ignore", populate_by_name=True
    )

    model: str | None = None
    """Default model; None: extractive, so that no paper leaves the machine unless a model was named."""
    openai_base_url: str | None = Field(
        None, validation_alias=AliasChoices("YOMI_OPENAI_BASE_URL", "OPENAI_BASE_URL")
    )
    openai_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("YOMI_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    openai_transport: Literal["aiohttp", "httpx2"] = "aiohttp"
    models: str | None = None
    """Named models: the path of a TOML file, or JSON."""
    embeddings_model: str | None = None
    """Name of a model whose endpoint embeds passages and questions where a paper is read in excerpts; None: without."""
    language: str | None = None
    """Of the interface and, with a model, of answers; None: the terminal's or the browser's."""

    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: str | None = None
    """None: SQLite in the data directory."""
    database_connections: int = Field(15, ge=2, le=500)
    """To a PostgreSQL, of one process; and one more that listens."""
    queue_url: str | None = None
    """Broker of SAQ, `postgresql://…` or `redis://…`: papers are read and runs executed by workers. None: by the server
    itself."""
    blobs_url: str | None = None
    """`s3://bucket/prefix` (extra `s3`; the usual AWS variables name keys, region and endpoint); None: files in the data
    directory."""
    secret: SecretStr | None = None
    """Shared by all processes that serve the same papers; None: a file in the data directory."""
    personas_dir: Annotated[tuple[Path, ...], NoDecode] = ()
    """More folders of personas, separated as in PATH."""
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Keys that callers must present; needed for any address but this machine's own. Separated by commas."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks whose `X-Forwarded-*` headers are believed. Separated by commas."""
    arxiv_base_url: str = "https://arxiv.org"

    max_upload_mb: int = Field(50, ge=1, le=1000)
    max_pages: int = Field(500, ge=1, le=5000)
    read_timeout_s: float = Field(60, gt=0)
    """For reading one PDF."""
    run_timeout_s: float = Field(600, gt=0)
    """For one run, retries and repair included."""
    readers: int | None = Field(None, ge=1, le=64)
    """PDFs read at once; None: as many as there are cores."""
    runs: int = Field(8, ge=1, le=500)
    """Runs executed at once by one process."""
    max_queued: int = Field(1000, ge=1, le=100_000)
    """Runs that may wait; who asks for more is told when to come back."""
    stop_grace_s: float = Field(20, ge=0, le=3600)
    """How long runs under way may take to end when the process stops; then they are handed back."""

    fallback_models: Annotated[tuple[str, ...], NoDecode] = ()
    """Who answers when an endpoint cannot, in this order; `extractive` may be the last. Separated by commas."""
    daily_budget_usd: float | None = Field(None, gt=0, allow_inf_nan=False)
    """What runs may cost in a day (UTC); None: no limit. Needs prices in YOMI_MODELS."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    metrics_port: int | None = Field(None, ge=0, le=65535)
    """Where a worker shows `/metrics`, `/healthz` and `/readyz`; None: nowhere. (A server does on its own port.)"""
    metrics_host: str = "127.0.0.1"
    """The worker's address for these; any other than this machine's own needs YOMI_API_KEYS."""

    @field_validator("personas_dir", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        return tuple(Path(p) for p in value.split(os.pathsep) if p) if isinstance(value, str) else value

    @field_validator("fallback_models", "trusted_proxies", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return tuple(n.strip() for n in value.split(",") if n.strip()) if isinstance(value, str) else value

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return tuple(k.strip() for k in value.split(",") if k.strip()) if isinstance(value, str) else value

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'yomi.db'}"
