"""Rebuild the sample PDFs from their Typst sources, byte for byte: `python samples/build.py`.

Needs `pip install typst==0.15.0` and, for the Japanese paper, the fonts of Debian's `fonts-noto-cjk`.
The rest of the fonts come with Typst. The date inside the files is fixed, so the same versions give the same bytes.
"""
# ruff: noqa: INP001 (a script beside its sources, not a package)

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent
STAMP = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
NEEDS_SYSTEM_FONTS = {"japanese-pdf": "Noto Serif CJK JP"}


def build(name: str) -> Path:
    """Compile `<name>.typ` to `<name>.pdf` beside it."""
    family = NEEDS_SYSTEM_FONTS.get(name)
    if family and family not in typst.Fonts().families():
        sys.exit(f"{name}: the font '{family}' is missing. On Debian: apt-get install fonts-noto-cjk")
    target = HERE / f"{name}.pdf"
    typst.compile(
        str(HERE / f"{name}.typ"),
        output=str(target),
        root=str(HERE),
        ignore_system_fonts=family is None,
        timestamp=int(STAMP.timestamp()),
    )
    return target


def main() -> None:
    names = sys.argv[1:] or ["paper-first", "japanese-pdf", "hidden-instruction"]
    for name in names:
        target = build(name)
        sys.stdout.write(f"{target.name}: {target.stat().st_size / 1024:.0f} KB\n")


if __name__ == "__main__":
    main()
