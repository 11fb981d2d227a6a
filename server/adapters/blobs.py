"""Bytes in files: whole or not there, and on the disk when `put` returns."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from server.domain.errors import StorageFullError

KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}){1,7}")
"""Two to eight names; none begins with a dot, so none leaves the folder or meets a temporary file."""

LEFT_OVER_S = 24 * 3600.0
"""Age of a temporary file that nobody can be writing any more."""

MARGIN = 8 * 2**20
"""Bytes that an upload leaves free for everything else."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileBlobs:
    """Blobs as files under one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        try:
            await asyncio.to_thread(_write, path, data)
        except OSError as error:
            if error.errno in FULL:
                raise StorageFullError from error
            raise

    async def get(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return None

    async def has(self, key: str) -> bool:
        return await asyncio.to_thread(self._path(key).is_file)

    async def delete(self, key: str) -> None:
        """Harmless when it is not there."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def expect_room(self, size: int) -> None:
        """For twice as much, and a margin: what is read of a paper and the answers need room, too."""
        if await asyncio.to_thread(_free, self._root) < 2 * size + MARGIN:
            raise StorageFullError

    async def check(self) -> None:
        """Remove what processes that were killed while writing left behind."""
        await asyncio.to_thread(_sweep, self._root, time.time() - LEFT_OVER_S)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            message = f"not a blob key: {key!r}"
            raise ValueError(message)
        return self._root / key


def _write(path: Path, data: bytes) -> None:
    """Beside its place, onto the disk, then into its place: a reader or a crash never meets half a file."""
    _make(path.parent)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync(path.parent)


def _free(root: Path) -> int:
    """Bytes that may still be written where the folder is, or will be."""
    while not root.exists() and root != root.parent:
        root = root.parent
    return shutil.disk_usage(root).free


def _sweep(root: Path, before: float) -> None:
    """Temporary files last written to before then. Another process may be sweeping, or writing a new one."""
    for folder, _, names in os.walk(root):
        for name in names:
            if name.startswith(".") and name.endswith(".part"):
                path = Path(folder, name)
                with suppress(OSError):
                    if path.stat().st_mtime < before:
                        path.unlink()


def _make(folder: Path) -> None:
    """Create the folder and those above it, each on the disk."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Put the folder's list of names onto the disk. Windows has no such call."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
