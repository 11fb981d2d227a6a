"""What problems are called, in a few words: their sentences say more."""

from __future__ import annotations

from server.domain.words import Words

TITLES: dict[str, Words] = {
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


def title_of(code: str) -> Words:
    """Of a problem that this version does not know: that of one inside the server."""
    return TITLES.get(code, TITLES["internal"])
