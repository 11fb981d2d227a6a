"""What PDFs and models do to a true quote without changing what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Change = Callable[[str, Random], str | None]
"""A changed text, or None when there is nothing to change in it."""

_LIGATURES = (("ffi", "ﬃ"), ("ffl", "ﬄ"), ("ff", "ﬀ"), ("fi", "ﬁ"), ("fl", "ﬂ"))
_LONG_WORD = re.compile(r"(?<![A-Za-z-])[a-z]{7,}(?![A-Za-z-])")
_PLAIN_PAIR = re.compile(r"(?<=[a-z]{4}) (?=[a-z]{4})")
_KEPT_APART = re.compile(r"(?i)\b(not|no|nor|never|without|neither|none|cannot|hardly|barely)\b")
_WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x30, 0x3A)} | {"(": "（", ")": "）"})
_NARROW = {wide: narrow for narrow, wide in _WIDE.items()}


def ligatures(text: str, _: Random) -> str | None:
    changed = text
    for plain, joined in _LIGATURES:
        changed = changed.replace(plain, joined)
    return changed if changed != text else None


def hyphenated(text: str, dice: Random) -> str | None:
    """One word broken as at the end of a line: with a hyphen and a line break, a soft hyphen, or a hyphen and space."""
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return None
    word = dice.choice(words)
    at = dice.randrange(word.start() + 3, word.end() - 3)
    return text[:at] + dice.choice(("-\n", "\u00ad", "- ", "\u00ad\n")) + text[at:]


def broken_lines(text: str, dice: Random) -> str | None:
    if " " not in text:
        return _broken_wide(text, dice)
    places = [m.start() for m in re.finditer(" ", text)]
    for at in dice.sample(places, min(len(places), 3)):
        text = f"{text[:at]}\n{text[at + 1 :]}"
    return text


def _broken_wide(text: str, dice: Random) -> str | None:
    places = [m.end() for m in re.finditer(r"[\u3040-\u309f、，](?=[\u4e00-\u9fff])", text)]
    if not places:
        return None
    at = dice.choice(places)
    return f"{text[:at]}\n{text[at:]}"


def spacing(text: str, dice: Random) -> str | None:
    """Wider, narrower and lost spaces; in Japanese, spaces where none or one belongs."""
    pairs = [
        m.start()
        for m in _PLAIN_PAIR.finditer(text)
        if not _KEPT_APART.search(text[max(0, m.start() - 9) : m.start() + 10])
    ]
    if pairs and dice.random() < 0.5:
        at = dice.choice(pairs)
        text = text[:at] + text[at + 1 :]
    if " " in text:
        return re.sub(" ", lambda _: dice.choice((" ", "  ", "\u00a0", "\u2009")), text)
    places = [m.end() for m in re.finditer(r"[\u3040-\u309f](?=[\u4e00-\u9fff])", text)]
    if not places:
        return None
    at = dice.choice(places)
    return f"{text[:at]} {text[at:]}"


def tight_japanese(text: str, _: Random) -> str | None:
    """Japanese as most models write it: no spaces around Latin words and numbers."""
    changed = re.sub(r"(?<=[\u3040-\u9fff]) (?=\w)|(?<=\w) (?=[\u3040-\u9fff])", "", text)
    return changed if changed != text else None


def full_width(text: str, _: Random) -> str | None:
    """Digits and brackets in their full-width forms, or in their plain ones where the paper has wide ones."""
    changed = text.translate(_WIDE)
    if changed != text:
        return changed
    changed = "".join(chr(_NARROW[ord(c)]) if ord(c) in _NARROW else c for c in text)
    return changed if changed != text else None


def sentence_marks(text: str, _: Random) -> str | None:
    """。 for ． and 、 for ，, and the other way round."""
    there = text.translate(str.maketrans("．，", "。、"))
    if there != text:
        return there
    back = text.translate(str.maketrans("。、", "．，"))
    return back if back != text else None


def typography(text: str, _: Random) -> str | None:
    """Quotation marks and apostrophes straight where they were curly, and the other way round; dashes of another
    length between words."""
    changed = text.translate(str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'}))
    if changed == text:
        changed = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    changed = re.sub(r"(?<=[a-z])[–—](?=[a-z])", "-", changed)
    changed = re.sub(r"(?<=[a-z]) [–—] (?=[a-z])", " - ", changed)
    return changed if changed != text else None


NOISES: dict[str, Change] = {
    "ligature": ligatures,
    "hyphen": hyphenated,
    "line break": broken_lines,
    "spacing": spacing,
    "no spaces around Latin": tight_japanese,
    "full-width": full_width,
    "sentence marks": sentence_marks,
    "typography": typography,
}


def mixed(text: str, dice: Random) -> str | None:
    """Two or three of them at once."""
    changed = text
    for name in dice.sample(sorted(NOISES), 4):
        changed = NOISES[name](changed, dice) or changed
    return changed if changed != text else None
