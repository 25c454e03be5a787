"""Keys that arrive together, keys that reach a closing page, and keys for the feed."""

import pytest
from textual import events

from tests.app.conftest import Show
from tests.scenes import HQ, NOW, ListSource, facts, pump
from tui.app.widgets.prompt import Prompt
from tui.domain.feed_state import FeedMode, FeedState
from tui.feed.pump import Pump


@pytest.mark.parametrize(("typed", "filtered"), [("fhq\r", True), ("fquit", False)])
async def test_keys_that_come_in_a_bunch_are_written_and_do_nothing_else(
    show: Show, typed: str, filtered: bool
) -> None:
    async with show() as screen:
        for key in typed:
            name = "enter" if key == "\r" else key
            screen.app.post_message(events.Key(name, key))
        for _ in range(4):  # to the board, to the app, to the line, and the line's own end
            await screen.pilot.pause()
        assert screen.app.main.view_state.board.wanted.text == ("hq" if filtered else "quit")
        assert bool(screen.app.main.query(Prompt)) is not filtered
        assert screen.app.screen is screen.app.main


async def test_the_feed_tells_about_itself(show: Show) -> None:
    async with show() as screen:
        await screen.press("i")
        assert "123456789012" in screen.page
        assert "eu-west-1" in screen.page


async def test_q_quits(show: Show) -> None:
    async with show() as screen:
        await screen.press("q")
        assert screen.app.return_value == 0


@pytest.mark.parametrize(
    "pressed",
    [
        ("c", "enter", "q"),
        ("c", "enter", "enter"),
        ("c", "escape", "escape"),
        ("enter", "escape", "q"),
        ("tab", "enter", "q"),
        ("down", "enter", "q"),
        ("y", "enter", "y", "q"),
        ("t", "enter", "q"),
        ("question_mark", "question_mark", "q", "escape"),
    ],
)
async def test_keys_that_reach_a_screen_that_is_leaving_leave_the_board_alone(
    show: Show, pressed: tuple[str, ...]
) -> None:
    async with show() as screen:
        await screen.press(pressed[0])
        for name in pressed[1:]:
            screen.app.post_message(events.Key(name, None))  # all of them before the first has its effect
        for _ in range(6):
            await screen.pilot.pause()
        assert screen.app.screen is screen.app.main
        await screen.press("exclamation_mark")
        assert "hq" not in screen.board


def source_of(held: Pump) -> ListSource:
    source = held._source
    assert isinstance(source, ListSource)
    return source


async def test_r_tries_again_what_the_feed_waits_for_and_the_banner_counts_down(show: Show) -> None:
    offline = FeedState(mode=FeedMode.OFFLINE, reason="The AWS sign-in has ended.", retry_at=NOW + 12_000)
    held = pump(connections=[facts(HQ, "hq", "203.0.113.17")], state=offline)
    async with show(held) as screen:
        assert "next try in 12 s; r tries now" in screen.bar("banner")
        await screen.tick(5)
        assert "next try in 7 s" in screen.bar("banner")
        await screen.press("r")
        assert source_of(held).retries == 1
        assert "trying again" in screen.bar("keys")
        await screen.tick(10)
        assert "r tries again now" in screen.bar("banner")


async def test_r_leaves_a_feed_without_trouble_alone(show: Show) -> None:
    async with show() as screen:
        await screen.press("r")
        assert "the feed is not waiting for anything" in screen.bar("keys")
        assert source_of(screen.pump).retries == 0


@pytest.mark.parametrize("key", ["question_mark", "i", "t", "c", "enter"])
async def test_the_key_that_opened_a_page_closes_it(show: Show, key: str) -> None:
    async with show() as screen:
        await screen.press(key)
        assert screen.app.screen is not screen.app.main
        await screen.press(key)
        assert screen.app.screen is screen.app.main
        assert screen.app.is_running


async def test_another_key_for_a_page_closes_it_too(show: Show) -> None:
    async with show() as screen:
        screen.app.set_keymap({"timeline": "z", "help": "H"})
        for key in ("z", "H"):
            await screen.press(key)
            assert screen.app.screen is not screen.app.main
            await screen.press(key)
            assert screen.app.screen is screen.app.main


async def test_g_and_gg_go_to_the_first_and_capital_g_to_the_last(show: Show) -> None:
    async with show() as screen:
        await screen.press("G")
        last = screen.selected
        await screen.press("g", "g")
        assert screen.selected != last
        await screen.press("g")
        assert screen.app.main.board.selected == screen.app.main.snapshot.board.keys[0]
        assert screen.app.screen is screen.app.main
