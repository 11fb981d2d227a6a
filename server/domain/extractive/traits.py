"""What a single sentence shows by its own words: whether it is one, whose it is, what it leans on."""

from __future__ import annotations

import re
from enum import IntEnum


class Standing(IntEnum):
    """Whether a sentence can be understood without the one before it."""

    ALONE = 0
    LINKED = 1
    """It goes on in a list of thoughts (`Moreover`, また): no beginning, but clear wherever it stands."""
    POINTING = 2
    """It points back (`This`, `However`, それ): clear only after the sentence before it."""


def standing(text: str) -> Standing:
    """Whether the sentence can be understood without the one before it."""
    if _LINKED.match(text):
        return Standing.LINKED
    if (
        _ANSWERING.match(text)
        or _POINTING.match(text)
        or _EARLY_KORE.search(text[:10])
        or _EARLY_POINTER.search(" ".join(text.split()[:5]))
    ):
        return Standing.POINTING
    return Standing.ALONE


def is_own(text: str, *, name: str | None) -> bool:
    """Whether the authors speak of their own work: in the first person, or by its `name`."""
    return bool(_OWN.search(text)) or bool(name and name in text)


def is_of_others(text: str) -> bool:
    """Whether it reports what somebody else did (`Lewis et al. (2020) show …`)."""
    return bool(_OTHERS.match(text))


def numbers(text: str) -> int:
    """How many numbers it gives; years and citations are none."""
    return len(_NUMBER.findall(_YEAR.sub(" ", _CITATION.sub(" ", text))))


def citations(text: str) -> int:
    """How many citations it carries."""
    return len(_CITATION.findall(text))


def signposts(text: str) -> int:
    """How often it sends the reader elsewhere in the paper (§2, Table 1)."""
    return len(_SIGNPOST.findall(text))


def length(text: str, *, wide: bool) -> int:
    """Words, or characters in Japanese."""
    return len(text) if wide else len(text.split())


def beginning(text: str) -> int:
    """Where the sentence itself begins: after a bullet, a list number, or a heading printed on the same line."""
    start = 0
    for opener in (_OPENER, _ITEM, _RUN_IN):
        head = opener.match(text[start:])
        start += head.end() if head else 0
    return start


def says_something(text: str, *, wide: bool, name: str | None) -> bool:
    """Whether this is a whole sentence worth quoting: no formula, fragment, signature or word about the paper's order."""
    size = length(text, wide=wide)
    low, high = _WIDE_SIZES if wide else _SIZES
    if not low <= size <= high or not _ENDED.search(text) or _META.search(text):
        return False
    small = text[0].islower() and not (name and text.startswith(name))
    if small or _BROKEN_START.match(text) or _UNSPLIT.search(text):
        return False
    if sum(c.isalpha() for c in text) < _LETTERS * len(text.replace(" ", "")):
        return False
    if len(_MATHS.findall(text)) > 0.02 * len(text) + 1:
        return False
    if wide:
        return bool(_KANA.search(text))
    words = text.split()
    return (
        sum(len(word) == 1 for word in words) <= 0.2 * size and sum(w.islower() for w in words) >= 0.35 * size
    )


_SIZES, _WIDE_SIZES = (6, 75), (12, 260)
"""Least and most words, or characters in Japanese, of a sentence worth quoting."""
_LETTERS = 0.72
_KANA = re.compile("[\u3040-\u309f]")
_OPENER = re.compile(
    r"^(?:Abstract|ABSTRACT|Summary|Zusammenfassung|概\s*要|要\s*旨|要\s*約|あらまし)\s*[.:：—–-]*\s*(?=\S)"
)
_RUN_IN = re.compile(
    r"^[A-Z][^.,;:!?()]{3,60}?[^\W\d] (?=(?:We|To|Our|There|This|These|In|For|As|Given|Following|Since|While)\s[a-z])"
)
_ITEM = re.compile(r"^(?:[•▪◦‣∙■●◆–-]\s*)+|^\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]\s+(?=[A-Z])")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?\s?(?:%|％|[A-Za-z\u3040-\u9fff]{0,6})")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d[a-z]?(?!\d)")
_CITATION = re.compile(
    r"\[\d+(?:\s*[,–-]\s*\d+)*\]|\((?:[^()]*?[^\W\d_][^()]*?,?\s)?(?:19|20)\d\d[a-z]?(?:[;,][^()]*)?\)"
)
_OWN = re.compile(
    r"\b(?:we|our|us|(?-i:I|My)|my|this (?:paper|work|article|study)|wir|unser\w*)\b|本稿|本論文|本研究|我々|われわれ|筆者ら|提案手法",
    re.IGNORECASE,
)
_POINTER = r"paper|work|article|study|survey|section|thesis|chapter|arbeit|buch|skript"
_POINTING = re.compile(
    rf"^(?:(?:This|Dieses?)\b(?! (?:{_POINTER})\b)"
    r"|(?:These|Those|That|Such|It|Its|They|Their|He|She|Both|The (?:former|latter|same)|One such|Another|Here"
    r"|Diese[mnr]?|Jene\w*|Es|Sie|Er|Solche\w*|Hier)\b|There,"
    r"|(?:これ|それ|この(?!論文|研究|稿)|その|こう|そう|ここ|そこ(?!で)|同(?:様|時)|以上|上記|前述|両者|後者|前者))",
)
_ANSWERING = re.compile(
    r"^(?:However|Thus|Therefore|Hence|Then|Instead|For (?:example|instance)|In contrast(?! to)|Similarly|Likewise"
    r"|On the (?:other|contrary)|Consequently|As a (?:result|consequence)|Nevertheless|Nonetheless|But|And|Or|Yet|So"
    r"|Otherwise|Conversely|Again|Afterwards?|Subsequently|In (?:(?:this|that) (?:case|way|setting|section)|other words"
    r"|such|these|turn)|To (?:this end|do so)|That is|Accordingly|Rather|By contrast|For (?:this|that)|Meanwhile|Still"
    r"|(?:One|Two|Three|Some|Many|Most|Each|All|None|Neither|Either) of (?:them|these|those|which)"
    r"|Daher|Jedoch|Aber|Also|Damit|Somit|Dann|Folglich|Deshalb|Dabei|Denn|Und|Allerdings|Zum Beispiel|Beispielsweise)\b"
    r"|^(?:しかし|そこで|そのため|したがって|よって|一方|ただし|例えば|たとえば|つまり|すなわち|なぜなら|だが|ところが"
    r"|このため|その結果|もっとも|それに対|これに対|逆に|次に)"
)
"""Connectives that make no sense, or another one, without the sentence they answer."""
_LINKED = re.compile(
    r"^(?:Moreover|Furthermore|Also|Additionally|In addition|First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Next|Finally|Besides"
    r"|In particular|Specifically|Note that|Indeed|Notably|Overall|Unfortunately|Except|Lastly|Außerdem|Ferner|Zudem)\b"
    r"|^(?:また|さらに|なお|加えて|最後に|まず|特に|第[一二三四])"
)
_EARLY_POINTER = re.compile(
    rf"\bthis\b(?! (?:{_POINTER})\b)|\b(?:these|those|such)\b(?! as\b)", re.IGNORECASE
)
_EARLY_KORE = re.compile(r"これら|それら|前者|後者|上記|上述")
_BROKEN_START = re.compile(r"[はがをのへ](?!ん)|\(?\d{1,2}\)|[,;:)\]}.=+、，。）」]")
_UNSPLIT = re.compile(r"[^\W\d_]{4,}\. [a-z]{3,}")
"""Two sentences that could not be told apart."""
_OTHERS = re.compile(
    r"^(?:[A-ZÀ-Þ][\w'’-]+ (?:et al\.?|and [A-ZÀ-Þ][\w'’-]+|& [A-ZÀ-Þ][\w'’-]+)|[A-ZÀ-Þ][\w'’-]+) ?[(\[](?:19|20)?\d"
)
_MATHS = re.compile(r"[=<>≤≥∑∫∈∀∃→⇒⟨⟩∂∇√±×·∪∩⊂⊆|{}^_\\]|[α-ωΑ-Ω]")
_META = re.compile(
    r"^(?:See |Details |(?:The (?:rest|remainder|organi[sz]ation) of|This (?:section|paper is organi[sz]ed|chapter)"
    r"|In (?:this (?:sub)?section|(?:Section|Appendix|Table|Figure|Chapter) [\dA-Z§])|(?:Section|Appendix|Figure|Table|Fig\.)"
    r" [\dA-Z]|More details|Equal contribution|Corresponding author|Proof|Beweis|Q\.E\.D))"
    r"|\bthe following [^\W\d_]+(?: in our [^\W\d_]+)?[.:]$|\brefer (?:the )?(?:interested )?readers? to\b|\bwe refer to\b|次の[一二三四五六七\d]+つ|後述|前節"
    r"|\bas follows\b|folgende[rsnm]?:|\bis organi[sz]ed\b|(?:次|以下)の(?:とおり|通り|ように)|本稿の構成|(?:図|表)\s*\d+\s*に"
    r"|\bdescribed (?:below|above|next)\b|\b(?:below|in the following|in the next section)[.:]$|@|https?://\S+\s*$|©"
)
_SIGNPOST = re.compile(
    r"(?i:\b(?:the (?:plot|figure|table|graph|panel|diagram)s?|(?:first|second|third|last|top|bottom|left|right|next)"
    r" (?:line|row|column|plot|panel)s?)\b)|"
    r"§+\s*\w|\b(?:Sections?|Sec\.|Figures?|Fig\.|Tables?|Appendix|Appendices|Chapter|Equation|Eq\.|Abschnitt|Kapitel|Abbildung)"
    r"\s*(?:\d|[A-Z]\b|§)|(?:図|表|式|節|章)\s*\d|\d\s*(?:節|章)"
)
_ENDED = re.compile(r"[.!?。．！？][\"'”’」』)）\]]*$")
