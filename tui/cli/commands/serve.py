"""`tunnelwatch serve`: the screen in a browser, for people who follow along."""

import sys
from importlib.util import find_spec
from typing import Final

import click

from tui.cli.process import run_until_signal
from tui.cli.watching import Watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

_NOT_FOR_VIEWERS: Final = {"record": "--record", "on_change": "--on-change"}


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The port on 127.0.0.1; 0 picks a free one.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS AND SELECTORS OF WATCH]...")
def serve(port: int, words: tuple[str, ...]) -> int:
    """Show the screen in a browser, read-only, to whoever has the address with its token.

    All options and selectors of `watch` may follow. Each viewer, eight at most, has a separate screen, which reads from
    AWS on its own; no key on it writes a file or a note, and `q` ends only that screen. From another machine, use `ssh
    -L 8080:127.0.0.1:PORT this-host` and the address with port 8080.
    """
    _check(words)
    if find_spec("textual_serve") is None:
        raise click.ClickException("serve needs textual-serve: pip install 'tunnelwatch[web]'.")
    import asyncio

    from tui.headless.shared_screen import serve_screen

    def announce(address: str) -> None:
        click.echo(f"Reading along: {address}")

    command = [sys.executable, "-m", "tui", "watch", "--viewer", *words]

    async def until_ended() -> None:
        await asyncio.Event().wait()

    run_until_signal(
        lambda: serve_screen(command, port=port, until=until_ended, on_ready=announce), ends_with_reader=False
    )
    return ExitCode.OK


def _check(words: tuple[str, ...]) -> None:
    """Raise click.UsageError for options that `watch` would refuse: viewers would see only a screen that ends."""
    from tui.cli.commands.watch import watch

    with watch.make_context("watch", list(words)) as context:
        Watching(since=context.params["since"]).since_ms(SystemClock())
        for name, option in _NOT_FOR_VIEWERS.items():
            if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{option} is for a single watch, not for every viewer.")
