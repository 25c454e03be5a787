"""Filters, searches and the news: which tunnels and messages are shown."""

from tests.app.conftest import Show
from tests.scenes import HQ, ike, pump
from tui.feed.source import Batch


async def test_the_news_of_all_tunnels_take_the_place_of_one_tunnels_messages_and_open_as_theirs(show: Show) -> None:
    async with show(size=(80, 40)) as screen:
        fell = ike("AWS tunnel DPD timed out after 3 retransmits", vpn=HQ, ip="198.51.100.7", states="DD")
        screen.pump.take(Batch((fell,)))
        await screen.press("a")
        assert "all tunnels" in screen.bar("title")
        assert "198.51.100.7" in screen.log
        assert "request (id=0)" not in screen.log
        await screen.press("tab", "end", "enter")
        assert "198.51.100.7" in screen.page
        await screen.press("escape", "a")
        assert "request (id=0)" in screen.log


async def test_the_news_under_a_filter_say_whose_they_are_and_claim_nothing_of_the_others(show: Show) -> None:
    async with show() as screen:
        await screen.press("f", *"hq", "enter", "a")
        await screen.settle()
        assert "2 of 4 tunnels, filter hq" in screen.bar("title")
        assert "all tunnels" not in screen.bar("title")


async def test_problems_only_hides_what_is_well_and_shows_it_again(show: Show) -> None:
    async with show() as screen:
        await screen.press("exclamation_mark")
        assert "hq" not in screen.board
        assert "2 tunnels hidden" in screen.board
        assert "osaka" in screen.board
        await screen.press("exclamation_mark")
        assert "hq" in screen.board


async def test_problems_only_with_no_problem_says_so(show: Show) -> None:
    async with show(pump([ike("x", ip=ip) for ip in ("203.0.113.17", "203.0.113.42")])) as screen:
        await screen.press("exclamation_mark")
        assert "None of 2 tunnels is in trouble" in screen.board


async def test_a_filter_on_the_board_works_as_it_is_written_and_escape_drops_it(show: Show) -> None:
    async with show() as screen:
        await screen.press("f", *"hq")
        assert "osaka" not in screen.board
        await screen.press("enter")
        assert "osaka" not in screen.board
        await screen.press("escape")
        assert "osaka" in screen.board


async def test_escape_in_a_prompt_takes_back_what_was_written(show: Show) -> None:
    async with show() as screen:
        await screen.press("f", *"hq", "escape")
        assert "osaka" in screen.board
        assert screen.app.main.focused is screen.app.main.board


async def test_a_filter_in_the_messages_keeps_severe_ones(show: Show) -> None:
    async with show() as screen:
        await screen.press("tab", "f", *"error", "enter")
        assert "no phase 2 proposal in common" in screen.log
        assert "IKE_SA_INIT" not in screen.log
        assert "filter: errors" in screen.bar("title")


async def test_a_search_goes_to_the_match_and_on_to_the_next(show: Show) -> None:
    async with show(pump([ike(f"line {n % 5}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "slash", *"line 3", "enter")
        chosen = screen.chosen
        assert chosen.text == "line 3"
        await screen.press("N")
        assert screen.chosen.at == chosen.at - 5_000
        await screen.press("n")
        assert screen.chosen.at == chosen.at
        assert "match 12 of 12" in screen.bar("keys")


async def test_a_search_without_a_match_says_so(show: Show) -> None:
    async with show() as screen:
        await screen.press("tab", "slash", *"xyz", "enter")
        assert "nothing contains “xyz”" in screen.bar("keys")


async def test_unfold_shows_chatter_line_by_line_and_folds_it_again(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("u")
        assert screen.log.count("CGW sent DPD ACK") == 3
        await screen.press("u")
        assert "×3" in screen.log


async def test_the_counts_at_the_top_are_of_all_tunnels_whatever_a_filter_hides(show: Show) -> None:
    async with show() as screen:
        before = screen.bar("status")
        await screen.press("f", *"nowhere", "enter")
        assert "203.0.113.42" not in screen.board
        assert screen.bar("status") == before
        assert "✖ 1 down  ● 3 up" in before


async def test_a_slash_on_the_board_finds_tunnels_and_escape_shows_all_again(show: Show) -> None:
    async with show() as screen:
        await screen.press("slash", *"osaka", "enter")
        assert "203.0.113.42" in screen.board
        assert "198.51.100.7" not in screen.board
        await screen.press("escape")
        assert "198.51.100.7" in screen.board
