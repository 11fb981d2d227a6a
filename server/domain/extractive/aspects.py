"""What a question about an aspect asks for when its words do not say, and where its answers are to be found."""

from __future__ import annotations

from collections.abc import Mapping

from server.domain.extractive.facets import FACETS
from server.domain.fields import Aspect
from server.domain.sections import SectionKind as K

OF_ASPECT: Mapping[Aspect, tuple[str, ...]] = {
    Aspect.IDENTITY: (),
    Aspect.OVERVIEW: ("aim", "finding"),
    Aspect.BACKGROUND: ("context", "gap"),
    Aspect.PROBLEM: ("gap", "question"),
    Aspect.METHOD: ("approach", "idea"),
    Aspect.EVALUATION: ("data", "procedure", "comparison"),
    Aspect.RESULTS: ("finding",),
    Aspect.NOVELTY: ("novelty",),
    Aspect.DISCUSSION: ("interpretation",),
    Aspect.LIMITATIONS: ("limitation",),
    Aspect.APPLICATIONS: ("application",),
    Aspect.REFERENCES: (),
    Aspect.OTHER: (),
}
"""What a question asks for when its own words do not say."""

LEANING: Mapping[Aspect, Mapping[K, float]] = {
    Aspect.OVERVIEW: {
        K.LIMITATIONS: -1.5,
        K.INTRODUCTION: 0.2,
        K.CONCLUSION: 0.3,
        K.RELATED: -0.5,
        K.METHOD: -0.5,
        K.RESULTS: -0.6,
        K.EVALUATION: -0.6,
    },
    Aspect.BACKGROUND: {
        K.LIMITATIONS: -1.5,
        K.INTRODUCTION: 0.4,
        K.RELATED: 0.1,
        K.RESULTS: -0.5,
        K.METHOD: -0.4,
        K.EVALUATION: -0.4,
    },
    Aspect.PROBLEM: {K.INTRODUCTION: 0.4, K.RESULTS: -0.5, K.METHOD: -0.4, K.EVALUATION: -0.4},
    Aspect.METHOD: {K.METHOD: 0.5, K.OTHER: 0.3, K.RESULTS: -0.5, K.RELATED: -0.5, K.CONCLUSION: -0.3},
    Aspect.EVALUATION: {
        K.EVALUATION: 0.4,
        K.RESULTS: 0.3,
        K.METHOD: -0.4,
        K.INTRODUCTION: -0.2,
        K.RELATED: -0.5,
    },
    Aspect.RESULTS: {
        K.RESULTS: 0.5,
        K.EVALUATION: 0.2,
        K.DISCUSSION: -0.2,
        K.RELATED: -0.5,
        K.INTRODUCTION: -0.2,
    },
    Aspect.NOVELTY: {K.RELATED: 0.2, K.LIMITATIONS: -0.4},
    Aspect.DISCUSSION: {K.DISCUSSION: 0.5, K.CONCLUSION: 0.2, K.METHOD: -0.4, K.INTRODUCTION: -0.4},
    Aspect.LIMITATIONS: {K.LIMITATIONS: 0.5, K.METHOD: -0.4, K.INTRODUCTION: -0.5, K.RELATED: -0.5},
    Aspect.APPLICATIONS: {K.RELATED: -0.4, K.METHOD: -0.2},
}
"""Where the answer to a question about an aspect is rather to be found: the data of a question about the method in
the method, those of a question about the evaluation in the evaluation."""

ALLIED: Mapping[Aspect, frozenset[str]] = {
    Aspect.OVERVIEW: frozenset(
        {"aim", "gap", "idea", "approach", "finding", "meaning", "question", "contribution"}
    ),
    Aspect.BACKGROUND: frozenset({"context", "gap", "question"}),
    Aspect.PROBLEM: frozenset({"gap", "question", "context"}),
    Aspect.METHOD: frozenset({"approach", "idea", "data", "procedure"}),
    Aspect.EVALUATION: frozenset({"data", "procedure", "comparison", "metric", "finding"}),
    Aspect.RESULTS: frozenset({"finding", "comparison", "metric"}),
    Aspect.NOVELTY: frozenset({"novelty", "better", "contribution"}),
    Aspect.DISCUSSION: frozenset({"interpretation", "limitation", "future", "meaning", "assumption"}),
    Aspect.LIMITATIONS: frozenset({"limitation", "future", "assumption"}),
    Aspect.APPLICATIONS: frozenset({"application", "meaning"}),
    Aspect.OTHER: frozenset(facet.name for facet in FACETS),
}
"""What the words of a question may add: `problem` in a question about results does not ask for the problem."""
