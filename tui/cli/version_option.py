"""`--version`: everything that a bug report needs to say about where the program ran."""

import click

from tui import __version__


def _print_version(ctx: click.Context, param: click.Parameter, is_wanted: bool) -> None:
    if not is_wanted or ctx.resilient_parsing:
        return
    from tui.cli.this_terminal import this_terminal, versions  # reads the packages' metadata: 20 ms

    libraries = [f"{name} {number}" for name, number in versions().items() if name != "tunnelwatch"]
    click.echo(f"tunnelwatch {__version__}")
    click.echo(", ".join(libraries))
    terminal = this_terminal()
    if terminal is None:
        click.echo("no terminal")
    else:
        encoding = "UTF-8" if terminal.is_utf8 else "not UTF-8"
        size, tmux = f"{terminal.columns}×{terminal.rows}", f", tmux {terminal.tmux.version}" if terminal.tmux else ""
        click.echo(
            f"terminal {terminal.term or 'without a name'}, {size}, {terminal.colours} colours, {encoding}{tmux}"
        )
    ctx.exit()


VERSION = click.option(
    "-V",
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of the program and its libraries, and the terminal.",
)
