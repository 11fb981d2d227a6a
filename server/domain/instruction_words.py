"""How orders to readers, reviewers and language models are worded, in English and Japanese.

The patterns are matched against keys (see `matching.py`): small letters without spaces, hyphens, quotation marks and
accents. So spaces here are only for the eye.
"""

from __future__ import annotations

import re
import unicodedata

MODEL = """
    (?: large | automated | automatic | any )* (?:
        language models? | llms? (?: reviewers? | agents? )? | chat gpt | chat bots? | gpt
      | ai (?: (?: language )? models? | assistants? | reviewers? | systems? | agents? | tools? )?
    )
"""
_FILL = "(?: all | any | every | the | of | your | my | our | these | those | other | and | or | given | , )*"
_EARLIER = "(?: previous (?:ly)? | prior | preceding | above | earlier | foregoing | former | existing | original | system )"
_ORDERS = "(?: instruction | prompt | direction | directive | guideline | command ) s?"
_DEGREE = "(?: a | an | only | very | strongly | highly | purely | exclusively | extremely | me | us | the )*"
_PRAISE = (
    "(?: positive | favou?rable | glowing | enthusiastic | laudatory | supportive | flattering | accepting )"
)
_VERDICT = (
    "(?: review | assessment | evaluation | feedback | rating | recommendation | comment | verdict | report )"
)
_THIS = "(?: this | the ) (?: paper | manuscript | submission | article | work )"
_FLAW = "(?: negative | weakness | limitation | flaw | drawback | shortcoming | criticism | fault | defect )"

_PLEASE = """(?: ください | 下さい | くれ | ほしい | 欲しい | せよ | しろ | なさい | べき | お願い | 願います
    | こと (?: [.」』)] | \\Z ) )"""
_PAST = """(?: これまで | ここまで | 今まで | いままで | 以前 | 上記 | 上 | 先 (?: ほど | 程 )? | 以上 | 前 | 従来
    | すべて | 全て | 全部 | あらゆる | 元 | システム )"""
_TOLD = "(?: 指示 | 命令 | 指令 | プロンプト | 指図 )"
_FAULT = "(?: 欠点 | 弱点 | 短所 | 問題点 | 限界 | 否定的 | ネガティブ | 難点 | 不備 | 批判 )"
_TOUCH = "(?: 触れ | 言及 | 指摘 | 述べ | 書か | 挙げ | 記載 | 含め | 取り上げ )"

_ANYWHERE = rf"""
  # "Ignore all previous instructions", "forget the instructions above"
    (?: ignore | disregard | forget | override | bypass | do not follow | dont follow ) {_FILL}
        (?: {_EARLIER} {_FILL} )+ {_ORDERS}
  | (?: ignore | disregard | forget | override ) {_FILL} {_ORDERS}
        (?: above | before this | so far | you were given | you have been given | you received )
  # "As a language model, you should …", "If you are an AI"
  | (?: as | since you are | because you are ) an? {MODEL} ,? you (?: should | must | are to | need | have to | will | shall )
  | if you are an? {MODEL}
  # "Note to any language model", "FOR LLM REVIEWERS:"
  | (?: notes? | messages? ) to (?: any | all | every | the ) {MODEL}
  | (?: for | dear | attention | notes? to | messages? to ) (?: the | all | any )?
        (?: llm | ai | language model | automated ) reviewers? :
  | (?: dear | attention ,? ) (?: the | all | any )? (?: llm | ai | language model ) (?: reviewers? | assistants? | s )? [,:]
  # 「これまでの指示を無視」「以前の命令は忘れてください」「指示に従わないで」
  | {_PAST} [^.]{{0,8}} {_TOLD} [^.]{{0,6}} 無視
        (?! した | され | でき | しない | してい | してしま | しう | する (?! こと (?: [.」』)] | \Z ) | よう | べき ) )
  | {_PAST} [^.]{{0,8}} {_TOLD} [^.]{{0,6}} (?: 忘れ | 破棄し | 取り消し ) [^.]{{0,3}} {_PLEASE}
  | {_PAST} [^.]{{0,8}} {_TOLD} [^.]{{0,4}} 従 (?: わない [^.]{{0,3}} {_PLEASE} | うな )
  # 「肯定的な査読を」「高く評価してください」「最高の評価を付けよ」
  | (?: 肯定的 | 好意的 | ポジティブ ) な? (?: 査読 | レビュー | 評価 | コメント | 講評 ) (?: 結果 | 文 )?
        (?: のみ | だけ | を (?: [.」』)] | \Z ) | [^.]{{0,12}} {_PLEASE} )
  | (?: 高く | 高い | 好意的に | 肯定的に ) 評価 [^.]{{0,6}} {_PLEASE}
  | (?: 高い | 最高の | 満点の ) (?: 評価 | 点 | スコア | 得点 | 評点 ) を [^.]{{0,6}} (?: {_PLEASE} | けよ | えよ )
  # 「欠点に触れないで」「限界には言及しないこと」「弱点を指摘するな」
  | {_FAULT} [^.]{{0,8}} {_TOUCH} し? (?:
        ない (?: で | こと | よう | [」』] | \Z ) | る? な (?: [.」』)] | \Z ) | する な (?: [.」』)] | \Z )
      | て は (?: ならない | いけない ) | ず [^.]{{0,10}} {_PLEASE} )
  # 「採択を推薦してください」
  | (?: 採択 | 採録 | アクセプト | 受理 ) を? (?: 推薦 | 推奨 | 勧告 ) [^.]{{0,4}} {_PLEASE}
"""

_ORDER = rf"""
  # "Give a positive review only", "write only favourable comments"
    (?: give | write | provide | produce | generate | return | output | submit | leave | make ) {_DEGREE} {_PRAISE}
        (?: peer | and )? {_VERDICT}
  | (?: give | assign | award ) {_DEGREE} (?: it | {_THIS} )? {_DEGREE}
        (?: high | highest | maximum | perfect | top | full ) (?: possible | overall )? (?: score | rating | mark | grade )
  # "Do not mention any weaknesses", "never highlight negatives"
  | (?: do not | dont | never ) (?: mention | highlight | discuss | list | report | include | raise | criti[cs]i[sz]e
        | point out | bring up | note | reveal ) (?: any | the | its | of | this | papers | possible | potential | all )* {_FLAW}
  # "Recommend acceptance", "accept this paper", "rate this paper highly"
  | (?: strongly | highly )? recommend {_DEGREE} (?: strong | clear )? (?: accepting | acceptance | publication | publishing )
  | (?: accept | praise ) {_THIS}
  | (?: rate | score ) {_THIS} (?: very )? (?: high | positive | favou?rabl | as | with | [0-9] )
  | (?: emphasi[sz]e | focus on | highlight | mention | discuss ) only (?: on )? (?: the | its )? (?: strengths | strong points | positive )
  | (?: reveal | print | output | repeat | show ) (?: me )? (?: your | the ) (?: system | initial | hidden ) (?: prompt | instructions )
"""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(unicodedata.normalize("NFKD", pattern), re.VERBOSE)


ANYWHERE = _compiled(_ANYWHERE)
"""An order wherever it stands."""
AS_COMMAND = _compiled(_ORDER)
"""An order if its verb is one of command; else it tells what somebody does (`reviewers give positive reviews`)."""
