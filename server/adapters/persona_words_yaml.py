"""The sentences for what is wrong with the YAML of a persona file."""

from __future__ import annotations

from server.adapters.persona_sentences import Sentences, error, warning

YAML_SENTENCES: dict[str, Sentences] = {
    "yaml_colon": error(
        "引用符のない値の中に「: 」（コロンと空白）があります。",
        "A value without quotes contains a colon and a space.",
        "値全体を引用符で囲んでください。例：{example}",
        "Put the whole value in quotes, for example {example}.",
    ),
    "yaml_tab": error(
        "字下げにタブが使われています。",
        "A tab is used for indentation.",
        "タブを半角空白2つに置き換えてください。",
        "Replace the tab by two spaces.",
    ),
    "yaml_quote": error(
        "引用符が閉じていないか、値の途中で閉じています。",
        "A quotation mark is not closed, or closes before the value ends.",
        '値全体を一組の引用符で囲み、中の " は \\" と書いてください。',
        'Put one pair of quotes around the whole value and write \\" for a quote inside it.',
    ),
    "yaml_bracket": error(
        "括弧 {{…}} または […] が閉じていません。",
        "A bracket {{…}} or […] is not closed.",
        "括弧を閉じるか、一行に一つずつ書く形にしてください。",
        "Close it, or write one entry per line instead.",
    ),
    "yaml_start": error(
        "値が「{character}」で始まっています。YAMLでは特別な記号です。",
        "A value begins with '{character}', which is a special sign in YAML.",
        "値全体を引用符で囲んでください。",
        "Put the whole value in quotes.",
    ),
    "yaml_indent": error(
        "字下げが前の行と合いません。",
        "The indentation does not fit the lines above.",
        "同じ階層の行を、同じ数の半角空白で揃えてください。",
        "Give lines of the same level the same number of spaces.",
    ),
    "yaml_syntax": error(
        "YAMLとして読めません（{detail}）。",
        "This is not valid YAML ({detail}).",
        "この行と前の行の字下げ・引用符・コロンを確かめてください。",
        "Check indentation, quotes and colons on this line and the one before.",
    ),
    "yaml_anchor": error(
        "アンカー（&）・別名（*）・マージ（<<）は使えません。",
        "Anchors (&), aliases (*) and merges (<<) are not allowed.",
        "内容をそのまま書いてください。文字としての & や * なら引用符で囲んでください。",
        "Write the content out. If & or * is meant as text, put the value in quotes.",
    ),
    "yaml_tag": error(
        "タグ（!）は使えません。",
        "Tags (!) are not allowed.",
        "タグを消してください。文字としての ! なら引用符で囲んでください。",
        "Delete the tag. If ! is meant as text, put the value in quotes.",
    ),
    "yaml_documents": error(
        "前書きの中にもう一つの文書または指示（%、---、...）があります。",
        "The front matter contains a second document or a directive (%, ---, ...).",
        "この行を消してください。",
        "Delete this line.",
    ),
    "yaml_too_deep": error(
        "入れ子が深すぎるか、項目が多すぎます。",
        "The settings are nested too deeply or have too many entries.",
        "形を単純にしてください。",
        "Make them simpler.",
    ),
    "duplicate_key": error(
        "「{key}」が二度書かれています（最初は {first} 行目）。",
        "'{key}' is given twice (first on line {first}).",
        "どちらかを消してください。",
        "Delete one of them.",
    ),
    "yaml_boolean": error(
        "引用符のない {value} は、多くのYAMLで真偽値や空値になります。",
        "{value} without quotes is a truth value or nothing for many YAML readers.",
        'ことばとして書くなら "{value}" のように引用符で囲んでください。',
        'If the word is meant, put it in quotes: "{value}".',
    ),
    "yaml_number": error(
        "引用符のない {value} は数として読まれます（1.10 は 1.1 になります）。",
        "{value} without quotes is read as a number (1.10 becomes 1.1).",
        '"{value}" のように引用符で囲んでください。',
        'Put it in quotes: "{value}".',
    ),
    "yaml_date": error(
        "引用符のない {value} は日付として読まれます。",
        "{value} without quotes is read as a date.",
        '"{value}" のように引用符で囲んでください。',
        'Put it in quotes: "{value}".',
    ),
    "yaml_flow_question": warning(
        "波括弧の中の「?」の直後に「}}」があると、読めないYAMLの処理系があります。",
        "'?' right before '}}' inside braces cannot be read by some YAML programs.",
        "値を引用符で囲むか、一行に一つずつ書いてください。",
        "Put the value in quotes, or write one entry per line.",
    ),
}
