"""The language of a paper is that of its body."""

from __future__ import annotations

import pytest
from server.domain.language import detect_language

JAPANESE = "本稿では，論文本文を先頭に置くと計算量が減ることを示す．評価の結果，二つ目の役割では評価がほぼ不要になった．"
ENGLISH = "In this paper we show that the order of the parts of a prompt decides what a cache can reuse. "


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH * 10, "en"),
        (JAPANESE * 10, "ja"),
        (
            "Dieses Skript wurde im Wintersemester geschrieben und es beinhaltet die Mitschriften aus der Vorlesung.",
            "de",
        ),
        (
            "Nous présentons une méthode pour la lecture des articles, qui est plus rapide que les autres.",
            "fr",
        ),
        (
            "En este trabajo presentamos un método para la lectura de los artículos y se compara con otros.",
            "es",
        ),
        ("本文提出一种新的方法用于阅读论文，并且与其他方法进行比较。实验结果表明该方法有效。", "zh"),
        ("본 논문에서는 논문을 읽는 새로운 방법을 제안하고 다른 방법과 비교한다.", "ko"),
        ("В этой работе мы представляем метод чтения статей.", "ru"),
    ],
)
def test_the_body_decides_the_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_japanese_paper_with_an_english_abstract_and_references_is_japanese() -> None:
    assert detect_language(ENGLISH * 8 + JAPANESE * 20 + ENGLISH * 8) == "ja"


def test_an_english_paper_that_quotes_japanese_is_english() -> None:
    assert detect_language(ENGLISH * 40 + JAPANESE + ENGLISH * 40) == "en"


def test_text_that_says_nothing_counts_as_english() -> None:
    assert detect_language("3.14 42 = = =") == "en"
