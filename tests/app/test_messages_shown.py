"""Which messages the screen shows, and with which times."""

from tests.app.conftest import Show
from tests.scenes import ESTABLISHED, HQ, chatter, facts, ike, pump
from tui.content.board.filter import BoardFilter

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"


async def test_the_news_keep_the_filter_of_the_board(show: Show) -> None:
    held = pump(
        [ike(KEY, ago=90, states="DD", ip="203.0.113.17"), ike(KEY, ago=90, states="DD", ip="203.0.113.18")],
        connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.18")],
    )
    async with show(held) as screen:
        screen.app.main.view_state.board.wanted = BoardFilter("203.0.113.18")
        await screen.press("a")
        await screen.tick()
        assert "203.0.113.18" in screen.log
        assert "203.0.113.17" not in screen.log


async def test_a_name_without_room_in_the_news_gives_up_its_site_first(show: Show) -> None:
    held = pump([ike(KEY, ago=90, states="DD")], connections=[facts(HQ, "antarctica/branch-08", "203.0.113.17")])
    async with show(held) as screen:
        await screen.press("a")
        assert "antar…/branch-08 203.0.113.17" in screen.log


async def test_a_name_without_room_in_the_news_keeps_the_end_that_tells_it_from_its_siblings(show: Show) -> None:
    connection = facts(HQ, "quito-regional-hospital-branch-08", "203.0.113.17")
    held = pump([ike(KEY, ago=90, states="DD")], connections=[connection])
    async with show(held) as screen:
        await screen.press("a")
        assert "quito-r…ranch-08 203.0.113.17" in screen.log


async def test_messages_of_another_day_have_a_date(show: Show) -> None:
    async with show(pump([ike(ESTABLISHED, ago=14 * 3_600), *chatter(2)])) as screen:
        assert "22 Nov 22:04:31" in screen.log
        assert "23 Nov 12:04:27" in screen.log
