"""Say what is behind a YAML parser's message, in the words of who writes the file."""

from __future__ import annotations

import re
from typing import Any

from server.adapters.persona_problems import Problem, problem

MAX_EXAMPLE = 60


def explain(error: Any, lines: list[str], *, first_line: int) -> Problem:
    """The problem behind a `MarkedYAMLError`; `lines` are those of the text, the first of them `first_line`."""
    mark = error.problem_mark or error.context_mark
    index = min(mark.line if mark else 0, len(lines) - 1)
    for pattern, code in _BEFORE:
        # The parser stumbles later than the mistake: an open quote, for one, goes on to the next quotation mark.
        found = next((n for n, text in enumerate(lines[: index + 1]) if pattern.match(text)), None)
        if found is not None:
            return problem(code, first_line + found)
    line, said, context = first_line + index, error.problem or "", error.context or ""
    special = re.search(r"character '(.)' that cannot start|(sequence) entries are not allowed", said)
    if special:
        return problem("yaml_start", line, character=special[1] or "-")
    if "mapping values are not allowed" in said:
        return _colon_or_indent(lines[index], line)
    opened = first_line + (error.context_mark.line if error.context_mark else index)
    for words, code in _CONTEXTS.items():
        if words in context:
            return problem(code, opened)
    if re.search(r":\s+(['\"]).*\1.*\S", lines[index]) and "scalar" in said:
        return problem("yaml_quote", line)
    if re.search("block (?:mapping|collection)", context) or "document start" in said:
        return problem("yaml_indent", line)
    return problem("yaml_syntax", line, detail=said[:120] or "?")


_BEFORE = (
    (re.compile("%"), "yaml_documents"),
    (re.compile(r"""\s*(?:- )?[\w.-]+:\s+(?:"(?:[^"\\]|\\.)*|'[^']*)$"""), "yaml_quote"),
)
_CONTEXTS = {
    "alias": "yaml_anchor",
    "anchor": "yaml_anchor",
    "quoted scalar": "yaml_quote",
    "flow mapping": "yaml_bracket",
    "flow sequence": "yaml_bracket",
}


def _colon_or_indent(content: str, line: int) -> Problem:
    key = re.match(r"\s*(?:- )?([\w.-]+):\s+(.*:(?:\s.*|))$", content)
    if not key:
        return problem("yaml_indent", line)
    shown = key[2] if len(key[2]) <= MAX_EXAMPLE else key[2][: MAX_EXAMPLE - 1] + "…"
    quoted = shown.replace('"', '\\"')
    return problem("yaml_colon", line, example=f'{key[1]}: "{quoted}"')
