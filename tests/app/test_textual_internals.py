"""Each use of undocumented parts of Textual; a test here fails when a new version changes one.

`tests/terminal` covers the driver in the same way: a terminal that stalls, closes or is suspended.
"""

import gc

import pytest
from textual._styles_cache import StylesCache
from textual.app import App
from textual.command import SearchIcon
from textual.geometry import Region
from textual.widgets import Label

from tests.app.conftest import Show
from tui.app.terminal.textual_internals import QuietApp
from tui.app.widgets.key_bar import KeyBar


class Broken(QuietApp):
    def on_mount(self) -> None:
        raise RuntimeError("what was read")


async def test_an_error_in_the_app_is_kept_and_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    app = Broken()
    with pytest.raises(RuntimeError):
        async with app.run_test():
            pass
    assert isinstance(app.unhandled, RuntimeError)
    assert capfd.readouterr() == ("", "")


async def test_textual_itself_would_print_the_error_so_that_quiet_app_is_needed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Loud(App[None]):
        def on_mount(self) -> None:
            raise RuntimeError("what was read")

    with pytest.raises(RuntimeError):
        async with Loud().run_test():
            pass
    assert "what was read" in "".join(capfd.readouterr())


async def test_the_hook_after_a_frame_is_called() -> None:
    class Counting(App[None]):
        frames = 0

        def post_display_hook(self) -> None:
            self.frames += 1

    app = Counting()
    async with app.run_test() as pilot:
        before = app.frames
        await app.mount(Label("one more"))
        await pilot.pause()
        assert app.frames > before


async def test_the_palette_shows_no_wide_emoji(show: Show) -> None:
    async with show() as screen:
        await screen.press("ctrl+p")
        assert screen.app.screen.query_one(SearchIcon).display is False
        assert "🔎" not in screen.drawn


async def test_a_page_draws_its_changes_although_the_screen_below_changes_too(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter")
        page = screen.app.screen
        bar = page.query_one(KeyBar)
        bar.refresh(bar.size.region)
        page.refresh(Region(0, 0, 1, 1))  # as Textual does after a change of the screen below
        await screen.settle()
        page._on_timer_update()
        assert bar._exchange_repaint_regions() == frozenset()


async def test_a_closed_page_leaves_nothing_drawn_behind(show: Show) -> None:
    def drawn() -> int:
        gc.collect()
        return sum(type(item) is StylesCache for item in gc.get_objects())

    async with show() as screen:
        before = drawn()
        for _ in range(3):
            await screen.press("question_mark")
            await screen.settle()
            await screen.press("question_mark")
            await screen.settle()
        assert drawn() == before
