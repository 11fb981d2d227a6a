"""The sentences for what is wrong with a persona's steps."""

from __future__ import annotations

from server.adapters.persona_sentences import Sentences, error

STEP_SENTENCES: dict[str, Sentences] = {
    "step_twice": error(
        "段階の id「{id}」が二つあります。",
        "Two steps have the id '{id}'.",
        "片方の id を変えてください。",
        "Give one of them another id.",
    ),
    "step_gives": error(
        "段階「{id}」が何を作るのか決まっていません。",
        "It is not clear what the step '{id}' gives.",
        "fields、collect、schema のどれか一つを書いてください。例：collect: quotes",
        "Write one of fields, collect and schema, for example collect: quotes.",
    ),
    "step_field": error(
        "段階「{id}」の問い「{field}」は fields にありません。",
        "The step '{id}' names a question '{field}' that is not among the fields.",
        "{hint_ja}使えるのは all か {known} です。",
        "{hint_en}Write all, or some of {known}.",
    ),
    "step_critique": error(
        "段階「{id}」より前に、点検できる回答がありません。",
        "There is no answer before the step '{id}' that it could criticise.",
        "前に fields: all の段階を置いてください。",
        "Put a step with fields: all before it.",
    ),
    "step_over": error(
        "段階「{id}」は over: sections にできません（点検と stop は論文全体で行います）。",
        "The step '{id}' cannot be over: sections; what criticises or may stop looks at the whole paper.",
        "over を消してください。",
        "Delete over.",
    ),
    "step_message": error(
        "schema のある段階「{id}」に指示がありません。",
        "The step '{id}' with a schema has no message.",
        "前書きの後に step.{id}: だけの行を置き、その下に指示を書いてください。",
        "Put a line step.{id}: below the front matter and write the instructions under it.",
    ),
    "step_section": error(
        "「step.{id}:」に当たる段階がありません。",
        "There is no step for 'step.{id}:'.",
        "{hint_ja}使えるのは {known} です。",
        "{hint_en}Known here: {known}.",
    ),
    "step_stop": error(
        "段階「{id}」の stop は、その段階で答える choice の問いと、その選択肢で書きます。",
        "stop of the step '{id}' must name a choice field that this step answers, and some of its choices.",
        "例：stop: {{decision: [skip]}}",
        "For example stop: {{decision: [skip]}}.",
    ),
    "step_calls": error(
        "段階が多すぎます（モデルを最大 {calls} 回呼びます。上限 {limit} 回）。",
        "There are too many steps: up to {calls} calls to a model (limit {limit}).",
        "段階を減らすか、over: sections をやめてください。",
        "Take fewer steps, or do without over: sections.",
    ),
}
