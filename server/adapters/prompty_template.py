"""Turn a Prompty template into one of ours: messages apart, the paper's place gone, inputs as variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.adapters.foreign_text import escape

PAPER_NAMES = (
    "paper",
    "paper_text",
    "paper_content",
    "full_text",
    "article",
    "manuscript",
    "document",
    "pdf",
    "text",
    "content",
    "context",
    "body",
    "source",
    "input",
)
"""What the text that is read is usually called; the first of them that a template uses is the paper."""

_ROLES = {"system": "system", "developer": "system", "user": "user"}
_MARKER = re.compile(
    r"[ \t]{0,8}#?[ \t]{0,8}(system|user|assistant|developer|tool|function)(?:\[[^\]\n]{0,200}\])?[ \t]{0,8}:",
    re.IGNORECASE,
)
_TAG = re.compile(r"\{\{.{0,500}?\}\}|\{%.{0,500}?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.{0,2000}?#\}", re.DOTALL)
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|([.|]\s{0,4})?\b([A-Za-z_]\w*)")
_PLACEHOLDER = re.compile(r"\{\{-?\s{0,4}([A-Za-z_]\w*)\s{0,4}(?:\|[^{}\n]{0,80})?-?\}\}")
_TARGET = re.compile(r"\{%-?\s{0,4}for\s{1,4}([A-Za-z_]\w*)\s{1,4}in\b")
_MUSTACHE = re.compile(r"\{\{\s{0,4}[#/^>&!]")
_WRAPPED = (
    re.compile(r"[ \t]{0,8}(?:</?[\w -]{1,40}>|```\w{0,20}|~~~|\"\"\"|'''|-{3,20}|={3,20})[ \t]{0,8}"),
    re.compile(r"[ \t]{0,8}[\w #*-]{1,40}:[ \t*]{0,8}"),
)
KEYWORDS = frozenset(
    [
        "if",
        "elif",
        "else",
        "endif",
        "for",
        "in",
        "endfor",
        "not",
        "and",
        "or",
        "is",
        "defined",
        "none",
        "true",
        "false",
        "loop",
    ]
)


@dataclass(frozen=True, slots=True)
class Messages:
    """A body's messages, those of one role joined."""

    system: str
    user: str
    left_out: tuple[str, ...]
    """Roles that have no place here."""
    joined: bool


def split_messages(body: str) -> Messages:
    """Before anything is filled in; a text without markers is one system message."""
    found: dict[str, list[str]] = {"system": [], "user": []}
    left_out: list[str] = []
    current = found["system"]
    current.append("")
    for line in body.split("\n"):
        marker = _MARKER.fullmatch(line.rstrip())
        if not marker:
            current[-1] += line + "\n"
            continue
        role = marker[1].lower()
        if role in _ROLES:
            current = found[_ROLES[role]]
        else:
            current = []
            left_out.append(role)
        current.append("")
    texts = {role: [one.strip("\n") for one in said if one.strip()] for role, said in found.items()}
    return Messages(
        system="\n\n".join(texts["system"]),
        user="\n\n".join(texts["user"]),
        left_out=tuple(dict.fromkeys(left_out)),
        joined=any(len(said) > 1 for said in texts.values()),
    )


def has_mustache(text: str) -> bool:
    """Whether it uses sections, partials or comments of Mustache, which Jinja reads otherwise."""
    return bool(_MUSTACHE.search(text))


def names_in(text: str) -> frozenset[str]:
    """Names that a template's tags use, without those of Jinja itself."""
    found = {
        word[2]
        for tag in _TAG.finditer(text)
        for word in _WORD.finditer(tag.group())
        if word[2] and not word[1]
    }
    return frozenset(found - KEYWORDS)


def placeholders_in(text: str) -> frozenset[str]:
    """Names that stand alone in `{{ … }}`, perhaps with a filter, and are no loop's own."""
    targets = {one[1] for one in _TARGET.finditer(text)}
    return frozenset(one[1] for one in _PLACEHOLDER.finditer(text)) - targets


def with_lines(text: str, names: Collection[str]) -> str:
    """As the template that comes of it, but with every line where it was: to tell where something is wrong."""
    text = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
    return _place_of(names).sub("", text) if names else text


def take_out_paper(text: str, names: Collection[str]) -> str:
    """Without the place of the paper's text and what was put round it. Within a sentence it becomes `the paper above`."""
    if not names:
        return text
    place = _place_of(names)
    lines = text.split("\n")
    gone: set[int] = set()
    for index, line in enumerate(lines):
        if len(line) < 200 and place.fullmatch(line.strip()):
            gone.add(index)
            gone |= _wrapping(lines, index)
    kept = [line for index, line in enumerate(lines) if index not in gone]
    return place.sub("the paper above", "\n".join(kept)).strip("\n")


def rewrite(text: str, *, variables: Mapping[str, str], always: Collection[str]) -> str:
    """Inputs as `vars.…`; those `always` there as true. What is no tag stays, and begins no message.

    Args:
        variables: Name of an input → name of the variable.
    """
    pieces: list[str] = []
    end = 0
    text = _COMMENT.sub("", text)
    for tag in _TAG.finditer(text):
        pieces += [_guarded(text[end : tag.start()]), _renamed(tag.group(), variables, always)]
        end = tag.end()
    return "".join([*pieces, _guarded(text[end:])])


def _place_of(names: Collection[str]) -> re.Pattern[str]:
    one_of = "|".join(re.escape(name) for name in names)
    return re.compile(r"\{\{-?\s{0,4}(?:" + one_of + r")\s{0,4}(?:\|[^{}\n]{0,80})?-?\}\}")


def _guarded(text: str) -> str:
    """Outside tags: as `escape` does, so that an opening without an end is text too."""
    return escape(text)


def _renamed(tag: str, variables: Mapping[str, str], always: Collection[str]) -> str:
    def new(word: re.Match[str]) -> str:
        if word[2] is None or word[1]:
            return word.group()
        if word[2] in variables:
            return f"vars.{variables[word[2]]}"
        return "true" if word[2] in always else word.group()

    return _WORD.sub(new, tag)


def _wrapping(lines: list[str], index: int) -> set[int]:
    """Fences or tags right round a line, or a label such as `Text:` before it."""
    before = next((n for n in range(index - 1, -1, -1) if lines[n].strip()), None)
    after = next((n for n in range(index + 1, len(lines)) if lines[n].strip()), None)
    fence, label = _WRAPPED
    if (
        before is not None
        and after is not None
        and fence.fullmatch(lines[before])
        and fence.fullmatch(lines[after])
    ):
        outer = next((n for n in range(before - 1, -1, -1) if lines[n].strip()), None)
        told = {outer} if outer is not None and label.fullmatch(lines[outer]) else set()
        return {before, after} | told
    return {before} if before is not None and label.fullmatch(lines[before]) else set()
