"""The page of the map: its keys, its clicks, and the way back to the board."""

import pytest

from tests.app.conftest import Show, Shown
from tests.content.test_board_groups import sites
from tests.scenes import fleet, ike
from tui.app.pages.map import MapPage
from tui.feed.source import Batch

DOWN = (f"vpn-{8:017x}", "203.0.0.16")


def page(screen: Shown) -> MapPage:
    assert isinstance(screen.app.screen, MapPage)
    return screen.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 15)])
async def test_the_map_shows_every_tunnel_and_begins_at_the_selected_one(show: Show, size: tuple[int, int]) -> None:
    async with show(fleet(60, down=[7], names=sites), size=size) as screen:
        await screen.press("o")
        text = page(screen).map_text
        assert (text.count("●"), text.count("▼")) == (120, 2)  # with those of the legend and of the line of the cursor
        assert "osaka/branch-07 · 203.0.0.16  ✖ down" in text


async def test_enter_goes_to_the_tunnel_on_the_board_also_where_that_folds_or_leaves_it_out(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        await screen.press("exclamation_mark", "o", "home", "enter")
        await screen.settle()
        assert screen.app.screen is screen.app.main
        assert screen.selected == (f"vpn-{1:017x}", "203.0.0.1")
        assert "lyon/branch-00" in screen.board


async def test_brackets_go_round_through_what_is_in_trouble(show: Show) -> None:
    async with show(fleet(60, down=[7, 31], names=sites)) as screen:
        await screen.press("o", "home")
        cursors = []
        for key in ("right_square_bracket", "right_square_bracket", "right_square_bracket", "left_square_bracket"):
            await screen.press(key)
            cursors.append(page(screen).map_text.splitlines()[-1].split()[0])
        assert cursors == ["osaka/branch-07", "osaka/branch-31", "osaka/branch-07", "osaka/branch-31"]


async def test_a_click_moves_the_cursor_and_a_second_one_goes_to_the_board(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        await screen.press("o")
        await screen.pilot.click("#map", offset=(8, 0))
        await screen.settle()
        assert "lyon/branch-00" in page(screen).map_text.splitlines()[-1]
        await screen.pilot.click("#map", offset=(8, 0))
        await screen.settle()
        assert screen.selected[0] == f"vpn-{1:017x}"


async def test_what_falls_changes_its_sign_where_it_stands_and_a_still_map_is_not_drawn_again(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        await screen.press("o")
        before = page(screen).map_text.splitlines()[1]
        screen.pump.take(Batch((ike("gone", states="DD", vpn=f"vpn-{1:017x}", ip="203.0.0.1"),)))
        await screen.tick()
        after = page(screen).map_text.splitlines()[1]
        assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [("●", "▼")]
        drawn: list[object] = []
        monkeypatch.setattr(page(screen)._map, "redraw", lambda: drawn.append(1))
        await screen.tick()
        assert drawn == []


async def test_in_ascii_the_signs_still_differ(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites), ascii=True) as screen:
        await screen.press("o")
        assert screen.drawn.isascii()
        assert "* v" in screen.drawn


async def test_the_map_is_copied_whole_with_what_is_in_trouble(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        await screen.press("o", "Y")
        copied = screen.app.clipboard
        assert copied.count("●") > 118
        assert "osaka/branch-07 · 203.0.0.16  ✖ down" in copied
        await screen.press("o")
        assert screen.app.screen is screen.app.main
