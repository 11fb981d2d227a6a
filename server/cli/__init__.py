"""The command `yomi`. Heavy imports wait until used, so that `--help` answers in a blink."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from server.cli.words import say

COMMANDS = {
    "demo": "server.cli.checking",
    "compare": "server.cli.reading",
    "read": "server.cli.reading",
    "batch": "server.cli.batches",
    "ask": "server.cli.asking",
    "check": "server.cli.checking",
    "paper": "server.cli.reading",
    "personas": "server.cli.personas",
    "serve": "server.cli.service",
    "worker": "server.cli.service",
    "db": "server.cli.service",
}
SHORT = {
    "demo": say(
        en="Ten seconds, no key: two readers, and a made-up answer unmasked.",
        ja="10秒・キー不要のデモ：二人の読み手と、作り話の見破り。",
    ),
    "compare": say(
        en="Read one paper through several personas, side by side.",
        ja="一つの論文を複数の読み手で読み比べる。",
    ),
    "read": say(en="Read papers through one persona.", ja="論文を一人の読み手で読む。"),
    "batch": say(
        en="Read a folder of papers through several personas.",
        ja="フォルダーの論文をまとめて複数の読み手で読む。",
    ),
    "ask": say(
        en="Ask a reader about a paper, or go on with a run.",
        ja="論文について読み手に質問する。実行の続きとして聞くこともできる。",
    ),
    "check": say(
        en="Hold an answer you already have (from ChatGPT, say) against its paper.",
        ja="手元の回答（ChatGPT など）を論文と照らし合わせる。",
    ),
    "paper": say(en="Show what is extracted from a paper.", ja="論文から取り出した内容を表示する。"),
    "personas": say(
        en="List, show, create, check and test personas.", ja="読み手の一覧・表示・作成・検査・テスト。"
    ),
    "serve": say(en="Start the server.", ja="サーバーを起動する。"),
    "worker": say(
        en="Do the work of servers that share a queue.", ja="キューを共有するサーバーの処理を引き受ける。"
    ),
    "db": say(en="Look after the database.", ja="データベースの管理。"),
}


class LazyGroup(click.Group):
    """Knows its commands by name and one line; imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(say(en="Commands", ja="コマンド")):
            formatter.write_dl(list(SHORT.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        from difflib import get_close_matches

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            nearest = get_close_matches(args[0], COMMANDS, n=1)
            hint = (
                say(en=f" Did you mean '{nearest[0]}'?", ja=f"「{nearest[0]}」ではありませんか？")
                if nearest
                else ""
            )
            message = say(
                en=f"There is no command '{args[0]}'.", ja=f"「{args[0]}」というコマンドはありません。"
            )
            raise click.UsageError(message + hint, ctx) from None


@click.group(
    cls=LazyGroup,
    help=say(
        en="Yomikurabe reads one research paper through several personas, with the paper behind every sentence.",
        ja="Yomikurabe（読み比べ）は、一つの論文を複数の読み手で読み、すべての文に論文の根拠を添えて並べます。",
    ),
    epilog=say(
        en="Start with: yomi compare PAPER.pdf -p summarizer -p interpreter",
        ja="まずは：yomi compare 論文.pdf -p summarizer -p interpreter",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="yomikurabe")
def yomi() -> None:
    """All commands."""


def main() -> None:
    """Entry point of the command."""
    import os
    import sys

    from server.cli.session import FAILED, complain, note

    try:
        status = yomi(prog_name="yomi", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = error.exit_code
    except click.ClickException as error:
        from server.cli.misuse import sentence_of

        complain(sentence_of(error))
        if isinstance(error, click.UsageError) and error.ctx:
            note(f"{error.ctx.command_path} --help")
        status = error.exit_code
    except click.Abort:
        complain(say(en="Cancelled.", ja="取り消しました。"))
        status = FAILED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); without this Python complains once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
    sys.exit(status)
