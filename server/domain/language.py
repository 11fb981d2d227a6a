"""Which language the body of a paper is written in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SAMPLE = 120_000
"""Characters looked at. More does not change the verdict, and hostile papers are long."""

_STOP_WORDS = {
    "en": "the of and to in is that for we are with this by as on be from which our can",
    "de": "der die und das ist ein eine nicht von mit den des dem für sich auf werden wird auch als",
    "fr": "le la les des et est une que dans pour qui par sur avec nous sont du ce cette au",
    "es": "el la los las de y que en es una por con para se del como más este al son",
    "pt": "o os as de e que em é uma por com para se do da como não ao dos são",
    "it": "il lo la gli di e che in è una per con si del della come non sono nel dei",
    "nl": "de het een van en is dat in op te voor met zijn wordt niet aan deze door ook bij",
    "sv": "och att det som en är av för på med den till inte om ett har vi kan de från",
    "da": "og at det som en er af for på med den til ikke om et har vi kan de fra",
    "pl": "i w na z do że się jest nie to oraz dla przez jak od po są które może być",
    "cs": "a v na je se že z s pro do to jako jsou která který nebo by při není lze",
    "tr": "ve bir bu için ile olarak olan daha de da gibi en çok ya ancak her ise kadar sonra veya",
    "fi": "ja on ei se että oli myös joka kuin ovat sekä tai niin mutta hän voi ole tämä sen jos",
}
_BY_WORD: dict[str, tuple[str, ...]] = {}
for _language, _words in _STOP_WORDS.items():
    for _word in _words.split():
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _language)

_SCRIPTS = {
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "THAI": "th",
    "DEVANAGARI": "hi",
}

_CHARACTERS_PER_SIGN = 2.5
"""Latin letters that say as much as one kana, Han or Hangul sign, roughly."""


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language most of `text` is in; `en` when nothing tells.

    A Japanese paper with an English abstract and English references is Japanese.
    """
    sample = _sampled(text)
    script = _by_script(sample)
    return script or _by_words(sample)


def _sampled(text: str) -> str:
    """The beginning, the middle and the end, so that neither abstract nor references decide alone."""
    if len(text) <= _SAMPLE:
        return text
    part = _SAMPLE // 3
    middle = len(text) // 2 - part // 2
    return "\n".join((text[:part], text[middle : middle + part], text[-part:]))


def _by_script(text: str) -> str | None:
    counts: Counter[str] = Counter()
    for character, times in Counter(text).items():
        if character.isalpha():
            counts[_script(character)] += times
    signs = counts["KANA"] + counts["HAN"]
    latin = counts["LATIN"]
    weighed = {name: n * _CHARACTERS_PER_SIGN if name == "HANGUL" else float(n) for name, n in counts.items()}
    # Twice: Japanese papers print formulas, code, names and whole reference lists in Latin letters.
    if 2 * signs * _CHARACTERS_PER_SIGN > latin and signs > counts["HANGUL"]:
        return "ja" if counts["KANA"] > 0.05 * signs else "zh"
    for name, language in _SCRIPTS.items():
        # Greek letters fill the formulas of papers in other languages.
        if weighed.get(name, 0) > (2 * latin if name == "GREEK" else latin):
            return language
    return None


def _script(character: str) -> str:
    name = unicodedata.name(character, "")
    if name.startswith(("HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA")):
        return "KANA"
    if name.startswith("CJK"):
        return "HAN"
    return name.partition(" ")[0]


def _by_words(text: str) -> str:
    scores: Counter[str] = Counter()
    for word, times in Counter(re.findall(r"[^\W\d_]+", text.casefold())).items():
        for language in _BY_WORD.get(word, ()):
            scores[language] += times
    return scores.most_common(1)[0][0] if scores else "en"
