"""The default command, and the detection of mistyped commands."""

from difflib import get_close_matches
from typing import Final

import click
from click.shell_completion import CompletionItem

KEYS: Final = {"mark": "m", "note": "m", "timeline": "t", "news": "a", "pause": "p", "filter": "f", "copy": "y"}
"""Words for what a key on the screen does. As a selector, each would open a screen that stays empty."""

_AS_OPTIONS: Final = {"help": "--help", "version": "--version"}
"""Words that other programs have as commands. A connection of such a name is watched with `tunnelwatch watch help`."""


class WatchByDefault(click.Group):
    """A group with a default command: `tunnelwatch hq` is `tunnelwatch watch hq`.

    The command may also follow options (`tunnelwatch --region eu-west-1 status`), as AWS users write it. After `--`
    every word is a selector. Click takes the first word for the command, so the command is moved there.
    """

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete to commands, and to whatever the default command accepts."""
        watch = self.commands["watch"]
        selectors = [parameter for parameter in watch.params if isinstance(parameter, click.Argument)]
        in_place = [item for argument in selectors for item in argument.shell_complete(ctx, incomplete)]
        return super().shell_complete(ctx, incomplete) + in_place

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their whole first sentences, and the options of the default command."""
        commands = [self.commands[name] for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(command.name or "", _first_paragraph(command)) for command in commands])
        watch = click.Context(self.commands["watch"], ctx)
        options = [parameter for parameter in watch.command.params if isinstance(parameter, click.Option)]
        with formatter.section("Options for watching, and for most commands"):
            formatter.write_dl([record for option in options if (record := option.get_help_record(watch))])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)  # the shell asks for the first word
        if args[:1] not in (["-h"], ["--help"], ["-V"], ["--version"]):
            args = self._command_first(args)
        return super().parse_args(ctx, args)

    def _command_first(self, args: list[str]) -> list[str]:
        index = self._first_word(args)
        if index is None:
            return ["watch", *args]
        word = args[index]
        if word in self.commands:
            return [word, *args[:index], *args[index + 1 :]]
        if word in _AS_OPTIONS and word == args[0]:
            return [*args[1:], _AS_OPTIONS[word]]
        if word in KEYS:
            raise click.UsageError(
                f"`{word}` is not a command: on the screen, the key `{KEYS[word]}` does that. "
                f"A connection of that name is watched with `tunnelwatch watch {word}`."
            )
        self._refuse_slip(word)
        return ["watch", *args]

    def _first_word(self, args: list[str]) -> int | None:
        """Return the index of the first word that is neither an option nor an option's value; None at `--`."""
        takes_value = {
            name
            for command in self.commands.values()
            for parameter in command.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in parameter.opts
        }
        is_value = False
        for index, word in enumerate(args):
            if word == "--" and not is_value:
                return None
            if not is_value and not word.startswith("-"):
                return index
            is_value = not is_value and word in takes_value
        return None

    def _refuse_slip(self, word: str) -> None:
        """Raise click.UsageError if a selector looks like a mistyped command: the screen would stay empty."""
        alike = get_close_matches(word, self.commands, n=1, cutoff=0.8)
        if alike and word.isalpha() and word[0] == alike[0][0]:
            raise click.UsageError(
                f"There is no command `{word}`. Did you mean `{alike[0]}`? "
                f"A connection of that name is watched with `tunnelwatch watch {word}`."
            )


def _first_paragraph(command: click.Command) -> str:
    return " ".join((command.help or "").partition("\n\n")[0].split())
