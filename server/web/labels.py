"""The words of the interface in both languages, one place for pages, Markdown and terminal."""

from __future__ import annotations

from collections.abc import Sequence

from server.domain.comparisons import Difference, Row
from server.domain.extractions import Hiding
from server.domain.identity import Source
from server.domain.papers import PaperStatus
from server.domain.runs import RunStatus
from server.domain.statements import EvidenceStatus, IdentityVerdict, StatementStatus
from server.domain.words import Words

MARKS: dict[StatementStatus, str] = {
    StatementStatus.SUPPORTED: "✓",
    StatementStatus.PARTLY: "△",
    StatementStatus.UNSUPPORTED: "✕",
    StatementStatus.NOT_STATED: "–",
    StatementStatus.NOT_CHECKED: "·",
}
"""Told apart by shape, so that colour is never needed."""

STATEMENTS: dict[StatementStatus, Words] = {
    StatementStatus.SUPPORTED: Words(ja="根拠あり", en="proven"),
    StatementStatus.PARTLY: Words(ja="一部だけ根拠あり", en="partly proven"),
    StatementStatus.UNSUPPORTED: Words(ja="根拠が見つかりません", en="no evidence found"),
    StatementStatus.NOT_STATED: Words(ja="記載なし", en="not stated"),
    StatementStatus.NOT_CHECKED: Words(ja="未確認", en="not checked"),
}

DIFFERENCES: dict[Difference, Words] = {
    Difference.SAME_PASSAGES: Words(ja="同じ箇所を引用", en="same passages"),
    Difference.DIFFERENT_PASSAGES: Words(ja="根拠の箇所が違う", en="different passages"),
    Difference.ONLY: Words(ja="{label}だけ", en="only {label}"),
    Difference.NUMBERS_DIFFER: Words(ja="数値が違う", en="numbers differ"),
    Difference.NO_EVIDENCE: Words(ja="根拠が見つかりません", en="no evidence found"),
    Difference.NOT_ASKED: Words(ja="{label}は聞いていない", en="{label} did not ask"),
    Difference.NOT_STATED: Words(ja="記載なし", en="not stated"),
    Difference.FAILED: Words(ja="読み取れませんでした", en="could not be read"),
}

EVIDENCE: dict[EvidenceStatus, Words] = {
    EvidenceStatus.VERIFIED: Words(ja="論文の引用", en="quoted from the paper"),
    EvidenceStatus.APPROXIMATE: Words(ja="論文と少し違う引用", en="differs from the paper"),
    EvidenceStatus.NOT_FOUND: Words(ja="論文に見つからない引用", en="not found in the paper"),
    EvidenceStatus.HIDDEN: Words(ja="目に見えない文字からの引用", en="quoted from hidden text"),
    EvidenceStatus.TOO_SHORT: Words(ja="引用が短すぎます", en="quote too short"),
}

IDENTITIES: dict[IdentityVerdict, Words] = {
    IdentityVerdict.CONFIRMED: Words(ja="この論文です ✓", en="this paper ✓"),
    IdentityVerdict.DOUBTFUL: Words(ja="書誌情報に疑いあり △", en="identity doubtful △"),
    IdentityVerdict.MISMATCH: Words(
        ja="別の論文の可能性があります：題名・著者が本文に見つかりません ✕",
        en="perhaps another paper: its title and authors are not in this one ✕",
    ),
    IdentityVerdict.UNKNOWN: Words(ja="書誌情報は未確認 ·", en="identity not checked ·"),
}

RUNS: dict[RunStatus, Words] = {
    RunStatus.QUEUED: Words(ja="順番を待っています", en="waiting to start"),
    RunStatus.RUNNING: Words(ja="読み取り中", en="reading"),
    RunStatus.FINISHED: Words(ja="完了", en="finished"),
    RunStatus.FAILED: Words(ja="読み取れませんでした", en="could not be read"),
    RunStatus.CANCELLED: Words(ja="取り消されました", en="cancelled"),
}

PAPERS: dict[PaperStatus, Words] = {
    PaperStatus.READING: Words(ja="読み取り中", en="being read"),
    PaperStatus.READY: Words(ja="読み取り済み", en="ready"),
    PaperStatus.REFUSED: Words(ja="読み取れませんでした", en="could not be read"),
}

SOURCES: dict[Source, Words] = {
    Source.LAYOUT: Words(ja="紙面から", en="from the layout"),
    Source.TEXT: Words(ja="本文から", en="from the text"),
    Source.METADATA: Words(ja="PDFの情報から", en="from the metadata"),
    Source.USER: Words(ja="人が訂正", en="corrected by a person"),
}

HIDINGS: dict[Hiding, Words] = {
    Hiding.NO_INK: Words(ja="インクなし", en="no ink"),
    Hiding.TINY: Words(ja="小さすぎる", en="tiny"),
    Hiding.OFF_PAGE: Words(ja="ページの外", en="off the page"),
}

WORDS: dict[str, Words] = {
    "name": Words(ja="読み比べ", en="Yomikurabe"),
    "persona": Words(ja="読み手", en="Persona"),
    "model": Words(ja="モデル", en="Model"),
    "extractive": Words(
        ja="モデルなし（原文の文をそのまま抜き出しています）", en="No model: sentences copied from the paper"
    ),
    "evidence": Words(ja="根拠", en="Evidence"),
    "identity": Words(ja="書誌情報", en="Identity"),
    "authors": Words(ja="著者", en="Authors"),
    "untitled": Words(ja="題名なし", en="Untitled"),
    "pages": Words(ja="{count} ページ", en="{count} pages"),
    "page": Words(ja="1 ページ", en="1 page"),
    "proven": Words(ja="{total} 文中 {proven} 文に根拠あり", en="{proven} of {total} statements proven"),
    "nothing_checked": Words(ja="確かめる文がありません", en="nothing to check"),
    "not_read": Words(ja="読み取れませんでした", en="could not be read"),
    "same_input": Words(ja="どの読み手にも同じ本文", en="Same text for every reader"),
    "different_input": Words(
        ja="読み手によって渡した本文が違います", en="The readers were sent different texts"
    ),
    "no_input": Words(ja="渡した本文を比べられません", en="The texts sent cannot be compared"),
    "shared_evidence": Words(ja="同じ箇所を引用 {share} %", en="shared evidence {share} %"),
    "conflict": Words(ja="数値が違う", en="numbers differ"),
    "not_asked": Words(ja="聞いていない", en="not asked"),
    "input_tokens": Words(ja="入力 {count} トークン", en="{count} tokens in"),
    "cached_tokens": Words(ja="うち再利用 {count}", en="{count} of them cached"),
    "output_tokens": Words(ja="出力 {count} トークン", en="{count} tokens out"),
    "cost": Words(ja="{usd} ドル", en="US${usd}"),
    "seconds": Words(ja="{count} 秒", en="{count} s"),
    "milliseconds": Words(ja="{count} ミリ秒", en="{count} ms"),
    "reused": Words(ja="以前の結果を再利用", en="reused"),
    "truncated": Words(ja="本文の一部だけを渡しました", en="only part of the text was sent"),
    "cited_pages": Words(ja="引用したページ", en="Pages cited"),
    "warnings": Words(ja="注意", en="Worth knowing"),
    "reference": Words(ja="参考文献 {number}", en="reference {number}"),
    "references": Words(ja="参考文献 {count} 件", en="{count} references"),
    "sections": Words(ja="章立て", en="Sections"),
    "characters": Words(ja="ページごとの文字数", en="Characters per page"),
    "reader": Words(ja="読み取り", en="Read with"),
    "language": Words(ja="言語", en="Language"),
    "hidden": Words(ja="見えない文字", en="Hidden text"),
    "yes": Words(ja="はい", en="yes"),
    "no": Words(ja="いいえ", en="no"),
    "empty_comparison": Words(ja="比べる観点がありません。", en="There is nothing to compare."),
    "whole_text": Words(ja="文章の全体", en="The whole text"),
    "brought": Words(
        ja="持ち込みの文章（モデルなしで照合）", en="Brought-along text, checked without a model"
    ),
    "unmasked": Words(ja="作り話を見破る", en="A made-up answer, unmasked"),
    "unmasked_intro": Words(
        ja="別の論文についてのもっともらしい回答を、同じ論文と照らし合わせました。モデルは使っていません。",
        en="A fluent answer about a paper that does not exist, held against the same paper. No model was asked.",
    ),
    "blind": Words(ja="名前は投票の後に表示", en="name shown after your vote"),
    "evidence_is_not_truth": Words(
        ja="「同じ箇所を引用」の割合は、読み手が論文の同じ箇所を見たことを示すだけで、正しさの証明ではありません。",
        en="“Shared evidence” means that readers looked at the same place, not that one is right.",
    ),
}


def say(key: str, language: str, **data: object) -> str:
    """The words under `key`, placeholders filled; integers with thousands separators."""
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in data.items()}
    return WORDS[key].in_(language).format(**shown)


def row_difference(row: Row, language: str, *, failed: Sequence[str] = ()) -> str:
    """The one word for a row's difference, with the labels it is about (`Aだけ`, `B did not ask`)."""
    join = "・" if language == "ja" else ", "
    labels = {
        Difference.ONLY: [row.only] if row.only else [],
        Difference.NOT_ASKED: [label for label, fields in row.cells.items() if not fields],
        Difference.FAILED: list(failed),
    }.get(row.difference, [])
    words = DIFFERENCES[row.difference].in_(language).format(label=join.join(labels))
    if row.difference is Difference.FAILED and labels:
        return f"{join.join(labels)}：{words}" if language == "ja" else f"{join.join(labels)} {words}"
    return words


def row_words(row: Row, language: str, *, failed: Sequence[str] = ()) -> tuple[str, str | None]:
    """The word for a row's difference, and the share of common evidence where there is some; nothing said twice."""
    word = row_difference(row, language, failed=failed)
    if not row.shared_evidence:
        return word, None
    share = say("shared_evidence", language, share=round(100 * row.shared_evidence))
    return word, share.removeprefix(word).strip()


def duration(milliseconds: int, language: str) -> str:
    """A time as a person reads it: 62 ms, 5.2 s, 140 s."""
    if milliseconds < 1000:
        return say("milliseconds", language, count=milliseconds)
    seconds = milliseconds / 1000
    return say("seconds", language, count=f"{seconds:.1f}" if seconds < 60 else f"{seconds:.0f}")


def page_count(count: int, language: str) -> str:
    return say("page", language) if count == 1 else say("pages", language, count=count)
