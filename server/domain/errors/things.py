"""What is wrong with a request for something: it is not there, not in that state, or not asked rightly."""

from __future__ import annotations

from server.domain.errors.base import YomiError
from server.domain.words import Words


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
