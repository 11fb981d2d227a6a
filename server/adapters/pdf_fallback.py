"""Text by pypdf for the pages that PDFium cannot open: no places on the page, and only where it can be trusted."""

from __future__ import annotations

import unicodedata
from typing import Any

import pypdf

from server.adapters.pdf_text import NOWHERE
from server.domain.extractions import Page
from server.domain.normalise import clean_text

_CJK = {"Japan1", "GB1", "CNS1", "Korea1"}
_STRANGE_SHARE = 0.05
"""Letters wrongly decoded fall into marks, symbols and rare scripts all over Unicode; honest text hardly does."""


def fallback_page(reader: pypdf.PdfReader, page_index: int) -> Page | None:
    """The page as pypdf reads it, or None when it fails or yields mojibake.

    pypdf decodes Identity-H fonts without ToUnicode (the normal output of Japanese TeX) into other characters without
    any error, so that such pages are refused by their fonts, and the rest by how the text looks.
    """
    try:
        page = reader.pages[page_index]
        width, height = float(page.cropbox.width), float(page.cropbox.height)
        if (page.rotation or 0) % 180:
            width, height = height, width
        if _has_undecodable_fonts(page):
            return None
        text = clean_text(page.extract_text()).strip()
    except Exception:  # noqa: BLE001  pypdf raises Python's own errors too on damaged files
        return None
    if looks_like_mojibake(text):
        return None
    return Page(page_index + 1, width, height, text, NOWHERE.tobytes() * len(text))


def looks_like_mojibake(text: str) -> bool:
    """Whether a text is made of letters that no language puts together."""
    letters = [letter for letter in text if not letter.isspace()]
    if not letters:
        return False
    scripts: dict[str, int] = {}
    strange = 0
    for letter in letters:
        category = unicodedata.category(letter)
        if category in {"Cn", "Mn", "Me", "Sk"} or letter == "\ufffd":
            strange += 1
        elif category[0] == "L" and "\u02ff" < letter < "\u2000":
            script = unicodedata.name(letter, "?").split()[0]
            scripts[script] = scripts.get(script, 0) + 1
    # One foreign script is a language; crumbs of several are not.
    strange += sum(scripts.values()) - max(scripts.values(), default=0)
    return strange > _STRANGE_SHARE * len(letters)


def _has_undecodable_fonts(page: Any) -> bool:
    resources = page.get("/Resources")
    fonts = resources.get_object().get("/Font") if resources is not None else None
    for font in (fonts.get_object() if fonts is not None else {}).values():
        description = font.get_object()
        if not isinstance(description, dict):
            continue  # a font that is not in the file
        if description.get("/Subtype") != "/Type0" or "/ToUnicode" in description:
            continue
        descendant = description["/DescendantFonts"][0].get_object()
        ordering = str(descendant["/CIDSystemInfo"].get_object().get("/Ordering"))
        if str(description.get("/Encoding")).startswith("/Identity") and ordering in _CJK:
            return True
    return False
