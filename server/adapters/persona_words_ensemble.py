"""The sentences for what is wrong with a persona's ensemble."""

from __future__ import annotations

from server.adapters.persona_sentences import Sentences, error

ENSEMBLE_SENTENCES: dict[str, Sentences] = {
    "ensemble_nobody": error(
        "over: {over} には、一緒に読む相手の一覧「{over}」が必要です。",
        "over: {over} needs a list '{over}' of those who read beside it.",
        "例：{over}: [{example}]",
        "For example {over}: [{example}].",
    ),
    "ensemble_unused": error(
        "「{key}」は over: {key} のときだけ使えます。",
        "'{key}' is only used with over: {key}.",
        "over: {key} と書くか、この項目を消してください。",
        "Write over: {key}, or delete this key.",
    ),
    "ensemble_name": error(
        "「{name}」は {key} の名前として読めません。",
        "'{name}' cannot be a name in '{key}'.",
        "ペルソナなら id か id@版、モデルなら設定した名前を、「+」と「,」を使わずに書いてください。",
        "Write the id (or id@version) of a persona, or the name of a model, without + and commas.",
    ),
}
