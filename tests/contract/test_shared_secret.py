"""The secret that processes on several machines share."""

from __future__ import annotations

from pathlib import Path

import pytest
from server.bootstrap import SERVER, build
from server.domain.errors import InvalidRequestError
from server.settings import Settings

pytestmark = pytest.mark.anyio

SHARED = "0123456789abcdef0123456789abcdef"


def settings(folder: Path, **more: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, readers=1, **more)


async def test_processes_with_the_same_secret_send_the_same_and_keep_no_file(tmp_path: Path) -> None:
    made = [build(settings(tmp_path / name, secret=SHARED), owner=SERVER) for name in ("a", "b")]

    assert made[0].preview.prompting.secret == made[1].preview.prompting.secret == SHARED.encode()
    assert not (tmp_path / "a" / "secret").exists()
    for services in made:
        await services.close()


async def test_processes_that_share_a_data_directory_share_its_secret(tmp_path: Path) -> None:
    made = [build(settings(tmp_path), owner=SERVER) for _ in range(2)]

    assert made[0].preview.prompting.secret == made[1].preview.prompting.secret
    for services in made:
        await services.close()


async def test_a_secret_that_could_be_guessed_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        build(settings(tmp_path, secret="hush"), owner=SERVER)

    assert "YOMI_SECRET" in refused.value.words.en
    assert "hush" not in refused.value.words.en
