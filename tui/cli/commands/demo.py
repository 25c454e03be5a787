"""`tunnelwatch demo`: a server on 127.0.0.1 that speaks the AWS protocols, and the screen that reads from it."""

from functools import partial
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from tui.app.terminal.display import Display
from tui.cli.displaying import displaying
from tui.cli.examining import alone, examining_sites, looking
from tui.cli.notifying import NoticeOptions, noticing
from tui.cli.options import DEBUG, MASK
from tui.cli.process import run_until_signal
from tui.cli.reading import mask_for_a_key, reader
from tui.cli.recording import RECORD, recording_into
from tui.cli.screen import MASKED, open_screen
from tui.cli.watching import Watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.cli.demo_source import Opening
    from tui.demo import RunningDemo
    from tui.demo.scenarios.scenario import Scenario
    from tui.feed.source import Source

_BESIDE_A_SCREEN: Final = 5_000
"""Events per log group that the endpoint keeps if the screen, which has read them, is in the same process: they take
half a kilobyte each, and an hour of the provider demo has 150,000."""


def _complete_scenario(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from tui.demo import scenarios

    return [
        CompletionItem(scenario.name, help=scenario.summary)
        for scenario in scenarios()
        if scenario.name.startswith(incomplete)
    ]


@click.command()
@click.option(
    "--scenario",
    default="cutover",
    show_default=True,
    metavar="NAME",
    help="The scenario to play; see --list.",
    shell_complete=_complete_scenario,
)
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Playback speed.")
@click.option("--serve", is_flag=True, help="Run the endpoint alone, for other clients, and print its address.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="The endpoint's port; 0 picks a free one.")
@click.option("--faults", "fault_text", default="", metavar="LIST", help="Faults to inject; `help` lists them.")
@click.option("--list", "list_them", is_flag=True, help="List the scenarios.")
@MASK
@RECORD
@DEBUG
@displaying
@noticing
def demo(
    scenario: str,
    speed: float,
    serve: bool,
    port: int,
    fault_text: str,
    list_them: bool,
    mask: bool,
    record: str | None,
    display: Display,
    notices: NoticeOptions,
) -> int:
    """Watch a demo: a server on 127.0.0.1 that speaks the AWS protocols, read by the real client. Needs no account."""
    from tui import demo as demos

    if list_them:
        for summary in demos.scenarios():
            click.echo(f"{summary.name:<14} {summary.summary}")
        return ExitCode.OK
    if fault_text == "help":
        click.echo(demos.describe_faults())
        return ExitCode.OK
    try:
        faults = demos.Faults.parse(fault_text)
        loaded = demos.load_scenario(scenario)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    opening = partial(demos.demo, scenario=scenario, speed=speed, port=port, faults=faults)
    if serve:
        from tui.headless.serve import serve_demo

        run_until_signal(lambda: serve_demo(opening(), click.echo), ends_with_reader=False)
        return ExitCode.OK
    return _watch(loaded, partial(opening, capacity=_BESIDE_A_SCREEN), display, notices, mask=mask, record=record)


def _watch(
    scenario: "Scenario",
    opening: "Opening",
    display: Display,
    notices: NoticeOptions,
    *,
    mask: bool,
    record: str | None,
) -> int:
    from tui.cli.demo_source import DemoSource, demo_credentials, demo_sites

    def watching_of(running: "RunningDemo") -> Watching:
        return Watching(region=running.region, endpoint_url=running.url, mask=mask, sites=demo_sites(running))

    def read(running: "RunningDemo") -> "Source":
        return reader(watching_of(running), trail=True, recording=recording, mask=later() if later else None)

    unmasked_scope = f"demo: {scenario.name}"
    masked_scope = f"{unmasked_scope} · {MASKED}"
    scope = masked_scope if mask else unmasked_scope
    later = None if mask else mask_for_a_key(Watching())
    recording = recording_into(record, scope=scope, since=Watching().since_ms(SystemClock()))
    source = DemoSource(opening, read)
    by_site = examining_sites(lambda: watching_of(source.running)) if scenario.sites else None
    examine = None if mask else by_site or alone(looking(lambda: source.target))
    with demo_credentials():
        return open_screen(
            source,
            display,
            scope=scope,
            recording=recording,
            notices=notices,
            examine=examine,
            mask=later,
            masked_scope=masked_scope,
            has_links=False,
        )
