"""The manual page, generated from the commands."""

from collections.abc import Iterator

import click

from tui import __version__
from tui.cli.examples import HELP, examples_of


def manual(group: click.Group) -> str:
    """Return the page in the language of man(7), for `man -l -`."""
    return "\n".join(_page(group)) + "\n"


def _page(group: click.Group) -> Iterator[str]:
    yield f'.TH TUNNELWATCH 1 "" "tunnelwatch {__version__}" "User Commands"'
    yield from (".SH NAME", "tunnelwatch \\- watch AWS Site\\-to\\-Site VPN tunnels live from their CloudWatch Logs")
    yield from (".SH SYNOPSIS", ".B tunnelwatch", "[\\fIcommand\\fR] [\\fIoptions\\fR] [\\fISELECTOR\\fR ...]")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(group.help)
    yield ".SH COMMANDS"
    for name, command in group.commands.items():
        yield from (f".SS {_roff(_usage(name, command))}", *_paragraphs(command.help))
        for parameter in command.params:
            record = parameter.get_help_record(click.Context(command))
            if isinstance(parameter, click.Option) and record is not None:
                yield from (".TP", f"\\fB{_roff(record[0])}\\fR", _roff(record[1]))
        yield from (".PP", "Examples:", ".PP", ".nf", *(_roff(f"  {line}") for line in examples_of(name)), ".fi")
    yield ".SH EXIT STATUS"
    yield "0 all is well; 3 could not tell, and one line on standard error says why; other codes as described above."
    yield from (".SH FILES", ".I ~/.config/tunnelwatch/config.toml", "options that hold for every run")
    yield from (".SH SEE ALSO", _roff(HELP))


def _usage(name: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command))
    return " ".join(["tunnelwatch", name, *pieces])


def _paragraphs(text: str | None) -> Iterator[str]:
    for paragraph in (text or "").replace("\b\n", "").split("\n\n"):
        yield from (_roff(" ".join(paragraph.split())), ".PP")


def _roff(text: str) -> str:
    """Return the text escaped so that man finds no requests in it."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
