"""The sentences for what is wrong with a persona's fallback."""

from __future__ import annotations

from server.adapters.persona_sentences import Sentences, error

FALLBACK_SENTENCES: dict[str, Sentences] = {
    "fallback_after_extractive": error(
        "fallback では extractive の後に書いたモデルは呼ばれません（extractive は必ず答えます）。",
        "In fallback, models after extractive are never asked: extractive always answers.",
        "extractive を最後に書いてください。",
        "Write extractive last.",
    ),
}
