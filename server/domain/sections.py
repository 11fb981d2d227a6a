"""The headings of a paper, and what each section is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SectionKind(StrEnum):
    """What a section is for, as far as its heading tells."""

    ABSTRACT = "abstract"
    INTRODUCTION = "introduction"
    RELATED = "related"
    METHOD = "method"
    EVALUATION = "evaluation"
    RESULTS = "results"
    DISCUSSION = "discussion"
    LIMITATIONS = "limitations"
    CONCLUSION = "conclusion"
    ACKNOWLEDGEMENTS = "acknowledgements"
    REFERENCES = "references"
    APPENDIX = "appendix"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Section:
    """One headed stretch of the paper. `start:end` run through `Extraction.text`; `start` is the heading's first
    character, `body` the first after the heading, `end` where the next section starts."""

    title: str
    """As printed, without its number."""
    kind: SectionKind
    page: int
    start: int
    body: int
    end: int
    level: int = 1
