"""What is particular to a bucket: how it is addressed, and what is said when it cannot be used."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from server.adapters import s3_blobs
from server.adapters.s3_blobs import S3Blobs
from server.domain.errors import BusyError, ConflictError, InvalidRequestError, StorageFullError, YomiError

import s3

pytestmark = pytest.mark.anyio

KEY = "local/papers/ab/abcd.pdf"
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_blobs, "RETRIES", 0)


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    """The address of an S3 that answers everything so."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = f"<Error><Code>{code}</Code></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_DELETE = do_PUT  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_objects_lie_under_the_prefix() -> None:
    bucket = s3.bucket()

    await bucket.blobs().put(KEY, b"1")

    assert bucket.keys() == [f"some/prefix/{KEY}"]


async def test_a_bucket_that_can_be_used_passes_the_check() -> None:
    bucket = s3.bucket()

    await bucket.blobs().check()

    assert bucket.keys() == []


async def test_a_bucket_that_is_not_there_is_named() -> None:
    blobs = S3Blobs("s3://nowhere", environ=s3.bucket().environ)

    for attempt in (blobs.check(), blobs.put(KEY, b"1"), blobs.get(KEY)):
        with pytest.raises(ConflictError, match="no bucket 'nowhere'"):
            await attempt


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (403, "AccessDenied", ConflictError, "AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", ConflictError, "AWS_ACCESS_KEY_ID"),
        (401, "Unauthorized", ConflictError, "AWS_ACCESS_KEY_ID"),
        (507, "XMinioStorageFull", StorageFullError, "space"),
        (503, "SlowDown", BusyError, "cannot be reached"),
        (500, "InternalError", BusyError, "cannot be reached"),
    ],
)
async def test_what_a_bucket_refuses_is_said_in_our_words(
    status: int, code: str, error: type[YomiError], words: str
) -> None:
    with answering(status, code) as endpoint:
        blobs = S3Blobs("s3://papers", environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})
        for attempt in (blobs.put(KEY, b"1"), blobs.get(KEY), blobs.delete(KEY)):
            with pytest.raises(error, match=words):
                await attempt


async def test_a_bucket_that_is_away_is_busy() -> None:
    with answering(200, "") as endpoint:
        pass  # and is gone
    blobs = S3Blobs("s3://papers", environ={**KEYS, "AWS_ENDPOINT_URL": endpoint})

    with pytest.raises(BusyError, match=r"'papers' at 127\.0\.0\.1") as caught:
        await blobs.check()

    assert "接続できません" in caught.value.words.ja
    assert caught.value.data["retry_after_s"] > 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3://",
        "s3:///x",
        "https://bucket/x",
        "s3://key:secret@bucket",
        "s3://b/x?y",
        "s3://b/../x",
        "s3://b:9/x",
        "s3://b:x",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="s3://BUCKET"):
        S3Blobs(url, environ={})


def test_keys_are_not_sent_over_the_internet_in_the_clear() -> None:
    with pytest.raises(InvalidRequestError, match="AWS_ENDPOINT_URL"):
        S3Blobs("s3://papers", environ={**KEYS, "AWS_ENDPOINT_URL": "http://storage.example.com"})


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(InvalidRequestError, match=r"yomikurabe\[s3\]"):
        S3Blobs("s3://papers", environ=KEYS)


@pytest.mark.parametrize("key", ["../x", "local//x", "local", "local/.hidden", "local/論文.pdf"])
async def test_a_key_cannot_leave_the_prefix(key: str) -> None:
    blobs = S3Blobs("s3://papers", environ=KEYS)
    for attempt in (blobs.put(key, b""), blobs.get(key), blobs.has(key), blobs.delete(key)):
        with pytest.raises(ValueError, match="not a blob key"):
            await attempt
