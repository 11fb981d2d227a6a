"""Why a run ended without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.domain.errors.base import YomiError
from server.domain.words import Words

if TYPE_CHECKING:
    from server.domain.runs import Attempt, Usage


class RunError(YomiError):
    """A run ended without an answer."""

    attempts: tuple[Attempt, ...] = ()
    """The calls made at the engine, when it was an engine that gave up."""
    usage: Usage | None = None
    """Of these calls, as far as it was told."""


class WrongPaperError(RunError):
    code = "wrong_paper"
    sentence = Words(
        ja="別の論文の可能性があります：題名・著者が本文に見つかりません。回答は表示しません。",
        en="The answer seems to be about another paper: its title and authors are not in this one. It is not shown.",
    )


class UngroundedError(RunError):
    code = "ungrounded"
    sentence = Words(
        ja="回答の引用が一つも論文に見つかりません。別のモデルで試すか、結果を使わないでください。",
        en="Not one quote of the answer was found in the paper. Try another model, and do not rely on it.",
    )


class AnswerInvalidError(RunError):
    """`errors`: validator messages with JSON Pointers."""

    code = "answer_invalid"
    sentence = Words(
        ja="モデルの回答が求めた形になりませんでした（修正を一度求めました）。別のモデルをお試しください。",
        en="The model's answer did not have the asked shape, even after one repair. Try another model.",
    )


class TruncatedError(RunError):
    code = "truncated"
    sentence = Words(
        ja="回答が途中で切れました。max_output_tokens を増やすか、別のモデルをお試しください。",
        en="The answer was cut off. Raise max_output_tokens or try another model.",
    )


class RefusedError(RunError):
    code = "refused"
    sentence = Words(
        ja="モデルが回答を断りました。別のモデルをお試しください。",
        en="The model refused to answer. Try another model.",
    )


class ContentFilterError(RunError):
    code = "content_filter"
    sentence = Words(
        ja="提供元のフィルターが回答を止めました。別のモデルをお試しください。",
        en="The provider's content filter stopped the answer. Try another model.",
    )


class ContextTooLongError(RunError):
    """`tokens` needed (estimate) and `window` of the model, each None when unknown."""

    code = "context_too_long"
    sentence = Words(
        ja="論文がこのモデルに長すぎます。コンテキストの大きいモデルを使うか、context=auto で一部ずつ渡してください。",
        en="The paper is too long for this model. Use one with a larger context window, or context=auto to give it parts.",
    )


class TooManyCallsError(RunError):
    """`calls` that the run would take, and `most` that one may make."""

    code = "too_many_calls"
    sentence = Words(
        ja="この論文をこのモデルで分けて読むと {calls} 回の呼び出しになります（上限 {most} 回）。コンテキストの大きいモデルを使うか、"
        "context=retrieve にしてください。",
        en="Reading this paper in parts would take {calls} calls to this model; a run may make {most}. Use a model with a "
        "larger context window, or context=retrieve.",
    )


class RateLimitedError(RunError):
    code = "rate_limited"
    sentence = Words(
        ja="提供元の利用制限に達しました。しばらく待って再度お試しください。",
        en="The provider limits the rate of requests. Wait a little and try again.",
    )


class QuotaError(RunError):
    code = "quota"
    sentence = Words(
        ja="提供元の残高または割り当てを使い切りました。契約を確認してください。",
        en="The provider's quota or balance is used up. Check your plan there.",
    )


class RunTimeoutError(RunError):
    """`seconds`: the deadline that passed."""

    code = "timeout"
    sentence = Words(
        ja="{seconds} 秒以内に回答が終わりませんでした。再度試すか、YOMI_RUN_TIMEOUT_S を増やしてください。",
        en="No complete answer within {seconds} s. Try again, or raise YOMI_RUN_TIMEOUT_S.",
    )


class UnavailableError(RunError):
    """`host`: the endpoint."""

    code = "unavailable"
    sentence = Words(
        ja="{host} に接続できないか、応答がエラーです。アドレスとサーバーの状態を確認してください。",
        en="{host} cannot be reached or answers with errors. Check the address and whether it is running.",
    )


class BadResponseError(RunError):
    """`host`: the endpoint; `why`: what was wrong with the response, in a few English words."""

    code = "bad_response"
    sentence = Words(
        ja="{host} の応答がOpenAI互換ではありません（{why}）。base_url を確認してください。",
        en="{host} did not answer like an OpenAI-compatible server ({why}). Check the base_url.",
    )


class ProviderAuthError(RunError):
    """`host`: the endpoint."""

    code = "provider_auth"
    sentence = Words(
        ja="{host} がAPIキーを受け付けません。キーと権限を確認してください。",
        en="{host} does not accept the API key. Check the key and its permissions.",
    )


class CancelledError(RunError):
    code = "cancelled"
    sentence = Words(ja="取り消されました。", en="It was cancelled.")


class UndisclosedError(RunError):
    """Of a run in a blind comparison: its real error would tell which model it was."""

    code = "undisclosed"
    sentence = Words(ja="理由は、投票すると表示されます。", en="Why is shown once you have voted.")


class InternalError(RunError):
    code = "internal"
