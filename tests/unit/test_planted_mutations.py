"""No change of a number, unit, negation or name in a true sentence is ever shown as verified."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from server.domain.quotes import PaperIndex
from server.domain.statements import EvidenceStatus, Quote

from builders import an_extraction

WORDS = ("cache", "prompt", "reader", "paper", "server", "latency", "prefix", "memory", "energy", "answer")
NAMES = (
    "BERT",
    "GPT-3",
    "TAPAS",
    "SciBERT",
    "Wikipedia",
    "Kyle Lo",
    "Daniel S. Weld",
    "PaperMage",
    "SQA",
    "WTQ",
)
UNITS = ("ms", "s", "%", "GB", "MB", "mW", "MW", "km", "kg", "Hz", "kHz", "min", "h")
NEGATIONS = ("not", "never", "hardly")

numbers = st.one_of(
    st.integers(2, 99_999).map(str),
    st.decimals(0, 999, places=2).map(str),
    st.integers(1_000, 999_999).map(lambda n: f"{n:,}"),
)


@st.composite
def sentences(draw: st.DrawFn) -> dict[str, str]:
    """The parts of a sentence, each of which a mutation may change."""
    return {
        "name": draw(st.sampled_from(NAMES)),
        "first": draw(st.sampled_from(WORDS)),
        "second": draw(st.sampled_from(WORDS)),
        "number": draw(numbers),
        "unit": draw(st.sampled_from(UNITS)),
        "negation": draw(st.sampled_from(["", *NEGATIONS])),
    }


def said(parts: dict[str, str]) -> str:
    verb = f"does {parts['negation']} need" if parts["negation"] else "does need"
    return (
        f"In every setting the {parts['first']} of {parts['name']} {verb} about {parts['number']} {parts['unit']} "
        f"for the {parts['second']} of one run"
    )


def in_japanese(parts: dict[str, str]) -> str:
    ending = "必要としない" if parts["negation"] else "必要とする"
    return f"どの設定でも{parts['name']}の{parts['first']}は約{parts['number']}{parts['unit']}の計算資源を{ending}"


def status(quote: str, paper: str) -> EvidenceStatus:
    page = f"Before it stands another sentence. {paper}. After it comes one more."
    return PaperIndex(an_extraction((page,))).locate(Quote(quote)).status


@given(sentences())
def test_the_sentence_itself_is_verified(parts: dict[str, str]) -> None:
    assert status(said(parts), said(parts)) is EvidenceStatus.VERIFIED
    assert status(in_japanese(parts), in_japanese(parts)) is EvidenceStatus.VERIFIED


@given(sentences(), numbers)
def test_another_number_is_never_verified(parts: dict[str, str], number: str) -> None:
    planted = {**parts, "number": number}
    for write in (said, in_japanese):
        if write(planted) != write(parts):
            assert status(write(planted), write(parts)) is not EvidenceStatus.VERIFIED


@given(sentences(), st.sampled_from(UNITS))
def test_another_unit_is_never_verified(parts: dict[str, str], unit: str) -> None:
    planted = {**parts, "unit": unit}
    for write in (said, in_japanese):
        if unit != parts["unit"]:
            assert status(write(planted), write(parts)) is not EvidenceStatus.VERIFIED


@given(sentences(), st.sampled_from(["", *NEGATIONS]))
def test_another_negation_is_never_verified(parts: dict[str, str], negation: str) -> None:
    planted = {**parts, "negation": negation}
    for write in (said, in_japanese):
        if write(planted) != write(parts):
            assert status(write(planted), write(parts)) is not EvidenceStatus.VERIFIED


@given(sentences(), st.sampled_from(NAMES))
def test_another_name_is_never_verified(parts: dict[str, str], name: str) -> None:
    planted = {**parts, "name": name}
    for write in (said, in_japanese):
        if name != parts["name"]:
            assert status(write(planted), write(parts)) is not EvidenceStatus.VERIFIED


@given(sentences(), st.sampled_from(["-", "−", "±", "+"]))
def test_a_planted_sign_is_never_verified(parts: dict[str, str], sign: str) -> None:
    planted = {**parts, "number": f"{sign}{parts['number']}"}
    for write in (said, in_japanese):
        assert status(write(planted), write(parts)) is not EvidenceStatus.VERIFIED
        assert status(write(parts), write(planted)) is not EvidenceStatus.VERIFIED
