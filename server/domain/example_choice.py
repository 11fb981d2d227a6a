"""Choose the examples that a run is shown: never one about the paper that it reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from server.domain.example_claims import sentences_of
from server.domain.examples import Example, words_of
from server.domain.extractions import Extraction
from server.domain.identity import Identity
from server.domain.identity_check import same_title
from server.domain.matching import fold
from server.domain.personas import ExamplePolicy, FewShot
from server.domain.retrieval.bm25 import BM25
from server.domain.retrieval.tokens import terms
from server.domain.sections import SectionKind
from server.domain.sentences import one_line

BEGINNING = 2_000
"""Characters of a paper that say what it is about: title and abstract, mostly."""

SHORTEST_SENTENCE = 20
"""Key characters of a sentence that no two papers share by chance."""


def choose(
    pool: Sequence[Example],
    asked: FewShot,
    *,
    extraction: Extraction,
    identity: Identity,
    language: str,
    seed: str,
) -> tuple[Example, ...]:
    """At most as many as asked for, the most fitting first.

    Where the pool has examples in the language of the run, only those are taken; one in another language would be
    imitated in its language too.

    Args:
        pool: In the order that `first` goes by. With `bootstrapped`, the best first.
        seed: Decides what `random` draws.
    """
    others = [one for one in pool if not is_about(one, extraction, identity)]
    own = [one for one in others if one.language == language] or others
    match asked.policy:
        case ExamplePolicy.RANDOM:
            own.sort(key=lambda one: hashlib.sha256(f"{seed}\0{one.name}".encode()).digest())
        case ExamplePolicy.NEAREST:
            own = nearest(own, extraction, identity)
        case _:
            pass
    return tuple(own[: asked.count])


def nearest(pool: Sequence[Example], extraction: Extraction, identity: Identity) -> list[Example]:
    """The most similar first: by the words that an example shares with the paper's title and beginning. Those that
    share none keep their order behind them."""
    index = BM25([terms(one_line(words_of(one))) for one in pool])
    about = f"{identity.title.value if identity.title else ''}\n{_beginning(extraction)}"
    scores = index.scores(dict.fromkeys(terms(one_line(about)), 1.0))
    order = sorted(range(len(pool)), key=lambda number: (-scores[number], number))
    return [pool[number] for number in order]


def is_about(example: Example, extraction: Extraction, identity: Identity) -> bool:
    """Whether an example shows the answer for this very paper: by its bytes, its title, or an excerpt of which half
    the sentences stand in it."""
    if example.sha256 and example.sha256 == extraction.sha256:
        return True
    if example.title and identity.title and same_title(example.title, identity.title.value):
        return True
    sentences = [fold(one) for one in sentences_of(example.excerpt)]
    sentences = [one for one in sentences if len(one) >= SHORTEST_SENTENCE]
    if not sentences:
        return False
    paper = fold(extraction.text)
    return 2 * sum(one in paper for one in sentences) >= len(sentences)


def _beginning(extraction: Extraction) -> str:
    """The abstract, or where none was found what the paper begins with."""
    abstract = next((s for s in extraction.sections if s.kind is SectionKind.ABSTRACT), None)
    start = abstract.start if abstract else 0
    return extraction.text[start : start + BEGINNING]
