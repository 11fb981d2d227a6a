"""Why a PDF cannot be read."""

from __future__ import annotations

from typing import ClassVar

from server.domain.errors.base import YomiError
from server.domain.words import Words


class PaperError(YomiError):
    """This PDF cannot be read."""


class NotPdfError(PaperError):
    code = "not_pdf"
    sentence = Words(
        ja="PDFではありません（先頭に %PDF- がありません）。PDFファイルを指定してください。",
        en="This is not a PDF (no %PDF- at its start). Give the paper's PDF file.",
    )


class TooLargeError(PaperError):
    """`limit_mb`: what is accepted."""

    code = "too_large"
    sentence = Words(
        ja="ファイルが大きすぎます（上限 {limit_mb} MB）。小さくして再度お試しください。",
        en="The file is too large (limit {limit_mb} MB). Make it smaller and try again.",
    )


class TooManyPagesError(PaperError):
    """`pages` (or null when unknown) and `limit`."""

    code = "too_many_pages"
    sentence = Words(
        ja="{pages} ページあります（上限 {limit} ページ）。必要な章だけのPDFにしてください。",
        en="The PDF has {pages} pages (limit {limit}). Cut out the part you want to read.",
    )


class EncryptedPaperError(PaperError):
    code = "encrypted"
    sentence = Words(
        ja="PDFにパスワードがかかっています。解除してから再度お試しください。",
        en="The PDF is protected by a password. Remove the password and try again.",
    )


class MalformedPaperError(PaperError):
    code = "malformed"
    sentence = Words(
        ja="PDFが壊れています（途中で切れている可能性があります）。ダウンロードし直してください。",
        en="The PDF is damaged (perhaps cut off). Download it again.",
    )


class NoTextError(PaperError):
    """`pages`, `characters`: what little was found. `hidden` (optional): how many characters a person cannot see."""

    code = "no_text"
    sentence = Words(
        ja="文字がほとんど取り出せません（{pages} ページで {characters} 文字）。"
        "スキャン画像のPDFなら、OCRで文字を付けてから再度お試しください。",
        en="Hardly any text could be read ({characters} characters on {pages} pages). "
        "If it is a scan, run OCR over it and try again.",
    )
    hidden_sentence: ClassVar[Words] = Words(
        ja="このほか、人の目に見えない文字が {hidden} 文字ありますが、読みません。",
        en="Another {hidden} characters cannot be seen by a person and are not read.",
    )

    @property
    def words(self) -> Words:
        if not self.data.get("hidden"):
            return super().words
        seen, hidden = super().words, self.hidden_sentence.fill(**self.data)
        return Words(ja=seen.ja + hidden.ja, en=f"{seen.en} {hidden.en}")


class ResourceLimitError(PaperError):
    code = "resource_limit"
    sentence = Words(
        ja="このPDFの読み取りは時間またはメモリの上限を超えました。別の版のPDFをお試しください。",
        en="Reading this PDF took more time or memory than allowed. Try another version of the PDF.",
    )


class ParserCrashedError(PaperError):
    code = "parser_crashed"
    sentence = Words(
        ja="このPDFで読み取りプログラムが停止しました（サーバーは無事です）。別の版のPDFをお試しください。",
        en="The PDF reader crashed on this file (the server is fine). Try another version of the PDF.",
    )


class FetchFailedError(PaperError):
    """`url`: what to download by hand; `why`: a short cause in English."""

    code = "fetch_failed"
    sentence = Words(
        ja="論文を取得できませんでした（{why}）。{url} をブラウザでダウンロードし、そのファイルを指定してください。",
        en="The paper could not be fetched ({why}). Download {url} in a browser and give the file.",
    )
