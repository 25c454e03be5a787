"""The commands, each put together from its parts.

They import what they need when they run, so that each loads only its own front end: Textual costs 180 ms, the AWS
libraries 280 ms.
"""

import sys
from functools import partial
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from tui import __version__
from tui.app.display import Display
from tui.cli.default_command import WatchByDefault
from tui.cli.options import CGW, DEBUG, Watching, displaying, watching
from tui.cli.output import Output
from tui.cli.process import garbage_kept, run, run_until_signal
from tui.cli.signals import on_ending_signal
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.content.lines import Line
    from tui.feed.source import Source
    from tui.feed.tail.tailer import Tailer


@click.group(cls=WatchByDefault, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tunnelwatch", message="%(prog)s %(version)s")
def commands() -> None:
    """Watch AWS Site-to-Site VPN tunnels live from their CloudWatch Logs.

    SELECTOR is a VPN connection id, its Name tag, a tunnel's outside IP, or a glob of these; none means all.
    """


def main() -> None:
    """Run `tunnelwatch`."""
    sys.exit(run(commands))


@commands.command()
@displaying
@watching
def watch(watching: Watching, display: Display) -> int:
    """Show the tunnels live on the screen (the default command)."""
    from tui.feed.source import Deferred

    watching.since_ms(SystemClock())  # a look-back that cannot be read is reported before the screen is drawn
    source = Deferred(lambda: _tailer(watching))
    return _show(source, display, region=watching.region or "", scope=_scope(watching))


@commands.command()
@click.option("--scenario", default="cutover", show_default=True, metavar="NAME", help="What is played; see --list.")
@click.option(
    "--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 1000), help="How fast it is played."
)
@click.option("--serve", is_flag=True, help="Run the endpoint alone, for other clients, and print its address.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The endpoint's port; 0 takes a free one.")
@click.option("--faults", "fault_text", default="", metavar="LIST", help="What goes wrong; `help` lists what can.")
@click.option("--list", "list_them", is_flag=True, help="List the scenarios.")
@DEBUG
@displaying
def demo(
    scenario: str, speed: float, serve: bool, port: int, fault_text: str, list_them: bool, display: Display
) -> int:
    """Watch a demo: a server on 127.0.0.1 that speaks the AWS protocols, read by the real client. Needs no account."""
    from tui import demo as demos

    if list_them:
        for summary in demos.scenarios():
            click.echo(f"{summary.name:<10} {summary.summary}")
        return ExitCode.OK
    if fault_text == "help":
        click.echo(demos.describe_faults())
        return ExitCode.OK
    try:
        faults = demos.Faults.parse(fault_text)
        demos.load_scenario(scenario)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    opening = partial(demos.demo, scenario=scenario, speed=speed, port=port, faults=faults)
    if serve:
        from tui.headless.serve import serve_demo

        run_until_signal(lambda: serve_demo(opening(), click.echo), ends_with_reader=False)
        return ExitCode.OK
    from tui.cli.demo_source import DemoSource, demo_credentials

    def read(running: demos.RunningDemo) -> "Tailer":
        return _tailer(Watching(region=running.region, endpoint_url=running.url))

    with demo_credentials():
        return _show(DemoSource(opening, read), display, scope=f"demo: {scenario}")


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@watching
def status(watching: Watching, as_json: bool) -> int:
    """Print every tunnel once.

    Exit code: 0 every tunnel carries traffic, 1 some tunnel does not, 2 no tunnel of some connection does, 3 could not
    tell.
    """
    from tui.domain.catalogue_file import load
    from tui.domain.fleet import Fleet
    from tui.feed.pump import Pump
    from tui.headless.status import exit_code, render_json, render_table

    with garbage_kept():
        pump = Pump(_tailer(watching, follow=False), Fleet(load()))
        if not run_until_signal(pump.run):
            return ExitCode.UNKNOWN
        now = SystemClock().now()
        if as_json:
            click.echo(render_json(pump.fleet, pump.state, now=now, caught_up=pump.caught_up))
        else:
            columns = get_terminal_size().columns if sys.stdout.isatty() else 80
            click.echo(
                render_table(
                    pump.fleet, pump.state, now=now, caught_up=pump.caught_up, columns=columns, render=_render()
                )
            )
        return exit_code(pump.fleet, now=now)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--utc", is_flag=True, help="Show times in UTC, as they always are in JSON.")
@click.option("--no-follow", is_flag=True, help="End after the look-back.")
@click.option("--changes", is_flag=True, help="Print only what comes up and goes down.")
@click.option(
    "--level",
    type=click.Choice(["info", "warning", "error"]),
    help="Print only events of this severity or above, and what comes up and goes down.",
)
@watching
def tail(watching: Watching, as_json: bool, utc: bool, no_follow: bool, changes: bool, level: str | None) -> int:
    """Print events as they come, each with its explanation; made for pipes."""
    from tui.domain.catalogue import Severity
    from tui.domain.catalogue_file import load
    from tui.domain.fleet import Fleet
    from tui.feed.pump import Pump
    from tui.headless.must_start import MustStart
    from tui.headless.tail import Tail, at_least, changes_only
    from tui.headless.tail_lines import JsonLines, TextLines

    fleet = Fleet(load())
    output = Output()
    lines = JsonLines(output) if as_json else TextLines(output, fleet, utc=utc, render=_render())
    wanted = changes_only if changes else at_least(Severity(level)) if level else lambda noted: True
    printer = Tail(fleet, lines, since=watching.since_ms(SystemClock()), wanted=wanted)
    source = MustStart(_tailer(watching, follow=not no_follow, details=False))
    pump = Pump(source, fleet, sinks=[printer])
    run_until_signal(pump.run, output=output)
    printer.release()
    return ExitCode.OK


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message.")
@CGW
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
def explain(messages: tuple[str, ...], as_json: bool, cgw: str | None) -> int:
    """Explain messages, offline: whole log lines, pasted text or keywords, from the arguments or from stdin.

    Exit code: 0 something was known, 1 nothing was.
    """
    from tui.domain.catalogue_file import load
    from tui.headless.explain import Explainer, render_json, render_text

    explainer = Explainer(load())
    columns = min(get_terminal_size().columns, 100) if sys.stdout.isatty() else 80
    if not messages and sys.stdin.isatty():
        click.echo("Messages or log lines, one a line; ctrl+d ends.", err=True)
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


@commands.command()
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["monitor", "logging"]),
    default="monitor",
    show_default=True,
    help="For watching, or for turning the logs on.",
)
@click.option(
    "--log-group",
    "log_groups",
    multiple=True,
    metavar="NAME|ARN",
    help="Allow this log group alone. Repeatable.",
)
def policy(purpose: str, log_groups: tuple[str, ...]) -> int:
    """Print the smallest IAM policy that the program needs, as JSON."""
    from tui.headless.policy import logging_policy, monitor_policy

    click.echo(monitor_policy(log_groups) if purpose == "monitor" else logging_policy())
    return ExitCode.OK


def _scope(watching: Watching) -> str:
    """Return what the header says beside the region: the profile, and what alone is watched."""
    only = f"only: {', '.join(watching.selectors)}" if watching.selectors else ""
    return " · ".join(filter(None, (only, watching.profile)))


def _render() -> "Callable[[Line], str]":
    """Return how lines are printed to stdout."""
    from tui.headless.colour import coloured, plain, wants_colour

    return coloured if wants_colour(sys.stdout) else plain


def _show(source: "Source", display: Display, *, region: str = "", scope: str = "") -> int:
    from tui.app.run import NoScreenError, show

    try:
        return show(
            source, display=display, clock=SystemClock(), region=region, scope=scope, on_ending_signal=on_ending_signal
        )
    except NoScreenError as refusal:
        raise click.ClickException(str(refusal)) from None


def _tailer(watching: Watching, *, follow: bool = True, details: bool = True) -> "Tailer":
    from tui.feed.aws.target import AwsTarget
    from tui.feed.tail.tailer import Tailer

    clock = SystemClock()
    return Tailer(
        AwsTarget(watching.profile, watching.region, watching.endpoint_url),
        selectors=watching.selectors,
        log_groups=watching.log_groups,
        mode=watching.source,
        since=watching.since_ms(clock),
        follow=follow,
        details=details,
        clock=clock,
    )
