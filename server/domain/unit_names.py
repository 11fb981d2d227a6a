"""The names of units and counters in Japanese and English, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

ONE = Decimal(1)
PERCENT = "%"
POINTS = "pt"
TIMES = "x"


def measures() -> Iterator[tuple[str, str, Decimal]]:
    """Symbol or word → canonical unit and factor, for everything that is measured rather than counted."""
    short = {"k": "e3", "M": "e6", "G": "e9", "T": "e12", "P": "e15"}
    small = {"m": "e-3", "µ": "e-6", "μ": "e-6", "n": "e-9", "p": "e-12"}

    def prefixed(symbol: str, unit: str, prefixes: Mapping[str, str]) -> Iterator[tuple[str, str, Decimal]]:
        for prefix, exponent in prefixes.items():
            yield prefix + symbol, unit, Decimal("1" + exponent)

    yield from prefixed("s", "s", small)
    yield from prefixed("B", "B", short | {"K": "e3"})
    yield from prefixed("Hz", "Hz", short)
    for flops in ("FLOP", "FLOPS", "FLOPs"):
        yield flops, "flop", ONE
        yield from prefixed(flops, "flop", short)
    yield from prefixed("m", "m", {**small, "k": "e3", "c": "e-2"})
    yield from prefixed("g", "g", {**small, "k": "e3"})
    yield from prefixed("W", "W", {**short, "m": "e-3"})
    yield from prefixed("Wh", "Wh", short)
    yield from prefixed("eV", "eV", short)
    yield from prefixed("V", "V", {"m": "e-3", "k": "e3"})
    for power, prefix in enumerate(("Ki", "Mi", "Gi", "Ti"), 1):
        yield prefix + "B", "B", Decimal(1024**power)
    for forms, unit, factor in (
        ("% ％ パーセント percent pct", PERCENT, "0.01"),
        ("‰", PERCENT, "0.001"),
        ("ポイント %ポイント ％ポイント パーセントポイント pt pts pp pps point", POINTS, "0.01"),
        ("割", PERCENT, "0.1"),
        ("倍 fold x × ×", TIMES, "1"),
        ("times", "times", "1"),
        ("s sec secs second 秒 秒間", "s", "1"),
        ("ミリ秒 millisecond msec", "s", "0.001"),
        ("マイクロ秒 microsecond", "s", "0.000001"),
        ("min mins minute 分 分間", "s", "60"),
        ("h hr hrs hour 時間", "s", "3600"),
        ("day 日間 日", "s", "86400"),
        ("week 週 週間", "s", "604800"),
        ("month か月 ヶ月 カ月 ヵ月 ケ月 か月間 ヶ月間 カ月間", "month", "1"),
        ("year 年 年間 カ年 か年", "month", "12"),
        ("bit ビット", "B", "0.125"),
        ("byte バイト", "B", "1"),
        ("キロバイト kilobyte Kbyte", "B", "1e3"),
        ("メガバイト megabyte Mbyte", "B", "1e6"),
        ("ギガバイト gigabyte Gbyte", "B", "1e9"),
        ("テラバイト terabyte", "B", "1e12"),
        ("Hz ヘルツ", "Hz", "1"),
        ("m meter metre メートル", "m", "1"),
        ("キロメートル kilometer kilometre", "m", "1e3"),
        ("センチメートル センチ centimeter centimetre", "m", "0.01"),
        ("ミリメートル ミリ millimeter millimetre", "m", "0.001"),
        ("ナノメートル nanometer nanometre", "m", "1e-9"),
        ("g gram グラム", "g", "1"),
        ("キログラム キロ kilogram", "g", "1e3"),
        ("ミリグラム milligram", "g", "0.001"),
        ("W watt ワット", "W", "1"),
        ("V volt ボルト", "V", "1"),
        ("°C ℃ 度", "°C", "1"),
        ("dB デシベル decibel", "dB", "1"),
        ("USD ドル 米ドル dollar", "USD", "1"),
        ("JPY 円 yen", "JPY", "1"),
        ("EUR ユーロ euro", "EUR", "1"),
        ("GBP ポンド", "GBP", "1"),
    ):
        for form in forms.split():
            yield form, unit, Decimal(factor)


COUNTERS: Mapping[str, str] = {
    "person": "人 名 person people participant subject annotator worker crowdworker user student author reviewer expert"
    " rater researcher patient respondent volunteer individual evaluator judge 参加者 被験者 利用者 著者 患者 学生",
    "item": "件 個 つ 本 点 枚 台 冊 例 事例 種 種類 通り item instance example sample case entry record kind type"
    " サンプル 要素 データ set 組 group グループ 群",
    "occasion": "回 run trial iteration repetition",
    "paper": "論文 文献 文書 報 編 篇 paper article publication document manuscript preprint",
    "token": "トークン token",
    "word": "語 単語 word",
    "sentence": "文 センテンス sentence",
    "character": "文字 字 character char",
    "page": "ページ 頁 page",
    "parameter": "パラメータ パラメーター parameter param",
    "layer": "層 レイヤー layer",
    "node": "ノード 節点 node",
    "edge": "エッジ 辺 リンク edge link",
    "question": "質問 設問 問 問い question",
    "query": "クエリ クエリー query",
    "dataset": "データセット dataset",
    "language": "言語 か国語 カ国語 language",
    "model": "モデル model",
    "gpu": "gpu",
    "epoch": "エポック epoch",
    "step": "ステップ 段階 step stage",
    "dimension": "次元 dimension dim dimensional",
    "head": "ヘッド head",
    "class": "クラス class",
    "field": "分野 領域 カテゴリ カテゴリー field category",
    "label": "ラベル label",
    "feature": "特徴量 特徴 feature",
    "summary": "要約 summary",
    "citation": "引用 被引用 citation",
    "entity": "エンティティ 実体 entity",
    "image": "画像 image",
    "country": "か国 カ国 ヶ国 country",
    "core": "コア core",
    "thread": "スレッド thread",
    "criterion": "基準 criterion criteria",
    "task": "タスク 課題 task",
}
"""Canonical counter → the words for it. `item` fits every other one: Japanese counts most things with 件, 個, つ, 本."""
