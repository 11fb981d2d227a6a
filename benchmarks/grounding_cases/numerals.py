"""Numbers as Japanese texts write them."""

from __future__ import annotations

from decimal import Decimal

_KANJI = "〇一二三四五六七八九"


def plain(value: Decimal) -> str:
    """Without an exponent and without zeros at the end of the decimals."""
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def japanese_myriads(value: int) -> str:
    """8,110万, 1億2000万, 2.5万: as a Japanese summary would write a large number."""
    if value < 10_000:
        return f"{value}"
    oku, rest = divmod(value, 10**8)
    man, units = divmod(rest, 10_000)
    if oku and man and not units and value % 10**7 == 0:
        return f"{plain(Decimal(value) / 10**8)}億"
    if not oku and units and units % 1000 == 0 and man < 100:
        return f"{plain(Decimal(value) / 10_000)}万"
    return (f"{oku}億" if oku else "") + (f"{man}万" if man else "") + (f"{units}" if units else "")


def kanji(value: int) -> str:
    """1–99 in kanji."""
    tens, ones = divmod(value, 10)
    return (("" if tens == 1 else _KANJI[tens]) + "十" if tens else "") + (
        _KANJI[ones] if ones or not tens else ""
    )
