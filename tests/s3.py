"""An S3 for the tests: moto serves it from memory, on this machine, started once; a bucket for each test."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx
import pytest
from server.adapters.s3_blobs import S3Blobs

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Bucket:
    name: str
    endpoint: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}/some/prefix"

    @property
    def environ(self) -> Mapping[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def blobs(self) -> S3Blobs:
        return S3Blobs(self.url, environ=self.environ)

    def keys(self) -> list[str]:
        """Of all objects, the prefix included."""
        listed = httpx.get(f"{self.endpoint}/{self.name}").text
        return [part.split("</Key>")[0] for part in listed.split("<Key>")[1:]]


def bucket() -> Bucket:
    """A new one."""
    made = Bucket(f"papers-{next(_NUMBERS)}", _server())
    httpx.put(f"{made.endpoint}/{made.name}").raise_for_status()
    return made


@lru_cache(maxsize=1)
def _server() -> str:
    """Ends with the tests: its thread is a daemon's."""
    server = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    return f"http://{host}:{port}"
