"""Options that commands share."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.words import say

persona_help = say(
    en="A persona: id[@version][:key=value,…], e.g. summarizer:model=qwen,language=ja. Repeat for more.",
    ja="読み手：id[@version][:key=value,…]（例 summarizer:model=qwen,language=ja）。複数指定可。",
)
candidate_help = persona_help + say(
    en=" An answer you already have: text:answer.md[,name=ChatGPT].",
    ja="手元の回答は text:answer.md[,name=ChatGPT]。",
)
models_option = click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    help=say(
        en="Model (default: YOMI_MODEL, else extractive). Repeat to compare models.",
        ja="モデル（既定：YOMI_MODEL、なければ extractive）。複数指定でモデル同士を比較。",
    ),
)
model_option = click.option(
    "-m",
    "--model",
    help=say(
        en="Model (default: YOMI_MODEL, else extractive).",
        ja="モデル（既定：YOMI_MODEL、なければ extractive）。",
    ),
)
language_option = click.option(
    "-l",
    "--language",
    help=say(en="Language of the answers, e.g. ja or en.", ja="回答の言語（ja、en など）。"),
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help=say(en="Write to a file instead of the terminal.", ja="端末の代わりにファイルへ書き出す。"),
)
output_or_folder_option = click.option(
    "-o",
    "--output",
    help=say(
        en="A file; for several papers a folder (ending in /).",
        ja="出力ファイル。複数の論文ではフォルダー（末尾に /）。",
    ),
)
fresh_option = click.option(
    "--fresh",
    is_flag=True,
    help=say(en="Do not reuse equal runs.", ja="同じ条件の過去の結果を再利用しない。"),
)
blind_option = click.option(
    "--blind",
    is_flag=True,
    help=say(
        en="Hide who is who until you have voted; sides are shuffled.",
        ja="投票するまで誰の回答かを伏せる（左右は無作為）。",
    ),
)
server_option = click.option(
    "--server",
    "server_url",
    help=say(
        en="Send it to a running server, e.g. http://127.0.0.1:8000.",
        ja="起動中のサーバーに送る（例 http://127.0.0.1:8000）。",
    ),
)
