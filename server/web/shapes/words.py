"""What is said in both languages, as JSON."""

from __future__ import annotations

from typing import overload

from server.domain.words import Words
from server.web.structs import WordsOut


@overload
def words_out(words: Words) -> WordsOut: ...
@overload
def words_out(words: Words | None) -> WordsOut | None: ...
def words_out(words: Words | None) -> WordsOut | None:
    return WordsOut(ja=words.ja, en=words.en) if words else None
