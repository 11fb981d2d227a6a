"""The papers that persona tests name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.adapters.persona_tests import SAMPLE
from server.adapters.sample_files import PAPER, sample
from server.domain.errors import InvalidRequestError

_SAMPLES = "samples/"


@dataclass(frozen=True)
class TestPapers:
    """Finds `sample`, a paper of the samples by `samples/NAME.pdf`, or one by its path from the persona's folder or the
    current one."""

    __test__ = False  # for pytest: this is no test of ours

    folder: Path | None = None
    """Of the persona; None where it has none."""

    def __call__(self, name: str) -> bytes:
        """
        Raises:
            InvalidRequestError: there is no such file.
        """
        for path in self._places(name):
            try:
                return path.read_bytes()
            except OSError:
                continue
        raise InvalidRequestError(
            reason_ja=f"検査の論文「{name}」がありません。ペルソナのフォルダーか今のフォルダーからの相対パスで書いてください。",
            reason_en=f"There is no paper '{name}'. Give its path from the persona's folder or from the current one.",
        )

    def _places(self, name: str) -> list[Path]:
        if name == SAMPLE:
            return [sample(PAPER)]
        shipped = [sample(Path(name).name)] if name.startswith(_SAMPLES) else []
        return [*shipped, *([self.folder / name] if self.folder else []), Path(name)]
