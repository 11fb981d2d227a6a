"""Change entries of YAML front matter where they stand, and leave every other byte as it is, comments included."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from server.adapters.persona_emit import Verbatim, block, emit, emit_item, inline

Tree: TypeAlias = Any
"""Texts, lists and mappings; texts of the file are `Verbatim` where they stand unquoted."""

_ASIDE = re.compile(r"\s*(?:#.*|-\s*(?:#.*)?)?")
"""A line that belongs to what follows: blank, a comment, or a dash by itself."""


class Item(dict[str, Tree]):
    """An item of a list that was the `was`-th of the file (from 0), or is new."""

    def __init__(self, entries: Mapping[str, Tree], *, was: int | None) -> None:
        super().__init__(entries)
        self.was = was


def read_tree(text: str) -> dict[str, Tree]:
    """The mapping that a sound front matter is."""
    tree: dict[str, Tree] = _tree(_compose(text))
    return tree


def rewrite(text: str, wanted: Mapping[str, Tree]) -> str:
    """`text`, changed as little as possible so that it means `wanted`.

    Entries come in the order of `wanted`; those that mean the same keep their lines. Comments above an entry move, and
    go, with it. Where the layout does not allow that (everything on one line in braces), it is written anew.
    """
    root = _compose(text)
    if same(_tree(root), wanted):
        return text
    lines = text.split("\n")
    if _is_block(root):
        lines = _Splice(lines).mapping(root, len(lines), wanted, begin=0)
        result = "\n".join(lines)
        if same(_tree(_compose(result)), wanted):
            return result
    return "\n".join(block(wanted, 0))


def _compose(text: str) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 (0.07 s)

    return YAML(typ="safe", pure=True).compose(text)


def _tree(node: Any) -> Tree:
    match node.id:
        case "mapping":
            return {key.value: _tree(value) for key, value in node.value}
        case "sequence":
            return [_tree(item) for item in node.value]
        case _:
            return node.value if node.style else Verbatim(node.value)


def same(one: Tree, other: Tree) -> bool:
    """Whether both mean the same, in the same order."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    kinds = (Mapping, list, tuple)
    return not isinstance(one, kinds) and not isinstance(other, kinds) and str(one) == str(other)


def _is_block(node: Any) -> bool:
    return node.id in ("mapping", "sequence") and not node.flow_style and bool(node.value)


@dataclass(frozen=True)
class _Splice:
    """All line numbers count from 0; an end is the line after the last."""

    lines: Sequence[str]

    def mapping(self, node: Any, end: int, wanted: Mapping[str, Tree], *, begin: int) -> list[str]:
        """The lines from `begin` to `end`, with the block mapping in them changed to `wanted`."""
        first = node.value[0][0].start_mark
        prefix, pad = self.lines[first.line][: first.column], " " * first.column
        chunks: dict[str, tuple[list[str], list[str]]] = {}
        at = begin
        for index, (key, child) in enumerate(node.value):
            line = key.start_mark.line
            after = node.value[index + 1][0].start_mark.line if index + 1 < len(node.value) else end
            stop = self._content_end(line, after)
            if key.value in wanted:
                own = self._entry(key, child, stop, wanted[key.value])
                chunks[key.value] = (list(self.lines[at:line]), own)
            at = stop
        written: list[str] = []
        for number, (name, value) in enumerate(wanted.items()):
            leading, own = chunks.get(name) or ([], emit(name, value, first.column))
            own[0] = (pad if number else prefix) + own[0][first.column :]
            written += leading + own
        return [*written, *self.lines[at:end]]

    def items(self, node: Any, end: int, wanted: Sequence[Item], *, begin: int) -> list[str]:
        """The same for a block list of mappings."""
        column = node.start_mark.column
        places: list[tuple[int, int, int]] = []
        at = begin
        for index, child in enumerate(node.value):
            line = child.start_mark.line
            after = node.value[index + 1].start_mark.line if index + 1 < len(node.value) else end
            stop = self._content_end(line, after)
            places.append((at, line, stop))
            at = stop
        written: list[str] = []
        for item in wanted:
            if item.was is None:
                written += emit_item(item, column)
                continue
            start, line, stop = places[item.was]
            child = node.value[item.was]
            if _is_block(child):
                written += self.mapping(child, stop, item, begin=start)
            elif same(_tree(child), item):
                written += self.lines[start:stop]
            else:
                written += [*self.lines[start:line], *emit_item(item, column)]
        return [*written, *self.lines[at:end]]

    def _entry(self, key: Any, child: Any, stop: int, value: Tree) -> list[str]:
        line, column = key.start_mark.line, key.start_mark.column
        own = list(self.lines[line:stop])
        if same(_tree(child), value):
            return own
        if _is_block(child) and child.start_mark.line > line:
            head, begin = own[:1], line + 1
            if isinstance(value, Mapping) and value and child.id == "mapping":
                return head + self.mapping(child, stop, value, begin=begin)
            if _are_items(value) and child.id == "sequence":
                return head + self.items(child, stop, value, begin=begin)
        text = inline(value)
        start, end = child.start_mark, child.end_mark
        if text is not None and len(own) == 1 and start.line == end.line == line and start.column > column:
            return [own[0][: start.column] + text + own[0][end.column :]]
        return emit(key.value, value, column)

    def _content_end(self, line: int, after: int) -> int:
        """Where the entry that begins at `line` ends: blanks and comments before `after` belong to what follows."""
        while after > line + 1 and _ASIDE.fullmatch(self.lines[after - 1]):
            after -= 1
        return after


def _are_items(value: Tree) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Item) for item in value)
