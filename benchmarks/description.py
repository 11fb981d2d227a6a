"""Print what describing finds on real papers beside what is printed there: identity, and hand-labelled references."""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz
from server.adapters import pdf_extraction
from server.domain.description import Description, Metadata, describe
from server.domain.extractions import Page
from server.domain.printed import squash
from server.domain.references import Reference

ROOT = Path(__file__).resolve().parents[1]
PAPERS = ROOT.parent / "shared" / "papers"
LABELS = Path(__file__).parent / "data"
FUZZY = 90
"""A title counts as found from this similarity (0–100) of letters and digits on."""


def main() -> int:
    if not PAPERS.is_dir():
        print("needs ../shared/papers beside the checkout")
        return 1
    with (PAPERS / "manifest.csv").open(encoding="utf-8") as file:
        manifest = list(csv.DictReader(file))
    described = {row["file"]: _described(PAPERS / row["file"]) for row in manifest}
    _print_identity(manifest, described)
    print()
    _print_references(described)
    return 0


def _described(path: Path) -> tuple[Description, int, float]:
    """The description, pages, and CPU seconds that describing alone took."""
    seen: list[tuple[tuple[Page, ...], Metadata]] = []

    def remember(pages: tuple[Page, ...], *, metadata: Metadata) -> Description:
        seen.append((pages, metadata))
        return describe(pages, metadata=metadata)

    pdf_extraction.describe = remember  # the pages and metadata exactly as the product sees them
    try:
        pdf_extraction.extract(
            path.read_bytes(),
            reader="benchmark",
            version="benchmark",
            limits=pdf_extraction.Limits(),
            report=lambda *_: None,
        )
    finally:
        pdf_extraction.describe = describe
    pages, metadata = seen[0]
    started = time.process_time()
    description = describe(pages, metadata=metadata)
    return description, len(pages), time.process_time() - started


def _print_identity(
    manifest: list[dict[str, str]], described: dict[str, tuple[Description, int, float]]
) -> None:
    print(f"{'paper':20} title first last count year   lang  venue / DOI / arXiv{'':32} s/paper")
    totals = dict.fromkeys(("title", "first", "last", "count", "year", "lang"), 0)
    stated = 0
    for row in manifest:
        description, _, seconds = described[row["file"]]
        identity = description.identity
        authors = identity.authors.value if identity.authors else ()
        right = {
            "title": bool(identity.title) and squash(identity.title.value) == squash(row["title"]),
            "first": squash(authors[0] if authors else "") == squash(row["first_author"]),
            "last": squash(authors[-1] if authors else "") == squash(row["last_author"]),
            "count": len(authors) == int(row["authors"]),
            "year": (str(identity.year.value) if identity.year else "") == row["year"],
            "lang": description.language == row["language"],
        }
        stated += bool(row["year"])
        for name, yes in right.items():
            totals[name] += yes and (name != "year" or bool(row["year"]))
        where = " / ".join(
            str(found.value) for found in (identity.venue, identity.doi, identity.arxiv_id) if found
        )
        marks = " ".join(f"{'yes' if yes else 'NO':5}" for yes in right.values())
        print(f"{row['file']:20} {marks}  {where[:50]:50} {seconds:.3f}")
    print(
        f"{'of ' + str(len(manifest)):20} "
        + " ".join(f"{totals[name]:<5}" for name in totals)
        + f"  (a year is printed or known for {stated})"
    )


def _print_references(described: dict[str, tuple[Description, int, float]]) -> None:
    print(f"{'reference lists':20} labelled found right precision recall")
    all_labelled = all_found = all_right = 0
    for path in sorted(LABELS.glob("references_*.csv")):
        name = path.stem.removeprefix("references_")
        with path.open(encoding="utf-8") as file:
            labels = list(csv.DictReader(file))
        found = described[f"{name}.pdf"][0].references
        right = _right(labels, found)
        all_labelled, all_found, all_right = (
            all_labelled + len(labels),
            all_found + len(found),
            all_right + right,
        )
        _print_line(name, len(labels), len(found), right)
    _print_line("all", all_labelled, all_found, all_right)


def _print_line(name: str, labelled: int, found: int, right: int) -> None:
    print(f"{name:20} {labelled:8} {found:5} {right:5} {right / max(1, found):9.1%} {right / labelled:6.1%}")


def _right(labels: list[dict[str, str]], found: tuple[Reference, ...]) -> int:
    """How many labels have an entry of their own with the same year and (nearly) the same title."""
    left = list(found)
    right = 0
    for label in labels:
        match = next((entry for entry in left if _is(entry, label)), None)
        if match:
            left.remove(match)
            right += 1
    return right


def _is(entry: Reference, label: dict[str, str]) -> bool:
    same = fuzz.ratio(squash(entry.title or ""), squash(label["title"])) >= FUZZY
    return same and str(entry.year or "") == label["year"]


if __name__ == "__main__":
    sys.exit(main())
