"""`tunnelwatch export`: the tunnels as Prometheus metrics."""

import click

from tui.cli.process import run_until_signal
from tui.cli.reading import reader
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock


def _address(ctx: click.Context, param: click.Parameter, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter(f"{text!r} is not HOST:PORT; write 127.0.0.1:9109.", ctx, param)
    return host.strip("[]"), int(port)


@click.command()
@click.option(
    "--listen",
    default="127.0.0.1:9109",
    show_default=True,
    metavar="HOST:PORT",
    callback=_address,
    help="Address for /metrics; whoever can reach it can read names and addresses.",
)
@watching
def export(watching: Watching, listen: tuple[str, int]) -> int:
    """Serve the tunnels as Prometheus metrics at /metrics until interrupted."""
    from tui.domain.knowledge.catalogue_file import load
    from tui.domain.state.fleet import Fleet
    from tui.feed.pump import Pump
    from tui.headless.exporter import serve_metrics
    from tui.headless.metrics import Falls, FleetCollector

    falls = Falls()
    pump = Pump(reader(watching), Fleet(load()), sinks=[falls])
    collector = FleetCollector(pump, falls, SystemClock())

    def announce(address: str) -> None:
        click.echo(f"Metrics at {address}", err=True)

    run_until_signal(
        lambda: serve_metrics(collector, *listen, feed=pump.run, on_ready=announce), ends_with_reader=False
    )
    return ExitCode.OK
