"""The sentences for what is wrong with a persona file, its YAML apart."""

from __future__ import annotations

from server.adapters.persona_sentences import Sentences, error, warning

SENTENCES: dict[str, Sentences] = {
    # The file as a whole
    "bad_id": error(
        "id「{id}」は使えません。",
        "'{id}' cannot be an id.",
        "英小文字で始め、英小文字・数字・ハイフンだけで64文字以内にしてください。",
        "Start with a lower-case letter; use only a–z, 0–9 and hyphens, at most 64 characters.",
    ),
    "too_large": error(
        "{what}が大きすぎます（上限 {limit} 文字）。",
        "{what} is too large (limit {limit} characters).",
        "短くするか、いくつかのペルソナに分けてください。",
        "Shorten it, or make several personas of it.",
    ),
    "not_text": error(
        "文字として読めない部分、または制御文字（{character}）があります。",
        "There is something that is not text, or a control character ({character}).",
        "UTF-8のテキストとして保存し直し、その文字を消してください。",
        "Delete that character and save the file as UTF-8 text.",
    ),
    "no_front_matter": error(
        "ファイルの先頭に前書き（--- で囲んだ設定）がありません。",
        "The file does not begin with front matter (settings between two lines of ---).",
        "1行目を --- とし、設定の後にもう一度 --- の行を置いてください。",
        "Make the first line --- and put another line of --- after the settings.",
    ),
    "unclosed_front_matter": error(
        "前書きの終わりの --- がありません。",
        "The front matter has no closing --- line.",
        "設定の後、system: または user: の前に --- だけの行を置いてください。",
        "Put a line of --- after the settings, before system: or user:.",
    ),
    # Keys and values
    "unknown_key": error(
        "「{key}」という項目はありません。",
        "There is no key '{key}'.",
        "{hint_ja}使えるのは {known} です。",
        "{hint_en}Known here: {known}.",
    ),
    "missing_key": error(
        "「{key}」がありません。",
        "'{key}' is missing.",
        "書き足してください。例：{example}",
        "Add it, for example: {example}",
    ),
    "wrong_kind": error(
        "「{key}」は{kind_ja}で書きます。",
        "'{key}' must be {kind_en}.",
        "例：{example}",
        "For example: {example}",
    ),
    "not_one_of": error(
        "「{key}」に「{value}」は使えません。",
        "'{key}' cannot be '{value}'.",
        "{hint_ja}{known} のどれかにしてください。",
        "{hint_en}Use one of {known}.",
    ),
    "bad_name": error(
        "「{name}」は名前に使えません。",
        "'{name}' cannot be a name here.",
        "英小文字で始め、英小文字・数字・下線だけで40文字以内にしてください。",
        "Start with a lower-case letter; use only a–z, 0–9 and _, at most 40 characters.",
    ),
    "bad_version": error(
        "版「{value}」は使えません。",
        "'{value}' cannot be a version.",
        'version: "1.0.0" のように、数字で始まる32文字以内の版を引用符で書いてください。',
        'Begin with a digit, at most 32 characters of 0–9, letters, dots and hyphens, in quotes: version: "1.0.0".',
    ),
    "bad_format": error(
        "この版のyomiが読めるのは format: 1 だけです。",
        "This version of yomi reads format: 1 only.",
        "format: 1 と書いてください。",
        "Write format: 1.",
    ),
    "duplicate_id": error(
        "問いの id「{id}」が二つあります。",
        "Two fields have the id '{id}'.",
        "片方の id を変えてください。",
        "Give one of them another id.",
    ),
    "bad_length": error(
        "「{key}」の長さは、上限の数か [下限, 上限] で書きます。",
        "The length for '{key}' must be a number (at most) or [at least, at most].",
        "例：{key}: 200 または {key}: [150, 250]",
        "For example {key}: 200 or {key}: [150, 250].",
    ),
    "key_needs_type": error(
        "「{key}」は type: {type} のときだけ使えます。",
        "'{key}' is only used with type: {type}.",
        "type: {type} と書くか、この項目を消してください。",
        "Write type: {type}, or delete this key.",
    ),
    "schema_beside": error(
        "schema と {key} は同時に書けません。",
        "schema and {key} exclude each other.",
        "{key} を消してください。形は schema が決めます。",
        "Delete {key}; the schema decides the shape.",
    ),
    "identity_parts": error(
        "check: identity の問い「{id}」の答えの形が書誌情報に合いません。",
        "The field '{id}' with check: identity does not ask for parts of the identity.",
        "文字の問いなら id を、object なら properties の名前を、次のどれかにしてください：{known}。一覧にできるのは authors だけです。",
        "Make the id of a text field, or the names of an object's properties, one of {known}. Only authors may be a list.",
    ),
    "bibliography_title": error(
        "check: bibliography の一覧「{id}」に title がありません。",
        "The list '{id}' with check: bibliography has no title.",
        "items に title: text を加えてください（文献一覧と照合する題名です）。",
        "Add title: text to its items; it is what is looked for in the paper's reference list.",
    ),
    # Sections and templates
    "no_sections": error(
        "system: も user: もありません。",
        "There is neither a system: nor a user: section.",
        "前書きの後に user: だけの行を置き、その下に指示を書いてください。",
        "Put a line user: after the front matter and write the instructions below it.",
    ),
    "no_section_for": error(
        "{language} で使える部分がありません（ほかの言語専用の部分だけです）。",
        "No section is used for {language}; there are only sections for another language.",
        "言語の付かない user: を加えてください。",
        "Add a user: section without a language.",
    ),
    "text_before_section": error(
        "system: や user: の前に文があります。",
        "There is text before the first system: or user: line.",
        "文の前に user: だけの行を置いてください。",
        "Put a line user: before the text.",
    ),
    "duplicate_section": error(
        "「{section}」の部分が二つあります。",
        "There are two {section} sections.",
        "一つにまとめてください。",
        "Make them one.",
    ),
    "unknown_section": error(
        "「{section}」という部分はありません。",
        "There is no section {section}.",
        "system: か user: を使い、言語別なら user.ja: や user.en: とします。",
        "Use system: or user:, for one language user.ja: or user.en:.",
    ),
    "section_text": warning(
        "「{section}」の後に文が続いているため、部分の始まりになりません。",
        "Text follows '{section}' on the same line, so no section begins here.",
        "部分を始めるなら {section} だけの行にし、文は次の行から書いてください。",
        "To begin a section, put {section} alone on its line and the text below.",
    ),
    "template_syntax": error(
        "テンプレートとして読めません（{detail}）。",
        "This is not a valid template ({detail}).",
        "{{{{ }}}} と {{% %}} の対応を確かめてください。",
        "Check that every {{{{ }}}} and {{% %}} is closed.",
    ),
    "template_too_large": error(
        "テンプレートが大きすぎるか複雑すぎます（{what}）。",
        "The template is too large or too complex ({what}).",
        "短くし、入れ子を減らしてください。",
        "Shorten it and nest less.",
    ),
    "template_not_allowed": error(
        "テンプレートで {what} は使えません。",
        "Templates cannot use {what}.",
        "使えるのは、変数、if、与えられた一覧の for と {filters} だけです。",
        "Allowed are variables, if, for over the given lists, and the filters {filters}.",
    ),
    "template_variable": error(
        "「{name}」という変数はありません。",
        "There is no variable '{name}'.",
        "{hint_ja}使えるのは {known} です。",
        "{hint_en}Known here: {known}.",
    ),
    "template_paper_text": error(
        "論文の本文はテンプレートに入れません（別に渡されます）。",
        "The paper's text is not a template variable; it has its own place in the prompt.",
        "この部分を消してください。",
        "Delete it.",
    ),
    "template_loop": error(
        "for で回せるのは、与えられた一覧（fields、paper.authors）だけで、入れ子は二重までです。",
        "for runs over the given lists (fields, paper.authors) only, nested at most twice.",
        "例：{{% for field in fields %}}…{{% endfor %}}",
        "For example {{% for field in fields %}}…{{% endfor %}}",
    ),
    "template_undefined": error(
        "テンプレートの値が空です（{detail}）。",
        "A value in the template is missing ({detail}).",
        '{{{{ … | default("") }}}} とするか、{{% if %}} で囲んでください。',
        'Write {{{{ … | default("") }}}}, or put it inside {{% if %}}.',
    ),
    "template_output": error(
        "テンプレートの出力が長すぎます（上限 {limit} 文字）。",
        "The template's output is too long (limit {limit} characters).",
        "繰り返しの中の文を短くしてください。",
        "Shorten what stands inside the loops.",
    ),
    # Examples
    "example_answer": error(
        "{file} の answer{path} がペルソナの問いに合いません（{detail}）。",
        "The answer{path} in {file} does not fit the persona's questions ({detail}).",
        "ペルソナの回答の形（項目の id と型）に合わせてください。一部の項目だけでもかまいません。",
        "Write it as the persona's answers are: by field id, in the field's type. It may show some fields only.",
    ),
    "example_source": error(
        "{file} には paper（title と sha256）か excerpt が必要です。",
        "{file} needs paper (title and sha256), excerpt, or both.",
        "どの論文の例かを paper に、または本文の抜粋を excerpt に書いてください。",
        "Name the paper it belongs to under paper, or give the passage under excerpt.",
    ),
    "example_quote": error(
        "{file} の evidence の「{quote}」が excerpt にありません。",
        "'{quote}', under evidence in {file}, is not in the excerpt.",
        "excerpt から一字一句そのまま写してください。",
        "Copy it from the excerpt word for word.",
    ),
    "example_evidence": error(
        "{file} の evidence.{id} は {given} 件ですが、answer.{id} の文や項目は {count} 件です。",
        "evidence.{id} in {file} has {given} passages, but answer.{id} has {count} sentences or items.",
        "一つの文や項目に一つずつ順に書くか、全体の根拠を一つだけ書いてください。",
        "Give one for each, in order, or a single one for all of them.",
    ),
    "example_unproven": warning(
        "{file} の answer.{id} の根拠が excerpt から見つからないため、例として見せるときに省かれます。",
        "No passage of the excerpt was found for answer.{id} in {file}, so it is left out where the example is shown.",
        "evidence: に {id}: として、根拠の文を excerpt から写してください。",
        "Under evidence:, write {id}: with the sentence of the excerpt that proves it.",
    ),
    # A field's own schema
    "schema_refused": error(
        "schema が使える範囲の外です（{detail}）。",
        "The schema leaves the allowed subset ({detail}).",
        "使えるのは {known} です。参照は #/$defs/… だけ、再帰はできません。",
        "Allowed are {known}; references only to #/$defs/…, without recursion.",
    ),
    # Advice
    "one_language": warning(
        "「{key}」に {language} のことばがありません。もう一方の言語のものを使います。",
        "'{key}' has no words for {language}; those of the other language are used.",
        "{language}: の行を加えてください。",
        "Add a line {language}:.",
    ),
    "no_instruction": warning(
        "問い「{id}」に instruction がありません。",
        "The field '{id}' has no instruction.",
        "良い答えに何が含まれるかを instruction に書いてください。",
        "Say in instruction what a good answer contains.",
    ),
    "fields_not_asked": warning(
        "テンプレートが fields を使っていないため、instruction がモデルに渡りません。",
        "The template does not use fields, so no instruction reaches the model.",
        "user: に {{% for field in fields %}}{{{{ field.label }}}} {{{{ field.instruction }}}}{{% endfor %}} を入れてください。",
        "Put {{% for field in fields %}}{{{{ field.label }}}} {{{{ field.instruction }}}}{{% endfor %}} into user:.",
    ),
    "identity_unchecked": warning(
        "観点が identity の問い「{id}」に check: identity がありません。",
        "The field '{id}' has the aspect identity but not check: identity.",
        "check: identity を加えると、論文の書誌情報と照合されます。",
        "Add check: identity to have it held against the paper's own identity.",
    ),
    "title_given_away": warning(
        "テンプレートが論文の題名や著者をモデルに教えているため、別の論文の答えを見抜きにくくなります。",
        "The template tells the model the paper's title or authors, so an answer about another paper is harder to notice.",
        "paper.title と paper.authors を使わないでください。",
        "Do without paper.title and paper.authors.",
    ),
    "no_attribution": warning(
        "license または attribution がありません。",
        "There is no license or no attribution.",
        "広く使ってもらうなら、license: CC0-1.0 と、もとの形式の考案者を書いてください。",
        "For others to use it, add license: CC0-1.0 and say whose format it is.",
    ),
}
