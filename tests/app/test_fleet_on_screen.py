"""A board of many connections on the screen: folds, the summary, sorting and grouping by keys and clicks."""

import asyncio
from contextvars import Context

import pytest

from tests.app.conftest import Show
from tests.content.test_board_groups import CALM, sites
from tests.scenes import fleet, ike
from tui.app.commands import BY_NAME
from tui.content.board.groups import Grouping, Layout
from tui.content.board.lines import BoardLines, Look
from tui.content.board.order import Order
from tui.content.layout.lines import Line
from tui.domain.judgement.verdict import Verdict
from tui.feed.source import Batch


async def test_a_fold_opens_and_closes_by_enter_and_by_the_arrows(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        board = screen.app.main.view_state.board
        assert "▸ 59 redundant" in screen.board
        await screen.press("end")
        assert board.cursor == CALM
        assert "has all its tunnels up" in screen.log
        for key, opens in (("enter", True), ("enter", False), ("right", True), ("right", True), ("left", False)):
            await screen.press(key)
            assert bool(board.layout.opened) is opens
        await screen.press("right", "down", "down", "left")
        assert (board.cursor, board.layout.opened) == (CALM, frozenset())


async def test_a_click_on_a_fold_opens_it(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        line = next(y for y, text in enumerate(screen.board.splitlines()) if "▸" in text)
        await screen.pilot.click("#board", offset=(5, line))
        await screen.settle()
        assert "▾ 59 redundant" in screen.board


async def test_what_falls_comes_out_of_its_fold_and_is_pointed_at(show: Show) -> None:
    async with show(fleet(60, names=sites)) as screen:
        assert screen.app.main.view_state.board.cursor == CALM
        vpn, ip = f"vpn-{60:017x}", "203.0.0.120"
        screen.pump.take(Batch((ike("gone", states="DD", vpn=vpn, ip=ip),)))
        await screen.tick()
        await screen.settle()  # the board gets the lines that it needs now
        assert screen.selected == (vpn, ip)
        assert "▸ 59 redundant" in screen.board


async def test_the_summary_stands_over_a_board_that_has_no_room_for_all_and_filters_by_a_click(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        summary = screen.bar("summary")
        assert summary.split("   ")[0] == " ● 59 redundant · ▲ 1 at risk"
        assert summary.endswith("s sort  v group  o map")
        await screen.pilot.click("#summary", offset=(summary.index("risk"), 0))
        await screen.settle()
        assert screen.app.main.view_state.board.wanted.standing is Verdict.AT_RISK
        assert "118 tunnels hidden" in screen.board
        await screen.press("escape")
        assert "hidden" not in screen.board


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_a_board_with_room_for_all_has_no_summary(show: Show, size: tuple[int, int]) -> None:
    async with show(size=size) as screen:
        assert screen.bar("summary") == ""
        assert screen.app.main.summary.size.height == 0


async def test_a_click_on_a_heading_sorts_and_again_turns_the_order_round(show: Show) -> None:
    async with show(fleet(6, down=[3])) as screen:
        places = []
        for _ in range(2):
            await screen.pilot.click("#heading", offset=(screen.bar("heading").index("TUNNEL"), 0))
            await screen.settle()
            places.append(screen.bar("heading").partition("TUNNEL")[2][0])
        assert places == ["▾", "▴"]
        assert screen.app.main.snapshot.shown.groups[0].connections[0].name == "site-0005"


async def test_one_key_goes_through_the_orders_and_one_through_the_groups(show: Show) -> None:
    async with show(fleet(6, down=[3], names=sites)) as screen:
        layouts = []
        for key in ("s", "s", "R", "v", "v", "v"):
            await screen.press(key)
            layout = screen.app.main.view_state.board.layout
            layouts.append((layout.order.value, layout.is_reversed, layout.grouping.value))
        assert layouts == [
            ("name", False, "connection"),
            ("change", False, "connection"),
            ("change", True, "connection"),
            ("change", True, "site"),
            ("change", True, "verdict"),
            ("change", True, "connection"),
        ]


async def test_a_tick_draws_only_what_is_in_view(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    draw = BoardLines.line

    def counting(self: BoardLines, index: int, look: Look) -> Line:
        drawn.append(index)
        return draw(self, index, look)

    async with show(fleet(150, down=range(150)), size=(80, 24)) as screen:
        monkeypatch.setattr(BoardLines, "line", counting)
        await screen.tick()
        assert 0 < len(drawn) <= 2 * screen.app.main.board.size.height


async def test_a_filter_looks_once_at_each_connection_and_not_again_at_the_next_tick(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        await screen.press("f", *"osaka/branch-07", "enter")
        shown = screen.app.main.snapshot.shown
        assert len(shown.stops) == 2
        screen.app.tick()
        assert screen.app.main.snapshot.shown is shown


async def test_the_next_and_the_previous_match_of_a_filter_are_a_key_away(show: Show) -> None:
    async with show(fleet(60, down=[7], names=sites)) as screen:
        await screen.press("f", *"branch-1", "enter")
        selected = []
        for key in ("home", "n", "n", "N"):
            await screen.press(key)
            selected.append(screen.selected[1])
        assert selected == ["203.0.0.21", "203.0.0.22", "203.0.0.25", "203.0.0.22"]


@pytest.mark.parametrize(
    ("action", "layout"),
    [
        ("group_by('site')", Layout(Grouping.SITE)),
        ("group_by('verdict')", Layout(Grouping.VERDICT)),
        ("sort_by('change')", Layout(order=Order.CHANGE)),
    ],
)
async def test_the_palette_names_each_order_and_each_grouping(show: Show, action: str, layout: Layout) -> None:
    async with show(fleet(6, names=sites)) as screen:
        assert action in [action for _, action, _ in BY_NAME]
        names = {title for title, *_ in BY_NAME}
        assert names <= {command.title for command in screen.app.get_system_commands(screen.app.main)}
        await screen.app.run_action(action, screen.app.main)
        assert screen.app.main.view_state.board.layout == layout


async def test_what_a_look_of_the_feed_leaves_over_is_done_soon_after(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.app.app._SOON", 0.001)
    async with show(fleet(60, down=[7])) as screen:
        with monkeypatch.context() as hurried:
            hurried.setattr("tui.app.view.view._SLICE", -1.0)
            fallen = [ike("gone", states="DD", vpn=f"vpn-{n + 1:017x}", ip=f"203.0.0.{n * 2 + 1}") for n in range(9)]
            screen.pump.take(Batch(tuple(fallen)))
            Context().run(screen.app.tick)  # the feed's tasks are none of the app's
            assert not screen.app.main.view_state.is_complete
        async with asyncio.timeout(5):
            while not screen.app.main.view_state.is_complete:
                await screen.settle()
