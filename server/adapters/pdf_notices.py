"""Say what is worth knowing about how a paper was read: hidden text, orders to readers, pages that are pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.adapters.pdf_pieces import TELLING, HiddenRange
from server.adapters.pdf_reading import Glyphs
from server.domain.extractions import HiddenText, Notice, Page
from server.domain.instructions import find_instructions
from server.domain.normalise import clean_text

PICTURE_PAGE_CHARACTERS = 20
"""A page that shows something and has less text than this is a picture."""
MIN_HIDDEN = 4
"""Letters and digits: a label under a figure or a logo is left out of the text like all that is hidden, and not worth a
warning."""
_EXCERPT_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page before the whole paper is known."""

    number: int
    glyphs: Glyphs | None
    hidden: tuple[HiddenRange, ...] = ()
    repeated: tuple[tuple[int, int], ...] = ()
    is_picture: bool = False
    is_recognised: bool = False
    fallback: Page | None = None


def hidden_texts(seen: SeenPage) -> list[HiddenText]:
    """What of a page a person does not see."""
    if not seen.glyphs:
        return []
    glyphs = seen.glyphs.text
    texts = [
        (" ".join(clean_text(glyphs[found.start : found.end].replace("\ufffe", "")).split()), found.why)
        for found in seen.hidden
    ]
    return [HiddenText(seen.number, text, why) for text, why in texts if text]


def notices(
    seen: list[SeenPage], pages: tuple[Page, ...], hidden: tuple[HiddenText, ...], *, about: Iterable[str]
) -> list[Notice]:
    """All notices of an extraction; `about` is what the file says about itself."""
    return [*_hidden(hidden), *_instructions(pages, hidden, about), *_reading(seen, pages)]


def _hidden(hidden: tuple[HiddenText, ...]) -> Iterator[Notice]:
    for number in sorted({text.page for text in hidden}):
        texts = [text.text for text in hidden if text.page == number]
        excerpt = " … ".join(texts)
        if len(TELLING.findall(excerpt)) < MIN_HIDDEN:
            continue
        if len(excerpt) > _EXCERPT_CHARACTERS:
            excerpt = excerpt[: _EXCERPT_CHARACTERS - 1].rstrip() + "…"
        yield Notice("hidden_text", page=number, excerpt=excerpt, data={"count": sum(map(len, texts))})


def _instructions(
    pages: tuple[Page, ...], hidden: tuple[HiddenText, ...], about: Iterable[str]
) -> Iterator[Notice]:
    """One notice per page and place."""
    unseen = [
        (number, "\n".join(text.text for text in hidden if text.page == number))
        for number in sorted({text.page for text in hidden})
    ]
    for code, texts in (
        ("instruction_in_text", [(page.number, page.text) for page in pages]),
        ("instruction_in_hidden_text", unseen),
    ):
        for number, text in texts:
            if found := find_instructions(text):
                yield Notice(code, page=number, excerpt=found[0].excerpt, data={"count": len(found)})
    if found := find_instructions("\n".join(about)):
        yield Notice("instruction_in_metadata", excerpt=found[0].excerpt, data={"count": len(found)})


def _reading(seen: list[SeenPage], pages: tuple[Page, ...]) -> Iterator[Notice]:
    if any(page.fallback for page in seen):
        yield Notice("read_by_fallback")
    if recognised := [page.number for page in seen if page.is_recognised]:
        yield Notice("recognised_text", data={"pages": _ranges(recognised)})
    unread = [
        page.number
        for page, made in zip(seen, pages, strict=True)
        if len(made.text) < PICTURE_PAGE_CHARACTERS
        and (page.is_picture or not (page.glyphs or page.fallback))
    ]
    if unread:
        yield Notice("pages_without_text", data={"pages": _ranges(unread)})


def _ranges(numbers: list[int]) -> str:
    """`[1, 3, 4, 5]` as `1, 3–5`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)
