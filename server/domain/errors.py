"""Every error the product knows, as one tree.

* YomiError                      carries `code`, a sentence in both languages, and data
  - PaperError                   this PDF cannot be read
    · NotPdfError · TooLargeError · TooManyPagesError · EncryptedPaperError · MalformedPaperError
    · NoTextError · ResourceLimitError · ParserCrashedError · FetchFailedError
  - NotFoundError                nothing has this id
  - ConflictError                it cannot be done in this state
  - InvalidRequestError          the request is understood and wrong
  - PersonaInvalidError          a persona file is wrong: line and fix
  - RunError                     a run ended without an answer
    · WrongPaperError · UngroundedError · AnswerInvalidError · TruncatedError · RefusedError
    · ContentFilterError · ContextTooLongError · TooManyCallsError · RateLimitedError · QuotaError
    · RunTimeoutError · UnavailableError · BadResponseError · ProviderAuthError · CancelledError · UndisclosedError
    · InternalError
  - BusyError · StorageFullError · OverBudgetError · IdempotencyKeyReusedError · UnauthorizedError · ForbiddenError

The sentence says what to do next. Status codes live in `web/problems.py`, exit codes in `cli.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from server.domain.words import Words

if TYPE_CHECKING:
    from server.domain.runs import Attempt, Usage


class YomiError(Exception):
    """Base of all; `data` fills the placeholders of the sentence and is sent along."""

    code: ClassVar[str] = "internal"
    sentence: ClassVar[Words] = Words(
        ja="サーバー内部で問題が起きました。もう一度お試しください。",
        en="Something went wrong inside the server. Try again.",
    )

    def __init__(self, **data: Any) -> None:
        self.data = data
        super().__init__(self.words.en)

    @property
    def words(self) -> Words:
        """The sentence with its data filled in."""
        return self.sentence.fill(**self.data)


# Papers


class PaperError(YomiError):
    """This PDF cannot be read."""


class NotPdfError(PaperError):
    code = "not_pdf"
    sentence = Words(
        ja="PDFではありません（先頭に %PDF- がありません）。PDFファイルを指定してください。",
        en="This is not a PDF (no %PDF- at its start). Give the paper's PDF file.",
    )


class TooLargeError(PaperError):
    """`limit_mb`: what is accepted."""

    code = "too_large"
    sentence = Words(
        ja="ファイルが大きすぎます（上限 {limit_mb} MB）。小さくして再度お試しください。",
        en="The file is too large (limit {limit_mb} MB). Make it smaller and try again.",
    )


class TooManyPagesError(PaperError):
    """`pages` (or null when unknown) and `limit`."""

    code = "too_many_pages"
    sentence = Words(
        ja="{pages} ページあります（上限 {limit} ページ）。必要な章だけのPDFにしてください。",
        en="The PDF has {pages} pages (limit {limit}). Cut out the part you want to read.",
    )


class EncryptedPaperError(PaperError):
    code = "encrypted"
    sentence = Words(
        ja="PDFにパスワードがかかっています。解除してから再度お試しください。",
        en="The PDF is protected by a password. Remove the password and try again.",
    )


class MalformedPaperError(PaperError):
    code = "malformed"
    sentence = Words(
        ja="PDFが壊れています（途中で切れている可能性があります）。ダウンロードし直してください。",
        en="The PDF is damaged (perhaps cut off). Download it again.",
    )


class NoTextError(PaperError):
    """`pages`, `characters`: what little was found. `hidden` (optional): how many characters a person cannot see."""

    code = "no_text"
    sentence = Words(
        ja="文字がほとんど取り出せません（{pages} ページで {characters} 文字）。"
        "スキャン画像のPDFなら、OCRで文字を付けてから再度お試しください。",
        en="Hardly any text could be read ({characters} characters on {pages} pages). "
        "If it is a scan, run OCR over it and try again.",
    )
    hidden_sentence: ClassVar[Words] = Words(
        ja="このほか、人の目に見えない文字が {hidden} 文字ありますが、読みません。",
        en="Another {hidden} characters cannot be seen by a person and are not read.",
    )

    @property
    def words(self) -> Words:
        if not self.data.get("hidden"):
            return super().words
        seen, hidden = super().words, self.hidden_sentence.fill(**self.data)
        return Words(ja=seen.ja + hidden.ja, en=f"{seen.en} {hidden.en}")


class ResourceLimitError(PaperError):
    code = "resource_limit"
    sentence = Words(
        ja="このPDFの読み取りは時間またはメモリの上限を超えました。別の版のPDFをお試しください。",
        en="Reading this PDF took more time or memory than allowed. Try another version of the PDF.",
    )


class ParserCrashedError(PaperError):
    code = "parser_crashed"
    sentence = Words(
        ja="このPDFで読み取りプログラムが停止しました（サーバーは無事です）。別の版のPDFをお試しください。",
        en="The PDF reader crashed on this file (the server is fine). Try another version of the PDF.",
    )


class FetchFailedError(PaperError):
    """`url`: what to download by hand; `why`: a short cause in English."""

    code = "fetch_failed"
    sentence = Words(
        ja="論文を取得できませんでした（{why}）。{url} をブラウザでダウンロードし、そのファイルを指定してください。",
        en="The paper could not be fetched ({why}). Download {url} in a browser and give the file.",
    )


# Things


class NotFoundError(YomiError):
    """`kind` (paper, run, …) and `id`; `nearest` is a suggestion or None."""

    code = "not_found"
    sentence = Words(ja="{kind}「{id}」はありません。{hint_ja}", en="There is no {kind} '{id}'.{hint_en}")

    def __init__(self, *, kind: str, id: str, nearest: str | None = None) -> None:  # noqa: A002
        super().__init__(kind=kind, id=id, nearest=nearest)

    @property
    def words(self) -> Words:
        nearest = self.data["nearest"]
        names = {
            "paper": "論文",
            "persona": "読み手",
            "model": "モデル",
            "run": "実行",
            "comparison": "比較",
            "question": "質問",
            "batch": "一括処理",
        }
        kind = self.data["kind"]
        return Words(
            ja=self.sentence.ja.format(
                kind=names.get(kind, kind),
                id=self.data["id"],
                hint_ja=f"「{nearest}」ではありませんか？" if nearest else "",
            ),
            en=self.sentence.en.format(
                kind=kind, id=self.data["id"], hint_en=f" Did you mean '{nearest}'?" if nearest else ""
            ),
        )


class ConflictError(YomiError):
    """`reason_ja`, `reason_en`: what stands in the way and what to do."""

    code = "conflict"
    sentence = Words(ja="{reason_ja}", en="{reason_en}")


class InvalidRequestError(YomiError):
    """`reason_ja`, `reason_en`; optional `path` (JSON Pointer) of the wrong part."""

    code = "invalid_request"
    sentence = Words(ja="{reason_ja}", en="{reason_en}")


class PersonaInvalidError(YomiError):
    """The persona file is wrong. `problems`: a list of `{line, code, message: {ja, en}, fix: {ja, en}}`."""

    code = "persona_invalid"

    @property
    def words(self) -> Words:
        problems = self.data.get("problems") or []
        if not problems:
            return Words(ja="ペルソナが正しくありません。", en="The persona is not valid.")
        first = problems[0]
        more = len(problems) - 1
        return Words(
            ja=f"{first['line']} 行目：{first['message']['ja']} {first['fix']['ja']}"
            + (f"（ほか {more} 件）" if more else ""),
            en=f"Line {first['line']}: {first['message']['en']} {first['fix']['en']}"
            + (f" (and {more} more)" if more else ""),
        )


# Runs


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


# Service


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
        ja="今日の予算を超えます（見積もり {estimated_usd} ドル、残り {left_usd} ドル）。明日（UTC）再度試すか、"
        "YOMI_DAILY_BUDGET_USD を増やしてください。",
        en="This would go over today's budget (estimate ${estimated_usd}, left ${left_usd}). Try again tomorrow (UTC), or "
        "raise YOMI_DAILY_BUDGET_USD.",
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
        ja="APIキーが必要です（Authorization: Bearer …）。",
        en="An API key is needed (Authorization: Bearer …).",
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


def error_of(code: str, data: dict[str, Any]) -> YomiError:
    """The error that was kept as code and data; one that this version does not know is a plain `YomiError`."""
    kinds: list[type[YomiError]] = [YomiError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    kind = next((k for k in kinds if vars(k).get("code") == code), YomiError)
    error = kind.__new__(kind)
    error.data = data
    Exception.__init__(error, code)
    return error
