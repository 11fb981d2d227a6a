"""The samples that ship with the program: inside the package when it was installed from a wheel, beside it in a
checkout."""

from __future__ import annotations

from pathlib import Path

PAPER = "paper-first.pdf"


def sample(name: str) -> Path:
    """Where a sample is."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "_samples"
    return (packed if packed.is_dir() else package.parent / "samples") / name


def fabricated_answer(language: str) -> Path:
    """A fluent answer about a paper that does not exist."""
    return sample("fabricated-answer.md" if language == "ja" else "fabricated-answer.en.md")
