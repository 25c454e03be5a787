"""The screen on a fleet from a list, as a program of its own: `python -m tests.terminal.program MODE [TICKS [FILE]]`.

`plain` stays until it is told to leave; `beat` too, and adds a byte to FILE at each turn of its event loop. In `fail`
the feed breaks, in `crash` the screen does. `rest` and `busy` go
through so many ticks of twenty tunnels as fast as the terminal takes them, without and with 500 events a second, and
leave; FILE is made where the terminal takes no more for a while. `sinks` shows a source, and writes into FILE what its
sink is given. `asking` opens the screen as the commands do, which ask the terminal for its background before.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from tests.feed.test_sources import Listed
from tests.scenes import CHATTER, NOW, cutover, facts, ike, pump
from tui.app.app import TICK, TunnelwatchApp
from tui.app.driver import TerminalDriver
from tui.app.run import Setting, run
from tui.app.terminal.display import Display
from tui.app.terminal.terminal import describe_terminal
from tui.app.watch import Watch
from tui.cli.process import run as run_command
from tui.cli.screen import open_screen
from tui.cli.signals import on_ending_signal
from tui.domain.clock import ManualClock
from tui.domain.state.fleet import Applied
from tui.feed.pump import Pump
from tui.feed.source import Batch

_LONG = 1_000
"""Turns of waiting, a millisecond or more each."""
PLACES = tuple(
    (f"vpn-{number:017x}", ip) for number in range(1, 11) for ip in (f"203.0.113.{number}", f"203.0.113.{number + 100}")
)


def twenty_tunnels() -> Pump:
    """Return ten connections with two tunnels each, all of them long up."""
    return pump(
        [ike("AWS tunnel Phase 2 SA is established", ago=7_000, vpn=vpn, ip=ip) for vpn, ip in PLACES],
        connections=[
            facts(vpn, f"site {vpn[-2:]}", *(ip for each, ip in PLACES if each == vpn)) for vpn, _ in PLACES[::2]
        ],
    )


async def fail() -> None:
    raise RuntimeError("the feed broke")


def broken() -> None:
    secret = "a local variable"  # noqa: F841 - what a traceback with locals would show
    raise RuntimeError("the screen broke")


async def stay() -> None:
    await asyncio.Event().wait()


def beating(file: Path) -> Callable[[], Awaitable[None]]:
    """Return a feed whose growing file shows that the event loop is running."""

    async def feed() -> None:
        with file.open("ab", buffering=0) as beats:
            while True:
                beats.write(b".")
                await asyncio.sleep(0.02)

    return feed


def ticking(
    app: TunnelwatchApp, clock: ManualClock, held: Pump, *, ticks: int, rate: int, told: Path | None
) -> Callable[[], Awaitable[None]]:
    """Return a feed that drives the app tick by tick, each frame drawn before the next."""

    async def feed() -> None:
        number = 0
        for _ in range(ticks):
            clock.advance(TICK)
            events = []
            for _ in range(round(rate * TICK)):
                vpn, ip = PLACES[number % len(PLACES)]
                text = CHATTER[number % 4] if number % 3 else "AWS tunnel processed request (id=1) for CREATE_CHILD_SA"
                events.append(ike(text, vpn=vpn, ip=ip, now=clock.now()))
                number += 1
            held.take(Batch(tuple(events), watermark=clock.now()))
            app.tick()
            drawn = asyncio.Event()
            app.main.call_after_refresh(drawn.set)
            await drawn.wait()
            # The app would leave frames out, and the count be wrong.
            waits = 0
            while app.terminal.lag:
                waits += 1
                if told is not None and waits == _LONG:
                    told.touch()  # noqa: ASYNC240 - a test's marker, made once
                await asyncio.sleep(0.001)
        app.exit(0)

    return feed


def show_with_a_sink(file: Path, clock: ManualClock) -> int:
    """Show a source of one event; the sink writes into `file` what it is given."""

    def sink(batch: Batch, applied: Applied) -> None:
        with file.open("a") as lines:
            lines.writelines(f"{noted.tunnel.outside_ip} {noted.entry.event.message}\n" for noted in applied.noted)

    source = Listed(Batch((ike("AWS tunnel is sending DPD request", ago=1),), caught_up=True), goes_on=True)
    return Watch(source=source, setting=Setting(Display(utc=True), clock, on_ending_signal), sinks=[sink]).show()


def asking() -> int:
    """Open the screen on a source of one event as the commands do."""
    source = Listed(Batch((ike("AWS tunnel is sending DPD request", ago=1),), caught_up=True), goes_on=True)
    return open_screen(source, Display(utc=True))


def main(mode: str, ticks: str = "0", told: str | None = None) -> int:
    clock = ManualClock(NOW)
    if mode == "sinks" and told is not None:
        return show_with_a_sink(Path(told), clock)
    if mode == "asking":
        return asking()
    held = cutover() if mode in ("plain", "beat", "fail", "crash") else twenty_tunnels()
    terminal = describe_terminal(os.environ, sys.stderr)
    app = TunnelwatchApp(
        held,
        clock=clock,
        region="eu-west-1",
        scope="prod",
        utc=True,
        ascii=not terminal.is_utf8,
        colours=terminal.colours,
        driver_class=TerminalDriver,
    )

    async def crash() -> None:
        app.main.call_later(broken)
        await stay()

    feeds: dict[str, Callable[[], Awaitable[None]]] = {"plain": stay, "fail": fail, "crash": crash}
    rate = 500 if mode == "busy" else 0
    file = Path(told) if told else None
    if mode == "beat" and file is not None:
        feeds["beat"] = beating(file)
    feed = feeds.get(mode) or ticking(app, clock, held, ticks=int(ticks), rate=rate, told=file)
    return asyncio.run(run(app, feed, on_ending_signal=on_ending_signal))


def command(*arguments: str) -> click.Group:
    """Return `main` as the command line would have it, so that it ends as the program does."""
    return click.Group("tunnelwatch", callback=lambda: main(*arguments), invoke_without_command=True)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    del sys.argv[1:]
    sys.exit(run_command(command(*arguments)))
