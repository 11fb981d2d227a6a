"""What a person waits for at the command line: help, a first comparison, one of a paper that is known already.

    python benchmarks/startup.py [PAPER.pdf] [--rounds 5]

Each command is a process of its own, as a person starts it, with its modules compiled, as pip leaves them; beside it
the bare interpreter and the raw library reading the same paper. The second table says which packages an `extracted` comparison spends its time importing.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
PAPER = ROOT.parent / "shared" / "papers" / "s2orc.pdf"
SAMPLE = ROOT / "samples" / "paper-first.pdf"
RAW = (
    "import sys, pypdfium2\n"
    "document = pypdfium2.PdfDocument(sys.argv[1])\n"
    "print(sum(len(page.get_textpage().get_text_range()) for page in document))"
)
YOMI = ("-m", "server")
PACKAGES = 10


def seconds(arguments: Sequence[str], env: Mapping[str, str]) -> float:
    """Wall time of one process, which must succeed."""
    began = time.perf_counter()
    subprocess.run(  # noqa: S603
        [sys.executable, *arguments], env=dict(env), cwd=ROOT, check=True, capture_output=True, timeout=120
    )
    return time.perf_counter() - began


def imports(arguments: Sequence[str], env: Mapping[str, str]) -> Counter[str]:
    """Milliseconds spent in the modules of each package."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-X", "importtime", *arguments],
        env=dict(env),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    spent: Counter[str] = Counter()
    for line in re.finditer(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", done.stderr):
        name = line[2].split(".")
        package = ".".join(name[:2]) if name[0] == "server" else name[0]
        spent[package if package not in sys.stdlib_module_names else "(standard library)"] += int(line[1])
    return spent


def environment(home: Path) -> dict[str, str]:
    """As in a fresh account; modules are kept compiled in a folder of this benchmark's own."""
    ours = ("YOMI_", "OPENAI_", "PYTHON")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return env | {"YOMI_DATA_DIR": str(home / "data"), "PYTHONPYCACHEPREFIX": str(home / "compiled")}


def measure(paper: Path, *, rounds: int) -> dict[str, float]:
    """Median seconds of each line."""
    compare = (*YOMI, "compare", str(paper), "-p", "summarizer", "-p", "interpreter")
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        seconds(compare, env)  # compiles, and extracts
        lines: dict[str, list[float]] = {}
        for number in range(rounds):
            cold = {**env, "YOMI_DATA_DIR": str(Path(folder, f"data-{number}"))}
            for name, arguments, where in (
                ("python -c pass", ("-c", "pass"), env),
                ("raw pypdfium2, text of all pages", ("-c", RAW, str(paper)), env),
                ("yomi --help", (*YOMI, "--help"), env),
                ("yomi compare, nothing there yet", compare, cold),
                ("yomi compare, paper extracted", (*compare, "--fresh"), env),
                ("yomi compare, all known (reused)", compare, env),
            ):
                lines.setdefault(name, []).append(seconds(arguments, where))
    return {name: statistics.median(times) for name, times in lines.items()}


@click.command(help=__doc__)
@click.argument("paper", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--rounds", default=5, show_default=True)
def main(paper: Path | None, rounds: int) -> None:
    paper = (paper or (PAPER if PAPER.is_file() else SAMPLE)).resolve()
    measured = measure(paper, rounds=rounds)
    console = Console(width=150)
    table = Table("command", "s", title=f"{paper.name}, median of {rounds}")
    for name, value in measured.items():
        table.add_row(name, f"{value:.2f}")
    console.print(table)

    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        compare = (*YOMI, "compare", str(paper), "-p", "summarizer", "-p", "interpreter")
        seconds(compare, env)
        spent = imports(compare, env)
    table = Table("package", "ms", title="imports, paper extracted")
    for package, microseconds in spent.most_common(PACKAGES):
        table.add_row(package, f"{microseconds / 1000:.0f}")
    table.add_row("all", f"{spent.total() / 1000:.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
