"""Empty panes say why they are empty, and what to do."""

from dataclasses import replace

import pytest

from tests.scenes import HQ, LIVE, NOW, facts, pump, tunnel_in
from tui.app.widgets.status_bar import status_line
from tui.content.board.board import Board
from tui.content.board.filter import BoardFilter
from tui.content.feed_page import feed_blocks
from tui.content.layout.blocks import Block, block_lines
from tui.content.placeholders import board_blocks, log_blocks
from tui.content.snapshot import SiteStatus, Status
from tui.domain.feed_state import BusyGroup, ErrorKind, FeedMode, FeedState, combine
from tui.domain.state.tunnel import Tunnel
from tui.domain.usage import Usage

IP = "203.0.113.17"
OFFLINE = FeedState(FeedMode.OFFLINE, "no network")


def text(blocks: tuple[Block, ...], width: int = 80) -> str:
    return " ".join(word for line in block_lines(blocks, width) for word in line.text.split())


def silent(*, logging: bool = True) -> Tunnel:
    """Return a tunnel that EC2 knows and that logged nothing."""
    return tunnel_in(pump(connections=[facts(HQ, "hq", IP, logging=logging)]), HQ, IP)


@pytest.mark.parametrize(
    ("feed", "caught_up", "hidden", "filtered", "says"),
    [
        (LIVE, True, 3, "osaka", "None of 3 tunnels matches “osaka”; esc removes the filter."),
        (LIVE, True, 1, "", "None of 1 tunnel is in trouble; ! shows them all."),
        (OFFLINE, False, 0, "", "No tunnel is known yet: the feed is offline."),
        (LIVE, False, 0, "", "Loading the look-back…"),
        (LIVE, True, 0, "", "Check the region, the profile and the selector"),
    ],
)
def test_an_empty_board_says_why(feed: FeedState, caught_up: bool, hidden: int, filtered: str, says: str) -> None:
    assert says in text(board_blocks(feed, caught_up=caught_up, hidden=hidden, wanted=BoardFilter(filtered)))


@pytest.mark.parametrize(
    ("caught_up", "is_filtered", "everywhere", "is_unread", "says"),
    [
        (True, True, False, False, "No message matches the filter; esc removes it."),
        (False, False, False, False, "Loading the look-back…"),
        (True, False, False, True, "Reading this tunnel's log is denied"),
        (True, False, True, False, "Nothing changed and nothing went wrong within the look-back."),
        (True, False, False, False, "Silence is not down"),
    ],
)
def test_an_empty_list_of_messages_says_why(
    caught_up: bool, is_filtered: bool, everywhere: bool, is_unread: bool, says: str
) -> None:
    blocks = log_blocks(
        silent(), caught_up=caught_up, is_filtered=is_filtered, everywhere=everywhere, is_unread=is_unread
    )
    assert says in text(blocks)


def test_without_a_tunnel_nothing_is_said_of_messages() -> None:
    assert log_blocks(None, caught_up=True, is_filtered=False) == ()


def test_where_logging_is_off_the_command_that_turns_it_on_names_this_tunnel_and_what_it_costs() -> None:
    shown = text(log_blocks(silent(logging=False), caught_up=True, is_filtered=False), width=400)
    assert "Turning it on interrupts the tunnel:" in shown
    assert f"--vpn-connection-id {HQ} --vpn-tunnel-outside-ip-address {IP} " in shown


def test_the_page_of_the_feed_tells_how_far_it_read_and_what_it_could_not_read() -> None:
    feed = FeedState(FeedMode.POLLING, "no Live Tail", notices=("Access denied to /vpn/osaka",), account="123456789012")
    shown = text(feed_blocks(Status(NOW, feed, Board(), behind=40_000, region="eu-west-1", utc=True)))
    assert "no Live Tail" in shown
    assert "12:03:51, 40s ago" in shown
    assert "123456789012" in shown
    assert "Access denied to /vpn/osaka" in shown


def test_what_is_not_known_stands_on_the_page_of_the_feed_alone() -> None:
    status = Status(NOW, FeedState(FeedMode.LIVE, remarks=("LookupEvents is denied.",)), Board())
    assert "NOT KNOWN • LookupEvents is denied." in text(feed_blocks(status))
    assert "denied" not in status_line(status, 400).text


def test_before_anything_was_read_the_page_of_the_feed_says_no_time() -> None:
    assert "read up to" not in text(feed_blocks(Status(NOW, OFFLINE, Board())))


def test_of_several_sites_the_page_tells_of_each_and_the_bar_how_many_are_lost() -> None:
    lost = SiteStatus("paris", FeedState(FeedMode.OFFLINE, "no such profile", region="eu-west-3"))
    well = SiteStatus("tokyo", FeedState(FeedMode.LIVE, account="123456789012"), behind=2_000)
    status = Status(NOW, FeedState(FeedMode.OFFLINE, "paris: no such profile"), Board(), sites=(lost, well), utc=True)
    shown = text(feed_blocks(status))
    assert "2 SITES: 1 OFFLINE, 1 LIVE paris offline · eu-west-3 · no such profile" in shown
    assert "tokyo live · 123456789012 · read up to 12:04:29, 2s ago" in shown
    assert "✖ 1/2 sites offline" in status_line(status, 120).text


def a_dozen(*worst: FeedState) -> Status:
    """Twelve sites in as many accounts and two regions: the `worst` of them, and others that are live."""
    states = [*worst, *[FeedState(FeedMode.LIVE)] * (12 - len(worst))]
    regions = ("eu-west-1", "ap-northeast-1", "us-east-1")
    named = {
        f"customer-{number}": replace(state, account=f"{number:012}", region=regions[number % 3])
        for number, state in enumerate(states, start=1)
    }
    sites = tuple(SiteStatus(name, state, behind=2_000) for name, state in named.items())
    feed = combine(named)
    return Status(NOW, feed, Board(), region=feed.region, scope="12 sites", sites=sites, utc=True, caught_up=True)


DENIED = FeedState(FeedMode.OFFLINE, "the role may not be assumed.", trouble=ErrorKind.DENIED)
REFUSED = FeedState(FeedMode.POLLING, "Live Tail is refused.")


@pytest.mark.parametrize(
    ("worst", "says"),
    [
        ((), "● live"),
        ((REFUSED,), "◌ 1/12 sites polling"),
        ((REFUSED, DENIED, DENIED), "✖ 2/12 sites no access"),
        ((FeedState(),) * 12, "◌ starting"),
    ],
)
def test_the_bar_of_a_dozen_sites_can_be_read(worst: tuple[FeedState, ...], says: str) -> None:
    status = a_dozen(*worst)
    assert f"{says} " in status_line(status, 80).text
    assert " tunnelwatch  3 regions · 12 sites · 12 accounts " in status_line(status, 100).text


def test_the_page_of_a_dozen_sites_has_the_worst_first_in_one_line_each() -> None:
    shown = [line.text.strip() for line in block_lines(feed_blocks(a_dozen(REFUSED, DENIED)), 120)]
    title = shown.index("12 SITES: 1 OFFLINE, 1 POLLING, 10 LIVE")
    assert shown[title + 1].startswith(
        "customer-2   offline · us-east-1 · 000000000002 · read up to 12:04:29, 2s ago ·"
    )
    assert shown[title + 2].startswith("customer-1   polling · ")
    assert [line.split()[0] for line in shown[title + 3 : title + 13]] == [f"customer-{n}" for n in range(3, 13)]
    assert sum("Live Tail is refused" in line for line in shown) == 1


def test_the_feed_page_shows_what_the_run_has_used_and_how_to_work_out_its_cost() -> None:
    usage = Usage(
        live_seconds=3_661, sessions=2, calls=(("ec2:DescribeVpnConnections", 61), ("logs:FilterLogEvents", 1_204))
    )
    shown = text(feed_blocks(Status(NOW, FeedState(), Board(), usage=usage)))
    assert "USED IN THIS RUN" in shown
    assert "62 session minutes, 2 sessions open: 120 minutes more an hour, 2,880 a day" in shown
    assert "DescribeVpnConnections 61, FilterLogEvents 1,204" in shown
    assert "× the price of a minute" in shown
    assert "$" not in shown


def test_the_feed_page_tells_what_is_done_about_a_log_group_that_is_too_much_for_a_session() -> None:
    busy = BusyGroup("/vpn/ike", sessions=3, sampled_since=NOW - 60_000, is_filtered=True)
    feed = FeedState(FeedMode.LIVE, busy=(busy,))
    shown = text(feed_blocks(Status(NOW, feed, Board(), utc=True)))
    assert "busy /vpn/ike: Live Tail sends a sample of it since 12:03:31" in shown
    assert "3 sessions share it" in shown
    assert "DPD and packet lines come with the reads" in shown
    site = text(feed_blocks(Status(NOW, FeedState(), Board(), sites=(SiteStatus("hq", feed),), utc=True)))
    assert "1 SITE: 1 LIVE hq live · busy /vpn/ike: " in site


def test_the_feed_page_of_a_recording_tells_of_no_cost() -> None:
    assert "Live Tail" not in text(feed_blocks(Status(NOW, FeedState(), Board())))


def test_news_of_some_tunnels_that_are_empty_say_nothing_of_the_others() -> None:
    shown = text(
        log_blocks(silent(), caught_up=True, is_filtered=False, everywhere=True, only="4 of 200 tunnels, filter 042"),
        width=400,
    )
    assert "on these tunnels (4 of 200 tunnels, filter 042)" in shown
    assert "The others are not shown" in shown
