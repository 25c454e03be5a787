"""The bars around the board: the state of the feed, its banner, the title above the messages."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.app.conftest import Show
from tests.scenes import ESTABLISHED, NOW, ike, pump
from tui.app.widgets.message_log import message_line
from tui.app.widgets.status_bar import banner_lines, status_line
from tui.content.board.board import Board
from tui.content.messages.messages import Kind, Message
from tui.content.snapshot import SiteStatus, Status
from tui.domain.feed_state import ErrorKind, FeedMode, FeedState
from tui.feed.source import Batch

DENIED = (
    "Access denied: ec2:DescribeVpnConnections on VPN connections in eu-west-1: no identity-based policy allows it. "
    "Allow it; `tunnelwatch policy` prints all."
)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (ErrorKind.CREDENTIALS, "✖ not signed in"),
        (ErrorKind.EXPIRED, "✖ expired"),
        (ErrorKind.DENIED, "✖ no access"),
        (ErrorKind.SELECTOR, "✖ nothing to watch"),
        (ErrorKind.UNREACHABLE, "✖ offline"),
    ],
)
async def test_the_top_says_what_keeps_the_feed_away(show: Show, trouble: ErrorKind, words: str) -> None:
    state = FeedState(mode=FeedMode.OFFLINE, reason="why", trouble=trouble)
    async with show(pump([ike(ESTABLISHED, ago=3)], state=state)) as screen:
        assert words in screen.bar("status")


@pytest.mark.parametrize(("width", "begins"), [(80, "▲ Allow it; `tunnelwatch policy`"), (200, "▲ Access denied")])
async def test_a_banner_that_is_too_long_begins_with_the_remedy(show: Show, width: int, begins: str) -> None:
    held = pump([ike(ESTABLISHED, ago=3)], state=FeedState(mode=FeedMode.LIVE, notices=(DENIED,)))
    async with show(held, size=(width, 24)) as screen:
        assert screen.bar("banner").strip().startswith(begins)


async def test_a_narrow_top_keeps_the_counts_and_shortens_what_it_says_of_the_feed(show: Show) -> None:
    lines = [ike(ESTABLISHED, ip="203.0.113.17"), ike("gone", states="DD", ip="203.0.113.42")]
    state = FeedState(mode=FeedMode.LIVE, unread=("/aws/vendedlogs/vpn",))
    async with show(pump(lines, state=state, caught_up=False), size=(70, 24)) as screen:
        assert "✖ 1 down  ● 1 up" in screen.bar("status")
        assert "▲ live only, loading " in screen.bar("status")


async def test_the_banner_says_how_late_cloudwatch_delivers_once_that_matters(show: Show) -> None:
    soon, late = (replace(ike(ESTABLISHED, ago=200), ingested_at=NOW - ago * 1000) for ago in (195, 30))
    async with show(pump([soon])) as screen:
        assert screen.bar("banner") == ""
        screen.pump.take(Batch((late,)))
        await screen.tick()
        await screen.settle()
        assert "▲ CloudWatch delivers up to 3 min late" in screen.bar("banner")


async def test_a_banner_that_is_cut_says_where_the_rest_is(show: Show) -> None:
    state = FeedState(mode=FeedMode.POLLING, reason="why " * 60 + "end", notices=("note " * 30 + "end",))
    async with show(pump([ike(ESTABLISHED, ago=3)], state=state)) as screen:
        lines = screen.bar("banner").splitlines()
        assert [line.endswith("…  i: more") for line in lines] == [False, True, True]
        await screen.press("i")
        assert screen.page.count("end") == 2


async def test_offline_is_said_with_its_reason_and_recovers(show: Show) -> None:
    reason = "The credentials of profile prod expired at 12:01. Renew them: aws sso login --profile prod"
    async with show() as screen:
        screen.pump.state = FeedState(mode=FeedMode.OFFLINE, reason=reason)
        await screen.tick()
        await screen.pilot.pause()
        assert "✖ offline" in screen.bar("status")
        assert " ".join(screen.bar("banner").replace("✖", "").split()) == f"{reason} r tries again now"
        screen.pump.state = FeedState(mode=FeedMode.LIVE)
        await screen.tick()
        await screen.pilot.pause()
        assert screen.bar("banner") == ""
        assert "● live" in screen.bar("status")


async def test_the_status_bar_says_how_far_behind_the_feed_is(show: Show) -> None:
    async with show() as screen:
        await screen.tick(40)
        assert "40 s behind" in screen.bar("status")


async def test_a_board_that_is_behind_says_as_of_when_it_holds(show: Show) -> None:
    async with show() as screen:
        await screen.tick(600)
        assert "frozen at 12:04:31" in screen.bar("heading")


async def test_the_title_marks_that_ec2_says_otherwise(show: Show) -> None:
    async with show() as screen:
        assert "≠ EC2 UP" in screen.bar("title")
        await screen.press("home")
        assert "EC2 UP" in screen.bar("title")
        assert "≠" not in screen.bar("title")


@pytest.mark.parametrize(("width", "is_shown"), [(60, False), (80, True), (120, True)])
async def test_the_customers_clock_stands_beside_ours_where_there_is_room(
    show: Show, width: int, is_shown: bool
) -> None:
    async with show(size=(width, 24)) as screen:
        screen.app.main.view_state.their_zone = ZoneInfo("Asia/Tokyo")
        await screen.tick()
        assert ("UTC · 21:04 Tokyo" in screen.bar("status")) is is_shown
        assert "✖ 1 down" in screen.bar("status")
        assert "UTC" in screen.bar("status")


def test_sites_that_fail_for_different_reasons_are_not_said_to_fail_for_the_first_ones() -> None:
    denied, far = (FeedState(FeedMode.OFFLINE, "x", trouble=kind) for kind in (ErrorKind.DENIED, ErrorKind.UNREACHABLE))
    live = SiteStatus("hub", FeedState(FeedMode.LIVE))

    def word(*feeds: FeedState) -> str:
        sites = (*(SiteStatus(str(number), feed) for number, feed in enumerate(feeds)), live)
        return status_line(Status(NOW, feeds[0], Board(), sites=sites), 100).text

    assert "2/3 sites no access" in word(denied, denied)
    assert "2/3 sites offline" in word(denied, far)


@pytest.mark.parametrize(("width", "lines"), [(60, 2), (80, 2), (200, 1)])
def test_one_site_of_several_that_cannot_be_read_takes_two_lines_and_keeps_its_name(width: int, lines: int) -> None:
    offline = FeedState(mode=FeedMode.OFFLINE, reason=f"acme: {DENIED}", trouble=ErrorKind.DENIED)
    sites = (SiteStatus("acme", offline), SiteStatus("hub", FeedState(mode=FeedMode.LIVE)))
    banner = banner_lines(Status(NOW, offline, Board(), sites=sites), width)
    assert len(banner) == lines
    assert banner[0].text.startswith(" ✖ acme: A")
    alone = banner_lines(Status(NOW, offline, Board(), sites=sites[:1]), width)
    assert alone[-1].text == "   r tries again now"


def test_the_age_of_the_newest_attempt_is_left_out_whole() -> None:
    attempt = Message(Kind.FOLD, None, NOW, "attempt ×23, every 14s: no phase 2 proposal in common")
    wide, narrow = (message_line(attempt, width, now=NOW + 12_000, utc=True, is_last=True).text for width in (80, 68))
    assert wide.endswith("in common, 12s ago")
    assert narrow.endswith("in common")
