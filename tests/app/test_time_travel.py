"""Going back shows exactly what was shown then, while the watch continues; a recording plays on the same screen."""

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.app.conftest import Shown
from tests.factories import IP, NOON, VPN
from tests.feed.recording import nights
from tests.feed.recording.nights import HEADER, BatchClock, Silent, night, written
from tests.scenes import board_lines
from tui.app.app import TunnelwatchApp
from tui.app.view.view import ViewState
from tui.content.board.lines import Look
from tui.content.layout.blocks import Block
from tui.content.snapshot import Snapshot
from tui.content.tunnel.page import tunnel_blocks
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.memory import RETAINED
from tui.domain.times import clock_time
from tui.feed.intake import parts
from tui.feed.pump import Pump
from tui.feed.recording import journal as journal_module
from tui.feed.recording.archive import Archive
from tui.feed.recording.format import Recorded
from tui.feed.recording.journal import Journal
from tui.feed.recording.playback import Playback
from tui.feed.recording.writer import Recording, Writer
from tui.feed.source import Batch

NIGHT = night(40, each=5)
MOMENT = NIGHT[20].t


class Watch:
    """A watch of a night, which proceeds batch by batch, on a clock of its own."""

    def __init__(self, *, retained: int = RETAINED) -> None:
        self.clock = BatchClock(NOON)
        self.pump = Pump(Silent(), Fleet(load(), retained=retained))
        self.journal = Journal(self.pump, self.clock, HEADER)
        self.pump.add_sink(self.journal)
        self.taken = 0

    def go_on(self, upto: int) -> None:
        """Take in the batches up to this number."""
        for each in NIGHT[self.taken : upto]:
            self.take(each)
        self.taken = upto

    def take(self, each: Recorded) -> None:
        self.clock.set(each.t)
        for part in parts(each.batch) if each.batch else ():
            self.pump.take(part)


def seen(snapshot: Snapshot) -> list[object]:
    """Return everything that a snapshot shows, as text, except that an earlier moment is shown."""
    status, subject = snapshot.status, snapshot.subject
    lines = board_lines(snapshot.shown, 120, Look(snapshot.ages_at))
    blocks: tuple[Block, ...] = tunnel_blocks(subject, utc=True) if subject else ()
    return [
        (status.now, status.feed, status.behind, status.caught_up, status.delivery, status.newest),
        [line.text for line in lines],
        snapshot.shown.stops,
        [(message.at, message.text, message.brief, message.severity, message.times) for message in snapshot.messages],
        snapshot.title,
        [(block.text, block.lead) for block in blocks],
        snapshot.at,
    ]


@pytest.mark.parametrize("retained", [RETAINED, 40])
@pytest.mark.parametrize("everywhere", [False, True])
def test_going_back_shows_what_was_shown_then(everywhere: bool, retained: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "EVERY", 100)
    monkeypatch.setattr(journal_module, "_WORTH", 0)
    watch = Watch(retained=retained)
    view = ViewState(watch.pump, clock=watch.clock, utc=True)
    view.attach(watch.pump, track=watch.journal)
    view.log.everywhere = everywhere
    view.board.choose((VPN, IP))
    shown = {}
    for number in range(3, len(NIGHT) + 1):
        watch.go_on(number)
        watch.clock.advance(0.05)
        shown[watch.clock.now()] = seen(view.look())
        view.board.choose((VPN, IP))
    assert len({str(each[1:6]) for each in shown.values()}) > 20
    playback = view.walk_back()
    assert playback is not None
    moments = list(shown)
    random.Random(4).shuffle(moments)
    for t in moments:
        playback.go(t)
        assert seen(view.look()) == shown[t]
    assert view.back_to_live()
    assert seen(view.look()) == shown[watch.clock.now()]


@asynccontextmanager
async def watching(watch: Watch, *, size: tuple[int, int] = (120, 24)) -> AsyncIterator[Shown]:
    app = TunnelwatchApp(clock=watch.clock, utc=True)
    async with app.run_test(size=size) as pilot:
        await app.painted.wait()
        app.attach(watch.pump, track=watch.journal)
        screen = Shown(app, watch.clock, pilot)
        await screen.settle()
        yield screen


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_a_key_goes_back_and_the_status_bar_says_so_and_another_is_live_again() -> None:
    watch = Watch()
    watch.go_on(30)
    watch.clock.advance(1)
    async with watching(watch) as screen:
        await screen.press("less_than_sign")
        stops = [change.t for change in watch.journal.changes]
        moment = clock_time(stops[-1])
        assert f"◀ {moment}, " in screen.bar("status")
        assert "ago · live goes on" in screen.bar("status")
        assert "L back to live" in screen.bar("keys")
        watch.go_on(40)
        await screen.tick()
        assert f"◀ {moment}, " in screen.bar("status")
        assert watch.pump.fleet.seen > screen.fleet.seen
        await screen.press("L")
        assert "live goes on" not in screen.bar("status")
        assert screen.fleet is watch.pump.fleet


async def test_steps_go_through_the_changes_and_after_the_last_to_live() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    count = len(dict.fromkeys(change.t for change in watch.journal.changes))
    async with watching(watch) as screen:
        for number in range(count, 0, -1):
            await screen.press("less_than_sign")
            assert f"{number} of {count} changes" in screen.bar("status")
        await screen.press("less_than_sign")
        assert "this is the beginning" in screen.bar("keys")
        assert f"◀ {clock_time(NIGHT[2].t)}" in screen.bar("status")
        for number in range(1, count + 1):
            await screen.press("greater_than_sign")
            assert f"{number} of {count} changes" in screen.bar("status")
        await screen.press("greater_than_sign")
        assert "◀" not in screen.bar("status")


async def go_to(screen: Shown, text: str) -> None:
    await screen.press("at", *({":": "colon", " ": "space"}.get(letter, letter) for letter in text), "enter")
    await screen.settle()


async def test_a_time_or_a_note_is_a_place_to_go_to() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as screen:
        await go_to(screen, clock_time(MOMENT))
        assert f"◀ {clock_time(MOMENT)}" in screen.bar("status")
        await go_to(screen, "changed")
        noted = watch.journal.marks[1].at
        assert f"◀ {clock_time(noted)}" in screen.bar("status")
        await go_to(screen, "1m")
        assert f"◀ {clock_time(watch.clock.now() - 60_000)}" in screen.bar("status")
        await go_to(screen, "nowhere")
        assert "no such time or note; known is 2026-11-23T12:00:00Z to" in screen.bar("keys")


async def test_the_timeline_leads_to_the_moment_that_is_pointed_at() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as screen:
        await screen.press("t", "1", "left", "left", "left", "left")
        await screen.settle()
        await screen.press("enter")
        await screen.settle()
        assert "ago · live goes on" in screen.bar("status")
        assert NIGHT[2].t < screen.app.main.view_state.clock.now() < NIGHT[-1].t
        await screen.press("t", "3", "home", *["shift+left"] * 20)
        await screen.settle()
        await screen.press("enter")
        await screen.settle()
        assert f"◀ {clock_time(NIGHT[2].t)}" in screen.bar("status")
        assert "before that is the look-back" in screen.bar("keys")


async def test_the_timeline_of_an_earlier_moment_points_at_it_and_leads_on_and_back_to_live() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as screen:
        await screen.press("comma", "comma", "comma")
        await screen.press("t", "1")
        await screen.settle()
        moment = clock_time(watch.clock.now() - 30_000)
        assert f"as of {moment}; what came later is faint" in screen.drawn
        assert "▼ now" not in screen.drawn
        await screen.press(*["right"] * 5, "enter")
        await screen.settle()
        assert "◀" not in screen.bar("status")


async def test_ten_seconds_to_and_fro_and_playing_at_a_speed() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as screen:
        end = watch.clock.now()
        await screen.press("comma", "comma", "full_stop")
        assert f"◀ {clock_time(end - 10_000)}" in screen.bar("status")
        await screen.press("comma", "comma", "comma", "plus", "p")
        await screen.tick(2)
        assert f"◀ {clock_time(end - 36_000)}" in screen.bar("status")
        assert "×2" in screen.bar("status")
        await screen.press("p")
        await screen.tick(5)
        assert f"◀ {clock_time(end - 36_000)}" in screen.bar("status")


async def test_a_note_made_while_going_back_is_of_the_watch() -> None:
    watch = Watch()
    watch.go_on(30)
    async with watching(watch) as screen:
        await screen.press("less_than_sign", "m", "x", "enter")
        await screen.settle()
        assert [mark.text for mark in watch.pump.fleet.marks][-1] == "x"
        assert "x" not in [mark.text for mark in screen.fleet.marks]


async def test_what_was_seen_is_saved_on_a_key(folder: Path) -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch, size=(80, 24)) as screen:
        await screen.press("S")
        (file,) = saved_in(folder)
        assert file.name == "tunnelwatch-2026-11-23-120242Z.jsonl.gz"
        assert f"saved ./{file.name}; tunnelwatch replay shows it" in screen.bar("keys")
        assert os.stat(file).st_mode & 0o777 == 0o600
        await screen.press("S")
        assert len(saved_in(folder)) == 2
    archive = Archive(str(file), load())
    await archive.index()
    playback = Playback(archive, watch.clock)
    playback.go(archive.end)
    assert nights.known_at(playback.intake, archive.end) == nights.known_at(watch.pump, archive.end)


async def test_where_the_folder_cannot_be_written_it_is_saved_elsewhere_or_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch()
    watch.go_on(10)
    gone = folder / "gone"
    os.mkdir(gone)
    monkeypatch.chdir(gone)
    os.rmdir(gone)
    async with watching(watch, size=(200, 24)) as screen:
        await screen.press("S")
        (file,) = saved_in(folder / "state" / "tunnelwatch")
        assert f"saved {file}" in screen.bar("keys")
        monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
        await screen.press("S")
        assert "not saved: Not a directory" in screen.bar("keys")


def saved_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.gz"))


async def test_what_ends_a_recording_stands_above_the_board(folder: Path) -> None:
    watch = Watch()
    file = folder / "night"
    async with watching(watch) as screen:
        recording = Recording(Writer(str(file), HEADER), watch.clock, screen.app.remark)
        os.unlink(file)
        for each in NIGHT[:10]:
            recording.write(each.batch or Batch())
            watch.take(each)
        await screen.tick(20)
        await screen.settle()
        assert "▲ The watch goes on, but its recording has ended: " in screen.bar("banner")


@asynccontextmanager
async def replaying(path: Path, *, speed: float = 1) -> AsyncIterator[tuple[Shown, Archive]]:
    clock = BatchClock(NOON + 86_400_000)
    app = TunnelwatchApp(clock=clock, utc=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await app.painted.wait()
        archive = Archive(str(path), load())
        app.play(Playback(archive, clock, speed=speed))
        screen = Shown(app, clock, pilot)
        await screen.settle()
        yield screen, archive


async def test_a_recording_is_played_to_its_end_and_again(folder: Path) -> None:
    async with replaying(written(folder / "night", NIGHT), speed=10) as (screen, archive):
        assert "▶ yesterday 12:00:00 UTC ×10" in screen.bar("status")
        assert "% read" in screen.bar("status")
        await archive.index()
        await screen.tick(3)
        assert "▶ yesterday 12:00:30 UTC ×10" in screen.bar("status")
        assert "read" not in screen.bar("status")
        assert screen.fleet.seen == nights.taken_in([each for each in NIGHT if each.t <= NOON + 30_000]).fleet.seen
        await screen.tick(60)
        assert f"■ yesterday {clock_time(NIGHT[-1].t)} UTC, the end" in screen.bar("status")
        await screen.press("m")
        assert "a recording takes no notes" in screen.bar("keys")
        await screen.press("S")
        assert "this is already a recording" in screen.bar("keys")
        await screen.press("p")
        assert "▶ yesterday 12:00:00 UTC" in screen.bar("status")


async def test_a_moment_that_is_not_read_yet_is_shown_once_it_is(folder: Path) -> None:
    async with replaying(written(folder / "night", NIGHT)) as (screen, archive):
        playback = screen.app.main.view_state.playback
        assert playback is not None
        playback.go(MOMENT)
        await screen.tick()
        assert "yesterday 12:00:00" in screen.bar("status")
        await archive.index()
        await screen.tick()
        assert f"yesterday {clock_time(MOMENT)}" in screen.bar("status")
