"""Split a persona file into its front matter and its messages, before anything is rendered.

Splitting first is what keeps roles unforgeable: whatever a value later brings into a message, it stays in that message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from server.adapters.persona_problems import Problem, problem
from server.domain.personas import Part, Role

MAX_CHARACTERS = 131_072

_MARKER = re.compile(
    r"(?:(?P<role>system|user|assistant|developer|tool)|step\.(?P<step>[a-z][a-z0-9_]*))"
    r"(?:\.(?P<language>[A-Za-z-]+))?:(?P<rest>.*)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Sections:
    """A file in its pieces; lines count from 1."""

    front: str | None = None
    front_line: int = 2
    parts: list[Part] = field(default_factory=list)
    step_parts: list[Part] = field(default_factory=list)
    """Messages of single steps."""
    problems: list[Problem] = field(default_factory=list)


def normalise(source: str) -> str:
    """Without a byte order mark, lines ended by `\\n`: so that the same persona has the same digest everywhere."""
    return source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def split(source: str) -> Sections:
    """The pieces of a normalised persona file, and what is wrong with how it is put together."""
    found = Sections()
    if len(source) > MAX_CHARACTERS:
        found.problems.append(problem("too_large", 1, what="persona.md", limit=MAX_CHARACTERS))
        return found
    control = _CONTROL.search(source)
    if control:
        line = source.count("\n", 0, control.start()) + 1
        found.problems.append(problem("not_text", line, character=f"U+{ord(control.group()):04X}"))
        return found
    lines = source.split("\n")
    if lines[0].rstrip() != "---":
        found.problems.append(problem("no_front_matter", 1))
        return found
    closing = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"), None)
    if closing is None:
        found.problems.append(problem("unclosed_front_matter", len(lines)))
        return found
    found.front = "\n".join(lines[1:closing])
    _split_body(lines, closing + 1, found)
    return found


def _split_body(lines: list[str], start: int, found: Sections) -> None:
    """Messages begin at lines that hold nothing but a role."""
    seen: dict[str, int] = {}
    role: Role | None = None
    language: str | None = None
    step: str | None = None
    first = start
    for index in range(start, len(lines) + 1):
        marker = _MARKER.fullmatch(lines[index].rstrip()) if index < len(lines) else None
        if marker and marker["rest"].strip():
            found.problems.append(
                problem("section_text", index + 1, section=marker.group().split(":")[0] + ":")
            )
            marker = None
        if marker is None and index < len(lines):
            continue
        _close(lines, first, index, role=role, language=language, step=step, found=found)
        if marker is None:
            return
        step = marker["step"]
        role, language, first = _role(marker, index, found, seen), marker["language"], index + 1


def _role(marker: re.Match[str], index: int, found: Sections, seen: dict[str, int]) -> Role | None:
    name = marker.group().rstrip(":")
    of_step = marker["step"] is not None
    if (marker["role"] not in ("system", "user") and not of_step) or marker["language"] not in (
        None,
        "ja",
        "en",
    ):
        found.problems.append(problem("unknown_section", index + 1, section=name + ":"))
        return None
    if name in seen:
        found.problems.append(problem("duplicate_section", index + 1, section=name + ":"))
    seen[name] = index
    return Role.USER if of_step else Role(marker["role"])


def _close(
    lines: list[str],
    first: int,
    end: int,
    *,
    role: Role | None,
    language: str | None,
    step: str | None,
    found: Sections,
) -> None:
    while first < end and not lines[first].strip():
        first += 1
    text = "\n".join(lines[first:end]).rstrip()
    if not text:
        return
    if role is not None:
        own = found.parts if step is None else found.step_parts
        own.append(Part(role, language, text + "\n", first + 1, step))
    elif not found.parts and not any(one["code"] == "unknown_section" for one in found.problems):
        found.problems.append(problem("text_before_section", first + 1))
