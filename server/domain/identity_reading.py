"""Read what a paper says it is: title, authors, affiliation, venue, year, DOI, arXiv id."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.author_reading import read_authors
from server.domain.extractions import Page
from server.domain.front_matter import front_matters
from server.domain.identity import Identity
from server.domain.printed import Printed
from server.domain.publication_reading import read_publication
from server.domain.title_reading import read_title


def read_identity(
    pages: tuple[Page, ...],
    lines: Sequence[Printed],
    *,
    language: str,
    title: str | None = None,
    author: str | None = None,
) -> Identity:
    """What the first page (or the second, behind a cover) prints; None for what it does not.

    Args:
        title: The PDF's own title, a hint.
        author: The PDF's own author, a hint.
    """
    fronts = front_matters(pages, lines)
    headers = tuple(
        line.text for line in lines if line.page in {1, 2, 3, 4} and (line.furniture or line.page == 1)
    )
    for index, front in enumerate(fronts):
        found = read_title(front, language=language, metadata=title, headers=headers)
        if not found:
            continue
        authors, affiliation = read_authors(front, found[1], metadata=author)
        published = read_publication(fronts, first=index, lines=lines)
        return Identity(
            found[0], authors, affiliation, published.venue, published.year, published.doi, published.arxiv_id
        )
    published = read_publication(fronts, first=0, lines=lines)
    return Identity(
        venue=published.venue, year=published.year, doi=published.doi, arxiv_id=published.arxiv_id
    )
