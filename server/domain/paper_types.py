"""Guess what kind of paper this is, from its title and its own words; only kinds that some readers warn about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.extractions import Extraction
from server.domain.personas import AppliesTo
from server.domain.sections import SectionKind

OPENING = 3_000
"""Characters in which a paper says what it is: title, abstract, the first lines."""

_SURVEY_TITLE = (
    (
        r"\b(?:a|an|the|comprehensive|systematic|literature|scoping|brief|critical|recent|short|state-of-the-art)\s+"
        r"(?:\w+\s+)?(?:survey|review|overview)\b"
    ),
    r"\b(?:survey|review|overview)s?\s*(?:of|on|and)\b",
    r"[:：—–-]\s*(?:\w+\s+){0,3}(?:survey|review|overview)\s*$",
    r"\bmeta-?analysis\b",
    r"サーベイ|総説|文献レビュー|レビュー論文|システマティック・?レビュー|メタ(?:アナリシス|分析)|(?:研究|技術)の?(?:展望|動向|概観)",
)
_SURVEY_TEXT = (
    (
        r"\b(?:this|our|the present)\s+(?:\w+\s+){0,2}(?:survey|review|overview)\s+(?:paper\s+)?"
        r"(?:covers?|summari[sz]es|examines?|provides?|presents?|discusses|explores?|aims?|offers?|focuses)\b"
    ),
    r"\b(?:in this|we (?:present|provide|offer|give|conduct))\s+(?:\w+\s+){0,3}(?:survey|literature review|systematic review)\b",
    r"\bthis (?:comprehensive )?(?:survey|review) paper\b",
    r"本(?:サーベイ|総説|レビュー)(?:論文)?(?:は|では|で)|研究を(?:サーベイ|概観|総括)",
)
_CLINICAL_TITLE = (
    r"\b(?:randomi[sz]ed|placebo|double-blind|cohort|case-control|phase\s+(?:i{1,3}|[1-3]))\b.*\b(?:trial|study)\b",
    r"\bin (?:patients|adults|children|infants) with\b",
    r"ランダム化|無作為化|プラセボ|コホート研究|患者を対象",
)
_POSITION_TITLE = (r"\bposition paper\b", r"\bposition:\s", r"\bperspective\b\s*$", r"ポジションペーパー")
_OWN_WORK = {SectionKind.METHOD, SectionKind.RESULTS}


@dataclass(frozen=True, slots=True)
class PaperTypeGuess:
    """A kind of paper, a word of `paper_types`, and the paper's words that say so."""

    kind: str
    because: str


def guess_paper_type(extraction: Extraction) -> PaperTypeGuess | None:
    """What the title says; else what the opening says of a paper that reports no work of its own. None: no idea."""
    title = extraction.identity.title.value if extraction.identity.title else ""
    for kind, patterns in (
        ("survey", _SURVEY_TITLE),
        ("clinical", _CLINICAL_TITLE),
        ("position", _POSITION_TITLE),
    ):
        if said := _first(patterns, title):
            return PaperTypeGuess(kind, said)
    opening = " ".join(extraction.text[:OPENING].split())
    reports = {section.kind for section in extraction.sections} >= _OWN_WORK
    if not reports and (said := _first(_SURVEY_TEXT, opening)):
        return PaperTypeGuess("survey", said)
    return None


def suits(applies_to: AppliesTo, guess: PaperTypeGuess | None) -> bool:
    """False where a persona warns about papers like this."""
    return guess is None or guess.kind not in applies_to.warn_if


def _first(patterns: Sequence[str], text: str) -> str | None:
    """The words of the text that one of the patterns finds."""
    for pattern in patterns:
        if found := re.search(pattern, text, re.IGNORECASE):
            return found[0].strip(" :：—–-")
    return None
