"""The screen over several sites, as with `tunnelwatch --all-sites`: `python -m tests.bench.fleet_watch URLS REPORT`.

URLS are the endpoints by site, as JSON. At its end, it writes what arrived and the state of each tunnel into REPORT.
"""

import json
import sys
import time
from pathlib import Path

import click

from tests.bench.fleet_digest import digest
from tests.bench.held_loop import HeldLoop
from tui.app.run import Setting
from tui.app.terminal.display import Display
from tui.app.watch import Watch
from tui.cli.process import collect_garbage_seldom
from tui.cli.process import run as run_command
from tui.cli.signals import on_ending_signal
from tui.domain.clock import SystemClock
from tui.domain.state.fleet import Applied
from tui.domain.state.tunnel import Tunnel
from tui.feed.deferred import Deferred
from tui.feed.source import Batch, Source


class Ledger:
    """A sink that adds up what arrives, by site."""

    def __init__(self) -> None:
        self.events: dict[str, int] = {}
        self.digests: dict[str, int] = {}
        self.tunnels: dict[str, Tunnel] = {}
        self.caught_up: dict[str, float] = {}
        self.usage: dict[str, tuple[tuple[str, int], ...]] = {}
        self.live_seconds: dict[str, int] = {}

    def __call__(self, batch: Batch, applied: Applied) -> None:
        site = batch.source
        self.events[site] = self.events.get(site, 0) + len(batch.events)
        total = sum(digest(event.stream, event.at, event.message) for event in batch.events)
        self.digests[site] = self.digests.get(site, 0) + total
        for noted in applied.noted:
            self.tunnels[f"{noted.tunnel.connection} {noted.tunnel.outside_ip}"] = noted.tunnel
        if batch.caught_up:
            self.caught_up.setdefault(site, time.time())
        if batch.usage is not None:
            self.usage[site], self.live_seconds[site] = batch.usage.calls, batch.usage.live_seconds

    @property
    def report(self) -> dict[str, object]:
        states = {name: [tunnel.state.phase1.value, tunnel.state.phase2.value] for name, tunnel in self.tunnels.items()}
        return {
            "events": self.events,
            "digests": self.digests,
            "states": states,
            "caught_up": self.caught_up,
            "calls": {site: dict(calls) for site, calls in self.usage.items()},
            "live_seconds": self.live_seconds,
        }


def watch(urls: str, file: str) -> int:
    """Show the sites until the user quits."""
    collect_garbage_seldom()
    ledger, held = Ledger(), HeldLoop()

    def source() -> Source:
        from tui.feed.aws.target import AwsTarget
        from tui.feed.sites import at_site, sites, timing_of_one
        from tui.feed.tail.tailer import Tailer

        places = json.loads(urls)

        def tailer(site: str) -> Source:
            target = AwsTarget(region="eu-west-1", endpoint_url=places[site])
            return at_site(site, Tailer(target, source=site, timing=timing_of_one(len(places))))

        return sites({site: tailer(site) for site in places})

    code = Watch(
        source=Deferred(source, modules=("tui.feed.tail.tailer", "tui.feed.sites")),
        setting=Setting(Display(utc=True), SystemClock(), on_ending_signal),
        sinks=[ledger],
    ).show()
    Path(file).write_text(json.dumps(ledger.report | {"held": held.longest}))
    return code


def main() -> None:
    """Run `watch` with the command line's arguments, in the same way as the program runs its commands."""
    urls, file = sys.argv[1:]
    del sys.argv[1:]
    sys.exit(run_command(click.Group("tunnelwatch", callback=lambda: watch(urls, file), invoke_without_command=True)))


if __name__ == "__main__":
    main()
