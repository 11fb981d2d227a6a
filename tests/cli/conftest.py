"""What tests of the command line share: a home directory of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from server.cli import main

from processes import Call, Result, Yomi, environment


@pytest.fixture
def yomi(tmp_path: Path) -> Yomi:
    return Yomi(tmp_path, {})


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command within this process: for what ends before there is much to do."""
    for name in os.environ:
        monkeypatch.delenv(name)

    def call(*arguments: str | Path, **env: str) -> Result:
        for name, value in environment(tmp_path, **env).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["yomi", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Result(int(ended.value.code or 0), said.out, said.err)

    return call
