"""What the screen shows, whatever arrives and whatever its size."""

from dataclasses import dataclass

import pytest
from rich.cells import cell_len
from textual import constants

from tests.app.conftest import Show
from tests.scenes import BGP_UP, ESTABLISHED, HQ, NOW, bgp, chatter, facts, ike, pump, raw
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Telemetry, TunnelFacts
from tui.feed.source import Batch

HOSTILE = "[/x] [bold]\x1b[31mred\x1b]52;c;ZXZpbA==\x07\x9b2J \u202eesrever\u200b 日本語 e\u0301 👩‍👩‍👧 ☎\ufe0f \x00"


def widest(*parts: str) -> int:
    return max(cell_len(line) for part in parts for line in part.splitlines())


@dataclass
class Terminal:
    """The state of a terminal, as the driver would report it."""

    lag: float = 0.0
    is_gone: bool = False

    def forget(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60), (40, 10)])
async def test_every_size_shows_board_messages_and_keys(show: Show, size: tuple[int, int]) -> None:
    async with show(size=size) as screen:
        assert "203.0.113.42" in screen.board
        assert "phase 2" in screen.log
        assert "quit" in screen.bar("keys")
        assert widest(screen.board, screen.log, *(screen.bar(bar) for bar in screen.app.main.bars)) <= size[0]


@pytest.mark.parametrize("columns", [120, 130, 159, 160, 200])
async def test_details_beside_the_board_are_wide_enough_to_read(show: Show, columns: int) -> None:
    async with show(size=(columns, 40)) as screen:
        main = screen.app.main
        assert main.detail.room >= 50
        assert main.board.room >= 60
        assert "203.0.113.42" in screen.board


@pytest.mark.parametrize("size", [(60, 15), (130, 40)])
async def test_hostile_text_is_shown_as_harmless_text(show: Show, size: tuple[int, int]) -> None:
    held = pump(
        [ike(HOSTILE, ago=3), raw(HOSTILE), raw("x" * 262_144)],
        connections=[facts(HQ, HOSTILE, "203.0.113.17", state=HOSTILE)],
        state=FeedState(mode=FeedMode.POLLING, reason=HOSTILE, notices=(HOSTILE, HOSTILE), account=HOSTILE),
    )
    async with show(held, size=size) as screen:
        await screen.press("tab", "up", "up")
        drawn = screen.drawn
        assert "[/x]" in drawn
        await screen.press("enter")
        drawn += screen.drawn
        assert not [
            character for character in drawn.replace("\n", "") if ord(character) < 32 or 0x7F <= ord(character) < 0xA0
        ]
        assert "\u202e" not in drawn


async def test_before_there_is_a_pump_the_screen_says_that_it_is_starting(show: Show) -> None:
    async with show(empty=True) as screen:
        assert "starting" in screen.bar("status")
        assert "Loading the look-back" in screen.board
        screen.app.attach(pump([ike("x")]))
        await screen.tick()
        assert "203.0.113.17" in screen.board


async def test_no_tunnels_says_what_to_check(show: Show) -> None:
    async with show(pump()) as screen:
        assert "No VPN tunnels were found" in screen.board


async def test_no_tunnels_while_offline_says_that_nothing_is_known_and_that_it_goes_on_trying(show: Show) -> None:
    offline = FeedState(mode=FeedMode.OFFLINE, reason="no network")
    async with show(pump(state=offline, watermark=None, caught_up=False)) as screen:
        assert "No tunnel is known yet: the feed is offline" in screen.board
        assert "resumes by itself" in screen.board
        assert "No VPN tunnels were found" not in screen.board


async def test_a_tunnel_without_logging_says_how_to_turn_it_on_and_what_that_costs(show: Show) -> None:
    async with show(pump(connections=[facts(HQ, "hq", "203.0.113.17", logging=False)])) as screen:
        assert "interrupts the tunnel" in screen.log
        assert "modify-vpn-tunnel-options" in screen.log


async def test_a_tunnel_that_is_silent_is_not_called_down(show: Show) -> None:
    async with show(pump(connections=[facts(HQ, "hq", "203.0.113.17")])) as screen:
        assert "Silence is not down" in screen.log
        assert "✖" not in screen.board


async def test_the_newest_message_is_followed(show: Show) -> None:
    async with show(pump([ike(f"line {n}", ago=100 - n) for n in range(60)])) as screen:
        screen.pump.take(Batch((ike("the newest"),)))
        await screen.tick()
        assert "the newest" in screen.log.splitlines()[-1]


async def test_a_view_that_was_scrolled_up_does_not_move_while_messages_come_and_go(show: Show) -> None:
    held = pump([ike(f"line {n}", ago=3_000 - n) for n in range(2_000)])
    async with show(held) as screen:
        await screen.press("tab", *["pageup"] * 5)
        before = screen.log
        held.take(Batch(tuple(ike(f"new {n}", ago=500 - n) for n in range(300))))
        held.take(Batch((ike("late", ago=2_900),)))
        await screen.tick()
        assert screen.log.replace("┃", "").split() == before.replace("┃", "").split()
        assert "newer" in screen.bar("title")


async def test_the_end_key_follows_the_newest_again(show: Show) -> None:
    async with show(pump([ike(f"line {n}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "home", "end")
        screen.pump.take(Batch((ike("the newest"),)))
        await screen.tick()
        assert "the newest" in screen.log


async def test_another_tunnel_is_shown_from_its_newest_message(show: Show) -> None:
    events = [ike(f"line {n}", ago=100 - n, ip=ip) for n in range(60) for ip in ("203.0.113.17", "203.0.113.42")]
    async with show(pump(events)) as screen:
        await screen.press("tab", "home", "shift+tab", "down")
        assert "line 59" in screen.log


async def test_the_age_of_the_last_run_of_chatter_goes_on(show: Show) -> None:
    async with show(pump([ike(ESTABLISHED, ago=60), *chatter(3)])) as screen:
        await screen.tick(3)
        assert "7s ago" in screen.log


async def test_sixteen_colours_draw_with_the_terminals_own_palette(show: Show) -> None:
    async with show(colours=16) as screen:
        styles = {
            segment.style
            for strip in screen.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
        }
        assert not [style for style in styles if style.color and style.color.triplet]
        assert not [style for style in styles if style.bgcolor and style.bgcolor.triplet]


async def test_a_screen_without_utf8_is_ascii_and_keeps_its_columns(show: Show) -> None:
    async with show(ascii=True) as screen:
        plain = screen.drawn
    async with show() as screen:
        rich = screen.drawn
    assert plain.isascii()
    assert [cell_len(text) for text in plain.splitlines()] == [cell_len(text) for text in rich.splitlines()]
    assert "X down" in plain


async def test_in_ascii_at_least_and_the_selected_line_have_marks_of_their_own(show: Show) -> None:
    async with show(pump([ike(ESTABLISHED, ago=180)]), ascii=True) as screen:
        (row,) = [line for line in screen.drawn.splitlines() if "203.0.113.17" in line and "* up" in line]
        assert row.startswith(">  +3m ")


async def test_sixty_columns_still_show_both_phases_and_bgp(show: Show) -> None:
    async with show(size=(60, 15)) as screen:
        assert all(each in screen.bar("heading") for each in ("PH 1", "PH 2", "BGP"))


async def test_a_terminal_that_is_behind_gets_no_further_frame(show: Show) -> None:
    async with show() as screen:
        screen.app.terminal = terminal = Terminal(lag=9.0)
        before = screen.bar("status")
        await screen.tick(5)
        assert screen.bar("status") == before
        terminal.lag = 0.0
        await screen.tick()
        assert screen.bar("status") != before


async def test_a_terminal_that_is_gone_ends_the_app(show: Show) -> None:
    async with show() as screen:
        screen.app.terminal = Terminal(is_gone=True)
        await screen.tick()
        assert screen.app.return_value == 0


async def test_nothing_is_left_over_below_a_page(show: Show) -> None:
    async with show(size=(80, 90)) as screen:
        await screen.press("enter")
        rows = screen.page.splitlines()
        below = screen.drawn.splitlines()[1 + len(rows) : -1]
        assert below
        assert not "".join(below).strip()


async def test_nothing_is_left_over_below_what_stands_for_messages(show: Show) -> None:
    async with show(pump(connections=[facts(HQ, "hq", "203.0.113.17")]), size=(80, 40)) as screen:
        rows = [row.strip() for row in screen.drawn.splitlines()]
        last = max(index for index, row in enumerate(rows) if "fixes it" in row)
        assert not "".join(rows[last + 1 : -1])


async def test_that_a_tunnel_logged_nothing_is_not_said_before_the_look_back_is_read(show: Show) -> None:
    held = pump(connections=[facts(HQ, "hq", "203.0.113.17")], caught_up=False)
    async with show(held) as screen:
        assert "no log lines" not in screen.board
        held.take(Batch(caught_up=True))
        await screen.tick()
        assert "no log lines" in screen.board


async def test_a_tunnel_whose_log_may_not_be_read_is_not_called_silent(show: Show) -> None:
    state = FeedState(FeedMode.LIVE, notices=("Access denied",), unread=("/aws/vendedlogs/vpn",))
    async with show(pump(connections=[facts(HQ, "hq", "203.0.113.17")], state=state)) as screen:
        assert "no log lines" not in screen.board
        assert "log is denied" in screen.log
        assert "▲ live only, history not readable" in screen.bar("status")


async def test_silence_is_measured_by_how_far_the_feed_has_read(show: Show) -> None:
    bare = [ike("shaking hands", ago=3, states="ND"), ike("half", ago=2, states="ED")]
    async with show(pump(bare)) as screen:
        await screen.tick(60)
        assert "phase 1 up, phase 2 not" not in screen.board
        screen.pump.take(Batch(watermark=screen.clock.now()))
        await screen.tick()
        assert "phase 1 up, phase 2 not" in screen.board


async def test_ec2_that_says_down_because_bgp_is_down_does_not_differ_from_the_logs(show: Show) -> None:
    lost = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
    events = [ike(ESTABLISHED, ago=900), bgp(BGP_UP, ago=890), bgp(lost, ago=800, status="DOWN")]
    down = Telemetry(False, "IPSEC IS UP", since=NOW - 780_000)
    held = pump(events, connections=[ConnectionFacts(HQ, "hq", tunnels=(TunnelFacts("203.0.113.17", telemetry=down),))])
    async with show(held, size=(130, 60)) as screen:
        assert "EC2 DOWN" in screen.bar("title")
        assert "≠" not in screen.bar("title")
        assert "EC2 SAYS DOWN BECAUSE" in screen.app.main.detail.text


async def test_nothing_moves_by_itself(show: Show) -> None:
    """Animations and smooth scrolling cost bytes on every SSH session."""
    async with show() as screen:
        assert screen.app.animation_level == "none"
        assert not constants.SMOOTH_SCROLL
        assert constants.MAX_FPS == 30
