"""A sentence or label in both languages of the interface."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Japanese and English."""

    ja: str
    en: str

    def in_(self, language: str) -> str:
        """Return the Japanese words for `ja`, the English ones for every other language code."""
        return self.ja if language == "ja" else self.en

    def fill(self, **data: object) -> Words:
        """Put `data` into the `{placeholders}` of both sentences."""
        return Words(ja=self.ja.format(**data), en=self.en.format(**data))


def same(text: str) -> Words:
    """Words that read alike in both languages (a name, a number)."""
    return Words(ja=text, en=text)
