"""How many of the readings that made an answer say so, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server.domain.fields import Field, FieldType
from server.domain.grounding import field_of
from server.domain.runs import Agreement
from server.web.catalogue import say

ENTRY_DEPTH = 3
"""Parts of the path of a list's entry: nothing, field, index."""


def support_words(asked: Field, agreement: Sequence[Agreement], language: str) -> str | None:
    """Of the answer to one question; None where nothing was counted."""
    counted = list(_counted(agreement, asked.id))
    if not counted:
        return None
    of = counted[0].of
    if len({one.agree for one in counted}) == 1:
        return say("ensemble.alike", language, agree=counted[0].agree, of=of)
    by = "entry_by_entry" if asked.type is FieldType.LIST else "one_by_one"
    separator = "・" if language == "ja" else ", "
    return say(f"ensemble.{by}", language, of=of, counts=separator.join(str(one.agree) for one in counted))


def _counted(agreement: Sequence[Agreement], field_id: str) -> Iterator[Agreement]:
    """One count per sentence, or per entry of a list: that of its first part, which names it."""
    seen: set[tuple[str, int]] = set()
    for one in agreement:
        entry = "/".join(one.path.split("/")[:ENTRY_DEPTH])
        if field_of(one.path) == field_id and (entry, one.start) not in seen:
            seen.add((entry, one.start))
            yield one
