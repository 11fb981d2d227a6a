"""Builders of domain values for tests: every argument has a sensible default, so a test names only what matters."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.application.views import CandidateView, ComparisonView, PaperView, RunView
from server.domain.comparisons import (
    LABELS,
    ROWS,
    Candidate,
    Comparison,
    ComparisonStatus,
    Difference,
    Row,
    SameInput,
)
from server.domain.extractions import Extraction, Line, Notice, Page
from server.domain.fields import Aspect, CheckRule, Field, FieldType, ScalarType
from server.domain.identity import Found, Identity, Source
from server.domain.ids import LOCAL_WORKSPACE, ComparisonId, ExtractionId, PaperId, RunId
from server.domain.models import EXTRACTIVE, EngineKind, ModelSpec
from server.domain.papers import Paper, PaperStatus, Problem
from server.domain.personas import Origin, Part, Persona, Role
from server.domain.references import Reference
from server.domain.runs import Attempt, PersonaRef, Run, RunInput, RunSettings, RunStatus, Usage
from server.domain.sections import Section, SectionKind
from server.domain.statements import (
    Evidence,
    EvidenceStatus,
    Grounding,
    IdentityVerdict,
    Statement,
    StatementStatus,
)
from server.domain.words import Words

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TITLE = "Paper First: Prefix Reuse for Several Readers"
FIRST = (
    "We place the paper before the persona in every prompt, so that a prefix cache serves all readers.\n"
    "The second persona evaluated 28 tokens instead of 2,478."
)
ABSTRACT_PAGE = f"{TITLE}\nYomikurabe Project\n2026\nAbstract\n{FIRST}"
METHOD_PAGE = (
    "2 Method\nConstant rules come first, then the paper, then the persona.\n"
    "Readers of one paper start in turn, because two requests at once share nothing."
)
LIMITS_PAGE = (
    "3 Limitations\nOnly one server and one small model were measured.\nReferences\n"
    "[1] Woosuk Kwon et al. Efficient Memory Management for Large Language Model Serving with PagedAttention. 2023.\n"
    "[2] Nelson F. Liu et al. Lost in the Middle: How Language Models Use Long Contexts. 2023."
)
PAGES = (ABSTRACT_PAGE, METHOD_PAGE, LIMITS_PAGE)


# Papers


def a_page(
    number: int = 1, text: str = ABSTRACT_PAGE, *, width: float = 612.0, height: float = 792.0
) -> Page:
    """A page whose characters stand 6 points apart in lines of 12 points, the first line in larger type."""
    boxes = array("f")
    lines: list[Line] = []
    offset = 0
    for row, words in enumerate(text.split("\n")):
        y = 72.0 + 14.0 * row
        for column in range(len(words)):
            boxes.extend((72.0 + 6.0 * column, y, 78.0 + 6.0 * column, y + 12.0))
        end = offset + len(words)
        size = 18.0 if number == 1 and row == 0 else 10.0
        lines.append(Line(offset, end, 72.0, y, 72.0 + 6.0 * len(words), y + 12.0, size))
        if end < len(text):
            boxes.extend([float("nan")] * 4)
        offset = end + 1
    return Page(number, width, height, text, boxes.tobytes(), tuple(lines))


def an_identity(**changes: Any) -> Identity:
    identity = Identity(
        title=Found(TITLE, Source.LAYOUT, 1),
        authors=Found(("Yomikurabe Project",), Source.TEXT, 1),
        year=Found(2026, Source.TEXT, 1),
    )
    return replace(identity, **changes)


def an_extraction(texts: Sequence[str] = PAGES, **changes: Any) -> Extraction:
    """Of three short English pages, unless `texts` says otherwise. Sections and references fit the default text."""
    extraction = Extraction(
        id=ExtractionId("extraction-1"),
        sha256=hashlib.sha256(b"%PDF-1.7 a paper").hexdigest(),
        reader="pypdfium2 5.15.2",
        pages=tuple(a_page(number, text) for number, text in enumerate(texts, 1)),
        hidden=(),
        identity=an_identity(),
        sections=(),
        references=(),
        language="en",
        duration_ms=812,
    )
    if tuple(texts) == PAGES:
        extraction = replace(
            extraction, sections=_sections(extraction.text), references=_references(extraction.text)
        )
    return replace(extraction, **changes)


def _sections(text: str) -> tuple[Section, ...]:
    heads = (
        ("Abstract", "Abstract", SectionKind.ABSTRACT, 1),
        ("2 Method", "Method", SectionKind.METHOD, 2),
        ("3 Limitations", "Limitations", SectionKind.LIMITATIONS, 3),
        ("References", "References", SectionKind.REFERENCES, 3),
    )
    starts = [text.index(f"{printed}\n") for printed, *_ in heads]
    ends = [*starts[1:], len(text)]
    return tuple(
        Section(title, kind, page, start, start + len(printed) + 1, end)
        for (printed, title, kind, page), start, end in zip(heads, starts, ends, strict=True)
    )


def _references(text: str) -> tuple[Reference, ...]:
    known = (
        (
            "Efficient Memory Management for Large Language Model Serving with PagedAttention",
            "Woosuk Kwon",
        ),
        ("Lost in the Middle: How Language Models Use Long Contexts", "Nelson F. Liu"),
    )
    entries = [line for line in LIMITS_PAGE.split("\n") if line.startswith("[")]
    return tuple(
        Reference(
            index=index,
            number=str(index),
            text=entry,
            title=title,
            authors=(author,),
            year=2023,
            page=3,
            start=text.index(entry),
            end=text.index(entry) + len(entry),
        )
        for index, (entry, (title, author)) in enumerate(zip(entries, known, strict=True), 1)
    )


def a_paper(**changes: Any) -> Paper:
    """Read and ready."""
    paper = Paper(
        id=PaperId("paper-1"),
        workspace_id=LOCAL_WORKSPACE,
        sha256=hashlib.sha256(b"%PDF-1.7 a paper").hexdigest(),
        filename="paper-first.pdf",
        bytes=524_288,
        status=PaperStatus.READY,
        created_at=NOON,
        extraction_id=ExtractionId("extraction-1"),
    )
    return replace(paper, **changes)


def a_refused_paper(code: str = "encrypted", **data: object) -> Paper:
    return a_paper(status=PaperStatus.REFUSED, extraction_id=None, error=Problem(code, data))


def a_paper_view(paper: Paper | None = None, extraction: Extraction | None = None) -> PaperView:
    paper = paper or a_paper()
    if extraction is None and paper.extraction_id:
        extraction = an_extraction()
    return PaperView(paper, extraction, paper.identity(extraction.identity if extraction else None))


# Personas


def a_field(id: str = "novelty", *, aspects: Sequence[Aspect] | None = None, **changes: Any) -> Field:  # noqa: A002
    """A question. Its aspect is its id where that is an aspect, else `other`."""
    if aspects is None:
        aspects = (Aspect(id) if id in set(Aspect) else Aspect.OTHER,)
    field = Field(
        id=id,
        aspects=tuple(aspects),
        label=Words(ja=f"問い「{id}」", en=f"Question {id}"),
        instruction=Words(ja="論文から答える。", en="Answer from the paper."),
    )
    return replace(field, **changes)


def summarizer_fields() -> tuple[Field, ...]:
    """Four of the six questions, of three types: object (identity), text, and a list of objects."""
    text = ScalarType.TEXT
    return (
        a_field(
            "header",
            aspects=[Aspect.IDENTITY],
            label=Words(ja="題名・著者・発行年", en="Title, authors, year"),
            type=FieldType.OBJECT,
            properties={"title": text, "authors": text, "year": ScalarType.NUMBER},
            check=CheckRule.IDENTITY,
        ),
        a_field(
            "what",
            aspects=[Aspect.OVERVIEW, Aspect.BACKGROUND],
            label=Words(ja="どんなもの？", en="What is it?"),
        ),
        a_field(
            "discussion",
            aspects=[Aspect.DISCUSSION, Aspect.LIMITATIONS],
            label=Words(ja="議論はある？", en="What is open to debate?"),
        ),
        a_field(
            "next_papers",
            aspects=[Aspect.REFERENCES],
            label=Words(ja="次に読むべき論文は？", en="What to read next?"),
            type=FieldType.LIST,
            max_items=3,
            items={"title": text, "why": text},
            check=CheckRule.BIBLIOGRAPHY,
        ),
    )


def interpreter_fields() -> tuple[Field, ...]:
    """Three of the twelve headings; `methods` is asked by this persona only."""
    return (
        a_field("abstract", aspects=[Aspect.OVERVIEW], label=Words(ja="概要", en="Abstract in brief")),
        a_field("methods", aspects=[Aspect.METHOD], label=Words(ja="方法", en="Methods")),
        a_field("limitations", label=Words(ja="限界", en="Limitations")),
    )


def a_persona(id: str = "summarizer", *, fields: Sequence[Field] | None = None, **changes: Any) -> Persona:  # noqa: A002
    """`summarizer` or `interpreter` with some of their fields; any other id gets the summarizer's."""
    interpreter = id == "interpreter"
    if fields is None:
        fields = interpreter_fields() if interpreter else summarizer_fields()
    persona = Persona(
        id=id,
        version="1.0.0",
        name=Words(ja="論文の読み解き（十二項目）", en="Paper interpreter")
        if interpreter
        else Words(ja="落合式・六つの問い", en="Six questions (Ochiai)"),
        fields=tuple(fields),
        parts=(Part(Role.USER, None, "{% for field in fields %}{{ field.label }}\n{% endfor %}", 1),),
        digest=hashlib.sha256(id.encode()).hexdigest(),
        source="---\nformat: 1\n---\nuser:\n",
        origin=Origin.BUILTIN,
        attribution="Unofficial.",
        license="CC0-1.0",
    )
    return replace(persona, **changes)


def a_model(name: str = EXTRACTIVE, **changes: Any) -> ModelSpec:
    """The extractive one, or a local OpenAI-compatible one for any other name."""
    if name == EXTRACTIVE:
        spec = ModelSpec(name, EngineKind.EXTRACTIVE, name, default=True)
    else:
        spec = ModelSpec(name, EngineKind.OPENAI, name, base_url="http://127.0.0.1:8080/v1")
    return replace(spec, **changes)


# Answers


def evidence(
    quote: str,
    extraction: Extraction | None = None,
    status: EvidenceStatus = EvidenceStatus.VERIFIED,
    **changes: Any,
) -> Evidence:
    """`quote` located in the extraction where it stands there word for word; otherwise without a place."""
    extraction = extraction or an_extraction()
    start = extraction.text.find(quote)
    if start < 0 or status is EvidenceStatus.NOT_FOUND:
        located = Evidence(quote, EvidenceStatus.NOT_FOUND, 0.0)
    else:
        end = start + len(quote)
        boxes = extraction.boxes(start, end)
        located = Evidence(quote, status, 1.0, extraction.page_at(start), start, end, boxes)
    return replace(located, **changes)


def a_statement(path: str = "/what", start: int = 0, end: int = 10, **changes: Any) -> Statement:
    return replace(Statement(path, start, end, StatementStatus.SUPPORTED), **changes)


def statements(
    path: str,
    *sentences: tuple[str, str | None, StatementStatus],
    extraction: Extraction | None = None,
) -> tuple[str, tuple[Statement, ...]]:
    """A text value made of sentences, and a statement for each: (sentence, quote behind it, status)."""
    value = ""
    made: list[Statement] = []
    for sentence, quote, status in sentences:
        value += " " if value and value.isascii() else ""
        start = len(value)
        value += sentence
        doubted = status in (StatementStatus.PARTLY, StatementStatus.UNSUPPORTED)
        made.append(
            Statement(
                path,
                start,
                len(value),
                status,
                reason=Words(ja="引用が論文に見つかりません。", en="The quote is not in the paper.")
                if doubted
                else None,
                evidence=(evidence(quote, extraction),) if quote else (),
            )
        )
    return value, tuple(made)


def summarizer_answer() -> tuple[Mapping[str, Any], tuple[Statement, ...]]:
    """An answer with a proven and an unproven sentence, a list and nothing left out."""
    what, said = statements(
        "/what",
        (
            "It places the paper before the persona in every prompt.",
            "We place the paper before the persona in every prompt",
            StatementStatus.SUPPORTED,
        ),
        ("This makes every model faster.", "every model is faster", StatementStatus.UNSUPPORTED),
    )
    debate, doubted = statements(
        "/discussion",
        (
            "Only one server was measured.",
            "Only one server and one small model were measured.",
            StatementStatus.PARTLY,
        ),
    )
    paged = "Efficient Memory Management for Large Language Model Serving with PagedAttention"
    answer = {
        "header": {"title": TITLE, "authors": "Yomikurabe Project", "year": 2026},
        "what": what,
        "discussion": debate,
        "next_papers": [{"title": paged, "why": "Shows how a server shares prefixes."}],
    }
    listed = Statement("/next_papers/0/title", 0, len(paged), StatementStatus.SUPPORTED)
    return answer, (*said, *doubted, listed)


def interpreter_answer() -> tuple[Mapping[str, Any], tuple[Statement, ...]]:
    """An answer with numbers, and limitations not stated."""
    abstract, said = statements(
        "/abstract",
        (
            "The second persona evaluated 28 tokens instead of 2,478.",
            "The second persona evaluated 28 tokens instead of 2,478.",
            StatementStatus.SUPPORTED,
        ),
    )
    methods, how = statements(
        "/methods",
        (
            "Readers of one paper start in turn.",
            "Readers of one paper start in turn",
            StatementStatus.SUPPORTED,
        ),
    )
    answer = {"abstract": abstract, "methods": methods, "limitations": None}
    return answer, (*said, *how, Statement("/limitations", 0, 4, StatementStatus.NOT_STATED))


# Runs


def a_queued_run(id: str = "run-1", *, persona: Persona | None = None, **changes: Any) -> Run:  # noqa: A002
    persona = persona or a_persona()
    run = Run(
        id=RunId(id),
        workspace_id=LOCAL_WORKSPACE,
        paper_id=PaperId("paper-1"),
        extraction_id=ExtractionId("extraction-1"),
        persona=PersonaRef(persona.id, persona.version, persona.digest),
        engine=EngineKind.EXTRACTIVE,
        model=EXTRACTIVE,
        language="en",
        settings=RunSettings(),
        created_at=NOON,
        owner="server",
    )
    return replace(run, **changes)


def a_finished_run(id: str = "run-1", *, persona: Persona | None = None, **changes: Any) -> Run:  # noqa: A002
    """Finished with an answer that fits the builder's own `summarizer` or `interpreter`.

    With `engine="openai"` give `model=` and `usage=` too; with another persona give `answer=` and `statements=`.
    """
    persona = persona or a_persona()
    answer, said = interpreter_answer() if persona.id == "interpreter" else summarizer_answer()
    extraction = an_extraction()
    run = a_queued_run(id, persona=persona).finish(
        input=RunInput(
            extraction.digest, tuple(p.number for p in extraction.pages), len(extraction.text) // 4
        ),
        answer=answer,
        statements=said,
        attempts=(Attempt("ok", 59),),
        started_at=NOON + timedelta(milliseconds=3),
        finished_at=NOON + timedelta(milliseconds=62),
    )
    run = replace(run, **changes)
    return run if "grounding" in changes else replace(run, grounding=a_grounding(run.statements))


def a_grounding(said: Sequence[Statement] = (), **changes: Any) -> Grounding:
    """Counted from the statements; a field is as good as the worst of its statements."""
    order = list(StatementStatus)
    worst: dict[str, StatementStatus] = {}
    for statement in said:
        name = statement.path.split("/")[1]
        known = worst.get(name, statement.status)
        worst[name] = max(known, statement.status, key=order.index)
    skipped = (StatementStatus.NOT_CHECKED, StatementStatus.NOT_STATED)
    counted = [s for s in said if s.status not in skipped]
    proven = sum(s.status is StatementStatus.SUPPORTED for s in counted)
    grounding = Grounding(
        score=round(proven / len(counted), 2) if counted else None,
        identity=IdentityVerdict.CONFIRMED,
        fields=worst,
    )
    return replace(grounding, **changes)


def a_failed_run(
    id: str = "run-1",  # noqa: A002
    *,
    code: str = "wrong_paper",
    data: Mapping[str, object] | None = None,
    persona: Persona | None = None,
    **changes: Any,
) -> Run:
    """Failed; a wrong paper keeps its rejected answer."""
    if code == "wrong_paper":
        changes.setdefault("rejected_answer", {"what": "It saves 30 % of the energy of buildings."})
    return a_queued_run(id, persona=persona).fail(
        Problem(code, dict(data or {})),
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=1),
        attempts=(Attempt(code, 1000),),
        **changes,
    )


def usage(**changes: Any) -> Usage:
    return replace(Usage(input_tokens=2478, cached_tokens=2450, output_tokens=312), **changes)


def a_run_view(run: Run | None = None, persona: Persona | None = None, **changes: Any) -> RunView:
    """The persona defaults to the builder's own with the run's persona id."""
    run = run or a_finished_run(persona=persona)
    view = RunView(run, persona or a_persona(run.persona.id), a_paper_view())
    return replace(view, **changes)


# Comparisons


def a_comparison(runs: Sequence[Run] | None = None, **changes: Any) -> Comparison:
    runs = runs or (a_finished_run("run-1"), a_finished_run("run-2", persona=a_persona("interpreter")))
    comparison = Comparison(
        id=ComparisonId("comparison-1"),
        workspace_id=LOCAL_WORKSPACE,
        paper_id=PaperId("paper-1"),
        extraction_id=ExtractionId("extraction-1"),
        candidates=tuple(Candidate(label, run.id) for label, run in zip(LABELS, runs, strict=False)),
        created_at=NOON,
    )
    return replace(comparison, **changes)


def a_comparison_view(views: Sequence[RunView] | None = None, **changes: Any) -> ComparisonView:
    """The summarizer beside the interpreter on the builder's paper. The rows' differences are plausible, not derived:
    give `rows=` where they matter."""
    views = views or (
        a_run_view(a_finished_run("run-1")),
        a_run_view(a_finished_run("run-2", persona=a_persona("interpreter"))),
    )
    runs = [view.run for view in views]
    candidates = tuple(CandidateView(label, view) for label, view in zip(LABELS, views, strict=False))
    finished = [run.status is RunStatus.FINISHED for run in runs]
    status = (
        ComparisonStatus.FINISHED
        if all(finished)
        else ComparisonStatus.PARTIAL
        if any(finished)
        else ComparisonStatus.FAILED
    )
    digests = {run.input.digest for run in runs if run.input}
    view = ComparisonView(
        comparison=a_comparison(runs),
        status=status,
        paper=views[0].paper,
        candidates=candidates,
        rows=tuple(_rows(candidates)),
        same_input=SameInput(len(digests) == 1, digests.pop() if len(digests) == 1 else None),
        cited_pages={candidate.label: _cited(candidate.run) for candidate in candidates},
    )
    return replace(view, **changes)


def _rows(candidates: Sequence[CandidateView]) -> list[Row]:
    rows = []
    for kind in ROWS:
        cells = {
            c.label: tuple(f.id for f in c.run.persona.fields if f.aspects[0] in kind.aspects)
            for c in candidates
        }
        answers = {c.label: c.run.run.answer or {} for c in candidates}
        asked = [label for label, ids in cells.items() if ids]
        told = [label for label in asked if any(answers[label].get(name) for name in cells[label])]
        shared = 0.5 if kind.id == "in_short" else None
        if len(asked) == len(cells) and len(told) == 1:
            rows.append(Row(kind, cells, Difference.ONLY, only=told[0]))
        elif asked:
            asked_all = len(asked) == len(cells)
            word = Difference.DIFFERENT_PASSAGES if asked_all else Difference.NOT_ASKED
            rows.append(Row(kind, cells, word, shared_evidence=shared))
    return rows


def _cited(view: RunView) -> tuple[float, ...]:
    """Share of the run's verified quotes on each page."""
    pages = [e.page for s in view.run.statements for e in s.evidence if e.status is EvidenceStatus.VERIFIED]
    extraction = view.paper.extraction
    total = len(extraction.pages) if extraction else 0
    return tuple(pages.count(number) / len(pages) if pages else 0.0 for number in range(1, total + 1))


def a_notice(code: str = "hidden_text", **changes: Any) -> Notice:
    data: dict[str, dict[str, str | int | float]] = {
        "hidden_text": {"count": 42},
        "language_not_applied": {"actual": "en", "asked": "ja"},
    }
    return replace(Notice(code, data=data.get(code, {})), **changes)
