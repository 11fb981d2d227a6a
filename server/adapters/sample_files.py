"""The samples that ship with the program: inside the package when it was installed from a wheel, beside it in a
checkout."""

from __future__ import annotations

from pathlib import Path

from server.domain.errors import NotFoundError

PAPER = "paper-first.pdf"


def sample(name: str) -> Path:
    """Where a sample is."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "_samples"
    return (packed if packed.is_dir() else package.parent / "samples") / name


def fabricated_answer(language: str) -> Path:
    """A fluent answer about a paper that does not exist."""
    return sample("fabricated-answer.md" if language == "ja" else "fabricated-answer.en.md")


PAPERS = {"en": PAPER, "ja": "japanese-pdf.pdf", "hidden": "hidden-instruction.pdf"}
"""The sample papers by the names under which pages offer them."""


class SampleFiles:
    """The samples as the application asks for them."""

    def paper(self, name: str) -> tuple[bytes, str]:
        if name not in PAPERS:
            raise NotFoundError(kind="sample", id=name[:40])
        return _bytes(sample(PAPERS[name])), PAPERS[name]

    def fabricated_answer(self, language: str) -> str:
        return _bytes(fabricated_answer(language)).decode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFoundError(kind="sample", id=path.name) from error
