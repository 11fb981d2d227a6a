"""The shelf of personas: built-in ones win, saved ones stay as they were."""

from __future__ import annotations

import pytest
from server.adapters.persona_files import FolderPersonas, builtin_personas
from server.domain.errors import ConflictError, NotFoundError, PersonaInvalidError
from server.domain.ids import WorkspaceId
from server.domain.personas import Origin
from server.domain.runs import PersonaRef

from builders import a_persona
from house import House, renamed

pytestmark = pytest.mark.anyio


def source(version: str = "1.0.0", question: str = "What is it about?") -> str:
    return f"""\
---
format: 1
version: "{version}"
name: {{ja: 私の読み手, en: My reader}}
fields:
  - id: what
    aspects: [overview]
    label: {{ja: 何, en: "{question}"}}
    instruction: {{ja: 一文で答える。, en: Answer in one sentence.}}
---
user:
{{% for field in fields %}}{{{{ field.label }}}}
{{% endfor %}}
"""


async def test_the_personas_that_ship_are_found_by_id_and_version() -> None:
    house = House(library=FolderPersonas(builtin_personas()))

    summarizer = await house.shelf.get("summarizer")

    assert list(await house.shelf.list()) == list(FolderPersonas(builtin_personas()).list())
    assert await house.shelf.get(f"summarizer@{summarizer.version}") == summarizer
    with pytest.raises(NotFoundError):
        await house.shelf.get("summarizer@0.0.1")


async def test_a_saved_persona_is_found_by_id_and_by_each_version() -> None:
    house = House()

    first, new = await house.shelf.save(source(), id_="mine")
    second, newer = await house.shelf.save(source("1.1.0", "What else?"), id_="mine")

    assert (new, newer, first.origin) == (True, True, Origin.SAVED)
    assert (await house.shelf.get("mine")).version == "1.1.0"
    assert await house.shelf.get("mine@1.0.0") == first
    assert [p.version for p in await house.shelf.versions("mine")] == ["1.1.0", "1.0.0"]
    assert [p.ref for p in await house.shelf.list()][-1] == second.ref


async def test_saving_the_same_again_changes_nothing() -> None:
    house = House()
    first, _ = await house.shelf.save(source(), id_="mine")

    again, new = await house.shelf.save(source(), id_="mine")

    assert (again, new) == (first, False)
    assert len(house.memory.kept.personas) == 1


async def test_a_version_never_changes() -> None:
    house = House()
    await house.shelf.save(source(), id_="mine")

    with pytest.raises(ConflictError, match="Raise its version"):
        await house.shelf.save(source(question="Something else?"), id_="mine")

    assert (await house.shelf.get("mine")).fields[0].label.en == "What is it about?"


async def test_other_files_of_the_folder_make_it_another_persona() -> None:
    house = House()
    await house.shelf.save(source(), id_="mine", files={"display.md.j2": b"# One"})

    with pytest.raises(ConflictError):
        await house.shelf.save(source(), id_="mine", files={"display.md.j2": b"# Another"})

    assert (await house.shelf.get("mine")).display == "# One"


async def test_a_persona_that_ships_is_not_saved_over() -> None:
    with pytest.raises(ConflictError, match="built in"):
        await House().shelf.save(source(), id_="summarizer")


async def test_a_persona_that_ships_wins_over_a_saved_one_of_its_name() -> None:
    house = House()
    await house.shelf.save(source(), id_="mine")

    house.library.personas.append(a_persona("mine"))  # type: ignore[attr-defined]

    assert (await house.shelf.get("mine")).origin is Origin.BUILTIN
    assert [p.origin for p in await house.shelf.list() if p.id == "mine"] == [Origin.BUILTIN]


async def test_a_wrong_persona_is_not_saved() -> None:
    house = House()

    with pytest.raises(PersonaInvalidError) as caught:
        await house.shelf.save(source().replace("format: 1", "format: 9"), id_="mine")

    assert caught.value.data["problems"][0]["line"] == 2
    assert house.memory.kept.personas == []


@pytest.mark.parametrize("id_", ["../evil", "a/b", "Ä", "", "x" * 200, "a@b", ".hidden"])
async def test_an_id_is_a_plain_name(id_: str) -> None:
    with pytest.raises(PersonaInvalidError):
        await House().shelf.save(source(), id_=id_)


async def test_workspaces_do_not_share_saved_personas() -> None:
    house = House()
    await house.shelf.save(source(), id_="mine", workspace_id=WorkspaceId("other"))

    with pytest.raises(NotFoundError):
        await house.shelf.get("mine")


async def test_a_run_keeps_the_persona_it_was_made_with() -> None:
    house = House()
    house.library.personas.append(  # type: ignore[attr-defined]
        a_persona("folder", source=source(), display="# As it was", origin=Origin.FOLDER)
    )
    used = await house.shelf.get("folder")
    ref = PersonaRef(used.id, used.version, used.digest)
    await house.shelf.keep(used)

    house.library.personas[-1] = renamed(used, source=source(question="Changed?"))  # type: ignore[attr-defined]
    then = await house.shelf.of_run(ref)

    assert (then.digest, then.origin) == (used.digest, Origin.FOLDER)
    assert then.fields[0].label.en == "What is it about?"
    assert then.display == "# As it was"


async def test_a_run_keeps_the_examples_it_was_made_with() -> None:
    house = House()
    files = {"examples/a.yaml": "answer: {what: これ}".encode(), "tests/a.yaml": b"- assert: []"}
    house.library.personas.append(  # type: ignore[attr-defined]
        a_persona("folder", source=source(), files=files, origin=Origin.FOLDER)
    )
    used = await house.shelf.get("folder")
    await house.shelf.keep(used)

    house.library.personas.pop()  # type: ignore[attr-defined]
    then = await house.shelf.of_run(PersonaRef(used.id, used.version, used.digest))

    assert then.files == {"examples/a.yaml": files["examples/a.yaml"]}


async def test_a_run_of_a_saved_persona_reads_the_version_it_used() -> None:
    house = House()
    first, _ = await house.shelf.save(source(), id_="mine")
    await house.shelf.save(source("2.0.0", "Changed?"), id_="mine")

    assert await house.shelf.of_run(PersonaRef("mine", "1.0.0", first.digest)) == first


async def test_the_nearest_persona_is_suggested_saved_ones_too() -> None:
    house = House()
    await house.shelf.save(source(), id_="reviewer")

    with pytest.raises(NotFoundError) as caught:
        await house.shelf.get("reviwer")

    assert caught.value.data["nearest"] == "reviewer"
