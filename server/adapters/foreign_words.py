"""The sentences of notes on imports and exports."""

from __future__ import annotations

from server.application.persona_formats import Note
from server.domain.words import Words


def note(code: str, **data: object) -> Note:
    """The note `code`, its sentence filled with `data`."""
    words = _SENTENCES[code].fill(**data)
    return Note(code, Words(ja=words.ja.strip(), en=words.en.strip()))


_SENTENCES = {
    # Reading
    "input_left_out": Words(
        ja="入力の場所（{what}）は取り除きました。論文は別に渡されます。",
        en="The place for the input ({what}) was left out: the paper has a place of its own.",
    ),
    "inputs_joined": Words(
        ja="{names} も論文の本文とみなし、その場所を取り除きました。",
        en="{names} was taken for the paper's text as well, and its place left out.",
    ),
    "not_asked_for_a_paper": Words(
        ja="論文を入れる場所が元の文にありません。論文は指示の前に渡されます。",
        en="The source has no place for a paper. It is given before the instructions.",
    ),
    "user_added": Words(
        ja="user.md の文は指示の末尾に加えました。",
        en="The text of user.md was added to the end of the instructions.",
    ),
    "variables_kept": Words(
        ja="{names} は変数として埋めず、書かれたとおりの文字で残しました。必要なら直してください。",
        en="{names} stays as it is written, and is not filled in. Change it where it matters.",
    ),
    "sections_found": Words(
        ja="出力の節を {count} 個の問いにしました：{labels}。分け方と観点を確かめてください。",
        en="The sections of the output became {count} questions: {labels}. Look over how they were cut, and their aspects.",
    ),
    "one_field": Words(
        ja="出力の節の一覧が見つからないため、問いは一つです。分けると、ほかの読み手と比べやすくなります。",
        en="No list of sections was found, so there is one question. Divide it to compare with other readers.",
    ),
    "one_language": Words(
        ja="元の文は一つの言語だけなので、日本語と英語の欄に同じことばを入れました。",
        en="The source speaks one language, so Japanese and English say the same.",
    ),
    "license_unknown": Words(
        ja="ライセンスが書かれていないので NOASSERTION としました。{hint_ja}",
        en="No licence is stated, so it says NOASSERTION. {hint_en}",
    ),
    "files_left_out": Words(
        ja="次のファイルは使いません：{names}。", en="These files are not used: {names}."
    ),
    "characters_removed": Words(
        ja="目に見えない文字や制御文字を {count} 個取り除きました。",
        en="{count} invisible or control characters were removed.",
    ),
    "references_left_out": Words(
        ja="環境変数やファイルへの参照は読まずに除きました：{names}。",
        en="References to the environment and to files were left out unread: {names}.",
    ),
    "settings_left_out": Words(
        ja="次の設定は使いません：{names}。モデルは実行のときに選びます。",
        en="These settings are not used: {names}. The model is chosen when it runs.",
    ),
    "messages_left_out": Words(
        ja="{roles} の発言は除きました。手本は examples/ に置けます。",
        en="Messages of {roles} were left out. Examples belong in examples/.",
    ),
    "messages_joined": Words(
        ja="同じ役割の発言は一つにつなぎました。", en="Messages of the same role were joined to one."
    ),
    "inputs_kept": Words(
        ja="入力 {names} は、書かれていた値とともに vars になりました。値を確かめてください。",
        en="The inputs {names} became vars with the values that stood there. Check them.",
    ),
    "outputs_kept": Words(
        ja="outputs の {count} 項目が問いになりました。", en="The {count} outputs became questions."
    ),
    "output_renamed": Words(
        ja="項目「{old}」の id は「{new}」になりました。", en="The output '{old}' has the id '{new}' now."
    ),
    "restored": Words(
        ja="yomi が書き出したままなので、元の persona.md をそのまま戻しました。",
        en="It is as yomi wrote it, so the original persona.md is back, byte for byte.",
    ),
    "changed_since": Words(
        ja="yomi が書き出した後で直されています。本文は直されたものを、変わっていない問いは元の観点・言語・照合を使います。",
        en="It was changed after yomi wrote it. Its text counts; questions that did not change keep their aspects, languages and checks.",
    ),
    # Writing
    "files_not_carried": Words(
        ja="手本・テスト・表示の定義は、この形式では運べません：{names}。",
        en="Examples, tests and display are not carried by this format: {names}.",
    ),
    "checks_not_carried": Words(
        ja="根拠と論文の照合は yomi がすることで、書き出した先では行われません。",
        en="Holding evidence against the paper is what yomi does; elsewhere nobody checks the answers.",
    ),
    "one_language_written": Words(
        ja="{language} の問いだけを書き出しました。", en="Only the questions in {language} were written."
    ),
}
