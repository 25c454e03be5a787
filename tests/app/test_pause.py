"""What a pause freezes, and what it does not."""

from tests.app.conftest import Show
from tests.scenes import ESTABLISHED, NOW, OSAKA, chatter, facts, ike, pump
from tui.domain.inventory import Inventory
from tui.feed.source import Batch

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"


async def test_pause_holds_the_screen_and_counts_what_comes(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        before = screen.board, screen.log
        screen.pump.take(Batch(tuple(chatter(3, vpn=OSAKA, ip="203.0.113.42"))))
        screen.pump.take(Batch((ike("up again", vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick(5)
        assert (screen.board, screen.log) == before
        assert "paused, 13 new" in screen.bar("status")
        await screen.press("p")
        assert screen.board != before[0]
        assert "live" in screen.bar("status")


async def test_while_paused_the_counts_stay_live_and_the_board_says_of_when_it_is(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        assert "frozen at 12:04:31, not live" in screen.bar("heading")
        screen.pump.take(Batch((ike("gone", states="DD", vpn=OSAKA),)))
        await screen.tick(5)
        assert "✖ 2 down" in screen.bar("status")
        await screen.press("p")
        assert "as of" not in screen.bar("heading")


async def test_a_filter_in_a_pause_leaves_runs_and_counts_as_they_were(show: Show) -> None:
    held = pump([ike(KEY, ago=ago, states="DD") for ago in (90, 80, 70)] + chatter(5))
    async with show(held) as screen:
        await screen.press("p")
        screen.pump.take(Batch((ike(KEY, now=NOW + 5_000, states="DD"), *chatter(2, until=-60))))
        await screen.press("tab", "f", *"error", "enter", "escape")
        assert "DPD replies ×5" in screen.log
        await screen.press("a")
        assert "down for ≥46s, the pre-shared keys" in screen.log


async def test_the_news_in_a_pause_open_as_their_tunnel_stood(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("a", "p")
        screen.pump.take(Batch((ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick(5)
        (message,) = [each for each in screen.app.main.view_state.look().messages if "203.0.113.42" in each.place][-1:]
        tunnel = screen.app.main.view_state.subject_of(message)
        assert tunnel is not None
        assert tunnel.state.health.value == "down"


async def test_a_connection_that_leaves_in_a_pause_takes_no_counts_along(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        screen.pump.take(Batch(inventory=Inventory((facts(OSAKA, "osaka", "203.0.113.17", "203.0.113.42"),))))
        await screen.tick()
        assert "paused, 0 new" in screen.bar("status")


async def test_a_paused_board_can_be_filtered(show: Show) -> None:
    async with show() as screen:
        await screen.press("p", "exclamation_mark")
        assert "hq" not in screen.board
        await screen.press("exclamation_mark", "f", *"hq", "enter")
        assert "osaka" not in screen.board


async def test_a_pause_holds_the_messages_of_every_tunnel(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        await screen.tick(5)
        later = NOW + 3_000
        screen.pump.take(Batch((ike("what came later", vpn=OSAKA, now=later),)))
        await screen.press("up")
        assert screen.app.main.view_state.selected == (OSAKA, "203.0.113.17")
        assert "what came later" not in screen.log
        await screen.press("p")
        assert "what came later" in screen.log


async def test_pause_holds_the_details_too(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("p", "enter")
        before = screen.page
        screen.pump.take(Batch((ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick(5)
        assert screen.page == before
        await screen.press("escape", "p", "enter")
        assert "● up" in screen.page
