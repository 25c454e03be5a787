"""The screen without a terminal, on a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.scenes import NOW, cutover
from tui.app.app import TunnelwatchApp
from tui.domain.clock import ManualClock
from tui.feed.pump import Pump


class Shown:
    """A running screen: its app, its clock, and what its parts show."""

    def __init__(self, app: TunnelwatchApp, clock: ManualClock, pilot: Pilot[int]) -> None:
        self.app, self.clock, self.pilot = app, clock, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def tick(self, seconds: float = 0.5) -> None:
        self.clock.advance(seconds)
        self.app.tick()
        await self.pilot.pause()

    @property
    def pump(self) -> Pump:
        pump = self.app.main.scene.pump
        assert pump is not None
        return pump

    @property
    def board(self) -> str:
        return self.app.main.board.text

    @property
    def log(self) -> str:
        return self.app.main.messages.text

    @property
    def page(self) -> str:
        return self.app.screen.query_one("#page").text  # type: ignore[attr-defined]  # a DocumentView

    @property
    def drawn(self) -> str:
        """Every cell of the screen, as it would reach the terminal."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def bar(self, name: str) -> str:
        return self.app.main.bars[name].text


@pytest.fixture(autouse=True)
def the_pilot_does_not_wait_for_an_idle_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pilot give way once to the loop where it would sleep 20 ms at a time until the process is idle.

    It has seen all messages processed by then, and on this clock nothing comes by itself: a quarter of the time of
    these tests was that sleep, and under load it ends by chance.
    """
    monkeypatch.setattr("textual.pilot.wait_for_idle", lambda *_: asyncio.sleep(0))


@pytest.fixture
def show(tmp_path, monkeypatch):
    """Return a context manager that runs the screen on a pump; on the cutover unless told otherwise."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    @asynccontextmanager
    async def running(
        pump: Pump | None = None, *, size: tuple[int, int] = (80, 24), empty: bool = False, **options: Any
    ) -> AsyncIterator[Shown]:
        clock = ManualClock(NOW)
        held = None if empty else pump or cutover()
        app = TunnelwatchApp(held, clock=clock, region="eu-west-1", scope="prod", utc=True, **options)
        async with app.run_test(size=size) as pilot:
            await app.painted.wait()
            await pilot.pause()
            await pilot.pause()
            yield Shown(app, clock, pilot)

    return running
