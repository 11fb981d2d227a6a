"""Say what is wrong with a command line, in the terminal's language."""

from __future__ import annotations

import click

from server.cli.words import say


def sentence_of(error: click.ClickException) -> str:
    """One sentence for an error, ours or click's own."""
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities
        return say(
            en=f"There is no option '{error.option_name}'.",
            ja=f"「{error.option_name}」というオプションはありません。",
        ) + (say(en=f" Did you mean '{near[0]}'?", ja=f"「{near[0]}」ではありませんか？") if near else "")
    if isinstance(error, click.MissingParameter):
        name = _name(error.param, error.ctx)
        return say(en=f"Give {name}.", ja=f"{name} を指定してください。")
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = _name(error.param, error.ctx)
        if isinstance(error.param.type, click.Choice):
            known = ", ".join(error.param.type.choices)
            return say(en=f"{name} takes one of: {known}.", ja=f"{name} は次のいずれかです：{known}")
        return say(
            en=f"{name} is wrong: {error.message}",
            ja=f"{name} が正しくありません：{error.message}",
        )
    return error.format_message()


def _name(parameter: click.Parameter | None, context: click.Context | None) -> str:
    """As it is written on the command line."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.make_metavar(context) if parameter and context else "?"
