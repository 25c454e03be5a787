"""The screen without a terminal, on a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from tests.scenes import NOW, cutover
from tui.app.app import TunnelwatchApp
from tui.app.examinations import Examine
from tui.app.terminal.theme import ThemeName
from tui.app.widgets.document_view import DocumentView
from tui.content.messages.messages import Message
from tui.domain.clock import ManualClock
from tui.domain.state.fleet import Fleet
from tui.feed.pump import Pump
from tui.feed.recording.format import Header
from tui.feed.recording.journal import Journal


class Shown:
    """A running screen: its app, its clock, and what its parts show."""

    def __init__(self, app: TunnelwatchApp, clock: ManualClock, pilot: Pilot[int]) -> None:
        self.app, self.clock, self.pilot = app, clock, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until a key has had all its effects: in the app, a view, the app again, and the screen that it opens."""
        for _ in range(6):
            await self.pilot.pause()

    async def tick(self, seconds: float = 0.5) -> None:
        self.clock.advance(seconds)
        self.app.tick()
        await self.pilot.pause()

    @property
    def pump(self) -> Pump:
        pump = self.app.main.view_state.live
        assert pump is not None
        return pump

    @property
    def fleet(self) -> Fleet:
        """The fleet on the screen, present or past."""
        known = self.app.main.view_state.pump
        assert known is not None
        return known.fleet

    @property
    def selected(self) -> tuple[str, str]:
        """The connection and the outside IP of the selected tunnel."""
        key = self.app.main.view_state.selected
        assert key is not None
        return key

    @property
    def chosen(self) -> Message:
        """The message under the cursor."""
        message = self.app.main.messages.chosen
        assert message is not None
        return message

    @property
    def board(self) -> str:
        return self.app.main.board.text

    @property
    def log(self) -> str:
        return self.app.main.messages.text

    @property
    def page(self) -> str:
        return self.app.screen.query_one("#page", DocumentView).text

    @property
    def drawn(self) -> str:
        """Every cell of the screen, as sent to the terminal."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def bar(self, name: str) -> str:
        return self.app.main.bars[name].text


class Show(Protocol):
    """Runs the screen on a pump, the cutover by default; with `empty`, before there is a pump."""

    def __call__(
        self,
        pump: Pump | None = None,
        *,
        size: tuple[int, int] = (80, 24),
        empty: bool = False,
        ascii: bool = False,  # noqa: A002 - the app's option
        colours: int = 1 << 24,
        theme: ThemeName = ThemeName.DARK,
        device: str | None = None,
        examine: Examine | None = None,
        is_read_only: bool = False,
        has_links: bool = False,
    ) -> AbstractAsyncContextManager[Shown]: ...


@pytest.fixture(autouse=True)
def the_pilot_does_not_wait_for_an_idle_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pilot yield to the loop once instead of sleeping 20 ms at a time until the process is idle.

    All messages are processed by then, and on this clock nothing happens by itself. The sleep took a quarter of the
    time of these tests, and under load it ended by chance.
    """
    monkeypatch.setattr("textual.pilot.wait_for_idle", lambda *_: asyncio.sleep(0))


@asynccontextmanager
async def shown(
    pump: Pump | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    empty: bool = False,
    ascii: bool = False,  # noqa: A002 - the app's option
    colours: int = 1 << 24,
    theme: ThemeName = ThemeName.DARK,
    device: str | None = None,
    examine: Examine | None = None,
    is_read_only: bool = False,
    has_links: bool = False,
) -> AsyncIterator[Shown]:
    """Run the screen on a pump, the cutover by default."""
    clock = ManualClock(NOW)
    held = None if empty else pump or cutover()
    app = TunnelwatchApp(
        held,
        clock=clock,
        region="eu-west-1",
        scope="prod",
        utc=True,
        ascii=ascii,
        colours=colours,
        theme=theme,
        device=device,
        examine=examine,
        is_read_only=is_read_only,
        has_links=has_links,
    )
    async with app.run_test(size=size) as pilot:
        await app.painted.wait()
        if held is not None:
            app.main.view_state.track = Journal(held, clock, Header(started=NOW))
        screen = Shown(app, clock, pilot)
        await screen.settle()
        yield screen


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Return `shown`; copies and reports go to a folder of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return shown
