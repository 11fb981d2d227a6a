"""What every error has: a code, a sentence in both languages, and data; and how one comes back from being kept."""

from __future__ import annotations

from typing import Any, ClassVar

from server.domain.words import Words


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
