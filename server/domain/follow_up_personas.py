"""The persona that answers a follow-up: the voice of the run's own, and one field."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from server.domain.fields import Aspect, Field, Length
from server.domain.follow_ups import Exchange, FollowUp
from server.domain.personas import Part, Persona, Role
from server.domain.prompts import harmless
from server.domain.runs import Run
from server.domain.words import Words, same

FIELD = "answer"
"""Id of its one field."""

_LABEL = Words(ja="答え", en="Answer")
"""On the wire. Not the question itself: providers that hold a model to a schema put it before the prompt, so that one
which changed with every question would cost every question the cached paper."""
_LENGTH = Length(ja=(0, 300), en=(0, 120))
_VARIABLES = Words(ja="follow_up_ja", en="follow_up_en")
"""Template variables that hold what is asked; a template never sees it as a template."""

_SAID = Words(
    ja="## これまでに答えたこと\nあなたはこの論文をすでに読み、次のように答えた。これは話の流れであり、根拠にはならない。根拠は論文だけである。\n{said}",
    en="## What you have answered so far\nYou have read this paper already and answered as follows. This is context and no "
    "evidence; only the paper is evidence.\n{said}",
)
_EARLIER = Words(ja="## これまでの質問\n{earlier}", en="## Questions so far\n{earlier}")
_ASKED = Words(
    ja="## 質問\n{question}\n\nこの質問だけに、論文に書かれていることから答える。論文がこの質問に答えていなければ、推測せず [] とする。",
    en="## The question\n{question}\n\nAnswer this question only, from what the paper states. If the paper does not answer it, "
    "guess nothing and leave the list empty: [].",
)
_SILENT = Words(ja="（論文に記載なし）", en="(not stated in the paper)")


def asked_by(run: Run, persona: Persona) -> Persona:
    """The persona as this run asks it: as it is, or as a follow-up."""
    return asking(persona, run.follow_up) if run.follow_up else persona


def asking(persona: Persona, follow_up: FollowUp) -> Persona:
    """The persona as a follow-up asks it: its messages of the role `system`, then what was said and the question, and
    one text field. Its techniques (steps, examples, readings that merge) were for its own questions and are left out."""
    language_parts = (("ja", _VARIABLES.ja), (None, _VARIABLES.en))
    asked = tuple(
        Part(role=Role.USER, language=language, source="{{ vars." + name + " }}", line=1)
        for language, name in language_parts
    )
    told = {
        name: _told(follow_up, language) for language, name in (("ja", _VARIABLES.ja), ("en", _VARIABLES.en))
    }
    return Persona(
        id=persona.id,
        version=persona.version,
        name=persona.name,
        fields=(
            Field(
                id=FIELD,
                aspects=(Aspect.OTHER,),
                label=_LABEL,
                instruction=same(follow_up.question),
                length=_LENGTH,
            ),
        ),
        parts=(*(part for part in persona.parts if part.role is Role.SYSTEM), *asked),
        digest=hashlib.sha256("\0".join((persona.digest, *told.values())).encode()).hexdigest(),
        source=persona.source,
        origin=persona.origin,
        language=persona.language,
        description=persona.description,
        attribution=persona.attribution,
        license=persona.license,
        context=persona.context,
        rendering=persona.rendering,
        evidence=persona.evidence,
        vars={**persona.vars, **told},
    )


def shown_of(run: Run, persona: Persona) -> Persona:
    """The same for people: the question of a follow-up is the label of its field."""
    if run.follow_up is None:
        return persona
    asked = asking(persona, run.follow_up)
    return replace(asked, fields=(replace(asked.fields[0], label=same(run.follow_up.question)),))


def _told(follow_up: FollowUp, language: str) -> str:
    """What was said and what is asked, as the model reads it. What is the same for all questions of a run comes first."""
    blocks = []
    if follow_up.said:
        said = _exchanges(follow_up.said, "- {question}: {answer}", language)
        blocks.append(_SAID.in_(language).format(said=said))
    if follow_up.earlier:
        earlier = _exchanges(follow_up.earlier, "Q: {question}\nA: {answer}", language)
        blocks.append(_EARLIER.in_(language).format(earlier=earlier))
    blocks.append(_ASKED.in_(language).format(question=harmless(follow_up.question)))
    return "\n\n".join(blocks)


def _exchanges(exchanges: Sequence[Exchange], form: str, language: str) -> str:
    silent = _SILENT.in_(language)
    return "\n".join(
        form.format(question=harmless(one.question), answer=harmless(one.answer or silent))
        for one in exchanges
    )
