"""Which tunnel is selected, by keys, by clicks and by the screen itself."""

import pytest

from tests.app.conftest import Show
from tests.scenes import ESTABLISHED, HQ, LIVE, OSAKA, facts, ike, pump
from tui.app.pages.page import Page
from tui.feed.source import Batch

DOWN_KEY = (OSAKA, "203.0.113.42")


async def test_the_screen_points_at_trouble_until_the_reader_chooses(show: Show) -> None:
    async with show() as screen:
        assert screen.app.main.view_state.selected == DOWN_KEY
        await screen.press("up")
        await screen.tick()
        assert screen.app.main.view_state.selected == (OSAKA, "203.0.113.17")


async def test_while_the_look_back_is_read_the_screen_points_at_the_first_line_of_trouble(show: Show) -> None:
    connections = [facts(HQ, "hq", "198.51.100.7"), facts(OSAKA, "osaka", "203.0.113.42")]
    held = pump([ike("gone", states="DD", vpn=OSAKA, ip="203.0.113.42")], connections=connections, caught_up=False)
    async with show(held) as screen:
        assert screen.selected == DOWN_KEY
        held.take(Batch((ike("gone", states="DD", ip="198.51.100.7"),)))
        await screen.tick()
        assert screen.selected == (HQ, "198.51.100.7")


async def test_once_the_look_back_is_read_the_cursor_stays_with_the_trouble_it_is_on(show: Show) -> None:
    connections = [facts(HQ, "hq", "198.51.100.7"), facts(OSAKA, "osaka", "203.0.113.42")]
    held = pump([ike("gone", states="DD", vpn=OSAKA, ip="203.0.113.42")], connections=connections)
    async with show(held) as screen:
        held.take(Batch((ike("gone", states="DD", ip="198.51.100.7"),)))
        await screen.tick()
        assert screen.selected == DOWN_KEY


async def test_a_tick_between_a_key_and_its_effect_does_not_take_the_key_back(show: Show) -> None:
    async with show() as screen:
        screen.app.main.board.move(-1)
        screen.app.tick()
        await screen.pilot.pause()
        assert screen.app.main.view_state.selected == (OSAKA, "203.0.113.17")


@pytest.mark.parametrize(
    ("pressed", "selected"),
    [
        (["k"], "203.0.113.17"),
        (["home"], "198.51.100.7"),
        (["home", "j"], "198.51.100.9"),
        (["home", "end"], "203.0.113.42"),
    ],
)
async def test_the_board_is_moved_through_by_keys(show: Show, pressed: list[str], selected: str) -> None:
    async with show() as screen:
        await screen.press(*pressed)
        assert screen.selected[1] == selected
        assert selected in screen.bar("title")


async def test_a_click_selects_a_tunnel(show: Show) -> None:
    async with show() as screen:
        await screen.pilot.click("#board", offset=(30, 1))
        await screen.pilot.pause()
        assert screen.app.main.view_state.selected == (HQ, "198.51.100.7")


@pytest.mark.parametrize("keys", [("tab",), ("tab", "up"), ("enter", "escape"), ("down", "up")])
async def test_whatever_the_reader_does_with_a_tunnel_keeps_it_selected(show: Show, keys: tuple[str, ...]) -> None:
    async with show() as screen:
        await screen.press(*keys)
        selected = screen.app.main.view_state.selected
        mended = ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42")
        screen.pump.take(Batch((mended, ike("gone", states="DD", vpn=OSAKA))))
        await screen.tick(60)
        assert screen.app.main.view_state.selected == selected


async def test_a_tunnel_that_came_up_stays_in_view_for_a_moment_before_the_next_trouble(show: Show) -> None:
    async with show() as screen:
        mended, fell = ((OSAKA, ip) for ip in ("203.0.113.42", "203.0.113.17"))
        assert screen.app.main.view_state.selected == mended
        up = ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42")
        screen.pump.take(Batch((up, ike("gone", states="DD", vpn=OSAKA))))
        await screen.tick(5)
        assert screen.app.main.view_state.selected == mended
        await screen.tick(20)
        assert screen.app.main.view_state.selected == fell


async def test_a_selected_tunnel_that_is_gone_gives_way_to_another(show: Show) -> None:
    held = pump(
        [ike("x", ip="203.0.113.17")], connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.42")], state=LIVE
    )
    async with show(held) as screen:
        await screen.press("end")
        from tui.domain.inventory import Inventory

        held.take(Batch(inventory=Inventory((facts(HQ, "hq", "203.0.113.17"),))))
        await screen.tick()
        assert screen.app.main.view_state.selected == (HQ, "203.0.113.17")


@pytest.mark.parametrize(
    ("names", "half_pages"), [(("ctrl+d",), 1), (("ctrl+d", "ctrl+d", "ctrl+u"), 1), (("ctrl+u",), 0)]
)
async def test_ctrl_d_and_ctrl_u_move_by_half_a_page(show: Show, names: tuple[str, ...], half_pages: int) -> None:
    async with show(pump([ike(f"line {n}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "home", *names)
        assert screen.chosen.text == f"line {screen.app.main.messages.size.height // 2 * half_pages}"


async def test_capital_g_goes_to_the_end(show: Show) -> None:
    async with show(pump([ike(f"line {n}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "home", "G")
        assert screen.chosen.text == "line 59"


async def test_a_click_that_gives_the_board_the_focus_again_opens_nothing(show: Show) -> None:
    async with show() as screen:
        await screen.press("home", "tab")
        for opens in (False, True):
            await screen.pilot.click("#board", offset=(30, 1))
            await screen.settle()
            assert isinstance(screen.app.screen, Page) is opens


async def test_a_second_click_on_a_tunnel_opens_it(show: Show) -> None:
    async with show() as screen:
        await screen.pilot.click("#board", offset=(30, 1))
        await screen.settle()
        assert not isinstance(screen.app.screen, Page)
        await screen.pilot.click("#board", offset=(30, 1))
        await screen.settle()
        assert "198.51.100.7" in screen.page
