"""The page of the timeline: its keys, and that it stands still between two cells."""

from pathlib import Path

import pytest

from tests.app.conftest import Show, Shown
from tests.scenes import NOW, chatter
from tui.app.pages.timeline import TimelinePage
from tui.domain.state.marks import Mark
from tui.feed.source import Batch


def lines(screen: Shown) -> list[str]:
    return screen.drawn.splitlines()


async def test_t_shows_every_tunnel_and_what_happened_and_goes_back(show: Show) -> None:
    async with show() as screen:
        await screen.press("t")
        await screen.settle()
        assert " Timeline  1h, 1m a cell, UTC" in screen.drawn
        for address in ("198.51.100.7", "198.51.100.9", "203.0.113.17", "203.0.113.42"):
            assert any(line.startswith(f"  {address} ") for line in lines(screen))
        assert "osaka 203.0.113.42  down" in screen.drawn
        await screen.press("escape")
        await screen.settle()
        assert "AGE" in screen.drawn


@pytest.mark.parametrize(("key", "title"), [("1", "15m, 15s a cell"), ("2", "1h, 1m a cell"), ("3", "6h, 10m a cell")])
async def test_keys_choose_how_far_it_goes_back(show: Show, key: str, title: str) -> None:
    async with show() as screen:
        await screen.press("t", "3", key)
        await screen.settle()
        assert title in screen.drawn


async def test_arrows_point_at_a_moment_and_brackets_at_events_and_n_follows_the_present(show: Show) -> None:
    async with show() as screen:
        screen.pump.mark(Mark(NOW - 1_200_000, "customer changed the PSK"))
        await screen.press("t", "left", "left")
        assert "12:02:00 ▼" in lines(screen)[3]
        await screen.press("left_square_bracket", "left_square_bracket")
        assert "▼ 11:44:00" in lines(screen)[3] or "11:44:00 ▼" in lines(screen)[3]
        await screen.press("n")
        assert "now ▼" in lines(screen)[3]
        await screen.press("left", "right")
        assert "now ▼" in lines(screen)[3]


async def test_the_moment_that_was_pointed_at_is_handed_over(show: Show) -> None:
    async with show() as screen:
        chosen: list[int] = []
        main = screen.app.main
        main.show_page(TimelinePage(main.view_state, below=main, go_to=chosen.append))
        await screen.settle()
        await screen.press("left", "enter")
        await screen.settle()
        assert chosen == [NOW - 91_000]
        assert "AGE" in screen.drawn


async def test_between_two_cells_nothing_of_it_is_drawn_again(show: Show) -> None:
    async with show() as screen:
        await screen.press("t")
        await screen.settle()
        page = screen.app.screen
        assert isinstance(page, TimelinePage)
        before = page.timeline_text
        for second in range(3, 27, 3):
            screen.pump.take(Batch(tuple(chatter(1, until=-second, ip="198.51.100.7")), watermark=NOW + second * 1000))
            await screen.tick(3)
            assert page.timeline_text == before
        screen.pump.take(Batch(watermark=NOW + 30_000))
        await screen.tick(6)
        assert page.timeline_text != before


async def test_one_that_takes_longer_than_a_key_may_wait_is_computed_in_slices(show: Show) -> None:
    async with show() as screen:
        passes = iter(range(10_000))
        view = screen.app.main.view_state
        screen.clock.monotonic = lambda: float(next(passes))  # type: ignore[method-assign]  # a second with each look
        made = [view.timeline_in_slices(span=None, width=90, at=None) for _ in range(6)]
        assert made[:4] == [None] * 4  # one of four tunnels each time
        assert made[4] == view.timeline(span=None, width=90, at=None)


async def test_it_shows_only_the_tunnels_that_the_board_shows(show: Show) -> None:
    async with show() as screen:
        await screen.press("exclamation_mark", "t")
        await screen.settle()
        assert "198.51.100.7" not in screen.drawn
        assert "203.0.113.42" in screen.drawn


async def test_its_copy_is_the_page_in_text(show: Show, tmp_path: Path) -> None:
    async with show() as screen:
        await screen.press("t", "Y")
        await screen.settle()
        copied = (tmp_path / "tunnelwatch" / "copied.txt").read_text()
        assert "Timeline  1h, 1m a cell, UTC" in copied
        assert "  203.0.113.42" in copied


async def test_it_is_drawn_in_ascii_where_nothing_else_works(show: Show) -> None:
    async with show(ascii=True) as screen:
        await screen.press("t")
        await screen.settle()
        assert screen.drawn.isascii()
        assert "_ carrying" in screen.drawn


async def test_a_screen_without_a_feed_has_an_empty_timeline(show: Show) -> None:
    async with show(empty=True) as screen:
        await screen.press("t")
        await screen.settle()
        assert "Nothing went down" in screen.drawn


async def test_a_vast_screen_shows_the_last_minutes_on_the_board_and_a_smaller_one_does_not(show: Show) -> None:
    async with show(size=(160, 40)) as screen:
        await screen.tick()
        assert "LAST 19 MIN" in screen.bar("heading")
        row = next(line for line in screen.board.splitlines() if "203.0.113.42" in line)
        assert "██" in row
        before = screen.board
        screen.pump.take(Batch(tuple(chatter(1, until=-20, ip="198.51.100.7")), watermark=NOW + 20_000))
        await screen.tick(20)
        assert [line[30:] for line in screen.board.splitlines()] == [line[30:] for line in before.splitlines()]
        await screen.pilot.resize_terminal(120, 40)
        await screen.settle()
        await screen.tick()
        assert "MIN" not in screen.bar("heading")
