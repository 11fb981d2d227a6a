"""Pages of readers under test: a text of one's own, and what a browser would send for a form nobody touched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser

from server.adapters.persona_files import FolderPersonas, builtin_personas

from house import PDF
from served import Client, ServedHouse, serving

JA = {"Accept-Language": "ja"}
HTMX = {"HX-Request": "true"}
MINE = """\
---
format: 1
version: "1.0.0"
name: {ja: 自分の読み手, en: My reader}
license: CC0-1.0
fields:
  - id: data
    aspects: [method]
    label: {ja: データは？, en: Which data?}
    instruction: {ja: 名前と規模を書く。, en: Give name and size.}
---
user:
{% for field in fields %}{{ field.label }}
{% endfor %}
"""


class PersonaHouse(ServedHouse):
    """A house with the readers that are shipped."""

    def __init__(self) -> None:
        super().__init__(library=FolderPersonas(builtin_personas()))


@asynccontextmanager
async def browsing(house: ServedHouse) -> AsyncIterator[Client]:
    """A client that shows where it is sent instead of going there."""
    async with serving(house.app()) as client:
        client.follow_redirects = False
        yield client


async def uploaded(api: Client) -> str:
    """Arrange: a paper that was read. Returns its id."""
    headers = {"Content-Type": "application/pdf", "Prefer": "wait=20"}
    paper: str = (await api.post("/api/papers", content=PDF, headers=headers)).json()["id"]
    return paper


async def imported(api: Client, source: str = MINE, *, name: str = "mine.md") -> str:
    """Arrange: taken in. Returns where its page is."""
    response = await api.post("/personas/import", files={"file": (name, source.encode())})
    assert response.status_code == 303, response.text
    return response.headers["location"]


def filled(html: str, form_id: str) -> dict[str, str]:
    """Names and values of the form's inputs, text areas and selects; buttons and what is disabled are left out."""
    reader = _FormReader(form_id)
    reader.feed(html)
    return reader.values


class _FormReader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._form_id = form_id
        self._inside = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") == self._form_id
        name = given.get("name")
        if not self._inside or "disabled" in given:
            return
        if tag == "input" and name:
            self.values[name] = given.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            self.values[name] = ""
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.values[self._area] = self.values[self._area].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data
