"""Bytes in a bucket of S3, or of anything that speaks its protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from server.adapters.blobs import KEY
from server.adapters.model_list import check_endpoint
from server.domain.errors import BusyError, ConflictError, InvalidRequestError, StorageFullError, YomiError
from server.domain.words import Words

if TYPE_CHECKING:
    from obstore.store import S3Store

SETTING = "YOMI_BLOBS_URL"
CONNECT_S = 5
REQUEST_S = 120
"""For one request: the largest paper on a slow line."""
RETRIES = 3
RETRYING_S = 20
AGAIN_S = 5
"""When to come back after the bucket could not be reached."""
PROBE = "probe/start"

_FULL = ("QuotaExceeded", "StorageFull", "507 Insufficient", "EntityTooLarge")
_DENIED = ("AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken", "403 Forbidden")


class S3Blobs:
    """Blobs as objects under one prefix. Each is one PUT: there, whole and durable when that is answered."""

    def __init__(self, url: str, *, environ: Mapping[str, str]) -> None:
        """
        Args:
            url: `s3://bucket` or `s3://bucket/prefix`.
            environ: Where the usual AWS variables name keys, region and endpoint.

        Raises:
            InvalidRequestError: the address or the endpoint is wrong, or the extra is not installed.
        """
        self._bucket, prefix = _parts(url)
        endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or None
        if endpoint:
            check_endpoint(endpoint, has_key=True, setting="AWS_ENDPOINT_URL")
        self._place = urlsplit(endpoint).netloc if endpoint else "S3"
        self._store = _store(self._bucket, prefix, endpoint, environ)

    async def check(self) -> None:
        """Write, read and delete something, so that what is set up wrongly is said at the start.

        Raises:
            ConflictError: there is no such bucket, or it may not be used.
            BusyError: it cannot be reached.
        """
        await self.put(PROBE, b"yomikurabe")
        await self.get(PROBE)
        await self.delete(PROBE)

    async def put(self, key: str, data: bytes) -> None:
        import obstore  # noqa: PLC0415 (an extra)

        async with self._translated():
            # In one piece: a process that is killed leaves no parts behind that are paid for and never seen.
            await obstore.put_async(self._store, _checked(key), data, use_multipart=False)

    async def get(self, key: str) -> bytes | None:
        import obstore  # noqa: PLC0415

        try:
            async with self._translated():
                found = await obstore.get_async(self._store, _checked(key))
                return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def has(self, key: str) -> bool:
        import obstore  # noqa: PLC0415

        try:
            async with self._translated():
                await obstore.head_async(self._store, _checked(key))
        except FileNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Harmless when it is not there."""
        import obstore  # noqa: PLC0415

        try:
            async with self._translated():
                await obstore.delete_async(self._store, _checked(key))
        except FileNotFoundError:
            return

    async def expect_room(self, size: int) -> None:
        """A bucket does not tell before."""

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """The bucket's errors in the domain's words; that there is no such object passes."""
        from obstore.exceptions import BaseError  # noqa: PLC0415

        try:
            yield
        except (BaseError, OSError) as error:
            if meaning := self._meaning(error):
                raise meaning from error
            raise

    def _meaning(self, error: Exception) -> YomiError | None:
        from obstore.exceptions import PermissionDeniedError, UnauthenticatedError  # noqa: PLC0415

        said = str(error)
        if "NoSuchBucket" in said:
            return ConflictError(
                reason_ja=f"バケット「{self._bucket}」が {self._place} にありません。作成するか、{SETTING} を確認してください。",
                reason_en=f"There is no bucket '{self._bucket}' at {self._place}. Create it, or check {SETTING}.",
            )
        if isinstance(error, FileNotFoundError):
            return None
        denied = isinstance(error, (PermissionDeniedError, UnauthenticatedError, PermissionError))
        if denied or any(word in said for word in _DENIED):
            return ConflictError(
                reason_ja=f"バケット「{self._bucket}」（{self._place}）の利用が許可されていません。AWS_ACCESS_KEY_ID、"
                "AWS_SECRET_ACCESS_KEY、AWS_REGION と、読み書き・削除の権限を確認してください。",
                reason_en=f"The bucket '{self._bucket}' at {self._place} may not be used with these keys. Check "
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and that they may read, write and delete.",
            )
        if any(word in said for word in _FULL):
            return StorageFullError()
        return BucketAwayError(retry_after_s=AGAIN_S, bucket=self._bucket, place=self._place)


class BucketAwayError(BusyError):
    """`bucket`, `place`."""

    sentence = Words(
        ja="保存先のバケット「{bucket}」（{place}）に接続できません。{retry_after_s} 秒後に再度お試しください。",
        en="The bucket '{bucket}' at {place} cannot be reached. Try again in {retry_after_s} s.",
    )


def _parts(url: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(url)
        bucket, prefix = parts.netloc, parts.path.strip("/")
        odd = parts.query or parts.fragment or parts.username or parts.port
    except ValueError:
        bucket, prefix, odd = "", "", "x"
    if not url.startswith("s3://") or not bucket or odd or ".." in prefix.split("/"):
        raise InvalidRequestError(
            reason_ja=f"{SETTING} は s3://バケット か s3://バケット/接頭辞 の形にしてください。キーや接続先は "
            "AWS_ACCESS_KEY_ID などの環境変数で指定します。",
            reason_en=f"{SETTING} must look like s3://BUCKET or s3://BUCKET/PREFIX. Keys and endpoint come from "
            "AWS_ACCESS_KEY_ID and its kin.",
        )
    return bucket, prefix or None


def _store(bucket: str, prefix: str | None, endpoint: str | None, environ: Mapping[str, str]) -> S3Store:
    try:
        from obstore.store import S3Store  # noqa: PLC0415
    except ImportError:
        raise InvalidRequestError(
            reason_ja="S3 を使うには、追加のパッケージが要ります：pip install 'yomikurabe[s3]'",
            reason_en="S3 needs an extra: pip install 'yomikurabe[s3]'",
        ) from None

    given = {
        "access_key_id": environ.get("AWS_ACCESS_KEY_ID"),
        "secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": environ.get("AWS_SESSION_TOKEN"),
        "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        "endpoint": endpoint,
    }
    at_home = endpoint is not None and endpoint.lower().startswith("http:")  # looked at before
    return S3Store(
        bucket,
        prefix=prefix,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": at_home,
            "connect_timeout": timedelta(seconds=CONNECT_S),
            "timeout": timedelta(seconds=REQUEST_S),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRYING_S)},
        **{name: value for name, value in given.items() if value},  # type: ignore[arg-type]
    )


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        message = f"not a blob key: {key!r}"
        raise ValueError(message)
    return key
