"""A new persona to begin with: short, commented, and sound as it stands."""

from __future__ import annotations

from server.adapters.persona_lint import ID
from server.adapters.persona_problems import invalid, problem


def scaffold(id: str) -> str:  # noqa: A002
    """The text of a persona.md for `personas/<id>/`, to be edited.

    Raises:
        PersonaInvalidError: the id cannot be one.
    """
    if not ID.fullmatch(id):
        raise invalid([problem("bad_id", 1, id=id[:64])])
    return _TEXT.replace("ID", id) + MESSAGES


_TEXT = """\
---
# A persona: the questions one reader asks of a paper. 読み手が論文に投げる問いの一式です。
# Check it with / 確認は: yomi personas lint ID
format: 1
version: "0.1.0"                # in quotes; raise it when the text changes / 引用符で囲み、直したら上げる
name:
  ja: "ID"
  en: "ID"
description:
  ja: どんな読み手のための問いかを一文で書く。
  en: Say in one sentence for whom these questions are.
attribution: "Your name, or whose format this is"
license: CC0-1.0
# language: ja                  # answer in this language unless the user asks otherwise / 既定の回答言語
# applies_to:                   # kinds of paper it is made for, and those it warns about / 向く論文と向かない論文
#   paper_types: [method, system, empirical]
#   warn_if: [survey]
fields:
  # The title the model states is compared with the paper's own. 題名は論文の書誌情報と照合されます。
  - id: header
    aspects: [identity]
    label:
      ja: 題名・著者
      en: Title and authors
    type: object
    properties:
      title: text
      authors: text
    check: identity

  # A text is answered sentence by sentence, each with a quote from the paper. 一文ごとに引用が付きます。
  - id: what
    aspects: [overview]         # identity overview background problem method evaluation results
                                # novelty discussion limitations applications references other
    label:
      ja: どんな研究？
      en: What is it about?
    instruction:
      ja: 何をどう調べ、何が分かったかを書く。最初の一文だけで内容が分かるようにする。
      en: Say what was studied, how, and what was found. The first sentence must stand alone.
    length:
      ja: [100, 200]            # characters: at least, at most / 字数の下限と上限
      en: 80                    # words, at most / 語数の上限

  # Other types: list (items, max_items), number, boolean, choice (choices), object (properties).
  - id: limits
    aspects: [limitations]
    label:
      ja: 限界は？
      en: What are its limits?
    instruction:
      ja: 著者自身が述べている限界だけを挙げる。
      en: Give only the limits that the authors themselves state.
    type: list
    max_items: 3
---
"""

MESSAGES = """\
system:
You read papers for researchers. Write short, plain sentences.

system.ja:
あなたは研究者のために論文を読む。短く平易な文で書く。

user:
Answer these questions about the paper above.
{% for field in fields %}
{{ loop.index }}. {{ field.label }} {{ field.instruction }}
{% endfor %}

user.ja:
上の論文について、次の問いに答えよ。
{% for field in fields %}
{{ loop.index }}. {{ field.label }} {{ field.instruction }}
{% endfor %}
"""
"""What is said to a model when nothing better is known: the questions, in both languages."""
