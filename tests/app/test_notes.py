"""A key writes a note of what was just done, shown at its time among the messages, in the news and in copies."""

from pathlib import Path

from tests.app.conftest import Show, Shown
from tests.scenes import NOW
from tui.domain.state.marks import Mark

TEXT = "customer changed the PSK"


async def write(screen: Shown, text: str) -> None:
    await screen.press("m", *("space" if letter == " " else letter for letter in text))


async def test_a_note_belongs_to_the_moment_at_which_its_key_was_pressed(show: Show) -> None:
    async with show() as screen:
        await write(screen, TEXT)
        screen.clock.advance(20)
        await screen.press("enter")
        await screen.settle()
        assert screen.pump.fleet.marks == (Mark(NOW, TEXT),)
        assert "noted in this watch; w writes a report with it, S a recording" in screen.drawn.splitlines()[-1]


async def test_where_a_recording_gets_the_notes_that_is_said(show: Show) -> None:
    async with show() as screen:
        screen.app.main.view_state.is_recorded = True
        await write(screen, TEXT)
        await screen.press("enter")
        await screen.settle()
        assert "noted, also in the recording" in screen.drawn.splitlines()[-1]


async def test_a_note_stands_among_the_messages_of_each_tunnel_and_in_the_news(show: Show) -> None:
    async with show() as screen:
        await write(screen, TEXT)
        await screen.press("enter")
        await screen.settle()
        assert f"12:04:31 ✎ {TEXT}" in screen.log
        await screen.press("up", "up")
        assert f"12:04:31 ✎ {TEXT}" in screen.log
        await screen.press("a")
        assert screen.log.splitlines()[-1].split() == ["12:04:31", "your", "note", "✎", *TEXT.split()]


async def test_a_note_that_was_begun_and_left_is_none(show: Show) -> None:
    async with show() as screen:
        await write(screen, "no")
        await screen.press("escape")
        await screen.settle()
        await screen.press("m", "enter")
        await screen.settle()
        assert screen.pump.fleet.marks == ()


async def test_notes_are_copied_with_the_tunnel_and_opened_like_a_message(show: Show, tmp_path: Path) -> None:
    async with show() as screen:
        screen.pump.mark(Mark(NOW - 3 * 3_600_000, "long ago"))
        await write(screen, TEXT)
        await screen.press("enter", "y")
        await screen.settle()
        copied = (tmp_path / "tunnelwatch" / "copied.txt").read_text()
        assert f"Notes:\n- 2026-11-23T12:04:31Z  {TEXT}\n" in copied
        assert "long ago" not in copied
        await screen.press("tab", "end", "enter")
        assert "your note" in screen.page
        assert TEXT in screen.page


async def test_a_note_is_text_on_the_screen(show: Show) -> None:
    async with show() as screen:
        screen.pump.mark(Mark(NOW, "[bold]x[/] \x1b]52;c;aGk=\x07 \u202e"))
        await screen.tick()
        assert "✎ [bold]x[/] ]52;c;aGk=" in screen.log


async def test_a_note_made_while_the_screen_stands_still_shows_when_it_goes_on(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        screen.clock.advance(5)
        await write(screen, TEXT)
        await screen.press("enter")
        await screen.settle()
        assert TEXT not in screen.log
        await screen.press("p")
        await screen.settle()
        assert TEXT in screen.log
