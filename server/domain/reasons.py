"""Why a statement is doubted, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.domain.statements import Check
from server.domain.words import Words

if TYPE_CHECKING:
    from server.domain.statement_checks import NumberFound

SHOWN = 3

NO_QUOTE = Words(ja="根拠の引用がありません。", en="No quote was given for this.")
NOT_LISTED = Words(ja="この論文の参考文献にはありません。", en="Not in this paper's references.")
BESIDE_THE_POINT = Words(
    ja="引用は論文にありますが、この内容には触れていません。",
    en="The quotes are in the paper, but do not mention this.",
)

FROM_EXAMPLE = Words(
    ja="この引用は論文になく、見せた例から写されています。",
    en="This quote is not in the paper: it was copied from an example that the model was shown.",
)


def missing(checks: Sequence[Check]) -> Words:
    """Numbers, years and names that the paper does not have."""
    ja, en = _listed([check.text for check in checks])
    return Words(ja=f"{ja}が論文に見つかりません。", en=f"{en} not found in the paper.")


def elsewhere(found: Sequence[NumberFound]) -> Words:
    """Numbers that stand in the paper, but about something else."""
    ja, en = _listed([number.check.text for number in found])
    page = found[0].check.page
    return Words(
        ja=f"{ja}は p. {page} にありますが、この内容の箇所ではありません。",
        en=f"{en} stands on p. {page}, but not where the paper speaks of this.",
    )


def derived(found: Sequence[NumberFound]) -> Words:
    """Numbers that can be worked out from the paper's own."""
    ja, en = _listed([number.check.text for number in found])
    page = found[0].check.page
    return Words(
        ja=f"{ja}は論文に書かれていませんが、p. {page} の数値から計算できます。",
        en=f"{en} is not printed in the paper, but follows from numbers on p. {page}.",
    )


def rounded(found: Sequence[NumberFound]) -> Words | None:
    """Numbers that are roundings of the paper's; no doubt, only said. None when there are none."""
    if not found:
        return None
    first = found[0]
    return Words(
        ja=f"論文では {first.rounded}（{first.check.text} は丸めた値）。",
        en=f"The paper has {first.rounded}; {first.check.text} is rounded.",
    )


def _listed(texts: Sequence[str]) -> tuple[str, str]:
    shown = list(dict.fromkeys(text.strip() for text in texts))
    more = len(shown) - SHOWN
    ja = "".join(f"「{text}」" for text in shown[:SHOWN]) + (f"ほか {more} 件" if more > 0 else "")
    en = ", ".join(f"“{text}”" for text in shown[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return ja, en
