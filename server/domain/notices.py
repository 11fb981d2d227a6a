"""The sentences of notices: worth knowing, not errors."""

from __future__ import annotations

from server.domain.extractions import Notice
from server.domain.words import Words, same

FELL_BACK = "fell_back"
"""Another model answers than the one that was asked."""

SENTENCES: dict[str, Words] = {
    "hidden_text": Words(
        ja="人の目に見えない文字が {count} 文字あります。読み手には渡さず、根拠にもしません。",
        en="{count} characters are in the file that a person cannot see. No reader gets them and they prove nothing.",
    ),
    "instruction_in_text": Words(
        ja="読み手やAIへの指示のように読める文が本文にあります。例として引用しているだけかもしれません。"
        "何も取り除いていません。",
        en="The text has a sentence that reads like an order to a reviewer or an AI. The paper may only quote it as an "
        "example; nothing was removed.",
    ),
    "instruction_in_hidden_text": Words(
        ja="人の目に見えない文字の中に、読み手やAIへの指示のように読める文があります。読み手には渡しません。",
        en="Text that a person cannot see has a sentence that reads like an order to a reviewer or an AI. No reader "
        "gets it.",
    ),
    "instruction_in_metadata": Words(
        ja="PDFの文書情報に、読み手やAIへの指示のように読める文があります。読み手には渡しません。",
        en="The file's metadata has a sentence that reads like an order to a reviewer or an AI. No reader gets it.",
    ),
    "recognised_text": Words(
        ja="画像のページがあります（{pages}）。文字認識で付けられた文字を読みました。画像と同じ文面かどうかは確かめられません。",
        en="Some pages are pictures ({pages}); what was read is text that character recognition laid over them. Whether "
        "it says what the pictures show cannot be checked.",
    ),
    "read_by_fallback": Words(
        ja="主な読み取り方法が失敗したため、位置情報のない予備の方法で読みました。",
        en="The main reader failed; a fallback without positions on the page was used.",
    ),
    "pages_without_text": Words(
        ja="文字のないページがあります（{pages}）。画像だけのページは読めません。",
        en="Some pages have no text ({pages}). Pages that are only pictures cannot be read.",
    ),
    "no_title": Words(
        ja="題名が見つかりませんでした。書誌情報を確認してください。",
        en="No title was found. Check the paper's identity.",
    ),
    "language_not_applied": Words(
        ja="モデルなしの読み取りは論文の言語（{actual}）のまま答えます。{asked} では答えられません。",
        en="Without a model the answer stays in the paper's language ({actual}); it cannot be given in {asked}.",
    ),
    "made_for_other_papers": Words(
        ja="この読み手は、この種類の論文（{kind}）向けには作られていません。",
        en="This persona is not made for this kind of paper ({kind}).",
    ),
    "identity_doubtful": Words(
        ja="モデルが述べた題名または著者が論文と一致しません。",
        en="The title or the authors that the model gave do not match the paper.",
    ),
    "brought_doubtful": Words(
        ja="この文章がこの論文についてのものか、疑わしいところがあります。",
        en="It is doubtful that this text is about this paper.",
    ),
    "too_long_answer": Words(
        ja="「{field}」が目安より長くなりました（{length}／目安 {limit}）。",
        en="'{field}' is longer than asked for ({length}, asked {limit}).",
    ),
    "fewer_examples": Words(
        ja="見せる例は {asked} 件の指定でしたが、この実行に使えるものは {shown} 件でした（同じ論文の例は使いません）。",
        en="{asked} examples were asked for; {shown} could be used for this run (none about the same paper is).",
    ),
    "examples_too_long": Words(
        ja="モデルの文脈窓に収まるよう、例を {left_out} 件省きました（見せた例は {shown} 件）。",
        en="{left_out} examples were left out to fit the model's context ({shown} were shown).",
    ),
    "example_unreadable": Words(
        ja="例のファイル {file} は、ペルソナの問いに合わないため使いませんでした。yomi personas lint で確かめられます。",
        en="The example in {file} does not fit the persona's questions and was not used; yomi personas lint says why.",
    ),
    "examples_not_applied": Words(
        ja="モデルなしの読み取りでは、例は使われません。",
        en="Reading without a model does not use examples.",
    ),
    "parameter_dropped": Words(
        ja="このモデルは {parameter} を受け付けないため、送りませんでした。",
        en="This model does not accept {parameter}; it was not sent.",
    ),
    "steps_without_model": Words(
        ja="モデルなしの読み取りは一度で答えます。この読み手の段階は踏みません。",
        en="Without a model the answer is given in one go; this reader's steps are not taken.",
    ),
    "context_without_model": Words(
        ja="モデルなしの読み取りは論文全体を読みます。context と rendering の指定は使いません。",
        en="Without a model the whole paper is read; context and rendering make no difference.",
    ),
    "merged_without_model": Words(
        ja="部分ごとの答えは、モデルに渡しきれないか何も見つからなかったため、機械的に一つにまとめました。",
        en="The answers of the parts were put together mechanically: they did not fit one call to the model, or there were "
        "none.",
    ),
    "draft_kept": Words(
        ja="書き直した回答より前の段階の回答案のほうが論文に裏づけられていたため、回答案を残しました。",
        en="The draft of an earlier step was better proven than the revised answer, and was kept.",
    ),
    "ensemble_not_applied": Words(
        ja="モデルなしの読み取りは何度読んでも同じ答えになるため、一度だけ読みました（ensemble は使っていません）。",
        en="Without a model every reading comes out alike, so it read once; the ensemble was not used.",
    ),
    "member_failed": Words(
        ja="{member} 人目の読み手は答えを返せなかったため、残りの {left} 人の答えでまとめました。",
        en="Reader {member} of the ensemble gave no answer; the answer was made of the other {left}.",
    ),
    FELL_BACK: Words(
        ja="「{asked}」が回答できなかったため（{why}）、代わりに「{model}」に読ませました。",
        en="'{asked}' could not answer ({why}); '{model}' was asked instead.",
    ),
    "input_truncated": Words(
        ja="サーバーが論文の一部しか読まなかった可能性があります（見積り {estimated}、課金 {billed} トークン）。",
        en="The server seems to have read only part of the paper (estimated {estimated}, billed {billed} tokens).",
    ),
}


WHY: dict[str, Words] = {
    "unavailable": Words(ja="接続できないか、応答がエラー", en="it cannot be reached or answers with errors"),
    "timeout": Words(ja="時間切れ", en="it took too long"),
    "rate_limited": Words(ja="利用制限", en="its provider limits requests"),
    "quota": Words(ja="割り当ての使い切り", en="its quota is used up"),
    "provider_auth": Words(ja="鍵が受け付けられない", en="its key is refused"),
    "bad_response": Words(ja="応答が読めない", en="its responses cannot be read"),
}
"""Codes of errors, as parts of a sentence."""


def sentence(notice: Notice) -> Words:
    """What a notice says, in both languages. A code without a sentence says its name."""
    words = SENTENCES.get(notice.code)
    if words is None:
        return same(notice.code.replace("_", " "))
    why = WHY.get(str(notice.data.get("why")))
    if why is None:
        return words.fill(**notice.data)
    return Words(
        ja=words.ja.format(**{**notice.data, "why": why.ja}),
        en=words.en.format(**{**notice.data, "why": why.en}),
    )
