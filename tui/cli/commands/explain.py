"""`tunnelwatch explain`: messages explained, offline."""

import sys
from io import TextIOWrapper

import click

from tui.cli.options import CGW
from tui.cli.output import print_width
from tui.content.exit_codes import ExitCode


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per message.")
@CGW
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
def explain(messages: tuple[str, ...], as_json: bool, cgw: str | None) -> int:
    """Explain messages offline: whole log lines, pasted text, keywords or codes, from the arguments or from stdin.

    A code is that of a diagnosis, as JSON names it: endpoint_replaced.

    Exit code: 0 at least one message was known, 1 none was.
    """
    from tui.domain.knowledge.catalogue_file import load
    from tui.headless.explain import Explainer, render_json, render_text

    explainer = Explainer(load())
    columns = min(print_width(), 100)
    if not messages and sys.stdin.isatty():
        click.echo("Messages or log lines, one per line; ctrl+d ends.", err=True)
    stdin = TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
    exit_code = ExitCode.WARNING
    for number, answer in enumerate(explainer.of_arguments(messages) if messages else explainer.of_lines(stdin)):
        if answer.is_known:
            exit_code = ExitCode.OK
        if as_json:
            click.echo(render_json(answer, device=cgw))
        else:
            text = render_text(answer, columns=columns, device=cgw)
            click.echo(f"\n{text}" if number else text)
    return exit_code
