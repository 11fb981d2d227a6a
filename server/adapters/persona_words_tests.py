"""The sentences for what is wrong with a persona's tests."""

from __future__ import annotations

from server.adapters.persona_sentences import Sentences, error, warning

TEST_SENTENCES: dict[str, Sentences] = {
    "test_elsewhere": error(
        "「{type}」は、コードを動かすかモデルに採点させる検査なので使えません。",
        "'{type}' runs code or has a model judge, which tests here do not.",
        "使えるのは {known} です。",
        "Known here: {known}.",
    ),
    "test_unclear": error(
        "この検査が何を確かめるのか読み取れません。",
        "It is not clear what this assertion asserts.",
        "例：{{type: contains, value: 28 tokens, path: /novelty}} または identity: confirmed",
        "For example {{type: contains, value: 28 tokens, path: /novelty}}, or identity: confirmed.",
    ),
    "test_value": error(
        "「{type}」の値は{kind_ja}で書きます。",
        "The value of '{type}' must be {kind_en}.",
        "例：{example}",
        "For example {example}.",
    ),
    "test_pattern": error(
        "正規表現として使えません（{detail}）。",
        "This pattern cannot be used ({detail}).",
        "先読み・後読み・後方参照は使えません。全体を引用符（'…'）で囲んでください。",
        "There are no look-arounds and no back references. Put the whole pattern in single quotes.",
    ),
    "test_path": error(
        "「{path}」はこのペルソナの問いを指していません。",
        "'{path}' names no question of this persona.",
        "/ と問いの id で始めてください：{known}",
        "Begin with / and the id of a field: {known}.",
    ),
    "test_no_path": error(
        "「{type}」は答え全体についての検査なので、path を付けられません。",
        "'{type}' is about the whole answer and takes no path.",
        "path を消してください。",
        "Delete path.",
    ),
    "test_file": error(
        "「{file}」は、この検査から使えるファイル名ではありません。",
        "'{file}' cannot be used from a test.",
        "検査のフォルダーか今のフォルダーからの相対パスで、.. を使わずに書いてください。",
        "Give a path relative to the persona's folder or to the current one, without '..'.",
    ),
    "test_file_missing": error(
        "「{file}」が tests フォルダーにありません。",
        "There is no file '{file}' in the folder tests.",
        "記録した答えを tests/{file} に置くか、answer: に直接書いてください。",
        "Put the recorded answer into tests/{file}, or write it under answer:.",
    ),
    "test_two_answers": error(
        "「{key}」は、記録した答えと一緒には書けません。",
        "'{key}' cannot stand beside a recorded answer.",
        "どちらかを消してください。",
        "Delete one of them.",
    ),
    "test_no_vars": error(
        "「{name}」という変数はこのペルソナにありません。",
        "This persona has no variable '{name}'.",
        "persona.md の vars: にある名前を使ってください。",
        "Use a name from vars: in persona.md.",
    ),
    "test_says_nothing": warning(
        "検査が一つもありません。",
        "Nothing is asserted.",
        "assert: の下に検査を書いてください。例：- identity: confirmed",
        "Write assertions under assert:, for example - identity: confirmed.",
    ),
}
