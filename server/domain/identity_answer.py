"""What a reader is shown as title, authors and year: the paper's own, whatever the model says.

The model's version is only compared. Parts the paper does not state keep the model's words, unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.fields import Field, FieldType, ScalarType
from server.domain.identity import Found, Identity
from server.domain.identity_check import is_empty, matches
from server.domain.statements import Check, CheckStatus, Statement, StatementStatus
from server.domain.words import Words, same

_DIFFERS = Words(
    ja="モデルは「{stated}」と述べましたが、論文の記載を表示しています。",
    en="The model said '{stated}'; what the paper prints is shown.",
)


def answer_identity(asked: Field, stated: Any, identity: Identity) -> tuple[Any, tuple[Statement, ...]]:
    """The value of a field with `check: identity`, and a statement for each of its parts.

    Args:
        stated: What the model said, in the field's shape or None.
    """
    if asked.type is not FieldType.OBJECT:
        return _part(f"/{asked.id}", asked.id, stated, identity, as_list=asked.type is FieldType.LIST)
    values: dict[str, Any] = {}
    statements: list[Statement] = []
    for part, kind in asked.properties.items():
        own = stated.get(part) if isinstance(stated, Mapping) else None
        values[part], made = _part(
            f"/{asked.id}/{part}", part, own, identity, as_number=kind is ScalarType.NUMBER
        )
        statements.extend(made)
    return (None if is_empty(values) else values), tuple(statements)


def _part(
    path: str, part: str, stated: Any, identity: Identity, *, as_list: bool = False, as_number: bool = False
) -> tuple[Any, tuple[Statement, ...]]:
    known = _known(part, identity)
    if known is None:
        if is_empty(stated) or part == "last_author":
            return None, ()
        return stated, (Statement(path, 0, len(str(stated)), StatementStatus.NOT_CHECKED),)
    value = _shaped(known.value, as_list=as_list, as_number=as_number)
    right = matches(part, stated, identity)
    check = Check(
        kind="identity",
        text=str(stated) if right is False else _joined(known.value),
        status=CheckStatus.NOT_FOUND if right is False else CheckStatus.FOUND,
        page=known.page,
    )
    reason = same(str(stated)[:80]) if right is False else None
    statement = Statement(
        path,
        0,
        len(str(value)),
        StatementStatus.PARTLY if right is False else StatementStatus.SUPPORTED,
        reason=_DIFFERS.fill(stated=reason.en) if reason else None,
        checks=(check,),
    )
    return value, (statement,)


def _known(part: str, identity: Identity) -> Found[Any] | None:
    """A part of the identity as the paper has it."""
    authors = identity.authors
    if part == "first_author":
        return Found(authors.value[0], authors.source, authors.page) if authors else None
    if part == "last_author":
        return (
            Found(authors.value[-1], authors.source, authors.page)
            if authors and len(authors.value) > 1
            else None
        )
    if part == "venue" and identity.venue is None and identity.arxiv_id:
        found = identity.arxiv_id
        return Found(f"arXiv:{found.value} (preprint)", found.source, found.page)
    return getattr(identity, part, None)


def _shaped(value: Any, *, as_list: bool, as_number: bool) -> Any:
    if isinstance(value, tuple):
        return list(value) if as_list else _joined(value)
    return value if as_number else str(value)


def _joined(value: Any) -> str:
    """Names in a line, as they are joined in the language they are written in."""
    if not isinstance(value, tuple):
        return str(value)
    japanese = any("\u3040" <= c <= "\u9fff" for name in value for c in name)
    return "、".join(value) if japanese else ", ".join(value)
