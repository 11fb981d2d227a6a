"""The words of the interface in both languages, one place for pages, Markdown and terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.domain.comparisons import Difference, Row
from server.domain.extractions import Hiding
from server.domain.identity import Source
from server.domain.papers import PaperStatus
from server.domain.runs import RunStatus, Stage
from server.domain.statements import EvidenceStatus, IdentityVerdict, StatementStatus
from server.domain.waits import WaitReason
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

STAGES: dict[str, Words] = {
    "fetch": Words(ja="論文を取得しています", en="Fetching the paper"),
    "admit": Words(ja="PDFを確認しています", en="Checking the PDF"),
    "read": Words(ja="論文を読み取っています", en="Reading the paper"),
    "look": Words(ja="見えない文字を調べています", en="Looking for hidden text"),
    "describe": Words(ja="書誌情報を調べています", en="Finding title and authors"),
    "reading": Words(ja="論文を読み取っています", en="Reading the paper"),
    "started": Words(ja="始まりました", en="Started"),
    "finished": Words(ja="終わりました", en="Done"),
    Stage.WAITING: Words(ja="順番を待っています", en="Waiting for its turn"),
    Stage.PREPARING: Words(ja="下読みをしています", en="Reading in preparation"),
    Stage.ASKING: Words(ja="読み手が答えています", en="The persona is answering"),
    Stage.GROUNDING: Words(ja="根拠を確かめています", en="Checking the evidence"),
    Stage.REPAIRING: Words(ja="答えの形を直してもらっています", en="Asking for a repair"),
    Stage.LOOKING: Words(ja="根拠をもう一度確かめています", en="Taking a second look"),
}

WAITS: dict[str, Words] = {
    WaitReason.AWAY: Words(
        ja="接続先の回復を待っています（応答がありません）",
        en="Waiting for the endpoint to come back (it does not answer)",
    ),
    WaitReason.RATE: Words(
        ja="接続先の利用制限が解けるのを待っています", en="Waiting for the endpoint's rate limit"
    ),
    WaitReason.BUSY: Words(
        ja="接続先が空くのを待っています", en="Waiting until the endpoint has room for one more"
    ),
}

PARTS: dict[str, Words] = {
    "title": Words(ja="題名", en="Title"),
    "translation": Words(ja="訳", en="Translation"),
    "authors": Words(ja="著者", en="Authors"),
    "first_author": Words(ja="第一著者", en="First author"),
    "last_author": Words(ja="最終著者", en="Last author"),
    "affiliation": Words(ja="所属", en="Affiliation"),
    "venue": Words(ja="掲載誌・会議", en="Venue"),
    "year": Words(ja="発行年", en="Year"),
    "doi": Words(ja="DOI", en="DOI"),
    "arxiv_id": Words(ja="arXiv", en="arXiv"),
    "why": Words(ja="理由", en="Why"),
    "number": Words(ja="番号", en="Number"),
    "cited_at": Words(ja="引用箇所", en="Where cited"),
    "where": Words(ja="引用箇所", en="Where cited"),
    "claim": Words(ja="主張", en="Claim"),
    "type": Words(ja="種類", en="Type"),
    "kind": Words(ja="種類", en="Kind"),
    "evidence": Words(ja="根拠", en="Evidence"),
    "caveat": Words(ja="留保", en="Caveat"),
    "strength": Words(ja="証拠の強さ", en="Strength of the evidence"),
    "point": Words(ja="論文の箇所", en="What the paper says"),
    "fix": Words(ja="直し方", en="What would help"),
    "outcome": Words(ja="評価項目", en="Outcome"),
    "role": Words(ja="位置づけ", en="Role"),
    "timing": Words(ja="測った時点", en="When"),
    "intervention": Words(ja="介入群", en="Intervention"),
    "comparison": Words(ja="比較群", en="Comparison"),
    "effect": Words(ja="効果", en="Effect"),
    "event": Words(ja="有害事象", en="Event"),
    "funding": Words(ja="資金源", en="Funding"),
    "interests": Words(ja="利益相反", en="Interests"),
    "registration": Words(ja="試験登録", en="Registration"),
    "ethics": Words(ja="倫理審査と同意", en="Ethics and consent"),
    "step": Words(ja="手順", en="Step"),
    "formula": Words(ja="式", en="Formula"),
    "symbols": Words(ja="記号", en="Symbols"),
    "symbol": Words(ja="記号", en="Symbol"),
    "name": Words(ja="名前", en="Name"),
    "value": Words(ja="値", en="Value"),
    "used_for": Words(ja="使い所", en="Used for"),
    "source": Words(ja="入手先", en="Where"),
    "licence": Words(ja="利用条件", en="Licence"),
    "gap": Words(ja="足りない情報", en="Gap"),
    "needed_for": Words(ja="要る手順", en="Needed for"),
    "guess": Words(ja="まず試すこと（推測）", en="First guess"),
    "term": Words(ja="用語", en="Term"),
    "reading": Words(ja="読み", en="Reading"),
    "english": Words(ja="英語", en="English"),
    "japanese": Words(ja="日本語", en="Japanese"),
    "definition": Words(ja="この論文では", en="In this paper"),
    "in_paper": Words(ja="この論文では", en="In this paper"),
    "general": Words(ja="一般には", en="In general"),
    "plain": Words(ja="やさしく言うと", en="In plain words"),
    "short": Words(ja="略語", en="Short"),
    "long": Words(ja="元の形", en="In full"),
    "meaning": Words(ja="意味", en="Meaning"),
    "figure": Words(ja="図表", en="Figure"),
    "shows": Words(ja="示すこと", en="Shows"),
    "slide": Words(ja="スライド", en="Slide"),
}
"""Names of the parts of an object or list item; a part not listed here is called by its own name."""

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


def part_label(name: str, language: str) -> str:
    known = PARTS.get(name)
    return known.in_(language) if known else name.replace("_", " ").capitalize()


def stage_label(stage: str, language: str) -> str:
    known = STAGES.get(stage)
    return known.in_(language) if known else stage.replace("_", " ").capitalize()


def progress_label(data: Mapping[str, Any], language: str) -> str:
    """A `progress` event in words: the stage, and which step of how many it is busy with; or what it waits for."""
    if reason := WAITS.get(str(data.get("reason", ""))):
        return reason.in_(language)
    stage, label = stage_label(str(data.get("stage", "")), language), data.get("label")
    if not isinstance(label, Mapping):
        return stage
    step = str(label.get(language) or label.get("en") or "")
    return f"{stage} {int(data.get('done', 0)) + 1}/{int(data.get('total', 0))}: {step}"


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


PROBLEMS: dict[str, Words] = {
    "not_pdf": Words(ja="PDFではありません", en="Not a PDF"),
    "too_large": Words(ja="ファイルが大きすぎます", en="File too large"),
    "too_many_pages": Words(ja="ページが多すぎます", en="Too many pages"),
    "encrypted": Words(ja="パスワードがかかっています", en="Protected by a password"),
    "malformed": Words(ja="PDFが壊れています", en="Damaged PDF"),
    "no_text": Words(ja="文字が取り出せません", en="No text"),
    "resource_limit": Words(ja="読み取りの上限を超えました", en="Reading limit exceeded"),
    "parser_crashed": Words(ja="読み取りプログラムが停止しました", en="The PDF reader crashed"),
    "fetch_failed": Words(ja="論文を取得できませんでした", en="Could not fetch the paper"),
    "not_found": Words(ja="見つかりません", en="Not found"),
    "conflict": Words(ja="今の状態ではできません", en="Not possible in this state"),
    "invalid_request": Words(ja="リクエストが正しくありません", en="Invalid request"),
    "malformed_request": Words(ja="リクエストを読み取れません", en="Malformed request"),
    "unsupported_media_type": Words(ja="受け付けない形式です", en="Unsupported media type"),
    "persona_invalid": Words(ja="読み手の書き方に誤りがあります", en="Persona not valid"),
    "wrong_paper": Words(ja="別の論文の可能性があります", en="Perhaps another paper"),
    "ungrounded": Words(ja="根拠が見つかりません", en="No evidence found"),
    "answer_invalid": Words(ja="回答の形が違います", en="Answer of the wrong shape"),
    "truncated": Words(ja="回答が途中で切れました", en="Answer cut off"),
    "refused": Words(ja="モデルが回答を断りました", en="The model refused"),
    "content_filter": Words(ja="フィルターが回答を止めました", en="Stopped by a content filter"),
    "context_too_long": Words(ja="論文が長すぎます", en="Paper too long for the model"),
    "too_many_calls": Words(ja="呼び出しが多すぎます", en="Too many calls"),
    "rate_limited": Words(ja="利用制限に達しました", en="Rate limited"),
    "quota": Words(ja="割り当てを使い切りました", en="Quota used up"),
    "timeout": Words(ja="時間内に終わりませんでした", en="Out of time"),
    "unavailable": Words(ja="接続できません", en="Endpoint unavailable"),
    "bad_response": Words(ja="応答が正しくありません", en="Bad response"),
    "provider_auth": Words(ja="APIキーが受け付けられません", en="API key not accepted"),
    "cancelled": Words(ja="取り消されました", en="Cancelled"),
    "undisclosed": Words(ja="理由は伏せています", en="Reason withheld"),
    "internal": Words(ja="内部の問題", en="Internal problem"),
    "method_not_allowed": Words(ja="使えないメソッドです", en="Method not allowed"),
    "request_timeout": Words(ja="本文が届きませんでした", en="Body did not arrive"),
    "busy": Words(ja="混み合っています", en="Busy"),
    "storage_full": Words(ja="空き容量がありません", en="Storage full"),
    "over_budget": Words(ja="今日の予算を超えます", en="Over today's budget"),
    "unauthorized": Words(ja="APIキーが必要です", en="API key needed"),
    "forbidden": Words(ja="許可されていません", en="Not allowed"),
    "idempotency_key_reused": Words(ja="同じキーが使われています", en="Idempotency key reused"),
    "too_many_wrong_keys": Words(ja="間違ったキーが続いています", en="Too many wrong keys"),
}
"""Short names of problems: the `title` of a problem object."""
