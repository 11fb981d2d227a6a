"""llama.cpp's own server (xllamacpp) in a process of its own, on a free port, with a key; ends with its parent.

python serve.py MODEL.gguf CONTEXT_TOKENS        YOMI_PEER_KEY in the environment; prints its address
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

_START_S = 60


@dataclass(frozen=True)
class Peer:
    """A running server: software that nobody of this project wrote."""

    address: str
    key: str

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def tokens(self, messages: list[dict[str, str]]) -> list[int]:
        """The tokens a chat prompt becomes, by the server's own template and tokenizer."""
        prompt = self._post("/apply-template", {"messages": messages})["prompt"]
        asked = {"content": prompt, "add_special": True, "parse_special": True}
        return list(self._post("/tokenize", asked)["tokens"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(self.address + path, json.dumps(body).encode(), headers)  # noqa: S310 (loopback)
        with urlopen(request, timeout=_START_S) as response:  # noqa: S310
            return dict(json.load(response))


@contextmanager
def running_peer(model: Path, *, context_tokens: int) -> Iterator[Peer]:
    """Start the server, wait until it listens, and end it afterwards."""
    key = secrets.token_urlsafe(16)
    command = [sys.executable, __file__, str(model), str(context_tokens)]
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 (this very file)
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={**os.environ, "YOMI_PEER_KEY": key}
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            if address := process.stdout.readline().decode().strip():
                yield Peer(address, key)
            else:
                message = f"the peer ended with {process.wait(_START_S)} before it listened; is {model} a GGUF file?"
                raise RuntimeError(message)
        finally:
            process.stdin.close()
            process.kill()


def _serve(model: str, context_tokens: int) -> None:
    import xllamacpp  # noqa: PLC0415 (only the child needs it)

    # Nobody reads the server's log; a full pipe would stop it.
    announce = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx, params.n_parallel = context_tokens, 1
    # One thread: llama.cpp's threads spin at barriers, and on a busy machine two are far slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.hostnames, params.port, params.offline = ["127.0.0.1"], 0, True
    params.api_keys = [os.environ["YOMI_PEER_KEY"]]
    params.cache_ram_mib = (
        0  # The slot's own cache alone: what is measured is the prefix, not a store of prompts.
    )
    server = xllamacpp.Server(params)
    announce.write(f"{server.listening_address}\n")
    announce.close()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
