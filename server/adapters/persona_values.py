"""Read single values of the front matter, noting what is wrong with them and going on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from server.adapters.persona_problems import PersonaProblemError, Problem, problem
from server.adapters.persona_yaml import ListNode, MappingNode, Node, Scalar, plain_text
from server.domain.words import Words

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_TEXT = 4000

E = TypeVar("E", bound=StrEnum)


@dataclass
class Values:
    """Every method gives the value, or None (or an empty one) after noting why it cannot."""

    problems: list[Problem] = field(default_factory=list)

    def note(self, code: str, line: int, **data: object) -> None:
        self.problems.append(problem(code, line, **data))

    def keys(self, node: MappingNode, known: Sequence[str]) -> None:
        """No key but these."""
        for key, line in node.lines.items():
            if key not in known:
                self.note("unknown_key", line, key=key[:60], known=", ".join(known), **hints(key, known))

    def mapping(self, node: Node | None, key: str, example: str) -> MappingNode | None:
        if node is None or isinstance(node, MappingNode):
            return node
        self.note(
            "wrong_kind",
            node.line,
            key=key,
            example=example,
            kind_ja="「名前: 値」の並び",
            kind_en="a mapping of names",
        )
        return None

    def sequence(self, node: Node | None, key: str, example: str) -> list[Node]:
        if node is None:
            return []
        if isinstance(node, ListNode):
            return node.items
        self.note("wrong_kind", node.line, key=key, example=example, kind_ja="一覧", kind_en="a list")
        return []

    def text(self, node: Node | None, key: str, *, most: int = MAX_TEXT) -> str | None:
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.note(
                "wrong_kind",
                node.line,
                key=key,
                example=f"{key}: …",
                kind_ja="一つの文",
                kind_en="a single text",
            )
            return None
        try:
            text = plain_text(node).strip()
        except PersonaProblemError as error:
            self.problems.append(error.problem)
            return None
        if len(text) > most:
            self.note("too_large", node.line, what=key, limit=most)
            return None
        return text

    def words(self, node: Node | None, key: str) -> Words | None:
        """`{ja, en}`, or one text for both. With one language missing the other stands in."""
        if node is None:
            return None
        if isinstance(node, Scalar):
            text = self.text(node, key)
            if text is None:
                return None
            self.note("one_language", node.line, key=key, language="en" if _is_japanese(text) else "ja")
            return Words(ja=text, en=text)
        languages = self.mapping(node, key, f"{key}: {{ja: …, en: …}}")
        if languages is None:
            return None
        self.keys(languages, ("ja", "en"))
        ja, en = (
            self.text(languages.entries.get(language), f"{key}.{language}") for language in ("ja", "en")
        )
        if not languages.entries.keys() & {"ja", "en"}:
            self.note("missing_key", node.line, key=key, example=f"{key}: {{ja: …, en: …}}")
        for language in ("ja", "en"):
            if language not in languages.entries and languages.entries:
                self.note("one_language", node.line, key=key, language=language)
        return Words(ja=ja or en or "", en=en or ja or "")

    def one_of(self, node: Node | None, key: str, known: Iterable[str]) -> str | None:
        """A word of a closed set; unquoted words of the set never mislead."""
        known = tuple(known)
        value = self.word(node, key)
        if value is None or value in known:
            return value
        assert node is not None  # noqa: S101 (a value came from it)
        self.note(
            "not_one_of", node.line, key=key, value=value[:60], known=", ".join(known), **hints(value, known)
        )
        return None

    def member(self, node: Node | None, key: str, of: type[E]) -> E | None:
        value = self.one_of(node, key, [one.value for one in of])
        return None if value is None else of(value)

    def word(self, node: Node | None, key: str) -> str | None:
        if node is None:
            return None
        if isinstance(node, Scalar):
            return node.value
        self.note(
            "wrong_kind", node.line, key=key, example=f"{key}: …", kind_ja="一つの語", kind_en="a single word"
        )
        return None

    def integer(self, node: Node | None, key: str, *, most: int) -> int | None:
        value = self.word(node, key)
        if value is None:
            return None
        if re.fullmatch(r"[1-9][0-9]{0,5}", value) and int(value) <= most:
            return int(value)
        assert node is not None  # noqa: S101 (a value came from it)
        self.note(
            "wrong_kind",
            node.line,
            key=key,
            example=f"{key}: 3",
            kind_ja=f"1 から {most} までの整数",
            kind_en=f"a whole number from 1 to {most}",
        )
        return None

    def name(self, text: str, line: int) -> bool:
        if NAME.fullmatch(text):
            return True
        self.note("bad_name", line, name=text[:60])
        return False


def hints(value: str, known: Sequence[str]) -> dict[str, str]:
    """`Did you mean …?` in both languages, or nothing where nothing is near."""
    nearest = get_close_matches(value, known, n=1)
    return {
        "hint_ja": f"「{nearest[0]}」ではありませんか？" if nearest else "",
        "hint_en": f"Did you mean '{nearest[0]}'? " if nearest else "",
    }


def _is_japanese(text: str) -> bool:
    return bool(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text))
