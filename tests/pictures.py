"""`python -m tests.pictures [NAME …]`: regenerates the pictures of the README from the program and its demo.

The screen is the real one, and so is its data's way from the scenario: the demo's endpoint on loopback, read once by
the ordinary client. The clock stands still, so the same code makes the same pictures.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Final

from rich.segment import Segment

from tests.svg import svg
from tui.app.app import TunnelwatchApp
from tui.app.terminal.theme import ThemeName, palette_for
from tui.content.acceptance.lines import acceptance_lines
from tui.content.acceptance.protocol import Protocol, protocol_markdown
from tui.content.doctor.report import report_lines
from tui.content.layout.lines import Line, line
from tui.content.layout.tones import Background
from tui.content.wording import clock_notation
from tui.demo.scenarios.hosting import players_of
from tui.demo.scenarios.scenario import Scenario
from tui.demo.scenarios.scenario_file import load_scenario
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.regional import Hosted
from tui.domain.acceptance.acceptance import Acceptance, Progress
from tui.domain.acceptance.sighting import sightings
from tui.domain.checkup.checkup import findings
from tui.domain.clock import ManualClock
from tui.domain.feed_state import FeedMode, combine
from tui.domain.inventory import Inventory
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.feed.aws.target import AwsTarget
from tui.feed.doctor.examine import examine
from tui.feed.pump import Pump
from tui.feed.recording.archive import Archive
from tui.feed.recording.format import Header
from tui.feed.recording.playback import Playback
from tui.feed.recording.writer import Writer
from tui.feed.sites import at_site, sites
from tui.feed.source import Batch, Source
from tui.feed.tail.tailer import Tailer

FOLDER: Final = Path(__file__).parent.parent / "screenshots"
START: Final = 1_795_471_200_000
"""2026-11-23 22:00 UTC: cutovers are made at night."""


WATCHED_SINCE: Final = START + 200_000
"""When the watch of an acceptance begins: after the flap of the cutover."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The contents of a picture: a scenario after some seconds, on a screen of some size, after some keys."""

    scenario: str
    title: str
    seconds: float
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    device: str | None = None
    theme: ThemeName = ThemeName.DARK
    colours: int = 1 << 24
    printed: Callable[[Pump, int], list[Line]] | None = None
    """What a command without a screen prints of it at an instant, ms."""
    replay: int = 0
    """Above 0, a recording of it is shown as of so many seconds before its end."""


def _progress(pump: Pump, now: int) -> Progress:
    pairs = [(seen, pump.fleet.connection(seen.id)) for seen in sightings(pump.fleet, pump.state, now=now)]
    return Acceptance(WATCHED_SINCE).look(pairs, known_until=now, is_fresh=True)


def accept_list(pump: Pump, now: int) -> list[Line]:
    """Return what `accept` shows on a terminal."""
    return acceptance_lines(_progress(pump, now), pump.state, now=now, moment=clock_notation(now=now, utc=True))


def accept_protocol(pump: Pump, now: int) -> list[Line]:
    """Return what `accept` prints at its end."""
    text = protocol_markdown(Protocol(WATCHED_SINCE, now, False, "", _progress(pump, now)))
    return [line(part) for row in text.splitlines() for part in _wrapped(row)]


def _wrapped(row: str) -> list[str]:
    """Return a row of the protocol as a terminal shows it that is as wide as the picture; tables are narrower."""
    return wrap(row, 136) or [""]


@dataclass(frozen=True, slots=True)
class Page:
    """The first lines that `doctor` prints of some connections, as wide as the picture; a terminal wraps commands."""

    scenario: str
    title: str
    seconds: float
    size: tuple[int, int]
    selectors: tuple[str, ...]


PICTURES: Final[Mapping[str, Snapshot | Page]] = {
    "doctor": Page("broken-logging", "What doctor prints of tunnels that do not log", 30, (108, 33), ("hq", "branch")),
    "cutover": Snapshot("cutover", "The screen during a cutover", 62, (124, 28)),
    "news": Snapshot("cutover", "What happened on all tunnels during the cutover", 176, (112, 30), ("a",)),
    "psk": Snapshot("psk", "A tunnel whose pre-shared key is wrong", 30, (88, 44), ("enter",), "fortigate"),
    "flapping": Snapshot("flapping", "A tunnel that goes down every 36 seconds", 25, (120, 34)),
    "ladder": Snapshot("dpd", "The last negotiation of a tunnel as arrows", 90, (80, 40), ("enter",)),
    "timeline": Snapshot("cutover", "The timeline of all tunnels during the cutover", 176, (100, 20), ("t", "1")),
    "accept": Snapshot("cutover", "What is still open before a call may end", 2_400, (124, 0), printed=accept_list),
    "protocol": Snapshot("cutover", "The protocol of an acceptance", 3_400, (136, 0), printed=accept_protocol),
    "bgp": Snapshot("bgp", "BGP down over a tunnel that is up", 20, (120, 38), ("end", "up")),
    "replay": Snapshot("cutover", "A cutover played again", 176, (124, 26), replay=90),
    "fleet": Snapshot("fleet", "A hundred connections by site, what is calm folded", 60, (112, 28), ("v", "escape")),
    "map": Snapshot("fleet", "All tunnels of a fleet as a map", 60, (112, 15), ("o",)),
    "provider": Snapshot("provider", "Five sites of three accounts on one board", 190, (124, 36), ("v", "escape", "a")),
    "small": Snapshot("cutover", "The screen in 80 columns and 24 lines", 62, (80, 24)),
    "plain": Snapshot("cutover", "The same without colours", 62, (80, 24), colours=0),
    "calm": Snapshot("healthy", "The screen when all is well", 60, (112, 20)),
    "light": Snapshot("cutover", "The light theme", 62, (124, 28), theme=ThemeName.LIGHT),
}


async def made(picture: Snapshot | Page) -> str:
    """Return the picture as an SVG document."""
    clock = ManualClock(START)
    if isinstance(picture, Page):
        page = await _printed(picture, clock)
        return svg(page[: picture.size[1]], columns=picture.size[0], title=picture.title)
    pump = await played(picture, clock)
    if picture.printed is not None:
        palette = palette_for(1 << 24)
        lines = picture.printed(pump, clock.now())
        printed = [
            [Segment(span.text, palette.style(span.tone, Background.PLAIN)) for span in each.spans] for each in lines
        ]
        return svg(printed, columns=picture.size[0], title=picture.title)
    app = TunnelwatchApp(
        pump,
        clock=clock,
        region=pump.state.region,
        scope=f"demo: {picture.scenario}",
        utc=True,
        device=picture.device,
        theme=picture.theme,
        colours=picture.colours,
    )
    async with app.run_test(size=picture.size) as pilot:
        await app.painted.wait()
        if picture.replay:
            app.play(await recorded(pump, clock, ago=picture.replay))
        await pilot.pause()
        for key in picture.keys:
            await pilot.press(key)
        app.tick()
        await pilot.pause()
        rows = app.screen._compositor.render_strips()
        colour = app.palette.backgrounds[Background.PLAIN].bgcolor
        ground = colour.name if colour else "#0e131a"
        return svg(rows, columns=picture.size[0], title=picture.title, background=ground)


async def recorded(pump: Pump, clock: ManualClock, *, ago: int) -> Playback:
    """Return a recording of what the pump knows, as if each event had arrived when it was ingested, and play it."""
    raws = [entry.raw for tunnel in pump.fleet.tunnels for entry in tunnel.history]
    came = groupby(sorted(raws, key=lambda raw: raw.ingested_at), key=lambda raw: max(START, raw.ingested_at))
    facts = Inventory(tuple(connection.facts for connection in pump.fleet.connections if connection.facts))
    with TemporaryDirectory() as folder:
        writer = Writer(f"{folder}/night.gz", Header(started=START))
        writer.batch(Batch(inventory=facts, state=pump.state, watermark=START), t=START)
        for number, (t, events) in enumerate(came):
            writer.batch(Batch(tuple(events), watermark=t, caught_up=not number), t=t)
        writer.close(t=clock.now())
        archive = Archive(f"{folder}/night.gz", load())
    await archive.index()
    playback = Playback(archive, clock, speed=10)
    playback.go(clock.now() - ago * 1_000)
    return playback


async def _printed(picture: Page, clock: ManualClock) -> list[list[Segment]]:
    """Return the rows of the page without what differs from run to run: how long calls take, and the real date."""
    hosted = _played(picture, load_scenario(picture.scenario), clock)
    async with Endpoint.of(hosted, update_every=0.05) as endpoint:
        where = AwsTarget(region=endpoint.region, endpoint_url=endpoint.url)
        examined = await examine(where, selectors=picture.selectors, clock=clock)
    steady = replace(examined, live=None, skew=None)
    width, palette = picture.size[0], palette_for(1 << 24)
    lines = (
        [Segment(span.text, palette.style(span.tone, line.background)) for span in line.spans]
        for line in report_lines(steady, findings(steady), width)
    )
    return [row for line in lines for row in _rows(line, width)]


def _rows(segments: list[Segment], width: int) -> list[list[Segment]]:
    """Return a line as a terminal of this width shows it."""
    length = Segment.get_line_length(segments)
    cuts = [*range(width, length, width), length]
    return [list(part) for part in Segment.divide(segments, cuts)] if length else [[]]


def _played(picture: Snapshot | Page, scenario: Scenario, clock: ManualClock) -> Sequence[Hosted]:
    """Play a scenario to the picture's instant, and return the accounts as they stand then."""
    players, hosted = players_of(scenario, clock)
    for player in players:
        player.begin()
    while clock.monotonic() < picture.seconds:
        clock.advance(0.5)
        for player in players:
            player.advance()
    return hosted


async def played(picture: Snapshot, clock: ManualClock) -> Pump:
    """Play the scenario to its instant, and return what the client then reads of it."""
    scenario = load_scenario(picture.scenario)
    async with Endpoint.of(_played(picture, scenario, clock)) as endpoint:
        pump = Pump(_source(scenario, endpoint, clock), Fleet(load()))
        await pump.run()
    where = f" at {endpoint.url.removeprefix('http://')}"  # the port differs from run to run
    for name, state in pump.states.items():
        reached = replace(state, mode=FeedMode.LIVE) if state.mode is FeedMode.POLLING else state
        pump.states[name] = replace(reached, reason=state.reason.replace(where, ""))
    pump.state = combine(pump.states)
    return pump


def _source(scenario: Scenario, endpoint: Endpoint, clock: ManualClock) -> Source:
    """Return what reads the endpoint once: the account, or each of its sites by its role."""

    def read(target: AwsTarget, name: str = "") -> Source:
        return Tailer(target, since=START - 4 * 3_600_000, follow=False, clock=clock, source=name)

    if not scenario.sites:
        return read(AwsTarget(region=endpoint.region, endpoint_url=endpoint.url))
    targets = {
        site.name: AwsTarget(
            region=site.account.region,
            endpoint_url=endpoint.url,
            role_arn=site.account.role_arn or None,
            external_id=site.external_id or None,
        )
        for site in scenario.sites
    }
    return sites({name: at_site(name, read(target, name)) for name, target in targets.items()})


def main(names: list[str]) -> int:
    """Make the named pictures, or all; return 3 for an unknown name."""
    if unknown := [name for name in names if name not in PICTURES]:
        print(f"No picture {', '.join(unknown)}; there are: {', '.join(PICTURES)}.", file=sys.stderr)
        return 3
    os.environ.update(AWS_ACCESS_KEY_ID="demo", AWS_SECRET_ACCESS_KEY="demo", AWS_CONFIG_FILE=os.devnull)
    for name in names or PICTURES:
        text = asyncio.run(made(PICTURES[name]))
        (FOLDER / f"{name}.svg").write_text(text, encoding="utf-8")
        print(f"screenshots/{name}.svg  {len(text) / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
