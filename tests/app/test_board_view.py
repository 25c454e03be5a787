"""The board in its window: what is in view, what is redrawn, and where its lines are."""

import pytest
from textual import events
from textual.geometry import Region

from tests.app.conftest import Show
from tests.scenes import ESTABLISHED, OSAKA, ike, pump
from tui.app.widgets.board_view import BoardView
from tui.content.board.lines import Look
from tui.feed.source import Batch

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"


def refreshed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Region, ...]]:
    """Return a list that collects the regions of each refresh of the board; no region means the whole board."""
    refreshes: list[tuple[Region, ...]] = []

    def refresh(self: BoardView, *regions: Region, **options: bool) -> BoardView:
        refreshes.append(regions)
        return self

    monkeypatch.setattr(BoardView, "refresh", refresh)
    return refreshes


async def test_nothing_is_drawn_again_when_nothing_changed(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    async with show() as screen:
        await screen.tick(0)
        dirty = refreshed(monkeypatch)
        screen.app.tick()
        assert dirty == []


async def test_trouble_out_of_view_is_brought_into_view(show: Show) -> None:
    healthy = [ike(ESTABLISHED, vpn=f"vpn-{number:017x}", ip=f"203.0.113.{number}") for number in range(1, 60)]
    async with show(pump(healthy), size=(60, 15)) as screen:
        assert "203.0.113.59" not in screen.board
        fallen = ike("gone", states="DD", vpn=f"vpn-{59:017x}", ip="203.0.113.59")
        screen.pump.take(Batch((fallen,)))
        await screen.tick()
        assert "203.0.113.59" in screen.board


@pytest.mark.parametrize("rows", [15, 23, 25, 27])
@pytest.mark.parametrize("keys", [(), ("end",), ("end", "up"), ("end", "up", "up", "up"), ("pagedown",), ("home",)])
async def test_a_board_that_is_scrolled_begins_with_a_connection_or_with_the_selected_tunnel(
    show: Show, keys: tuple[str, ...], rows: int
) -> None:
    gone = [ike(KEY, states="DD", vpn=f"vpn-{n:017x}", ip=f"203.0.113.{2 * n + m}") for n in range(12) for m in (0, 1)]
    async with show(pump(gone), size=(80, rows)) as screen:
        await screen.press("down", "down", *keys)
        board = screen.app.main.board
        assert len(board.text.splitlines()) < board.count
        for _ in range(6):
            first, second, *_ = board.text.splitlines()
            assert first.startswith("▌") or ("vpn-" in first and "203.0.113." in second)
            assert all(f"203.0.113.{number}" in board.text for number in [int(screen.selected[1].split(".")[-1])])
            await screen.press("up")
        for _ in range(4):
            await screen.pilot._post_mouse_events([events.MouseScrollDown], "#board", button=0)
            first, second, *_ = board.text.splitlines()
            assert first.startswith("▌") or ("vpn-" in first and "203.0.113." in second)
        for _ in range(30):
            await screen.pilot._post_mouse_events([events.MouseScrollUp], "#board", button=0)
        assert board.top == 0


async def test_a_tunnel_at_the_top_of_the_board_gives_way_to_the_line_of_its_connection(show: Show) -> None:
    up = [ike(ESTABLISHED, vpn=f"vpn-{n:017x}", ip=f"203.0.113.{2 * n + m}") for n in range(12) for m in (0, 1)]
    async with show(pump(up), size=(80, 22)) as screen:
        await screen.press("end")
        first, second, *_ = screen.board.splitlines()
        assert f"vpn-{8:017x}" in first
        assert "203.0.113.17" in second


async def test_the_selected_tunnel_is_shown_with_the_name_of_its_connection(show: Show) -> None:
    gone = [ike(KEY, states="DD", vpn=f"vpn-{n:017x}", ip=f"203.0.113.{2 * n + m}") for n in range(20) for m in (0, 1)]
    async with show(pump(gone), size=(60, 18)) as screen:
        await screen.press("end")
        for _ in range(39):
            await screen.press("up")
            assert screen.selected[0] in screen.board


async def test_a_cause_that_goes_away_does_not_move_the_messages(show: Show) -> None:
    async with show() as screen:
        before = screen.app.main.board.size
        screen.pump.take(Batch((ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick()
        await screen.pilot.pause()  # a layout, if there were one, would follow
        assert "no phase 2" not in screen.board
        assert screen.app.main.board.size == before


async def test_only_the_age_is_drawn_again_when_only_an_age_changed(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with show() as screen:
        dirty = refreshed(monkeypatch)
        screen.clock.advance(1)
        snapshot = screen.app.main.view_state.look()
        screen.app.main.board.show_board(snapshot.shown, Look(snapshot.ages_at, screen.selected))
        assert [region.width for regions in dirty for region in regions] == [6]
