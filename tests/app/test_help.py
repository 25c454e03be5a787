"""Footer, help and palette list every key; a click on one presses it."""

import pytest
from textual import events
from textual.command import CommandPalette

from tests.app.conftest import Show
from tui.app import keys
from tui.app.commands import BY_NAME, COMMANDS
from tui.app.pages.page import Page
from tui.app.widgets.key_bar import KeyBar
from tui.content.layout.tones import Tone


async def test_help_lists_every_command_once(show: Show) -> None:
    async with show(size=(80, 130)) as screen:
        await screen.press("question_mark")
        assert {command.id: screen.page.count(f" {command.description[:40]}") for command in COMMANDS} == {
            command.id: 1 for command in COMMANDS
        }


async def test_the_palette_opens_and_does_what_the_keys_do(show: Show) -> None:
    async with show() as screen:
        commands = {command.title: command.callback for command in screen.app.get_system_commands(screen.app.screen)}
        assert set(commands) == {command.title for command in keys.commands()} | {title for title, *_ in BY_NAME}
        commands["Problems   !"]()
        await screen.pilot.pause()
        assert screen.app.main.view_state.board.wanted.problems_only
        await screen.press("ctrl+p")
        assert isinstance(screen.app.screen, CommandPalette)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_footer_fits_and_never_loses_help_and_quit(width: int) -> None:
    text = keys.footer_line(width).text
    assert len(text) <= width
    assert "? help" in text
    assert "q quit" in text


@pytest.mark.parametrize(("size", "panes"), [((100, 40), ["messages", "board"]), ((130, 40), ["messages", "details"])])
async def test_the_footer_says_where_tab_goes(show: Show, size: tuple[int, int], panes: list[str]) -> None:
    async with show(size=size) as screen:
        for pane in panes:
            assert f"tab {pane} " in screen.bar("keys")
            await screen.press("tab")


async def test_a_remark_is_gone_with_escape_or_once_a_text_is_asked_for(show: Show) -> None:
    async with show() as screen:
        await screen.press("u")
        assert "routine lines" in screen.bar("keys")
        await screen.press("escape")
        assert "quit" in screen.bar("keys")
        await screen.press("u", "f", "escape")
        assert "quit" in screen.bar("keys")
        await screen.press("enter", "y")
        assert "copied" in screen.drawn
        await screen.press("escape")
        assert "quit" in screen.bar("keys")


async def test_the_palette_names_each_command_once_with_its_key(show: Show) -> None:
    async with show() as screen:
        titles = [command.title for command in screen.app.get_system_commands(screen.app.screen)]
        assert len(set(titles)) == len(titles)
        assert [title for title in titles if title.endswith("   [")] == ["Previous   ["]
        await screen.press("ctrl+p")
        await screen.settle()
        assert "Previous   [" in screen.drawn or "Copy   y" in screen.drawn


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_page_keys_in_a_palette_that_is_not_drawn_yet_do_nothing(show: Show, size: tuple[int, int]) -> None:
    async with show(size=size) as screen:
        for key in ("ctrl+p", "pagedown", "pageup", "end", "pagedown"):
            screen.app.post_message(events.Key(key, None))
        await screen.settle()
        await screen.press("pagedown", "pageup", "escape")
        assert screen.app.screen is screen.app.main


async def test_a_click_on_a_key_of_the_footer_presses_it(show: Show) -> None:
    async with show(size=(160, 40)) as screen:
        footer = screen.bar("keys")
        await screen.pilot.click("#keys", offset=(footer.index("pause"), 0))
        await screen.settle()
        assert "paused" in screen.bar("status")
        await screen.pilot.click("#keys", offset=(footer.index("? help"), 0))
        await screen.settle()
        assert "Keys" in screen.page
        await screen.pilot.click("#page-keys", offset=(1, 0))
        await screen.settle()
        assert not isinstance(screen.app.screen, Page)


def test_each_key_that_the_footer_shows_can_be_clicked_and_the_gaps_between_cannot() -> None:
    footer = keys.footer_line(240)
    shown = [command for command in COMMANDS if command.label]
    assert {keys.key_at(footer, x) for x in range(240)} == {None, *(command.keys for command in shown)}
    assert keys.key_at(footer, 0) is None
    assert keys.key_at(keys.notice_line("copied"), 3) is None


async def test_help_says_how_text_is_selected(show: Show) -> None:
    async with show(size=(80, 130)) as screen:
        await screen.press("question_mark")
        assert "shift held down selects text" in screen.page


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
@pytest.mark.parametrize("page", ["t", "enter", "i", "c"])
async def test_no_key_in_a_footer_is_cut(show: Show, size: tuple[int, int], page: str) -> None:
    async with show(size=size) as screen:
        await screen.press(page)
        await screen.tick()
        bars = [bar for bar in screen.app.screen.query(KeyBar) if bar.size.width]
        for bar in bars:
            drawn = bar.line_at(0)
            assert len(drawn.text) <= bar.size.width
            assert len(drawn.spans) % 3 == 0
            assert drawn.spans[1].tone is Tone.ACCENT
