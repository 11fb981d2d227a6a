"""What a question can ask for, and how a paper's sentences show that they answer it: words, sections, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.sections import SectionKind as K


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing to ask a paper for: its aim, its data, what it could not do."""

    name: str
    asked: str
    """Words of a question that ask for it: English (stemmed when compared) and Japanese, separated by ` | `."""
    strong: str
    """Words of a sentence that show it, in English, German and Japanese, separated by ` | `."""
    weak: str = ""
    """Words that make it likelier."""
    sections: Mapping[K, float] = field(default_factory=dict)
    """How likely an answer stands in a section of this kind, 0–1."""
    numbers: float = 0.0
    citations: float = 0.0
    own: float = 0.0
    """Worth of a number, a citation, a first person (`we`, 本稿) in the sentence."""
    opening: float = 0.0
    """Worth of standing at the beginning of a section."""
    floor: float = 0.5
    """Least evidence (words and section together) for a sentence to count as an answer at all."""


FACETS: tuple[Facet, ...] = (
    Facet(
        "aim",
        "aim | goal | purpose | kind of work | what it does | what is it | what does it | topic | about | thesis | central claim | want to show"
        " | 中心となる主張 | 言いたい | 目的 | どんなもの | 何をする | 種類 | 狙い | ねらい | 主題",
        "we introduce | we present | we propose | this paper present | this paper describe | this article present"
        " | this paper propose | this work present | our goal is | aim to | aims to | the aim of | we describe | we develop"
        " | we offer | in dieser arbeit | diese arbeit | wir stellen | ziel dieser | dieses buch | dieses skript"
        " | 本稿は | 本稿では | 本論文は | 本論文では | 本研究は | 本研究では | 提案する | 目的とする | 目的は",
        "in this paper | in this work | in this article | this paper | this article | we provide | we release | we define | we study | we investigate | is a package | is a system | is a tool | is a"
        " | is an open | toolkit | solution | vorlesung | 示す | 述べる | 報告する | 紹介する | 検討する",
        {K.ABSTRACT: 0.9, K.INTRODUCTION: 0.9, K.CONCLUSION: 0.4, K.OTHER: 0.1},
        own=0.2,
        floor=0.9,
    ),
    Facet(
        "context",
        "known | context | already | background | 知られ | 既知 | 背景 | 文脈 | わかっている | 分かっている",
        "widely | recent year | increasingly | has become | have become | it is well known | has emerged | important role"
        " | common practice | gold standard | traditionally | in den letzten jahren | häufig | bereits"
        " | 近年 | 広がっている | 広く | 普及 | 盛んに | 一般に | 注目され | 知られている",
        "recently | important | have been | has been | commonly | advances | growing | popular | standard | crucial"
        " | fundamental | essential | often | typically | most | many | wichtig | üblich | viele | 重要 | 多く | 利用",
        {K.INTRODUCTION: 1.0, K.ABSTRACT: 0.4, K.RELATED: 0.3, K.OTHER: 0.1},
        citations=0.25,
        own=-0.3,
    ),
    Facet(
        "gap",
        "problem | missing | gap | need | motivation | unsolved | why it matter | lacking"
        " | 問題 | 課題 | 足りな | 欠けて | 未解決 | 動機 | 不足",
        "lack | lacks | unfortunately | challenge | challenges | suffer | suffers | remain | remains unclear"
        " | need for | there is a need | problem of | problematic | weakness | is difficult | no existing | not been | few work"
        " | fail to | fails to | not without | little attention | little research | vulnerable | labor-intensive"
        " | 問題がある | 課題 | 困難 | 難しい | 不足 | 十分でない | 十分ではない | 必要がある | できていない",
        "however | problem | difficult | limited | little | few | despite | cannot | expensive | costly | inefficient"
        " | limitation | unclear | although | while | need | only | schwierig | problem | jedoch | leider"
        " | しかし | 問題 | 必要 | 誤り | 少ない | できない",
        {K.INTRODUCTION: 1.0, K.ABSTRACT: 0.7, K.OTHER: 0.15, K.RELATED: 0.15},
        own=-0.2,
        floor=1.2,
    ),
    Facet(
        "question",
        "research question | question | 問い | 疑問",
        "research question | we ask | we investigate | we study whether | to address | we address | whether | our goal"
        " | motivated by | we seek | to understand | to better understand | we explore | untersuchen"
        " | 確かめ | 調べる | 明らかに | 問う | 検証する",
        "aim | study | explore | question | how | 比べたい | 本稿",
        {K.INTRODUCTION: 1.0, K.ABSTRACT: 0.7},
        own=0.4,
        floor=0.9,
    ),
    Facet(
        "idea",
        "key idea | central idea | core | trick | heart | main idea | キモ | 核 | 中心となる考え | アイデア | 肝 | 着想",
        "key idea | the idea | main idea | core idea | intuition | insight | the key | at its core | we propose"
        " | our approach | our method | leverage | leverages | instead of | solution is | grundidee | hauptidee"
        " | 提案手法 | アイデア | 着目 | 工夫 | 要点 | 代わりに",
        "we introduce | based on | framework | by | consist of | principle | objective | model | 用い | 置く | だけを | 並べ",
        {K.METHOD: 1.0, K.OTHER: 0.5, K.ABSTRACT: 0.4, K.INTRODUCTION: 0.7},
        own=0.2,
        opening=0.5,
    ),
    Facet(
        "approach",
        "method | methods | step | steps | how it work | technique | design | approach | models"
        " | 手法 | 方法 | 手順 | 技術 | 設計 | 段階 | 仕組み",
        "consists of | we use | we train | we apply | we compute | we first | our model | our system | our pipeline"
        " | the pipeline | algorithm | architecture | is computed | is constructed | is defined as | we construct"
        " | we encode | we represent | are encoded | the step | we fine-tune | we learn | we implement | works by"
        " | is implemented | is based on | wir definieren | verfahren | methode | konstruktion"
        " | 手法 | 順に | により構成 | 用いて | 用いる | 用いた | 行う | アルゴリズム | 学習する | 並べる | 実装",
        "using | then | each | input | output | encode | learn | step | model | represent | initialize | process"
        " | parameter | function | layer | transform | 構成 | 入力 | 計算 | 実行 | 置く",
        {K.METHOD: 1.0, K.OTHER: 0.55, K.ABSTRACT: 0.4, K.INTRODUCTION: 0.2, K.EVALUATION: 0.2},
    ),
    Facet(
        "data",
        "data | dataset | datasets | size | subjects | participants | sample | samples | データ | 対象 | 被験者 | 規模 | 標本",
        "dataset | datasets | corpus | participants | subjects | annotators | training set | test set | benchmark"
        " | we collect | we collected | we sample | were sampled | samples | data set | datensatz | stichprobe"
        " | データセット | コーパス | 被験者 | 参加者 | データ | 計算機 | 収集",
        "examples | records | papers | split | collected | contains | questions | documents | trained on | sentences"
        " | モデル | 本文 | 件 | 編 | 人",
        {K.EVALUATION: 1.0, K.METHOD: 0.7, K.RESULTS: 0.4, K.OTHER: 0.4, K.ABSTRACT: 0.3},
        numbers=0.4,
        floor=1.2,
    ),
    Facet(
        "procedure",
        "procedure | analysis | experiment | validated | validation | evaluated | evaluate | verify | verified | tested"
        " | 手続き | 分析 | 実験 | 検証 | 評価 | 測定",
        "we evaluate | we conduct | we perform | we measure | experiment | experiments | we test | we randomly"
        " | experimental setup | case study | were evaluated | we calculate | evaluated on | we run | user study"
        " | we simulate | auswertung | wir testen | 実験 | 測る | 測った | 評価した | 実行した | 比較した | 測定",
        "evaluation | setup | evaluate | fine-tune | trained | procedure | protocol | hyperparameter | task | 評価 | 測 | 用いた",
        {K.EVALUATION: 1.0, K.METHOD: 0.5, K.RESULTS: 0.6, K.ABSTRACT: 0.3, K.OTHER: 0.2},
        own=0.2,
        floor=0.8,
    ),
    Facet(
        "comparison",
        "baseline | baselines | comparison | compared with | compare | comparator | 比較 | ベースライン | 対照",
        "baseline | baselines | we compare | compared to | compared with | comparison | outperform | outperforms"
        " | state-of-the-art | better than | relative to | versus | im vergleich | 比較 | 比べ | 従来の | ベースライン",
        "against | previous | than | higher | over | similar to | best | 従来 | より | 場合",
        {K.EVALUATION: 1.0, K.RESULTS: 0.9, K.METHOD: 0.2, K.OTHER: 0.2, K.ABSTRACT: 0.2},
        numbers=0.2,
        citations=0.15,
        floor=1.3,
    ),
    Facet(
        "metric",
        "metric | metrics | measure | 指標 | 尺度 | 評価基準",
        "accuracy | f1 | metric | metrics | precision | recall | correlation | rouge | bleu | error rate | we report"
        " | inter-annotator agreement | ndcg | measured by | genauigkeit | 精度 | 指標 | 正解率 | 適合率 | 再現率",
        "scores | macro | percentage | rate | performance | agreement | 時間 | 率 | 数",
        {K.EVALUATION: 1.0, K.RESULTS: 0.7, K.OTHER: 0.2, K.METHOD: 0.2},
        numbers=0.3,
        floor=1.0,
    ),
    Facet(
        "finding",
        "result | results | finding | findings | main numbers | outcome | 結果 | 知見 | 発見 | 数値 | 成果",
        "we find | we found | we show that | results show | results suggest | we observe | achieves | outperforms"
        " | significantly | demonstrate | yields | results demonstrate | results indicate"
        " | we demonstrate | performs better | perform best | wir zeigen | ergebnis | ergibt | daraus folgt"
        " | 結果 | であった | 向上 | 削減 | 短縮 | 達成 | 得られた | ことを示した | ことを示す | 大きく減る | 倍で | わかった",
        "improve | reduce | increase | decrease | higher | lower | average | gain | points | percent | best | performance | better | faster | drop | show"
        " | overall | probability | error | 高い | 低い | 倍 | 秒 | 示",
        {
            K.RESULTS: 1.0,
            K.EVALUATION: 0.9,
            K.ABSTRACT: 0.5,
            K.CONCLUSION: 0.4,
            K.DISCUSSION: 0.4,
            K.OTHER: 0.3,
        },
        numbers=0.6,
        floor=0.8,
    ),
    Facet(
        "better",
        "better than | better | superior | improve on | advantage | すごい | 優れ | 上回る | 強み",
        "outperform | outperforms | better than | more than previous | than previous | than existing | than prior"
        " | than other | largest | higher than | more accurate | faster than | improves over | improvement over"
        " | improvements over | substantially | state-of-the-art | surpass | exceed | advantage | advantages | besser als"
        " | に比べ | 上回 | より高 | より大き | 優れ | 減る | 削減 | 短縮 | 向上",
        "compared to | compared with | more | over | existing | previous | significant | gain | strong | baseline | 従来 | より | 倍",
        {
            K.INTRODUCTION: 0.7,
            K.RESULTS: 0.8,
            K.ABSTRACT: 0.4,
            K.CONCLUSION: 0.6,
            K.RELATED: 0.6,
            K.EVALUATION: 0.6,
        },
        numbers=0.4,
        citations=0.2,
        own=0.3,
        floor=1.3,
    ),
    Facet(
        "novelty",
        "difference | new | novel | novelty | original | 違い | 新しい | 新しく | 新規 | 新しさ | 独自",
        "unlike | in contrast to | differ from | differs from | different from | is the first | the first to | first to | for the first time | novel | prior work"
        " | previous work | existing work | existing methods | existing approaches | existing dataset | existing corpora"
        " | extends | to our knowledge | most similar | closest to | our work | we differ | im gegensatz"
        " | im unterschied | erstmals | anders als | 従来 | と異なり | とは異なる | 異なり | 初めて | 新たな | 先行研究"
        " | 既存の | これまで",
        "in contrast | instead of | whereas | new | compared to | compared with | rather than | existing"
        " | neu | bisher | 新しい | だけを | 異なる",
        {K.RELATED: 1.0, K.INTRODUCTION: 0.6, K.ABSTRACT: 0.3, K.CONCLUSION: 0.3, K.DISCUSSION: 0.4},
        citations=0.35,
        own=0.4,
        floor=1.1,
    ),
    Facet(
        "interpretation",
        "interpretation | interpret | agreement | discussion | explanation | why | 解釈 | 考察 | 一致 | 説明",
        "suggest | suggests | suggesting | indicate | indicates | indicating | due to | we hypothesize | we believe"
        " | may be | might be | likely | possibly | consistent with | in line with | attribute | implies | explain"
        " | explained by | we conclude | we suspect | this is because | reason | because | 考えられる | 示唆 | 原因"
        " | 理由 | 一致する | 可能性がある | ためである | と考え",
        "surprisingly | interestingly | therefore | thus | may | show that | reflect | hence | だろう | ため | わかる",
        {
            K.DISCUSSION: 1.0,
            K.RESULTS: 0.7,
            K.EVALUATION: 0.55,
            K.CONCLUSION: 0.7,
            K.OTHER: 0.15,
            K.LIMITATIONS: 0.3,
        },
        floor=1.2,
    ),
    Facet(
        "limitation",
        "limit | limits | limitation | limitations | weakness | caveat | restriction | 限界 | 制約 | 弱点 | 弱み | 欠点",
        "limitation | limitations | limited to | beyond the scope | caveat | drawback | drawbacks | we did not | we do not"
        " | we leave | not able to | unable to | restricted to | could not | we were unable | shortcoming | not yet"
        " | not be generalizable | may not | does not support | not evaluated | remain open | fails to | beschränkt auf"
        " | leider | 限界 | 限られる | 限られた | に限る | 確かめていない | 評価していない | していない | できなかった"
        " | 対象外 | 今後の課題 | 扱わない",
        "cannot | does not | only | not consider | assume | not | however | difficult | error | nur | nicht | できない | 課題 | 残",
        {K.LIMITATIONS: 1.3, K.DISCUSSION: 0.6, K.CONCLUSION: 0.4},
        floor=1.3,
    ),
    Facet(
        "future",
        "open question | open to debate | future | next step | debate | open | 今後 | 未解決の問い | 議論 | 展望",
        "future work | in the future | we plan | future research | open question | further research | remains to be"
        " | we leave | could be extended | left for | left to | next step | worth exploring | promising direction"
        " | would be interesting | further work | 今後 | 将来 | 予定である | 残されて",
        "we hope | would be | could be | future | extend | explore | opportunities | 課題 | 効果を調べる",
        {K.CONCLUSION: 0.9, K.DISCUSSION: 0.8, K.LIMITATIONS: 0.7},
        floor=1.3,
    ),
    Facet(
        "application",
        "application | applications | use | user | for whom | practice | 応用 | 用途 | 使い道 | 活用 | 実務 | 誰の",
        "can be used | could be used | be used to | be used for | be used in | useful for | application | applications"
        " | practitioners | in practice | deployed | facilitate | real-world | be applied | downstream application"
        " | use case | use cases | anwendung | anwendungen | 応用 | 利用できる | 活用 | 役立つ | 実務 | 有用",
        "enable | enables | users | practical | help | researchers | tool | support | useful | product | 可能に | 使える | 広がって",
        {K.CONCLUSION: 0.6, K.DISCUSSION: 0.6, K.INTRODUCTION: 0.3, K.ABSTRACT: 0.4, K.OTHER: 0.1},
        floor=1.2,
    ),
    Facet(
        "meaning",
        "meaning | implication | significance | matter | impact | conclusion | 意味 | 意義 | 示唆 | 結論",
        "we hope | we conclude | implication | implications | we recommend | facilitate | we release | demonstrate that"
        " | this shows | benefit | 示した | 意義 | ほぼ | 効果 | できることを | 期待",
        "important | help | should | enable | improve | future research | suggest | 重要 | 可能",
        {K.ABSTRACT: 0.7, K.CONCLUSION: 1.0, K.DISCUSSION: 0.4},
        floor=0.9,
    ),
    Facet(
        "contribution",
        "contribution | contributions | contribute | 貢献 | 寄与",
        "contribution | contributions | we contribute | we make the following | we introduce | we present | we propose"
        " | we release | we provide | 貢献 | 提案 | 示した",
        "novel | new | largest | 新た",
        {K.INTRODUCTION: 1.0, K.CONCLUSION: 0.9, K.ABSTRACT: 0.5},
        own=0.3,
        floor=1.2,
    ),
    Facet(
        "assumption",
        "assumption | assumptions | correct | correctness | valid | 仮定 | 前提 | 妥当 | 正しい | 正しさ",
        "we assume | assume that | assumption | assumptions | under the condition | provided that | as long as"
        " | we require | holds only | suppose | annahme | vorausgesetzt | voraussetzung | 仮定 | 前提 | 限り",
        "assume | if | require | condition | falls",
        {
            K.METHOD: 0.6,
            K.EVALUATION: 0.4,
            K.DISCUSSION: 0.5,
            K.LIMITATIONS: 0.6,
            K.OTHER: 0.4,
            K.INTRODUCTION: 0.2,
        },
        floor=1.2,
    ),
    Facet(
        "clarity",
        "clarity | well written | readability | readable | clear | 明瞭 | 読みやす | わかりやす | 分かりやす",
        "",
        floor=9.0,  # A paper does not say how well it is written.
    ),
)

BY_NAME: Mapping[str, Facet] = {facet.name: facet for facet in FACETS}
