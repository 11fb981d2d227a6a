"""Foreign text in Markdown: nothing a paper or model wrote becomes a link, image, heading, HTML or footnote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from server.web.plain import plain

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.|mailto:)[^\s`<>|]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[a-z0-9-]{2,}\.)+(?:com|net|org|info|biz|name|shop|[a-z]{2})\b(?:/[^\s`<>|]*)?",
    re.IGNORECASE,
)
"""What renderers turn into a link by themselves: shown as code, which none of them links."""
_SPECIAL = re.compile(r"([\\`*_\[\]{}|~$!])")
_MARKERS = re.compile(r"==|%%|\+\+|\^\^")
"""Highlights, comments and insertions of some renderers."""
_LINE_START = re.compile(r"^(?:(?P<number>\d+)(?P<point>[.)])|(?P<sign>[-+=#:]))")


def escape(text: object) -> str:
    """`text` on one line, so that every renderer shows its characters and nothing else."""
    line = plain(text)
    out: list[str] = []
    done = 0
    for match in _ADDRESS.finditer(line):
        out += [_escape(line[done : match.start()]), f"`{match.group().replace('`', '')}`"]
        done = match.end()
    out.append(_escape(line[done:]))
    return _LINE_START.sub(_escape_start, "".join(out), count=1)


def _escape(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;")).replace("<", "&lt;").replace(">", "&gt;")
    return _MARKERS.sub(lambda m: "".join(f"\\{c}" for c in m.group()), text)


def _escape_start(match: re.Match[str]) -> str:
    if match["sign"]:
        return f"\\{match['sign']}"
    return f"{match['number']}\\{match['point']}"


def page_link(pdf: str, page: int) -> str:
    """`[p. 4](paper.pdf#page=4)`; `pdf` is a file name or relative path, as the reader will have it."""
    return f"[p. {page}]({quote(plain(pdf), safe='/')}#page={page})"


def front_matter(values: Iterable[tuple[str, object]]) -> str:
    """A YAML block. Strings are quoted as JSON, which is YAML; empty values are left out; dates stay bare."""
    lines = ["---"]
    for name, value in values:
        if value is None or value == ():
            continue
        if isinstance(value, tuple):
            lines += [f"{name}:", *(f"  - {_flow(one)}" for one in value)]
        else:
            lines.append(f"{name}: {_flow(value)}")
    return "\n".join([*lines, "---"])


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)
