"""How numbers are written: the characters, words and signs around digits, as patterns."""

from __future__ import annotations

import re

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
RAISED = "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007\ue008\ue009"
PLAIN = str.maketrans(
    {chr(0xFF10 + d): str(d) for d in range(10)}
    | {chr(0xFF21 + i): chr(0x41 + i) for i in range(26)}
    | {chr(0xFF41 + i): chr(0x61 + i) for i in range(26)}
    | {
        "，": ",",
        "％": "%",
        "＋": "+",
        "－": "-",
        "﹣": "-",
        "（": "(",
        "）": ")",
        "＝": "=",
        "＜": "<",
        "＞": ">",
    }
    | {
        "～": "〜",
        "∼": "~",
        "˜": "~",
        "\u3000": " ",
        "\xa0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\f": "\n",
        "⁻": "−",
    }
    | dict(zip(_SUPERSCRIPTS, RAISED, strict=True))
)


def _exponent(name: str) -> str:
    return (
        rf"(?:\^[ ]?\{{?[ ]?(?P<{name}1>[-−–+]?[0-9]{{1,3}})\}}?|(?P<{name}2>[−–]?[{RAISED}]{{1,3}})"
        rf"|(?P<{name}3>−[0-9]{{1,2}})(?![0-9.%])"
    )


_POWER = _exponent("s") + r"|(?P<s4>[1-9]|1[0-9])(?![0-9.,]))"
_TEN = _exponent("t") + ")"
NUMBER = re.compile(
    r"(?P<mantissa>[0-9]{1,3}(?:,[0-9]{3}|,[ ]0[0-9]{2})+(?![0-9])(?:[.．][0-9]+)?|[0-9]+(?:[.．][0-9]+)?|(?<![0-9A-Za-z.])\.[0-9]+)"
    rf"(?:(?<=10)(?<![0-9.,]10){_TEN}"
    r"|[eE](?P<e>[-−+]?[0-9]{1,3})(?![A-Za-z0-9])"
    rf"|[ ]?(?:[×xX*·⋅]|\\times|\\cdot)[ ]?10{_POWER})?"
)
MASKED = re.compile(
    r"CC(?:0|[ -]BY(?:-[A-Z]{2}){0,2})[ -][0-9]\.[0-9]|https?://[^\s、。，」）]+|www\.[^\s、。，」）]+|(?<![0-9])10\.[0-9]{4,9}/[^\s、。，」）]+"
    r"|[Aa][Rr][Xx][Ii][Vv](?:[ ]?:[ ]?|[ ])[0-9]{4}\.[0-9]{4,5}(?:v[0-9]+)?|(?<![0-9.])[0-9]{4}\.[0-9]{5}(?:v[0-9]+)?(?![0-9])"
    r"|[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,32}\.){1,4}[A-Za-z]{2,12}(?![A-Za-z])|(?<![0-9.])[0-9]{1,4}(?:\.[0-9]{1,4}){2,6}(?![0-9])"
    r"|(?<![0-9])(?:19|20)[0-9]{2}[-/][01]?[0-9][-/][0-3]?[0-9](?![0-9])|(?<![0-9:])[0-9]{1,2}:[0-5][0-9](?::[0-5][0-9])?(?![0-9])"
    r"|(?<![0-9])[0-9]{4}-[0-9]{3}[0-9Xx](?![0-9])|[0-9a-f]{16,64}(?![0-9a-z])"
)
SCALE = re.compile(
    r"(?:[ ]?|\n(?=[十百千]?[万億兆]))(?P<ja>[十百千]?[万億兆]|[百千](?![分葉])|十(?![分]))"
    r"|(?:-\n|[ \n-])?(?P<word>hundred|thousand|million|billion|trillion|Tausend|Million(?:en)?|Milliarden?|Mio\.|Mrd\.)(?![A-Za-z])"
    r"|(?P<tight>k|K|M|B|bn|mn|T)(?![A-Za-z0-9'’])|[ ](?P<loose>[KMB]|bn)(?![A-Za-z0-9'’-]|[ ]?[×=*])",
    re.IGNORECASE,
)
SCALES = {
    "十": 1, "百": 2, "千": 3, "万": 4, "億": 8, "兆": 12,
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "b": 9, "bn": 9, "mn": 6,
    "t": 12, "tausend": 3, "millionen": 6, "milliarden": 9, "milliarde": 9, "mio.": 6, "mrd.": 9,
}  # fmt: skip
CASED = frozenset(("k", "K", "M", "B", "T", "bn", "Bn", "mn"))
NEXT_PART = re.compile(r"[ \n]?([0-9]{1,4}(?:,[0-9]{3})*(?:\.[0-9]+)?)")
PRODUCT = re.compile(r"[xX×][0-9]|[ ][xX×][ ]?[0-9]|×[ ][0-9]")
FRACTION = re.compile(r"[ ]?/[ ]?([2-9]|10)(?![0-9./])")
PARTS = re.compile(r"[ ]?分の[ ]?([0-9]{1,2})(?![0-9.])")
TENTHS = re.compile(r"[ ]?([0-9])[ ]?分(?![の間])")
APPROXIMATE = (
    "約", "およそ", "おおよそ", "ほぼ", "概ね", "おおむね", "大体", "about", "around", "roughly", "nearly", "almost",
    "approximately", "approx.", "approx", "circa", "ca.", "some", "~", "≈", "≃", "≅", "\\sim", "\\approx", "etwa",
)  # fmt: skip
APPROXIMATE_AFTER = re.compile(
    r"[ ]?の?(?:程度|前後|ほど|くらい|ぐらい|近く|余り|あまり|(?:強|弱)(?![\u3400-\u9fff])|or so(?![a-z]))"
)
BOUNDS = (
    (
        ">=",
        (
            "at least",
            "no less than",
            "no fewer than",
            "minimum of",
            "少なくとも",
            "最低",
            "最低でも",
            "≥",
            "⩾",
            ">=",
            "\\geq",
        ),
    ),
    (
        "<=",
        (
            "at most",
            "up to",
            "no more than",
            "maximum of",
            "最大",
            "最大で",
            "最大でも",
            "高々",
            "多くとも",
            "≤",
            "⩽",
            "<=",
            "\\leq",
        ),
    ),
    (
        ">",
        ("more than", "over", "above", "exceeding", "exceeds", "exceed", "greater than", "larger than", ">"),
    ),
    ("<", ("less than", "under", "below", "fewer than", "smaller than", "lower than", "<")),
    ("=", ("=",)),
)
SUMS_UP = re.compile(r"(?:add(?:s|ed|ing)?|sum(?:s|med|ming)?|total(?:s|ling)?) up to$")
"""Adds up to 4.2 MB: no upper bound."""
BOUND_ENDS = tuple(form for _, forms in BOUNDS for form in forms)
BOUND_AFTER = re.compile(
    r"[ ]?(?:(?P<ge>以上|or more)|(?P<le>以下|以内|or less|or fewer)|(?P<gt>超|を超え|を上回|[ ]?\+(?![ ]?[0-9.]))|(?P<lt>未満|を下回))"
)
AFTER_BOUND = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<"}
CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY"}
MINUS_WORDS = ("minus", "negative", "マイナス")
FALLS = re.compile(
    r"decreas|drop|f[ae]ll|lower|reduc|worse|declin|less|below|behind|低下|減|下が|下回|悪化|短縮|削減|落ち|低い|劣"
)
RANGE = re.compile(r"[ \n]{0,2}(?:[-−–—‐‑~〜]|to|から|ないし|乃至|bis)[ \n]{0,2}[$€£¥]?")
PLUS_MINUS = re.compile(r"[ \n]?(?:±|\+/-|\+-|\\pm)[ \n]?")
