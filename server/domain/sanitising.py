"""Clean a model's text of characters that carry no meaning and break what comes after."""

from __future__ import annotations

import re

_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed (CR is dealt with before)
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction: make text read otherwise than it is
    "\ud800-\udfff"  # lone surrogates: cannot be encoded
    "\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"  # tags: text that nobody sees
    "]"
)


def sanitise(text: str) -> str:
    """`text` without control, direction, tag and surrogate characters; line breaks become `\\n`."""
    return _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
