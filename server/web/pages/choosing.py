"""Choose readers for one paper or several: the cards of the form, and what the form asks for when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request

from server.application.ports import Models
from server.application.start_text import TextRequest
from server.domain.comparisons import LABELS
from server.domain.errors import InvalidRequestError
from server.domain.fields import CheckRule
from server.domain.ids import PaperId
from server.domain.models import EngineKind
from server.domain.paper_types import PaperTypeGuess, suits
from server.domain.personas import Origin, Persona
from server.domain.requests import ReaderRequest, check_language, parse_reader, parse_settings
from server.domain.runs import RunSettings
from server.web import catalogue
from server.web.forms import Form, read_form
from server.web.pages.persona_words import answers_in
from server.web.plain import plain

USUAL = ("summarizer", "interpreter", "keshav", "claims")
"""Chosen beforehand: the first two of these that suit the paper."""
TIMES = (1, 2, 3)
MOST_PAPERS = 50
SETTINGS = ("temperature", "seed", "max_output_tokens", "reasoning_effort", "second_look")


@dataclass(frozen=True, slots=True)
class Card:
    """A reader to choose."""

    id: str
    ref: str
    name: str
    description: str | None
    questions: tuple[str, ...]
    """But for those after title, authors and year, which nearly all ask."""
    answers_in: str | None
    """Only where it answers in one language whatever is asked for."""
    fits: str | None
    """Kinds of paper it is made for, in words."""
    warns: bool
    """It is not made for a paper like this one."""
    is_own: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form asks for."""

    papers: tuple[PaperId, ...]
    readers: tuple[ReaderRequest, ...]
    text: TextRequest | None
    """An answer that somebody has, to be laid beside theirs."""
    blind: bool
    fresh: bool


def reader_cards(
    personas: Sequence[Persona],
    language: str,
    *,
    guess: PaperTypeGuess | None = None,
    wanted: Sequence[str] = (),
) -> list[Card]:
    """Those chosen beforehand come first, then those that suit, then those that warn about papers of this kind.

    Args:
        wanted: Ids to choose beforehand; filled up to two from the usual ones.
    """
    known = {persona.id: persona for persona in personas}
    usual = [id_ for id_ in USUAL if id_ in known and suits(known[id_].applies_to, guess)]
    first = list(dict.fromkeys(id_ for id_ in (*wanted, *usual, *known) if id_ in known))
    chosen = first[: max(2, len([id_ for id_ in first if id_ in wanted]))][: len(LABELS)]
    cards = [
        _card(persona, language, warns=not suits(persona.applies_to, guess), chosen=persona.id in chosen)
        for persona in personas
    ]
    return sorted(
        cards, key=lambda c: (not c.chosen, chosen.index(c.id) if c.chosen else 0, c.warns, not c.is_own)
    )


def _card(persona: Persona, language: str, *, warns: bool, chosen: bool) -> Card:
    return Card(
        id=persona.id,
        ref=persona.ref,
        name=plain(persona.name.in_(language)),
        description=plain(persona.description.in_(language)) if persona.description else None,
        questions=tuple(
            plain(f.label.in_(language)) for f in persona.fields if f.check is not CheckRule.IDENTITY
        ),
        answers_in=answers_in(persona, language) if persona.language else None,
        fits=paper_types(persona.applies_to.paper_types, language),
        warns=warns,
        is_own=persona.origin is not Origin.BUILTIN,
        chosen=chosen,
    )


def paper_types(kinds: Sequence[str], language: str) -> str | None:
    """Kinds of papers in words; None for no kind."""
    names = catalogue.catalogue(language)["paper"]
    said = [names.get(f"type.{kind}", plain(kind)) for kind in kinds]
    return ("・" if language == "ja" else ", ").join(said) or None


async def read_chosen(request: Request[Any, Any, Any], personas: Sequence[Persona], models: Models) -> Chosen:
    """
    Raises:
        InvalidRequestError: no paper, no reader, too many, or a setting that is wrong; says which.
        NotFoundError: no such model.
    """
    counts = {f"times:{persona.id}": persona for persona in personas}
    names = ("paper", "reader", "model", "language", "blind", "fresh", "more", "text", *SETTINGS, *counts)
    form = await read_form(request, names=names)
    papers = tuple(dict.fromkeys(PaperId(id_) for id_ in form.fields.get("paper", [])))
    readers = [_completed(reader, form, models, personas) for reader in _asked(form)]
    if not papers or len(papers) > MOST_PAPERS:
        raise InvalidRequestError(
            reason_ja=f"論文は 1〜{MOST_PAPERS} 本を選んでください。",
            reason_en=f"Choose 1 to {MOST_PAPERS} papers.",
        )
    text = (form.one("text") or "").strip()
    most = len(LABELS) - bool(text)
    if not 1 <= len(readers) <= most:
        raise InvalidRequestError(
            reason_ja=f"読み手は 1〜{most} 人を選んでください（いまは {len(readers)} 人）。",
            reason_en=f"Choose 1 to {most} readers (now {len(readers)}).",
            path="/reader",
        )
    return Chosen(
        papers,
        tuple(readers),
        TextRequest(text) if text else None,
        blind=bool(form.one("blind")),
        fresh=bool(form.one("fresh")),
    )


def _asked(form: Form) -> list[ReaderRequest]:
    """The readers of the cards, each as often as asked, then those written in the short form, one per line."""
    readers: list[ReaderRequest] = []
    for ref in form.fields.get("reader", []):
        reader = parse_reader(ref)
        times = form.one(f"times:{reader.persona}") or "1"
        if times not in map(str, TIMES):
            raise InvalidRequestError(
                reason_ja=f"回数は {TIMES[0]}〜{TIMES[-1]} です。",
                reason_en=f"A reader reads {TIMES[0]} to {TIMES[-1]} times.",
            )
        readers += [reader] * int(times)
    lines = (form.one("more") or "").splitlines()
    return readers + [parse_reader(line) for line in lines if line.strip()]


def _completed(
    reader: ReaderRequest, form: Form, models: Models, personas: Sequence[Persona]
) -> ReaderRequest:
    """With what is chosen for all readers, where it says nothing of its own."""
    common = parse_settings({name: value for name in SETTINGS if (value := form.one(name))})
    own = {**common.as_dict(), **reader.settings.as_dict()}
    model = reader.model or form.one("model")
    spec = models.get(model)
    persona = next((p for p in personas if p.id == reader.persona), None)
    language = reader.language
    # Without a model the answer is the paper's own sentences; a reader of one language keeps it.
    if language is None and spec.engine is not EngineKind.EXTRACTIVE and not (persona and persona.language):
        language = check_language(form.one("language"))
    return replace(reader, model=model, language=language, settings=RunSettings(**own))
