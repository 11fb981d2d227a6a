"""Several readings that make one answer: how many, what differs between them, and how they become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from server.domain.errors import InvalidRequestError
from server.domain.runs import Member, PersonaRef, RunSettings

MAX_MEMBERS = 9

USUAL_MEMBERS = 3
"""Where nobody said how many: the least number with a majority."""

SAMPLING_TEMPERATURE = 0.7
"""For readings that differ by chance only, unless a temperature was set: without chance all of them would say the
same. Within what self-consistency was measured with (Wang et al. 2022, arXiv:2203.11171, §3.1: 0.5 to 0.7)."""

_SEEDS = 2**31


class Over(StrEnum):
    """What differs between the members."""

    SAMPLES = "samples"
    """Chance: one prompt, one model, other seeds (self-consistency)."""
    PERSONAS = "personas"
    """The prompt: the same questions in the words of several personas, one frozen model (prompt ensembling)."""
    MODELS = "models"
    """The model: one prompt."""


class Merge(StrEnum):
    """How the members' answers become one."""

    VOTE = "vote"
    """Choices and booleans by majority, numbers by median, texts and objects by medoid, of lists what most name."""
    MEDOID = "medoid"
    """Every question answered by the member who is most like the others."""
    UNION = "union"
    """As a vote, but of lists everything that somebody names and does not only claim."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    runs: int | None = None
    """None: one per reader in `others` and the persona or model itself; the usual number where there are no others."""
    over: Over = Over.SAMPLES
    merge: Merge = Merge.VOTE
    others: tuple[str, ...] = ()
    """Personas (`id` or `id@version`) or models that read beside the run's own."""

    @property
    def size(self) -> int:
        return self.runs or min(MAX_MEMBERS, len(self.others) + 1 if self.others else USUAL_MEMBERS)


def ensemble_of(own: Ensemble | None, settings: RunSettings) -> Ensemble | None:
    """What a run does: as its settings say, and where they are silent as its persona says. None: it reads once.

    Raises:
        InvalidRequestError: the settings contradict each other, or name nobody to read beside.
    """
    given = (settings.ensemble, settings.over, settings.merge, settings.members)
    if own is None and all(one is None for one in given):
        return None
    if settings.ensemble == 1:
        return None
    chosen = own or Ensemble()
    over = Over(settings.over) if settings.over else chosen.over
    others = chosen.others if over is chosen.over else ()
    if settings.members:
        others = tuple(name for one in settings.members.split("+") if (name := one.strip()))
    runs = settings.ensemble or (None if settings.members or over is not chosen.over else chosen.runs)
    merge = Merge(settings.merge) if settings.merge else chosen.merge
    made = Ensemble(runs, over, merge, others)
    _check(made)
    return None if made.size == 1 else made


def _check(ensemble: Ensemble) -> None:
    if ensemble.over is Over.SAMPLES and ensemble.others:
        raise InvalidRequestError(
            reason_ja="members を使うには over=personas か over=models も指定してください。",
            reason_en="members needs over=personas or over=models beside it.",
            path="/settings/members",
        )
    if ensemble.over is not Over.SAMPLES and not ensemble.others:
        raise InvalidRequestError(
            reason_ja=f"over={ensemble.over} には、一緒に読む相手を members=a+b の形で指定してください。",
            reason_en=f"over={ensemble.over} needs names of others to read beside: members=a+b.",
            path="/settings/over",
        )


def line_up(
    ensemble: Ensemble,
    *,
    personas: Sequence[PersonaRef],
    models: Sequence[str],
    settings: RunSettings,
    seed: int,
) -> tuple[Member, ...]:
    """Who reads, in order. With more members than personas or models they go round again, by chance then.

    Args:
        personas: The run's own first, then those it reads beside; one where personas do not differ.
        models: The same of models.
        seed: Of the first member, where none was set.
    """
    first = settings.seed if settings.seed is not None else seed
    members = []
    for index in range(ensemble.size):
        around = index // max(len(personas), len(models))
        by_chance = ensemble.over is Over.SAMPLES or around > 0
        usual = SAMPLING_TEMPERATURE if by_chance else None
        members.append(
            Member(
                number=index + 1,
                persona=personas[index % len(personas)],
                model=models[index % len(models)],
                seed=(first + index) % _SEEDS if by_chance else settings.seed,
                temperature=usual if settings.temperature is None else settings.temperature,
            )
        )
    return tuple(members)


def member_settings(settings: RunSettings, member: Member) -> RunSettings:
    """Of one member's reading: it is no ensemble itself, and only what all have agreed on is looked at twice."""
    return replace(
        settings,
        seed=member.seed,
        temperature=member.temperature,
        ensemble=None,
        over=None,
        merge=None,
        members=None,
        second_look=None,
    )
