"""Why the service turns a request away, whatever it asks for."""

from __future__ import annotations

from server.domain.errors.base import YomiError
from server.domain.words import Words


class BusyError(YomiError):
    """`retry_after_s`: when to come back."""

    code = "busy"
    sentence = Words(
        ja="混み合っています。{retry_after_s} 秒後に再度お試しください。",
        en="The server is busy. Try again in {retry_after_s} s.",
    )


class StorageFullError(YomiError):
    code = "storage_full"
    sentence = Words(
        ja="保存先の空き容量がありません。空けてから再度お試しください。",
        en="There is no space left to store this. Free some space and try again.",
    )


class OverBudgetError(YomiError):
    """`estimated_usd`: what it may cost; `left_usd`: of today's budget; `budget_usd`."""

    code = "over_budget"
    sentence = Words(
        ja="見積もり {estimated_usd} ドルに対し、今日の予算の残りは {left_usd} ドルです。明日（UTC）再度試すか、料金の低いモデルや"
        "モデルなし（extractive）を選ぶか、YOMI_DAILY_BUDGET_USD を増やしてください。",
        en="The estimate is ${estimated_usd}, and ${left_usd} is left of today's budget. Try again tomorrow (UTC), choose a "
        "cheaper model or none (extractive), or raise YOMI_DAILY_BUDGET_USD.",
    )


class IdempotencyKeyReusedError(YomiError):
    code = "idempotency_key_reused"
    sentence = Words(
        ja="この Idempotency-Key は別の内容のリクエストで使われています。新しいキーを使ってください。",
        en="This Idempotency-Key was used with another request. Use a new key.",
    )


class UnauthorizedError(YomiError):
    code = "unauthorized"
    sentence = Words(
        ja="有効なキーを付けてください（Authorization: Bearer …）。キーはサーバーの YOMI_API_KEYS にあります。",
        en="Send a key that is valid here (Authorization: Bearer …). The server's YOMI_API_KEYS holds them.",
    )


class TooManyWrongKeysError(YomiError):
    """`retry_after_s`: when this address is listened to again, unless it comes with a right key."""

    code = "too_many_wrong_keys"
    sentence = Words(
        ja="間違ったAPIキーが続いています。キーを確認し、{retry_after_s} 秒後に再度お試しください。",
        en="Too many wrong API keys came from this address. Check the key and try again in {retry_after_s} s.",
    )


class ForbiddenError(YomiError):
    """`reason_ja`, `reason_en`."""

    code = "forbidden"
    sentence = Words(ja="{reason_ja}", en="{reason_en}")
