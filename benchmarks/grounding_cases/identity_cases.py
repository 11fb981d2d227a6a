"""Which paper an answer says it is about: the right title and authors in many spellings, and wrong ones."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .cases import Case, Column, StatedIdentity, dice
from .papers import SHARED, BenchPaper

TRANSLATED = {
    "tableformer.pdf": "TableFormer：表とテキストの符号化のための頑健なTransformerモデル",
    "s2orc.pdf": "S2ORC：Semantic Scholarオープン研究コーパス",
    "specter.pdf": "SPECTER：引用情報を用いたTransformerによる文書表現学習",
    "longeval.pdf": "LongEval：長文要約の忠実さを人手で評価するための指針",
    "papermage.pdf": "PaperMage：視覚的に豊かな科学文書を処理・表現・操作する統合ツールキット",
    "n18.pdf": "Semantic Scholarにおける文献グラフの構築",
    "timp.pdf": "TIMP：多元的な分光測定をモデル化するためのRパッケージ",
    "tidydata.pdf": "整然データ",
    "bitcoin.pdf": "ビットコイン：P2P電子通貨システム",
    "paper-first.pdf": "論文を先に：複数のペルソナが一つの論文を読むときの接頭辞の再利用",
}
"""Titles as a Japanese answer would translate them."""

STRANGERS = (
    "Isaac Newton", "Ada Lovelace", "Marie Curie", "Charles Darwin", "Emmy Noether",
    "Leonhard Euler", "Sofia Kovalevskaya", "Carl Friedrich Gauss", "Blaise Pascal", "James Clerk Maxwell",
    "Galileo Galilei", "Johannes Kepler", "Michael Faraday", "Rosalind Franklin", "紫式部", "平賀源内", "関孝和",
    "A. Author", "B. Author", "Example University",
)  # fmt: skip
"""Who surely wrote none of these papers: people of other centuries, and the placeholders of made-up answers."""

_SAMPLES = {
    "paper-first.pdf": ("Paper First: Prefix Reuse When Several Personas Read One Paper", "Yomikurabe Project"),
    "hidden-instruction.pdf": ("Looking for Ink: Which Text of a PDF Does a Person See?", "Yomikurabe Project"),
    "japanese-pdf.pdf": (
        "文字化けは例外を投げない：日本語論文PDFにおける本文抽出エンジン5種の比較", "読み比べプロジェクト",
    ),
}  # fmt: skip
_OTHER_WORDS = ("Neural", "Secure", "Unsupervised", "Deep", "Quantum", "Medical", "Legal", "Bayesian")
_OTHER_TERMS = ("音声", "画像", "英語", "深層学習", "量子", "医療", "翻訳", "暗号")


@dataclass(frozen=True)
class Known:
    """What is printed on a paper, by the manifest and not by the reader that is measured."""

    title: str
    first: str
    last: str
    language: str

    @property
    def people(self) -> tuple[str, ...]:
        return (self.first,) if self.first == self.last else (self.first, self.last)


def known_papers() -> dict[str, Known]:
    known = {
        name: Known(t, who, who, "ja" if who[0] > "\u3000" else "en") for name, (t, who) in _SAMPLES.items()
    }
    if SHARED.is_dir():
        with (SHARED / "manifest.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["language"] in ("en", "ja"):
                    known[row["file"]] = Known(
                        row["title"], row["first_author"], row["last_author"], row["language"]
                    )
    return known


def identity_cases(papers: Mapping[str, BenchPaper]) -> Iterator[Case]:
    known = {name: one for name, one in known_papers().items() if name in papers}
    for name, one in known.items():
        columns = (Column.JA,) if one.language == "ja" else (Column.EN, Column.JA_ON_EN)
        for column in columns:
            for kind, stated in _true(one, TRANSLATED.get(name) if column is Column.JA_ON_EN else None):
                yield _case(kind, column, name, stated, planted=False)
            front = papers[name].extraction.pages[0].text
            others = [
                o for o in known.values() if o.title != one.title and not any(p in front for p in o.people)
            ]
            for kind, stated in _planted(name, one, others):
                yield _case(kind, column, name, stated, planted=True)


def _case(kind: str, column: Column, name: str, stated: dict[str, object], *, planted: bool) -> Case:
    parts = tuple((key, tuple(v) if isinstance(v, list) else v) for key, v in stated.items())
    return Case(kind, column, name, StatedIdentity(parts), planted=planted)


def _true(one: Known, translation: str | None) -> Iterator[tuple[str, dict[str, object]]]:
    people = list(one.people)
    yield "identity as printed", {"title": one.title, "authors": people}
    for title in _spellings(one.title):
        yield "identity, other spelling", {"title": title, "authors": people}
    for names in (
        [_initials(p) for p in people],
        [_family_first(p) for p in people],
        [p.upper() for p in people],
    ):
        yield "identity, other spelling", {"title": one.title, "authors": names}
    yield "identity, other spelling", {"title": one.title, "authors": f"{people[0]} et al."}
    yield "identity, other spelling", {"title": one.title, "authors": f"{people[0]} ほか"}
    yield "identity, other spelling", {"title": one.title, "first_author": one.first, "last_author": one.last}
    if translation:
        for shape in (
            f"{one.title}（{translation}）",
            f"{translation}（{one.title}）",
            f"{one.title}\n{translation}",
        ):
            yield "title with its translation", {"title": shape, "authors": people}
        yield "title translated only", {"title": translation, "authors": people}


def _planted(name: str, one: Known, others: list[Known]) -> Iterator[tuple[str, dict[str, object]]]:
    title, people = one.title, list(one.people)
    for stranger in STRANGERS:
        note = _in_kanji(stranger, one)
        yield f"author invented{note}", {"title": title, "authors": [stranger]}
        yield f"author invented, among true ones{note}", {"title": title, "authors": [*people, stranger]}
    for other in others:
        note = _in_kanji(other.title, one)
        yield (
            f"authors of another paper{_in_kanji(other.first, one)}",
            {"title": title, "authors": list(other.people)},
        )
        yield f"title of another paper{note}", {"title": other.title, "authors": people}
        yield f"identity of another paper{note}", {"title": other.title, "authors": list(other.people)}
    for changed in swapped(title, name):
        yield "title with one word swapped", {"title": changed, "authors": people}
    for part in (
        "Abstract",
        *(("概要",) if one.language == "ja" else ()),
        title.split(":")[0].split("：")[0][:12],
        "Introduction",
    ):
        if len(part) * 2 < len(title):
            yield "a piece for the title", {"title": part, "authors": people}


def _in_kanji(said: str, one: Known) -> str:
    """Marks what cannot be compared: a Japanese name or title for an English paper may be a translation."""
    return ", in Japanese" if one.language == "en" and any(c > "\u3040" for c in said) else ""


def swapped(title: str, name: str) -> list[str]:
    """The title with one of its words replaced, for each word that says something."""
    if any("\u3040" <= c <= "\u30ff" for c in title):
        terms = [
            t
            for t in ("文字化け", "日本語", "論文", "本文", "抽出", "比較", "プロンプト", "先頭", "計算量")
            if t in title
        ]
        return [title.replace(t, dice(name, t).choice(_OTHER_TERMS), 1) for t in terms]
    words = title.split()
    return [
        " ".join([*words[:at], dice(name, w).choice(_OTHER_WORDS), *words[at + 1 :]])
        for at, w in enumerate(words)
        if len(w.strip(":,")) >= 4 and w.strip(":,") not in ("When", "Which", "Does", "with", "from", "using")
    ]


def _spellings(title: str) -> Iterator[str]:
    yield title.upper()
    yield title.lower()
    yield title.replace("fi", "ﬁ").replace("ff", "ﬀ")
    half = title.find(" ", len(title) // 2)
    if half > 0:
        yield f"{title[:half]}\n{title[half + 1 :]}"
    yield f"“{title}”"
    yield f"「{title}」"
    yield f"**{title}**"
    yield title.replace(":", " —").replace("：", " — ")
    yield f"{title}." if title[-1] not in ".?!" else title
    yield unicodedata.normalize("NFD", title)


def _initials(name: str) -> str:
    *given, family = name.split()
    return " ".join([*(f"{g[0]}." for g in given), family]) if given and name.isascii() else name


def _family_first(name: str) -> str:
    *given, family = name.split()
    return f"{family}, {' '.join(given)}" if given and name.isascii() else name
