"""A run or a comparison as Markdown: front matter, headings, and a footnote with quote and page for every proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from server.application.views import ComparisonView, PaperView, RunView
from server.domain.comparisons import Row
from server.domain.extractions import Notice
from server.domain.notices import sentence
from server.domain.runs import RunStatus
from server.domain.statements import CheckStatus, Evidence, EvidenceStatus, StatementStatus
from server.web import labels
from server.web.markdown_text import escape, front_matter, page_link
from server.web.pieces import Part, Said, Shown, shown_fields, verdict
from server.web.plain import plain
from server.web.wording import engine_words, input_words, paper_facts, spending


def run_markdown(view: RunView, language: str, *, pdf: str | None = None) -> str:
    """One run. Pages link to `pdf`, the paper's file name unless said otherwise; a rejected answer is not shown."""
    writer = _Writer(view.paper, language, pdf or view.paper.paper.filename)
    values = [*_identity(view.paper), ("persona", view.run.persona.id + "@" + view.run.persona.version)]
    values += [("model", view.run.model), ("date", _date(view))]
    blocks = [front_matter(values), *writer.head(), writer.reader(view)]
    for shown in shown_fields(view, language):
        blocks += [f"## {escape(shown.label)}", *writer.field(shown)]
    blocks += writer.warnings(("", notice) for notice in view.run.warnings)
    return _page(blocks, writer)


def comparison_markdown(view: ComparisonView, language: str, *, pdf: str | None = None) -> str:
    """A comparison, a section per row and in it one per reader."""
    writer = _Writer(view.paper, language, pdf or view.paper.paper.filename)
    runs = [candidate.run for candidate in view.candidates]
    readers = tuple(
        {"label": c.label, "persona": f"{r.persona.id}@{r.persona.version}", "model": r.model}
        for c in view.candidates
        for r in (c.run.run,)
    )
    made = view.comparison.created_at.date()
    blocks = [front_matter([*_identity(view.paper), ("readers", readers), ("date", made)]), *writer.head()]
    blocks += [writer.reader(c.run, label=c.label) for c in view.candidates]
    blocks += [escape(input_words(runs, language, same=view.same_input))]
    if not view.rows:
        blocks += [labels.say("empty_comparison", language)]
    for row in view.rows:
        blocks += writer.row(row, view)
    blocks += writer.warnings((c.label, notice) for c in view.candidates for notice in c.run.run.warnings)
    return _page(blocks, writer)


def _page(blocks: Iterable[str], writer: _Writer) -> str:
    return "\n\n".join([*(block for block in blocks if block), "\n".join(writer.notes)]).rstrip() + "\n"


def _identity(paper: PaperView) -> list[tuple[str, object]]:
    identity = paper.identity
    return [
        ("title", identity.title.value if identity.title else None),
        ("authors", identity.authors.value if identity.authors else ()),
        ("year", identity.year.value if identity.year else None),
        ("doi", identity.doi.value if identity.doi else None),
    ]


def _date(view: RunView) -> date:
    return (view.run.finished_at or view.run.created_at).date()


@dataclass
class _Writer:
    paper: PaperView
    language: str
    pdf: str
    notes: list[str] = field(default_factory=list)
    """Footnotes so far."""

    def head(self) -> Iterator[str]:
        title = self.paper.identity.title
        yield f"# {escape(title.value) if title else labels.say('untitled', self.language)}"
        yield escape(" · ".join(paper_facts(self.paper, self.language)))

    def reader(self, view: RunView, *, label: str | None = None) -> str:
        """Who read with what, and the verdict."""
        ref = view.run.reader
        badge = f"{label} · " if label else ""
        judged = verdict(view, self.language)
        facts = [
            engine_words(view, self.language),
            judged.sentence(self.language),
            *spending(view, self.language),
        ]
        name = escape(view.persona.name.in_(self.language))
        return f"**{badge}{name}** `{plain(ref).replace('`', '')}`\\\n" + escape(" · ".join(facts))

    def row(self, row: Row, view: ComparisonView) -> Iterator[str]:
        failed = [c.label for c in view.candidates if c.run.run.status is not RunStatus.FINISHED]
        aside = [word for word in labels.row_words(row, self.language, failed=failed) if word]
        yield f"## {row.kind.label.in_(self.language)}"
        yield f"*{escape(' · '.join(aside))}*"
        for conflict in row.conflicts:
            sides = (
                f"{label}: {escape(side.text)}" + (f" {page_link(self.pdf, side.page)}" if side.page else "")
                for label, side in conflict.items()
            )
            yield f"≠ {labels.say('conflict', self.language)} — {' / '.join(sides)}"
        for candidate in view.candidates:
            ids = row.cells.get(candidate.label, ())
            run = candidate.run.run
            if not ids:
                yield f"### {candidate.label}"
                yield f"– {labels.say('not_asked', self.language)}"
            elif run.status is not RunStatus.FINISHED:
                yield f"### {candidate.label}"
                yield labels.RUNS[run.status].in_(self.language)
            for shown in shown_fields(candidate.run, self.language, ids=ids):
                yield f"### {candidate.label} · {escape(shown.label)}"
                yield from self.field(shown)

    def field(self, shown: Shown) -> Iterator[str]:
        if not shown.items:
            empty = self._status(StatementStatus.NOT_STATED)
            yield f"{empty} — {escape(shown.reason)}" if shown.reason else empty
        elif shown.is_list:
            yield "\n".join(
                line for number, item in enumerate(shown.items, 1) for line in self._item(number, item)
            )
        else:
            for item in shown.items:
                parts = [self._part(part) for part in item]
                labelled = any(part.label for part in item)
                yield "\n".join(f"- {text}" for text in parts) if labelled else "\n\n".join(parts)
        if shown.support:
            yield f"*{escape(shown.support)}*"

    def _item(self, number: int, item: tuple[Part, ...]) -> Iterator[str]:
        """A list item: its first part is what it is, the others stand below."""
        bullet = f"{number}. "
        yield bullet + self._text(item[0].said, bold=len(item) > 1)
        for part in item[1:]:
            yield f"{' ' * len(bullet)}- {self._part(part)}"

    def _part(self, part: Part) -> str:
        colon = "：" if self.language == "ja" else ": "
        return (f"{escape(part.label)}{colon}" if part.label else "") + self._text(part.said)

    def _text(self, statements: Iterable[Said], *, bold: bool = False) -> str:
        # A space after each: without one `**…。**次` is not bold in CommonMark.
        return " ".join(self._said(said, bold=bold or said.lead) for said in statements)

    def _said(self, said: Said, *, bold: bool) -> str:
        if said.status is StatementStatus.NOT_STATED:
            return self._status(said.status)
        text = f"**{escape(said.text)}**" if bold else escape(said.text)
        text += "".join(self._note(note) for note in self._notes(said))
        if said.status is StatementStatus.NOT_CHECKED:
            text += f" ({self._status(said.status)})"
        elif said.is_doubted and said.status:
            colon = "：" if self.language == "ja" else ": "
            why = f"{colon}{escape(said.reason)}" if said.reason else ""
            text += f" ({self._status(said.status)}{why})"
        return text

    def _notes(self, said: Said) -> Iterator[str]:
        for evidence in said.evidence:
            yield self._evidence(evidence)
        for check in said.checks:
            if check.kind == "reference" and check.status is CheckStatus.FOUND and check.reference:
                link = f" {page_link(self.pdf, check.page)}" if check.page else ""
                yield labels.say("reference", self.language, number=check.reference) + link

    def _evidence(self, evidence: Evidence) -> str:
        quoted = f"“{escape(evidence.quote)}”"
        if evidence.status is EvidenceStatus.VERIFIED and evidence.page:
            return f"{page_link(self.pdf, evidence.page)} {quoted}"
        words = labels.EVIDENCE[evidence.status].in_(self.language)
        if evidence.difference:
            words += f" ({escape(evidence.difference.in_(self.language))})"
        link = f"{page_link(self.pdf, evidence.page)} " if evidence.page else ""
        return f"{link}{quoted} — {words}"

    def _note(self, text: str) -> str:
        number = len(self.notes) + 1
        self.notes.append(f"[^{number}]: {text}")
        return f"[^{number}]"

    def _status(self, status: StatementStatus) -> str:
        return f"{labels.MARKS[status]} {labels.STATEMENTS[status].in_(self.language)}"

    def warnings(self, notices: Iterable[tuple[str, Notice]]) -> list[str]:
        own = self.paper.extraction.warnings if self.paper.extraction else ()
        lines = []
        for label, notice in (*(("", notice) for notice in own), *notices):
            page = f"{page_link(self.pdf, notice.page)} " if notice.page else ""
            lines.append(
                f"- {f'{label}: ' if label else ''}{page}{escape(sentence(notice).in_(self.language))}"
            )
        return [f"## {labels.say('warnings', self.language)}", "\n".join(lines)] if lines else []
