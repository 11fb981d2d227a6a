"""Names of people and institutions as papers print them: tell them apart, and take a list of people to pieces."""

from __future__ import annotations

import re

from server.domain.printed import CJK, cjk_count

PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|do|du|la|le|el|al|bin|ibn|ben|ter|ten|te|zu|zur|af|av|y|e|Van|Von|De|Der|La|Le|El|Al|Di|Da|Du|St\.)"
_WORD = (
    r"(?:[A-ZÀ-ÞĀ-Ž](?:[\w'’´`ˇ˘¨\-‐‑]|\.(?=[A-Z-]))*[\w'’]|[A-ZÀ-ÞĀ-Ž]\.?(?:-[A-Z]\.?)?|[dDlLO]['’][A-Z]\w+)"
)
_PERSON = re.compile(rf"(?:{_WORD}|{PARTICLE})(?:[\s\-](?:{_WORD}|{PARTICLE})){{1,5}}$")

INSTITUTION = re.compile(
    r"\b(?:univ(?:ersit\w*|\.)?|institut\w*|inst\.|dep(?:artment|t)\b|labs?\b|laborator\w*|college|school|facult\w*|cent(?:er|re)s?\b|hospital|academy|"
    r"research\b|corporation|corp\b|inc\b|ltd\b|gmbh|llc\b|company|technolog\w+|polytechnic\w*|technische|hochschule|fakultät|lehrstuhl|"
    r"école|ecole|cnrs|inria|csic|mit\b|eth\b|epfl|ucla|nasa|ntt\b|kaist|riken|aist\b|google|microsoft|facebook|meta ai|deepmind|openai|amazon|"
    r"apple\b|nvidia|ibm\b|intel\b|adobe|alibaba|tencent|baidu|huawei|samsung|bytedance|salesforce|allen institute|ministry|"
    r"foundation|council|agency|division|campus|clinic|society|association|museum|observatory|bureau|sciences?\b|engineering|informatics|mathematics|physics|"
    r"medicine|computing|computer|studies|group\b|team\b|rstudio|assistant)",
    re.IGNORECASE,
)
_JAPANESE_INSTITUTION = re.compile(
    r"大学|大学院|研究所|研究科|研究院|研究機構|研究センター|研究室|研究部|株式会社|㈱|（株）|\(株\)|学部|学科|学院|機構|高等専門学校|高専|センター|工学|専攻|"
    r"病院|財団|有限会社|合同会社|支社|本部|学校|省$|庁$|都$|府$|県$|市$|独立行政法人|国立|Google|NTT|NEC|〒"
)
_ORGANISATION = re.compile(
    r"(?:編集部|委員会|研究会|協会|学会|事務局|グループ|チーム|プロジェクト|コンソーシアム|計画|有志|連盟|同人|実行委員会)$|計画 "
)
_COLLECTIVE = re.compile(
    r"\b(?:team|group|consortium|collaboration|project|initiative|committee|network|investigators|working group|authors)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:usa?|u\.s\.a?\.?|uk|china|p\.?\s?r\.? china|japan|germany|france|italy|spain|canada|india|korea|republic of korea|australia|switzerland|netherlands|"
    r"the netherlands|belgium|austria|sweden|norway|denmark|finland|poland|portugal|brazil|singapore|taiwan|hong kong|israel|ireland|russia|"
    r"united (?:kingdom|states)(?: of america)?|new york|california|london|paris|berlin|munich|tokyo|kyoto|osaka|beijing|shanghai|seattle|"
    r"boston|cambridge|oxford|stanford|san francisco|los angeles|mountain view|menlo park|palo alto|pittsburgh|zurich|toronto|montreal|montréal|"
    r"deutschland|schweiz|österreich)$",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"\b(?:abstract|introduction|member|fellow|senior|student|ieee|acm|corresponding|author|authors|equal|contribution|email|e-mail|contents|volume|issue|"
    r"journal|proceedings|conference|january|february|march|april|may|june|july|august|september|october|november|december|"
    r"the|and|of|for|with|from|in|on|to|by|using|an|is|are|we|article|open access|received|accepted|published|keywords?|version|draft|thesis|supervisor|edition|auflage)\b",
    re.IGNORECASE,
)
_TITLES = re.compile(
    r"(?:^|(?<=[\s,]))(?:(?:Prof|Dr|Mr|Mrs|Ms|Ph\.?\s?D|M\.?\s?D|M\.?\s?Sc|B\.?\s?Sc|MPH|RN|FRCP|DPhil|Dipl\.-\w+|Ing)\b\.?|"
    r"(?:Graduate |Senior |Student |Life )*(?:Member|Fellow)\b,?(?:\s?(?:IEEE|ACM|OSA)\b)?|IEEE\b|ACM\b|by\b|By\b|Authors?:|著者[:：])(?=[\s,.]|$)\.?"
)


def is_person(text: str) -> bool:
    """Whether `text` reads like the full name of one person in Latin letters."""
    if not 4 <= len(text) <= 60 or any(c.isdigit() for c in text) or _PLACE.match(text):
        return False
    if _NOT_A_NAME.search(text) or INSTITUTION.search(text) or not _PERSON.match(text):
        return False
    words = text.split()
    return (
        any(len(word.strip(".")) > 1 and not re.match(rf"{PARTICLE}$", word) for word in words)
        and len(words) > 1
    )


def is_japanese_person(text: str) -> bool:
    """Whether `text` reads like one name in kanji or kana, given and family name with or without a space."""
    tight = text.replace(" ", "")
    if (
        not re.match(rf"[{CJK}ヶヵ〆ー・]{{2,9}}$", tight)
        or _JAPANESE_INSTITUTION.search(tight)
        or cjk_count(tight) < len(tight) - 1
    ):
        return False
    if re.search(r"[ぁ-ん]{4}|概要|要旨|年|月|はじめに|論文|報告|第|号|巻|編$|著$|所属|受付|採録", tight):
        return False
    return len(tight) <= 7 or "・" in tight or bool(re.search(r"[ァ-ヶー]{3}", tight))


def is_organisation(text: str) -> bool:
    """Whether `text` names a body that can sign a paper."""
    if cjk_count(text) > 1:
        return bool(_ORGANISATION.search(text)) and len(text) <= 30
    return bool(_COLLECTIVE.search(text)) and 2 <= len(text.split()) <= 8 and text[0].isupper()


def is_institution(text: str) -> bool:
    """Whether `text` names where somebody works."""
    return bool(INSTITUTION.search(text)) or bool(_JAPANESE_INSTITUTION.search(text))


def is_place(text: str) -> bool:
    return bool(_PLACE.match(text.strip(" ,.")))


def without_titles(text: str) -> str:
    """Degrees and memberships taken off."""
    return re.sub(r"\s+", " ", _TITLES.sub(" ", text)).strip(" ,;")


def recased(name: str) -> str:
    """`JANE VAN DER BERG` as `Jane van der Berg`; other names unchanged."""
    if not name.isupper() or cjk_count(name):
        return name
    small = {"VAN", "VON", "DER", "DEN", "DE", "DI", "DA", "LA", "LE", "DU", "DOS", "DEL"}
    words = [word.lower() if i and word in small else _capital(word) for i, word in enumerate(name.split())]
    return " ".join(words)


def _capital(word: str) -> str:
    if len(word) == 2 and word.isalpha() and not re.search(r"[AEIOUY]", word):
        return word
    word = re.sub(r"[^\W\d_]+", lambda m: m[0].capitalize(), word)
    return re.sub(r"\bMc([a-z])", lambda m: "Mc" + m[1].upper(), word)


def in_reading_order(name: str) -> str:
    """`Doe, Jane` as `Jane Doe`."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() else name.strip()
