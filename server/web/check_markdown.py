"""A check report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from server.application.views import CheckView
from server.domain.statements import Evidence, EvidenceStatus
from server.web import labels
from server.web.check_words import Finding, Told, tell
from server.web.markdown_text import escape, front_matter, page_link
from server.web.wording import paper_facts


def check_markdown(view: CheckView, language: str, *, pdf: str | None = None) -> str:
    """The verdict, what needs a look with its reason, then what was found. Pages link to `pdf`, the paper's file name
    unless said otherwise."""
    writer = _Writer(view, language, pdf or view.paper.paper.filename)
    return "\n\n".join(block for block in writer.blocks(tell(view, language)) if block) + "\n"


class _Writer:
    def __init__(self, view: CheckView, language: str, pdf: str) -> None:
        self.view, self.language, self.pdf = view, language, pdf

    def blocks(self, told: Told) -> Iterator[str]:
        found = self.view.paper.identity.title
        title = found.value if found else labels.say("untitled", self.language)
        yield front_matter([("title", title), ("verdict", told.verdict.value)])
        yield f"# {escape(title)}"
        yield escape(" · ".join(paper_facts(self.view.paper, self.language)))
        yield f"**{told.mark} {escape(told.headline)}** — {escape(told.counts)}"
        yield escape(told.advice) if told.advice else ""
        for group in told.groups:
            yield f"## {escape(group.label)}"
            yield "\n".join(self._doubt(finding) for finding in group.findings)
        if told.proven.findings:
            yield f"## {escape(told.proven.label)}"
            yield "\n".join(self._proof(finding) for finding in told.proven.findings)
        yield escape(told.unchecked) if told.unchecked else ""

    def _doubt(self, finding: Finding) -> str:
        mark = labels.MARKS[finding.status]
        colon = "：" if self.language == "ja" else ": "
        label = f"{escape(finding.label)}{colon}" if finding.label else ""
        lines = [f"- {mark} {label}{escape(finding.text)}{self._pages(finding)}"]
        lines += [f"  - {escape(finding.reason)}"] if finding.reason else []
        return "\n".join([*lines, *(f"  - {self._evidence(e)}" for e in finding.evidence)])

    def _proof(self, finding: Finding) -> str:
        label = f"{escape(finding.label)} — " if finding.label else ""
        note = f" ({escape(finding.reason)})" if finding.reason else ""
        return f"- ✓ {label}{escape(finding.text)}{self._pages(finding)}{note}"

    def _pages(self, finding: Finding) -> str:
        return "".join(f" {page_link(self.pdf, page)}" for page in finding.pages)

    def _evidence(self, evidence: Evidence) -> str:
        words = labels.EVIDENCE[evidence.status].in_(self.language)
        if evidence.status is not EvidenceStatus.VERIFIED and evidence.difference:
            words = evidence.difference.in_(self.language)
        return f"“{escape(evidence.quote)}” — {escape(words)}"
