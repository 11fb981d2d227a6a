"""What a number in a text is, by what stands around it: a quantity, a year, an ordinal, or part of a name."""

from __future__ import annotations

import re
from enum import StrEnum


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u03ff_]")
_LABELS = _set(
    "table tables tab fig figs figure figures section sections sec secs sect eq eqs eqn equation equations algorithm"
    " appendix chapter chapters ch theorem lemma definition proposition corollary example remark page pages p pp vol"
    " volume no nos issue version ver line lines row rows column columns part question rq step steps task phase item"
    " listing note footnote ref refs reference references abschnitt kapitel satz abbildung tabelle seite definition"
    " beispiel bemerkung gleichung aufgabe experiment study requirement python java"
    " 表 図 式 第 付録 注 脚注 定理 補題 命題 定義 例 手順 図表 アルゴリズム ステップ 課題 問 文献 版 巻 号"
)
_COUNTED_THROUGH = _set(
    "step steps row rows column columns line lines task tasks page pages p pp question item"
)
"""Labels whose numbers are whole: `Same Row 32.1` is no row."""
_NUMBER_NOUNS = _set("step steps row rows column columns line lines task tasks page pages question")
_MONTHS = _set(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september"
    " october november december"
)
_YEAR_WORDS = (
    _set(
        "in since by until till before after during year years from early late mid spring summer autumn fall winter circa"
        " copyright published"
    )
    | _MONTHS
)
_AFTER_ORDINAL = re.compile(
    r"[ ]?(?:番目|番|位|章|節|項|号|巻|版|行目|列目|回目|つ目|人目|件目|個目|ページ目|頁目|段目|年目|日目|週目|月(?!間))|(?:st|nd|rd|th)(?![A-Za-z])"
)
_BEFORE_MARK = re.compile(r"[A-Za-z\u00c0-\u024f)\]”]")
_MONTH = re.compile(rf"[ ](?:{'|'.join(sorted(_MONTHS))})(?![a-z])", re.IGNORECASE)
_AFTER_DAY = re.compile(r"[ ]?日(?!間)")
_CITED = re.compile(r"\[[0-9]{1,3}(?:[ ]?[,–—-][ ]?[0-9]{1,3}){0,20}\]")
_IN_LIST = re.compile(r"(?:^|[\n\f])[ \t]*$")
_LIST_MARK = re.compile(r"[.)．）:、](?:[ \t\u3000]|(?<=[．）、])\S)")
_SUBHEADING = re.compile(r"[ \u3000](?:[A-Z][a-z]{2}|[\u3041-\u9fff]{2})(?!illion|rillion)")
_LABELLED_LIST = re.compile(
    r"(?:(?:table|figure|fig|section|sec|eq|equation|appendix|chapter|line|row|column|page|pp|p|§)s?\.?|[表図式章節])[ ]?"
    r"\(?[0-9][0-9.]{0,5}\)?(?:(?:,|、|[ ]?[–—-]|,?[ ](?:and|or|to|und)|や|と|・)[ ]?\(?[0-9][0-9.]{0,5}\)?){0,6}"
    r"(?:,|、|[ ]?[–—-]|,?[ ](?:and|or|to|und)|や|と|・)[ ]?\(?$",
    re.IGNORECASE,
)
_IN_WORD = re.compile(r"(?![同下上左右前次付別])[\u4e00-\u9fff][\u4e00-\u9fff]$")
"""負例 2 件 is no example 2; 下図 2 is a figure."""
_RATE = re.compile(
    r"[ ]?(?:[A-Za-z]{1,8}|[\u30a0-\u30ff\u4e00-\u9fff]{1,8}|[ ]?[A-Za-z]{1,4}[ ]?[\u4e00-\u9fff]{1,4})(?:あたり|当たり|につき|ごと)"
    r"|[ ]?(?:年|[かヶカケヵ]月|週|日|時間|分|秒)間?[でに](?!は(?!な))"
)
"""After the 1 of a rate: 1ページあたり, 1年で. It is printed as "per page", "a year" or not at all."""
_JOINTS = frozenset("-‐‑@")
_OPERATORS = frozenset("=<>≈~×≤≥+")
_CLOSING = frozenset(".,;:)”’")
_SIGNS = frozenset("#§")
_OPENED, _CLOSED = frozenset("(（"), frozenset(")）")
_BEFORE_CITED = frozenset("[,–—- ")
_BEFORE_LISTED = frozenset(" ,、–—-やと・(")
_FIRST_YEAR, _LAST_YEAR = 1800, 2035


class Kind(StrEnum):
    """Only a `number` is a quantity that can be looked for."""

    NUMBER = "number"
    YEAR = "year"
    ORDINAL = "ordinal"
    """Numbers of tables, sections, list items, citations, pages, days of a month, footnote marks."""
    NAME = "name"
    """Digits within names, addresses and identifiers: GPT-3, F1, a DOI."""


def kind_of(text: str, start: int, end: int, *, followed: bool) -> Kind:
    """The kind of the number written at `text[start:end]`.

    Args:
        followed: A unit or a noun follows, so that the number counts or measures something.
    """
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    whole = text[start:end].isdigit()
    if _is_in_name(text, start, before):
        return Kind.NAME
    if (
        before in _SIGNS
        or _AFTER_ORDINAL.match(text, end)
        or (text[start:end] == "1" and _RATE.match(text, end))
    ):
        return Kind.ORDINAL
    if _is_labelled(text, start, before, whole=whole, followed=followed):
        return Kind.ORDINAL
    if whole and (kind := _year(text, start, end, followed=followed)):
        return kind
    if after and _LATIN.match(after) and not followed:
        return Kind.NAME
    if whole and end - start <= 3 and _is_mark(text, start, end, before, after):
        return Kind.ORDINAL
    if not whole and _SUBHEADING.match(text, end) and _IN_LIST.search(text, max(0, start - 8), start):
        return Kind.ORDINAL
    if whole and end - start <= 2 and (_is_day(text, start, end)):
        return Kind.ORDINAL
    return Kind.NUMBER


def _is_in_name(text: str, start: int, before: str) -> bool:
    """After a letter, as in F1; after a letter and a joint, as in GPT-3 and R@5. The x of 3x4 is none."""
    second = text[start - 2 : start - 1]
    if before in _JOINTS:
        return bool(_LATIN.match(second))
    return bool(_LATIN.match(before)) and not (before == "x" and second.isdigit())


def _year(text: str, start: int, end: int, *, followed: bool) -> Kind | None:
    if end - start != 4:
        return None
    after = text[end : end + 2]
    if after.lstrip(" ")[:1] == "年" and not text.startswith("年間", end):
        return Kind.YEAR
    if not _FIRST_YEAR <= int(text[start:end]) <= _LAST_YEAR:
        return None
    if re.match(r"[a-z](?![A-Za-z])|s(?![A-Za-z])", after) and after[0] in "abcdefs":
        return Kind.YEAR
    if followed and not after[:1].isspace():
        return None
    word = _word_before(text, start)
    if word in _YEAR_WORDS and not (followed and word in ("by", "from", "after", "before", "during")):
        return Kind.YEAR
    if followed or text[max(0, start - 3) : start].rstrip()[-1:] in _OPERATORS:
        return None
    return Kind.YEAR


def _is_mark(text: str, start: int, end: int, before: str, after: str) -> bool:
    """List numbers, citations and footnote marks."""
    if before in _CLOSING and _BEFORE_MARK.match(text, start - 2):
        return after.isspace() or not after
    if before in _BEFORE_CITED and (opened := text.rfind("[", max(0, start - 40), start)) >= 0:
        cited = _CITED.match(text, opened)
        if cited and cited.end() > end and not re.search(r"(?<![0-9])0(?![0-9])", cited[0]):
            return "CI" not in text[max(0, opened - 20) : opened]
    if before in _OPENED and after in _CLOSED and int(text[start:end]) <= 20:
        return True
    if end - start > 2:
        return False
    if _LIST_MARK.match(text, end) and _IN_LIST.search(text, max(0, start - 8), start):
        return True
    return after == ")" and before.isspace() and int(text[start:end]) <= 20 and not _is_open(text, start)


def _is_open(text: str, at: int) -> bool:
    return text.rfind("(", max(0, at - 60), at) > text.rfind(")", max(0, at - 60), at)


def _is_labelled(text: str, start: int, before: str, *, whole: bool, followed: bool) -> bool:
    word = _word_before(text, start)
    if word in _LABELS:
        if word in _COUNTED_THROUGH and not whole:
            return False
        return not (followed and word in _NUMBER_NOUNS)
    if before in _BEFORE_LISTED and not followed:
        return _LABELLED_LIST.search(text, max(0, start - 48), start) is not None
    return False


def _is_day(text: str, start: int, end: int) -> bool:
    if _word_before(text, start) in _MONTHS or _MONTH.match(text, end):
        return True
    return bool(_AFTER_DAY.match(text, end)) and text[max(0, start - 2) : start].rstrip()[-1:] == "月"


def _word_before(text: str, start: int) -> str:
    """The word just before, lower case, without its full stop; for Japanese what directly precedes, one character or a
    run of katakana."""
    window = text[max(0, start - 16) : start].rstrip(" \n.（(:：")
    if window and window[-1] > "\u3000":
        for length in (7, 4, 2, 1):
            if window[-length:] in _LABELS and not (length == 1 and _IN_WORD.match(window[-2:])):
                return window[-length:]
        return ""
    index = len(window)
    while index and window[index - 1].isalpha():
        index -= 1
    if index and window[index - 1].isdigit():
        return ""  # 8p is no page
    return window[index:].lower()
