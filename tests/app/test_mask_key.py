"""A key masks everything that is shown and saved from then on; pressed again it unmasks."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.app.conftest import Show, Shown
from tests.app.test_time_travel import NIGHT, Watch
from tests.factories import NOON, OTHER_IP, VPN
from tests.feed.recording.nights import IDENTIFIERS, BatchClock, written
from tui.app.app import TunnelwatchApp
from tui.app.mask_key import MaskKey
from tui.app.masking import ReplayMasking, WatchMasking
from tui.domain.knowledge.catalogue_file import load
from tui.domain.masking.mask import Mask
from tui.feed.pump import Pump
from tui.feed.recording.archive import Archive
from tui.feed.recording.playback import Playback

HQ = ("vpn-00000000000000001", "240.0.1.1")
KEY = MaskKey(lambda: Mask(words=["hq"]), "▣ masked")


def found_in(text: str) -> list[str]:
    return [identifier for identifier in IDENTIFIERS if identifier in text]


class Told:
    """Reports changes outside the screen: it records the pump whose changes it is to report."""

    def __init__(self) -> None:
        self.pumps: list[Pump | None] = []
        self.is_level = asyncio.Event()

    def switch_to(self, pump: Pump | None) -> None:
        self.pumps.append(pump)
        (self.is_level.clear if pump is None else self.is_level.set)()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@asynccontextmanager
async def watching(watch: Watch) -> AsyncIterator[tuple[Shown, Told]]:
    told = Told()
    app = TunnelwatchApp(clock=watch.clock, scope="only: osaka", utc=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.painted.wait()
        app.attach(watch.pump, track=watch.journal)
        masking = WatchMasking(app, KEY, pump=watch.pump, journal=watch.journal, clock=watch.clock, notices=told)
        app.main.view_state.masking = masking
        screen = Shown(app, watch.clock, pilot)
        await screen.settle()
        yield screen, told
        await masking.close()


async def masked(screen: Shown, told: Told) -> None:
    await screen.press("M")
    await told.is_level.wait()
    await screen.tick(0)
    await screen.settle()


async def test_from_the_key_on_no_page_shows_an_identifier_and_after_it_again_they_do() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        before = screen.drawn
        assert len(found_in(before)) > 4
        await masked(screen, told)
        assert "240.0.1.1" in screen.drawn
        assert "▣ masked" in screen.bar("status")
        assert "M unmasks" in screen.bar("keys")
        for keys in (["a"], ["a", "t"], ["q", "i"], ["q", "question_mark"], ["q", "tab", "enter"], ["escape", "d"]):
            await screen.press(*keys)
            await screen.settle()
            assert not found_in(screen.drawn)
        assert "not while masked" in screen.bar("keys")
        await screen.press("M")
        await screen.tick(20)
        await screen.settle()
        assert "only: osaka" in screen.bar("status")
        assert len(found_in(screen.drawn)) > 4


async def test_the_first_frame_after_the_key_holds_no_identifier() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        screen.app.main.action_mask()
        screen.app.main.look()
        await screen.pilot.pause()
        assert not found_in(screen.drawn)
        assert not told.is_level.is_set()


async def test_what_comes_is_shown_masked_and_the_truth_goes_on_below() -> None:
    watch = Watch()
    watch.go_on(10)
    async with watching(watch) as (screen, told):
        await masked(screen, told)
        watch.go_on(30)
        while screen.fleet.seen < watch.pump.fleet.seen:
            await screen.tick(0)
        assert not found_in(screen.drawn)
        watch.go_on(len(NIGHT))
        await screen.press("M")
        await screen.settle()
        assert screen.fleet is watch.pump.fleet


async def test_what_is_saved_copied_and_reported_while_masked_holds_no_identifier(folder: Path) -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        await masked(screen, told)
        await screen.press("S", "w", "y", "Y")
        await screen.settle()
    texts = written_in(folder)
    assert len(texts) == 4
    for text in texts:
        assert "240.0.1." in text  # either tunnel of connection A
        assert not found_in(text)


def written_in(folder: Path) -> list[str]:
    saved = [gzip.decompress(file.read_bytes()).decode() for file in folder.glob("*.gz")]
    return saved + [file.read_text() for kind in ("*.html", "*.md", "state/*/copied.txt") for file in folder.glob(kind)]


async def test_the_selected_tunnel_and_an_earlier_moment_stay_and_filters_go() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        await screen.press("f", *"osaka", "enter")
        assert "osaka" in screen.drawn
        await masked(screen, told)
        assert not screen.app.main.view_state.is_filtered
        await screen.press("M")
        screen.app.main.view_state.board.choose((VPN, OTHER_IP))
        await screen.press("comma")
        moment = screen.app.main.view_state.clock.now()
        await masked(screen, told)
        assert screen.app.main.view_state.clock.now() == moment
        assert screen.selected == ("vpn-00000000000000001", "240.0.1.2")
        assert not found_in(screen.drawn)
        await screen.press("M")
        await screen.settle()
        assert screen.app.main.view_state.clock.now() == moment
        assert screen.selected == (VPN, OTHER_IP)


async def test_who_is_masked_twice_has_the_same_alias() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        await masked(screen, told)
        board = screen.board
        await screen.press("M")
        await masked(screen, told)
        assert screen.board == board


async def test_notices_are_of_nothing_until_all_is_masked_and_then_of_aliases() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        screen.app.main.action_mask()
        assert told.pumps == [None]
        await told.is_level.wait()
        assert told.pumps[1] is screen.app.main.view_state.live
        assert told.pumps[1] is not watch.pump
        await screen.press("M")
        assert told.pumps[2:] == [watch.pump]


async def test_a_remark_about_the_program_itself_is_masked_too() -> None:
    watch = Watch()
    watch.go_on(len(NIGHT))
    async with watching(watch) as (screen, told):
        screen.app.remark(f"/srv/osaka/{VPN}.gz: No space left on device")
        await screen.tick(20)
        await screen.settle()
        assert "/srv/osaka" in screen.bar("banner")
        await masked(screen, told)
        assert "No space left on device" in screen.bar("banner")
        assert not found_in(screen.bar("banner"))


async def test_a_run_that_began_masked_stays_so_and_says_so(show: Show) -> None:
    async with show() as screen:
        await screen.press("M")
        assert "this run began with --mask and stays masked" in screen.bar("keys")


async def test_a_recording_is_masked_at_the_moment_shown(folder: Path) -> None:
    clock = BatchClock(NOON + 86_400_000)
    app = TunnelwatchApp(clock=clock, utc=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.painted.wait()
        archive = Archive(str(written(folder / "night", NIGHT)), load())
        playback = Playback(archive, clock)
        playback.toggle()
        app.play(playback)
        app.main.view_state.masking = ReplayMasking(app, KEY, playback=playback, archive=archive, clock=clock)
        await archive.index()
        screen = Shown(app, clock, pilot)
        playback.go(NIGHT[20].t)
        await screen.tick(0)
        await screen.settle()
        assert len(found_in(screen.drawn)) > 4
        await screen.press("M")
        while app.main.view_state.clock.now() != NIGHT[20].t:
            await screen.tick(0)
        await screen.settle()
        assert "240.0.1.1" in screen.drawn
        assert not found_in(screen.drawn)
        assert app.main.view_state.clock.now() == NIGHT[20].t
        await screen.press("M")
        await screen.settle()
        assert app.main.view_state.clock.now() == NIGHT[20].t
        assert app.main.view_state.playback is playback
        await app.main.view_state.masking.close()
