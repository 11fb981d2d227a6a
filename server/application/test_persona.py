"""Try a persona's test: take the recorded answer or ask for one, check it like a run's, hold it against the assertions.

Nothing is recorded: a test leaves no run, no paper and no event behind.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from server.application.absences import Absences
from server.application.conversation import Conversation
from server.application.indexes import Indexes
from server.application.ports import (
    Clock,
    Completed,
    Delta,
    Engine,
    EngineEvent,
    Event,
    Models,
    PdfReader,
    PersonaParser,
    Question,
)
from server.application.prompting import Prompting
from server.application.reading import Reading, open_reading
from server.domain.errors import AnswerInvalidError, WrongPaperError, YomiError
from server.domain.example_choice import choose
from server.domain.examples import NOTHING_SHOWN, Shown, few_shot
from server.domain.extractions import Extraction
from server.domain.ids import LOCAL_WORKSPACE, PaperId, RunId
from server.domain.models import EXTRACTIVE, EngineKind, ModelSpec
from server.domain.persona_tests import Failure, Outcome, PersonaTest, failures
from server.domain.personas import Persona
from server.domain.runs import Attempt, PersonaRef, Run, RunSettings, Usage

RECORDED = "recorded"
"""What a result calls the model of an answer that was recorded."""


@dataclass(frozen=True)
class TestResult:
    """How a test ended."""

    __test__: ClassVar[bool] = False  # for pytest: this is no test of ours

    test: PersonaTest
    model: str
    """The model asked, or `recorded`."""
    failures: tuple[Failure, ...] = ()
    is_skipped: bool = False
    """It expects a wrong answer, so a model was not asked for one."""
    duration_ms: int = 0

    @property
    def status(self) -> str:
        """`passed`, `failed` or `skipped`."""
        return "skipped" if self.is_skipped else "failed" if self.failures else "passed"


@dataclass(frozen=True)
class TestPersona:
    """Tries one test of a persona. Papers are read once for all tests of the same `TestPersona`."""

    __test__: ClassVar[bool] = False

    reader: PdfReader
    models: Models
    prompting: Prompting
    indexes: Indexes
    clock: Clock
    run_timeout_s: float
    absences: Absences = field(default_factory=Absences)
    parser: PersonaParser | None = None
    """Reads the examples of personas that show some. None: none are shown."""
    _extractions: dict[bytes, Extraction] = field(default_factory=dict)

    async def __call__(
        self,
        persona: Persona,
        test: PersonaTest,
        *,
        paper: Callable[[str], bytes],
        model: str | None = None,
    ) -> TestResult:
        """The result; whatever goes wrong on the way fails the test and says why.

        Args:
            paper: Gives the PDF that a test names.
            model: Asked instead of whoever the test names, and instead of a recorded answer.
        """
        if model and test.expects_a_wrong_answer:
            return TestResult(test, model, is_skipped=True)
        began = self.clock.monotonic()
        recorded = None if model else test.recorded
        name = model or (RECORDED if recorded is not None else test.model or EXTRACTIVE)
        try:
            spec = self.models.get(EXTRACTIVE if recorded is not None else name)
            engine = self.models.engine(spec) if recorded is None else _Recorded(recorded)
            found = failures(test, await self._outcome(persona, test, paper(test.paper), spec, engine))
        except YomiError as error:
            found = (Failure(error.code, None, error.words),)
        took_ms = round((self.clock.monotonic() - began) * 1000)
        return TestResult(test, name, found, duration_ms=took_ms)

    async def _outcome(
        self, persona: Persona, test: PersonaTest, data: bytes, spec: ModelSpec, engine: Engine
    ) -> Outcome:
        """The answer, checked as a run checks it.

        Raises:
            PaperError: the paper cannot be read.
            RunError: there is no answer, other than for its shape or its paper.
        """
        persona = replace(persona, vars={**persona.vars, **test.vars})
        reading = await self._open(persona, test, data, spec)
        misshapen: Sequence[Mapping[str, str]] = ()
        try:
            await Conversation(reading, engine, _Unheard(), self.clock, self.absences).hold()
        except AnswerInvalidError as error:
            misshapen = error.data["errors"]
        except WrongPaperError:
            pass  # noticed before its end; the verdict says so
        reading.grounded.complete()
        return Outcome(
            reading.answer,
            reading.statements,
            reading.grounded.final_verdict,
            reading.language,
            misshapen=misshapen,
        )

    async def _open(self, persona: Persona, test: PersonaTest, data: bytes, spec: ModelSpec) -> Reading:
        extraction = await self._read(data)
        run = Run(
            id=RunId(""),
            workspace_id=LOCAL_WORKSPACE,
            paper_id=PaperId(""),
            extraction_id=extraction.id,
            persona=PersonaRef(persona.id, persona.version, persona.digest),
            engine=spec.engine.value,
            model=spec.name,
            language=test.language or persona.language or extraction.language,
            settings=RunSettings(),
            created_at=self.clock.now(),
            owner="",
        )
        shown = self._shown(persona, extraction, run)
        return open_reading(
            run,
            persona,
            extraction,
            identity=extraction.identity,
            index=await self.indexes.of(extraction),
            plan=self.prompting.plan(
                persona, extraction, extraction.identity, run=run, spec=spec, shown=shown
            ),
            shown=shown,
            model=spec,
            deadline_s=self.run_timeout_s,
        )

    def _shown(self, persona: Persona, extraction: Extraction, run: Run) -> Shown:
        """The persona's own examples, as a run is shown them; there are no earlier runs here to learn from."""
        asked = few_shot(persona, run.settings)
        if not asked.count or run.engine == EngineKind.EXTRACTIVE or self.parser is None:
            return NOTHING_SHOWN
        examples = choose(
            self.parser.examples(persona),
            asked,
            extraction=extraction,
            identity=extraction.identity,
            language=run.language,
            seed=run.id,
        )
        return Shown(examples)

    async def _read(self, data: bytes) -> Extraction:
        if data not in self._extractions:
            self._extractions[data] = await self.reader.read(data)
        return self._extractions[data]


@dataclass(frozen=True)
class _Recorded:
    """An engine that says what was once said."""

    text: str

    async def ask(self, question: Question) -> AsyncGenerator[EngineEvent]:  # noqa: ARG002
        yield Delta(self.text)
        yield Completed(Usage(), (Attempt("ok", 0),))

    async def close(self) -> None:
        """Nothing to end."""


class _Unheard:
    """Events that nobody follows."""

    async def append(
        self,
        stream: str,
        name: str,
        data: Mapping[str, Any],
        *,
        fence: int | None = None,  # noqa: ARG002
    ) -> Event:
        return Event(0, 0, stream, name, data)

    async def after(self, streams: Sequence[str], seq: int) -> Sequence[Event]:  # noqa: ARG002
        return ()

    async def wait(self, streams: Sequence[str], *, timeout_s: float) -> bool:  # noqa: ARG002
        """Never anything new."""
        return True
