"""The words for how far a paper or a run is, and for what it waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.runs import Stage
from server.domain.waits import WaitReason
from server.domain.words import Words

STAGES: dict[str, Words] = {
    "fetch": Words(ja="論文を取得しています", en="Fetching the paper"),
    "admit": Words(ja="PDFを確認しています", en="Checking the PDF"),
    "read": Words(ja="論文を読み取っています", en="Reading the paper"),
    "look": Words(ja="見えない文字を調べています", en="Looking for hidden text"),
    "describe": Words(ja="書誌情報を調べています", en="Finding title and authors"),
    "reading": Words(ja="論文を読み取っています", en="Reading the paper"),
    "started": Words(ja="始まりました", en="Started"),
    "finished": Words(ja="終わりました", en="Done"),
    Stage.WAITING: Words(ja="順番を待っています", en="Waiting for its turn"),
    Stage.PREPARING: Words(ja="下読みをしています", en="Reading in preparation"),
    Stage.ASKING: Words(ja="読み手が答えています", en="The persona is answering"),
    Stage.GROUNDING: Words(ja="根拠を確かめています", en="Checking the evidence"),
    Stage.REPAIRING: Words(ja="答えの形を直してもらっています", en="Asking for a repair"),
    Stage.LOOKING: Words(ja="根拠をもう一度確かめています", en="Taking a second look"),
}

WAITS: dict[str, Words] = {
    WaitReason.AWAY: Words(
        ja="接続先の回復を待っています（応答がありません）",
        en="Waiting for the endpoint to come back (it does not answer)",
    ),
    WaitReason.RATE: Words(
        ja="接続先の利用制限が解けるのを待っています", en="Waiting for the endpoint's rate limit"
    ),
    WaitReason.BUSY: Words(
        ja="接続先が空くのを待っています", en="Waiting until the endpoint has room for one more"
    ),
}


def stage_label(stage: str, language: str) -> str:
    known = STAGES.get(stage)
    return known.in_(language) if known else stage.replace("_", " ").capitalize()


def progress_label(data: Mapping[str, Any], language: str) -> str:
    """A `progress` event in words: the stage, and which step of how many it is busy with; or what it waits for."""
    if reason := WAITS.get(str(data.get("reason", ""))):
        return reason.in_(language)
    stage, label = stage_label(str(data.get("stage", "")), language), data.get("label")
    if not isinstance(label, Mapping):
        return stage
    step = str(label.get(language) or label.get("en") or "")
    return f"{stage} {int(data.get('done', 0)) + 1}/{int(data.get('total', 0))}: {step}"
