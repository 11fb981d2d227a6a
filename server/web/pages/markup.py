"""Text of models and papers as HTML: emphasis, code, formulas and safe links; everything else stays text.

Markdown is read with HTML and pictures switched off, formulas become MathML, and nh3 has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import nh3
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from server.web.plain import plain

SPECIAL = re.compile(r"[*_`\[\]~$\\<>&]|https?://")
"""Without any of these there is nothing to render."""

MATH = re.compile(
    r"\\\((?P<paren>[^\n]{1,400}?)\\\)|\\\[(?P<bracket>[^\n]{1,400}?)\\\]"
    r"|\$\$(?P<double>[^$\n]{1,400})\$\$|\$(?![\s\d])(?P<single>[^$\n]{1,400}?)(?<!\s)\$(?!\d)"
)
"""As Pandoc reads `$…$`: no space inside the dollars, no digit after them; nor one before, so that prices stay prices."""

INLINE_TAGS = {"em", "strong", "code", "s", "a", "br", "sub", "sup"}
BLOCK_TAGS = {
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
}
MATH_TAGS = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mover", "munder", "munderover",
    "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose", "mmultiscripts",
}  # fmt: skip
MATH_ATTRIBUTES = {
    "display",
    "stretchy",
    "fence",
    "separator",
    "mathvariant",
    "accent",
    "linethickness",
    "columnalign",
}


def marked(text: object) -> Markup:
    """One line of somebody's text, as HTML that holds no script, picture or foreign style."""
    shown = plain(text)
    if not SPECIAL.search(shown):
        return escape(shown)
    return _safe(_with_math(shown, _reader().renderInline), INLINE_TAGS)


def marked_block(text: object) -> Markup:
    """Several paragraphs of somebody's Markdown."""
    return _safe(_with_math(str(text), _reader().render), INLINE_TAGS | BLOCK_TAGS)


def _with_math(text: str, render: Callable[[str], str]) -> str:
    """Formulas are taken out before Markdown sees them and put back as MathML behind it."""
    formulas: list[str] = []

    def keep(found: re.Match[str]) -> str:
        source = next(group for group in found.groups() if group)
        mathml = _mathml(source, block=bool(found["bracket"] or found["double"]))
        if mathml is None:
            return found[0]
        formulas.append(mathml)
        return f"\ue000{len(formulas) - 1}\ue001"

    html = render(MATH.sub(keep, text.replace("\ue000", "").replace("\ue001", "")))
    return re.sub("\ue000(\\d+)\ue001", lambda found: formulas[int(found[1])], html)


def _mathml(source: str, *, block: bool) -> str | None:
    """None where it is no formula that can be read: it is shown as it was written."""
    try:
        return convert(source, display="block" if block else "inline")
    except Exception:  # noqa: BLE001  # the converter raises what it likes on what it cannot read
        return None


def _safe(html: str, tags: set[str]) -> Markup:
    return Markup(  # noqa: S704  # nh3 has cleaned it
        nh3.clean(
            html,
            tags=tags | MATH_TAGS,
            attributes={"a": {"href", "title"}, **dict.fromkeys(MATH_TAGS, MATH_ATTRIBUTES)},
            url_schemes={"http", "https"},
            link_rel="noopener noreferrer nofollow",
            strip_comments=True,
        ).strip()
    )


@cache
def _reader() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": False})
        .enable(["table", "strikethrough"])
        .disable("image")
    )
