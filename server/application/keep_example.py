"""Correct an answer and keep it as an example of the persona, in a new version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.application.duplicate_persona import DuplicatePersona
from server.application.persona_texts import PersonaTexts
from server.application.personas import PersonaShelf
from server.application.queries import Queries
from server.application.save_persona import SavePersona
from server.domain.errors import ConflictError, InvalidRequestError
from server.domain.example_proof import quoted
from server.domain.examples import MAX_EXAMPLES, MAX_WHY, Example, misfits
from server.domain.ids import LOCAL_WORKSPACE, RunId, WorkspaceId
from server.domain.personas import Origin, Persona
from server.domain.words import Words

_KEPT = Words(
    ja="例として {ref} に加えました（例は {count} 件）。",
    en="Kept as an example in {ref} (examples: {count}).",
)
_COPIED = Words(
    ja="「{of}」は変更できないため、写し {ref} を作り、例として加えました（例は {count} 件）。次からは「{id}」を選んでください。",
    en="'{of}' cannot be changed, so the example was kept in your copy {ref} (examples: {count}). Choose '{id}' from "
    "now on.",
)


@dataclass(frozen=True)
class Kept:
    persona: Persona
    """The version that holds the example."""
    file: str
    copy_of: str | None
    """The persona that could not be changed, where this is a copy."""
    message: Words


@dataclass(frozen=True)
class KeepExample:
    """Writes `examples/<name>.yaml` into the persona; of a built-in one or one of a folder, into one's own copy."""

    shelf: PersonaShelf
    texts: PersonaTexts
    queries: Queries
    save: SavePersona
    duplicate: DuplicatePersona

    async def __call__(
        self,
        persona_id: str,
        *,
        run_id: RunId,
        corrected: Any,
        why: str,
        path: str | None = None,
        viewer: str | None = None,
        workspace_id: WorkspaceId = LOCAL_WORKSPACE,
    ) -> Kept:
        """
        Args:
            corrected: The answer's fields, or with `path` the value there.
            path: JSON Pointer into the run's answer.
            viewer: The voter who asks: a run whose name is hidden from them is not found.

        Raises:
            NotFoundError: there is no such persona or run.
            InvalidRequestError: what is given is no answer to the persona's questions.
            ConflictError: the persona has as many examples as it may.
        """
        run = (await self.queries.run(run_id, viewer=viewer)).run
        paper = await self.queries.paper(run.paper_id)
        answer = _answer(run.answer or {}, path, corrected)
        asked = await self.shelf.get(persona_id, workspace_id=workspace_id)
        persona = await self._own(asked, workspace_id)
        language = run.language or "en"
        target = persona or asked
        wrong = misfits(target, answer, language=language)
        if wrong:
            raise _wrong(target, wrong)
        if len(target.examples) >= MAX_EXAMPLES:
            raise ConflictError(
                reason_ja=f"例は {MAX_EXAMPLES} 件までです。使わないものを消してください。",
                reason_en=f"A persona has at most {MAX_EXAMPLES} examples. Remove some that are not needed.",
            )
        title = paper.identity.title.value if paper.identity.title else ""
        proof = quoted(target, run, answer)
        example = Example(
            title,
            paper.paper.sha256,
            language,
            answer,
            why.strip()[:MAX_WHY],
            excerpt=proof.excerpt,
            evidence=proof.evidence,
        )
        if persona is None:
            copied = await self.duplicate(asked.ref, new_id=f"{asked.id}-own", workspace_id=workspace_id)
            id_, source, files = copied.id, copied.source, copied.files
        else:
            id_, source, files = persona.id, persona.source, persona.files
        file = _file_name(example, files)
        written = {**files, file: self.texts.write_example(example).encode()}
        saved = (await self.save(source, id_=id_, files=written, workspace_id=workspace_id)).persona
        is_copy = saved.id != asked.id
        words = _COPIED if is_copy else _KEPT
        said = words.fill(ref=saved.ref, id=saved.id, of=asked.id, count=len(saved.examples))
        return Kept(saved, file, asked.ref if is_copy else None, said)

    async def _own(self, asked: Persona, workspace_id: WorkspaceId) -> Persona | None:
        """The persona itself where it may be changed, or the copy that was made of it before; None: make one."""
        if asked.origin is Origin.SAVED:
            return asked
        saved = {one.id: one for one in await self.shelf.list(workspace_id=workspace_id)}
        own = saved.get(f"{asked.id}-own")
        return own if own and own.origin is Origin.SAVED else None


def _answer(answer: Mapping[str, Any], path: str | None, corrected: Any) -> Mapping[str, Any]:
    """The fields that the example shows."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in (path or "").split("/")[1:]]
    if not steps:
        if not isinstance(corrected, Mapping):
            raise _invalid(
                "path がないときは、項目 id と値の組を渡してください。",
                "Without a path, give an object of field ids and values.",
                "/answer",
            )
        return corrected
    field, *inside = steps
    return {field: _replaced(answer.get(field), inside, corrected)}


def _replaced(value: Any, steps: list[str], corrected: Any) -> Any:
    """`value` with what stands at `steps` replaced; nothing of it is changed in place."""
    if not steps:
        return corrected
    step, *rest = steps
    if isinstance(value, Mapping) and step in value:
        return {**value, step: _replaced(value[step], rest, corrected)}
    is_place = isinstance(value, list | tuple) and re.fullmatch(r"0|[1-9][0-9]{0,3}", step)
    if is_place and int(step) < len(value):
        items = list(value)
        items[int(step)] = _replaced(items[int(step)], rest, corrected)
        return items
    raise _invalid(
        "path の示す箇所がこの実行の回答にありません。",
        "There is nothing at this path in the run's answer.",
        "/path",
    )


def _wrong(persona: Persona, wrong: list[dict[str, str]]) -> InvalidRequestError:
    first = wrong[0]
    where = first["path"] or "/"
    return _invalid(
        f"{persona.ref} の回答の形に合いません（{where}：{first['message']}）。",
        f"This is no answer to the questions of {persona.ref} ({where}: {first['message']}).",
        f"/answer{first['path']}",
    )


def _invalid(ja: str, en: str, path: str) -> InvalidRequestError:
    return InvalidRequestError(reason_ja=ja, reason_en=en, path=path)


def _file_name(example: Example, files: Mapping[str, bytes]) -> str:
    """Names the paper and what is shown: `examples/a-survey-of-rag-novelty.yaml`."""
    words = re.findall(r"[a-z0-9]+", example.title.lower())[:5]
    paper = "-".join(words)[:40].strip("-") or f"paper-{example.sha256[:8]}"
    shown = next(iter(example.answer)) if len(example.answer) == 1 else "answer"
    stem = f"examples/{paper}-{shown.replace('_', '-')}"
    number, name = 1, f"{stem}.yaml"
    while name in files:
        number += 1
        name = f"{stem}-{number}.yaml"
    return name
