"""What the heading of a pasted answer asks about, as far as its words tell."""

from __future__ import annotations

import re
import unicodedata

from server.domain.brought_labels import announced, asks_what_to_read, bare
from server.domain.fields import Aspect

LONGEST = 80
"""Characters of a heading; longer ones are sentences."""

_WORDS: tuple[tuple[Aspect, str], ...] = (
    (
        Aspect.LIMITATIONS,
        (
            r"限界|制約|弱点|弱み|短所|欠点|注意点|留意点|適用範囲|うまくいかない|失敗|言えないこと|(?:今後|残された?|残る|未解決)の?(?:課題|問題)|できないこと|示していない|弱い"
            r"|limit(?:s|ation)|weak|caveat|shortcoming|threats? to|drawback|open (?:questions?|points?|problems?|issues?)|not (?:show|shown|say|prove)|where it fails|failure"
            r"|einschränkung|grenzen|schwäche"
        ),
    ),
    (
        Aspect.NOVELTY,
        (
            r"新規性|新しさ|新しい|新しく|どこがすごい|独自|優位性|貢献|(?:先行|従来|既存|関連)の?(?:研究|手法|技術)(?:と|に|から|との)"
            r"|novel|original|contribution|what(?:['’]?s| is) (?:new|better)|better than|compared? (?:to|with) (?:prior|previous|earlier)"
            r"|differen\w+ .{0,20}(?:prior|previous|earlier|existing)|advance over|related works?|prior works?|土台となった|(?:relation to|builds on)|neuheit|beitrag"
        ),
    ),
    (
        Aspect.REFERENCES,
        r"参考文献|引用文献|次に(?:何を|読)|^references?$|bibliograph|what .{0,12}read|literatur",
    ),
    (
        Aspect.EVALUATION,
        (
            r"検証|評価|実験|有効(?:性|だ)|データセット|ベンチマーク|再現|データ|指標|対象|比較|妥当性|どう(?:やって)?確かめ|根拠|証拠"
            r"|evaluat|experiment|validat|verif|how .{0,30}(?:tested|checked|shown|proven|measured)|dataset|benchmark|evidence|(?:test|experimental) setup|reproduc|\bdata\b|metrics?|correctness|comparison|population"
        ),
    ),
    (
        Aspect.RESULTS,
        r"結果|成果|性能|知見|発見|分かった|わかった|明らかに|(?<!中心となる)主張|効果の|数値|長所|強み|results?|findings?|outcome|performance|what .{0,20}f(?:i|ou)nd|(?<!central )claims?|effects?|strengths?|ergebnis",
    ),
    (
        Aspect.DISCUSSION,
        r"議論|考察|示唆|意義|解釈|なぜ重要|discuss|implication|debate|significance|why (?:it|this) matters|diskussion",
    ),
    (
        Aspect.APPLICATIONS,
        r"応用|活用|用途|使い道|使える|役立|実用|役に立|展望|将来|今後|application|use cases?|practical|good for|usage|impact|future|outlook|next steps?|anwendung|ausblick",
    ),
    (
        Aspect.METHOD,
        (
            r"手法|方法|技術|アプローチ|キモ|要点となる|仕組み|しくみ|アーキテクチャ|アルゴリズム|モデル|手順|構成|設定|条件|^式$|実装|どうやって|やり方|設計|提案"
            r"|methods?|methodolog|approach|technique|how (?:it|they|does|do|is|was)|key idea|core idea|architecture|algorithm|mechanism|settings?|steps?|equations?|components?|intervention|training|implementation|design"
            r"|methodik|vorgehen|ansatz"
        ),
    ),
    (
        Aspect.BACKGROUND,
        r"背景|動機|なぜ調べ|きっかけ|はじめに|導入|background|motivation|introduction|context|why (?:was|were|did|they)|hintergrund|einleitung",
    ),
    (
        Aspect.PROBLEM,
        r"問題|課題|目的|ねらい|狙い|問い|仮説|何を解決|リサーチ|problem|aims?\b|goals?|objective|purpose|research question|hypothes|challenge|fragestellung|ziel",
    ),
    (
        Aspect.OVERVIEW,
        (
            r"概要|要約|要旨|まとめ|結論|抄録|ひとこと|一言|一文|三行|3行|どんな(?:もの|論文|研究)|何の論文(?!か)|何をした|何について|ポイント|要点|サマリ|全体像|内容|中心となる主張"
            r"|abstract|summary|overview|tl;?\s?dr|in (?:short|brief|one sentence|a nutshell)|conclusion|takeaway|key points?|what is (?:it|this)|what .{0,20}about"
            r"|gist|main (?:idea|point|message|thesis)|thesis|central claim|zusammenfassung|überblick|fazit"
        ),
    ),
)
_PATTERNS = tuple((aspect, re.compile(words)) for aspect, words in _WORDS)
_BRACKETED = re.compile(r"[（(]([^（）()]{1,60})[)）]")
_NAMES_IT = re.compile(
    r"(?:論文の)?(?:題名|タイトル|書誌|論文情報|基本情報|著者|原題|掲載誌|出典).{0,30}"
    r"|(?:title|authors?|citation|bibliographic|paper (?:information|details|info)|venue|journal)\b.{0,60}|which paper|what paper"
)


def heading_aspects(heading: str) -> tuple[Aspect, ...]:
    """The aspects that a heading or label names, the one it is most about first; empty when it names none."""
    words = unicodedata.normalize("NFKC", bare(heading)).casefold().strip()
    if not words or len(words) > LONGEST:
        return ()
    if announced(words) or words == "何の論文か":
        return (Aspect.IDENTITY,)
    if asks_what_to_read(words):
        return (Aspect.REFERENCES,)
    outside = _BRACKETED.sub(" ", words)
    inside = " ".join(_BRACKETED.findall(words))
    found = _named(outside) or _named(inside)
    return found or ((Aspect.IDENTITY,) if _NAMES_IT.fullmatch(words) else ())


def _named(words: str) -> tuple[Aspect, ...]:
    return tuple(aspect for aspect, pattern in _PATTERNS if pattern.search(words))
