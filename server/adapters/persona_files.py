"""Personas in folders: the built-in ones and those of the user, read when wanted and again when they change."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from server.adapters.persona_examples import example_problems, read_examples
from server.adapters.persona_lint import ID, read_persona
from server.adapters.persona_problems import Problem, errors_of, invalid, problem
from server.adapters.persona_sections import normalise
from server.adapters.persona_tests import read_tests
from server.domain.errors import PersonaInvalidError
from server.domain.examples import Example
from server.domain.personas import Origin, Persona

MAIN = "persona.md"
DISPLAY = "display.md.j2"
MAX_FILES = 100
MOST_LOOKED = 1000
"""Ids that somebody asked for and whether there is such a persona; then they are forgotten."""
MAX_FILE_BYTES = 512 * 1024


@dataclass(frozen=True)
class PersonaFileParser:
    """`ports.PersonaParser`: a persona from its text."""

    check_templates: bool = True
    """False only for files that ship with the program."""

    def parse(self, source: str, *, id: str, files: Mapping[str, bytes] | None = None) -> Persona:  # noqa: A002
        """A persona from the text of its persona.md and the other files of its folder.

        Raises:
            PersonaInvalidError: every error with its line and fix. Warnings do not stop it; `lint` shows them.
        """
        files = files or {}
        read = read_persona(source, id=id, check_templates=self.check_templates)
        if read.persona is None:
            raise invalid(errors_of(read.problems))
        try:
            display = files[DISPLAY].decode() if DISPLAY in files else None
        except UnicodeDecodeError as error:
            raise invalid([problem("not_text", 1, character=DISPLAY)]) from error
        digest = _digest({MAIN: normalise(source).encode(), **files})
        return replace(read.persona, digest=digest, display=display, files=dict(files))

    def check_files(self, persona: Persona) -> None:
        """
        Raises:
            PersonaInvalidError: an example is no answer to the persona's questions, or a test cannot be read.
        """
        if problems := errors_of([*example_problems(persona), *read_tests(persona).problems]):
            raise invalid(problems)

    def examples(self, persona: Persona) -> tuple[Example, ...]:
        """In the order of their files' names; those with errors are left out."""
        return read_examples(persona)


@dataclass
class FolderPersonas:
    """`ports.PersonaLibrary` over the built-in folder and the user's.

    The built-in id wins, then the earlier folder. A folder whose persona.md is wrong is left out of `list` and kept in
    `broken`; asking for it by id says what is wrong.
    """

    builtin: Path
    extra: Sequence[Path] = ()
    look_every_s: float = 0.0
    """Whether a persona's files have changed is found out at most so often: it takes 2 ms, and a run wants its persona
    twice."""
    clock: Callable[[], float] = time.monotonic
    _cache: dict[Path, tuple[_Stamp, Persona | PersonaInvalidError]] = field(default_factory=dict, init=False)
    _looked: dict[str, tuple[float, Persona | None]] = field(default_factory=dict, init=False)

    def list(self) -> tuple[Persona, ...]:
        return tuple(one for one in self._all().values() if isinstance(one, Persona))

    def broken(self) -> dict[str, PersonaInvalidError]:
        """Ids of the personas that cannot be used, and why."""
        return {id_: one for id_, one in self._all().items() if isinstance(one, PersonaInvalidError)}

    def get(self, id: str, version: str | None = None) -> Persona | None:  # noqa: A002
        """One persona, or None where there is none of this id and version.

        Raises:
            PersonaInvalidError: its file is wrong.
        """
        if not ID.fullmatch(id):
            return None
        now, (looked, found) = self.clock(), self._looked.get(id, (-math.inf, None))
        if now - looked >= self.look_every_s:
            found = self._look(id)
            if len(self._looked) >= MOST_LOOKED:
                self._looked.clear()
            self._looked[id] = (now, found)
        return found if found and version in (None, found.version) else None

    def _look(self, id_: str) -> Persona | None:
        for folder, origin in self._folders(id_):
            if folder.name == id_:
                found = self._read(folder, origin)
                if isinstance(found, PersonaInvalidError):
                    raise found
                return found
        return None

    def folder_of(self, id: str) -> Path | None:  # noqa: A002
        """Where the persona is that `get` gives for this id."""
        return next((folder for folder, _ in self._folders(id) if folder.name == id), None)

    def _all(self) -> dict[str, Persona | PersonaInvalidError]:
        found: dict[str, Persona | PersonaInvalidError] = {}
        for folder, origin in self._folders():
            if folder.name not in found:
                found[folder.name] = self._read(folder, origin)
        return found

    def _folders(self, named: str | None = None) -> Iterator[tuple[Path, Origin]]:
        """The folder of each persona, built-in ones first. An extra folder may be a persona itself.

        Args:
            named: Look at folders of this name only, and at those that are a persona themselves.
        """
        for root in (self.builtin, *self.extra):
            origin = Origin.BUILTIN if root == self.builtin else Origin.FOLDER
            if _is_inside(root / MAIN, root):
                yield root.resolve(), origin
            elif root.is_dir():
                below = [root / named] if named and ID.fullmatch(named) else sorted(root.iterdir())
                yield from ((f, origin) for f in below if _is_inside(f / MAIN, root))

    def _read(self, folder: Path, origin: Origin) -> Persona | PersonaInvalidError:
        files = _files(folder)
        stamp = tuple((name, path.stat().st_mtime_ns, path.stat().st_size) for name, path in files.items())
        known = self._cache.get(folder)
        if known and known[0] == stamp:
            return known[1]
        read: Persona | PersonaInvalidError
        try:
            read = _parse(folder.name, files, origin)
        except PersonaInvalidError as error:
            read = error
        self._cache[folder] = (stamp, read)
        return read


def persona_in(folder: Path) -> Persona:
    """The persona of any one folder, with its files.

    Raises:
        PersonaInvalidError: its persona.md is not there, or wrong.
    """
    files = _files(folder)
    if MAIN not in files:
        raise invalid([problem("no_front_matter", 1)])
    return _parse(folder.resolve().name, files, Origin.FOLDER)


def lint_folder(file: Path) -> list[Problem]:
    """What is wrong with the examples and tests beside a persona.md; nothing where that itself is wrong."""
    if file.name != MAIN:
        return []
    try:
        persona = persona_in(file.parent)
    except PersonaInvalidError:
        return []
    return [*example_problems(persona), *read_tests(persona).problems]


def builtin_personas() -> Path:
    """The folder of the personas that ship with the program: inside the package when it was installed from a wheel,
    beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "_personas"
    return packed if packed.is_dir() else package.parent / "personas"


_Stamp = tuple[tuple[str, int, int], ...]


def _parse(id_: str, files: Mapping[str, Path], origin: Origin) -> Persona:
    if len(files) > MAX_FILES or any(path.stat().st_size > MAX_FILE_BYTES for path in files.values()):
        raise invalid([problem("too_large", 1, what="folder", limit=MAX_FILE_BYTES)])
    data = {name: path.read_bytes() for name, path in files.items()}
    try:
        source = data.pop(MAIN).decode()
    except UnicodeDecodeError as error:
        raise invalid([problem("not_text", 1, character=MAIN)]) from error
    parser = PersonaFileParser(check_templates=origin is not Origin.BUILTIN)
    return replace(parser.parse(source, id=id_, files=data), origin=origin)


def _files(folder: Path) -> dict[str, Path]:
    """The files that make a persona: its text, display, examples and tests."""
    wanted = [folder / MAIN, folder / DISPLAY]
    for pattern in ("examples/*.yaml", "tests/*.yaml", "tests/*.json"):
        wanted += folder.glob(pattern)
    return {path.relative_to(folder).as_posix(): path for path in sorted(wanted) if _is_inside(path, folder)}


def _is_inside(path: Path, root: Path) -> bool:
    """A real file whose links, if any, stay in the folder."""
    if not _has_links(path, root):  # as nearly always; to resolve a path looks at every folder above it
        return path.is_file()
    return path.is_file() and path.resolve().is_relative_to(root.resolve())


def _has_links(path: Path, root: Path) -> bool:
    """Whether something between the folder and the file is a link, or leads upwards."""
    between = (path, *path.parents)[: len(path.parts) - len(root.parts)]
    return any(one.name == ".." or one.is_symlink() for one in between)


def _digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, each with its length, so that no two sets of files run together alike."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()
