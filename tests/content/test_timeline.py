"""The timeline as lines: readable without colour, with the times at their cells, and what happened below it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tests.scenes import CHATTER, ESTABLISHED, HQ, NOW, OSAKA, diagnosing, facts, ike, pump
from tui.content.layout.ascii_text import ascii_cells
from tui.content.layout.tones import Tone
from tui.content.past.timeline import CONDITION, LABEL, Timeline, strip_width, timeline, timeline_lines
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, OptionChange, TunnelFacts
from tui.domain.past.conditions import Condition
from tui.domain.past.outages import Outage, Outages
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health
from tui.domain.times import HOUR, MINUTE
from tui.feed.pump import Pump

FIRST, SECOND = "203.0.113.17", "203.0.113.42"
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
BIDI = "\u202e\x1b]52;c;aGk=\x07"


def life(ip: str, *falls: tuple[int, int], vpn: str = HQ) -> list[RawEvent]:
    events = [
        ike(CHATTER[0], ago=ago, ip=ip, vpn=vpn)
        for ago in range(7_200, 0, -10)
        if not any(start - lasting < ago <= start for start, lasting in falls)
    ]
    for ago, lasting in falls:
        events += [ike(CLOSED, "DD", ago=ago, ip=ip, vpn=vpn), ike(ESTABLISHED, ago=ago - lasting, ip=ip, vpn=vpn)]
    return sorted(events, key=lambda event: event.at)


def view_of(
    held: Pump,
    *,
    span: int = HOUR,
    width: int = 80,
    cursor: int | None = None,
    shown: int | None = None,
    goes_on_until: int | None = None,
) -> Timeline:
    outages, diagnose = Outages(held.fleet), diagnosing(held)
    grid = Grid.of(until=NOW, span=span, most=strip_width(width))
    return timeline(
        held.fleet,
        Timelines(held.fleet),
        grid=grid,
        until=NOW,
        outages=lambda tunnel: outages.of(tunnel, now=NOW, current=diagnose(tunnel)),
        cursor=cursor,
        shown=shown,
        goes_on_until=goes_on_until,
    )


def lines_of(view: Timeline, width: int = 80) -> list[str]:
    return [line.text.rstrip() for line in timeline_lines(view, width, utc=True)]


def hq() -> Pump:
    change = OptionChange(NOW - 30 * MINUTE, FIRST, "Phase1DHGroupNumbers", "2, 14", "14")
    tunnels = (TunnelFacts(FIRST, changes=(change,)), TunnelFacts(SECOND))
    connection = ConnectionFacts(HQ, "hq", static_routes_only=True, tunnels=tunnels)
    held = pump([*life(FIRST, (1_200, 300)), *life(SECOND, (4_000, 2_000))], connections=[connection])
    held.mark(Mark(NOW - 10 * MINUTE, f"customer changed the PSK{BIDI}"))
    return held


def test_a_strip_shows_an_outage_at_its_times() -> None:
    lines = lines_of(view_of(hq()))
    assert lines[0] == " Timeline  1h, 1m a cell, UTC"
    strip = next(line for line in lines if line.startswith(f"  {FIRST}"))[LABEL:]
    assert strip == "▂" * 40 + "█" * 6 + "▂" * 15
    axis = lines[1]
    assert {axis[index : index + 6] for index, sign in enumerate(axis) if sign == "╷"} >= {"╷11:10", "╷11:50"}
    assert axis.index("╷11:50") == LABEL + 46


def test_what_happened_stands_under_it_newest_first_also_what_began_before() -> None:
    lines = lines_of(view_of(hq()))
    listed = [line for line in lines if line.startswith(" 1")]
    assert [line[1:9] for line in listed] == ["11:54:31", "11:44:31", "11:34:31", "10:57:51"]
    assert "✎ customer changed the PSK" in listed[0]
    assert f"▼ hq {FIRST}  down for 5m, closed by the customer gateway" in listed[1]
    assert f"≠ hq {FIRST}  EC2: Phase1DHGroupNumbers" in listed[2]
    signs = lines[3]
    assert (signs.index("≠"), signs.index("✎")) == (LABEL + 30, LABEL + 50)


def test_what_happened_is_in_one_column_whatever_the_addresses() -> None:
    held = pump([*life(FIRST, (1_200, 300)), *life("203.0.113.9", (4_000, 2_000))])
    listed = [line for line in lines_of(view_of(held)) if line.startswith(" 1")]
    assert len({line.index("down for") for line in listed}) == 1 < len(listed)


def test_the_cursor_has_its_time_and_the_words_of_its_cell_where_there_is_room() -> None:
    lines = lines_of(view_of(hq(), width=100, cursor=42), 100)
    assert lines[2] == " " * (LABEL + 42) + "▼ 11:46:00"
    assert next(line for line in lines if line.startswith(f"  {FIRST}")).endswith("  down")
    assert next(line for line in lines if line.startswith(f"  {SECOND}")).endswith("  carrying")
    pointed = timeline_lines(view_of(hq(), width=100, cursor=42), 100, utc=True)
    assert any(span.tone is Tone.MATCH for line in pointed for span in line.spans)
    last = lines_of(view_of(hq(), width=100), 100)
    assert last[2].strip() == "▼ now"
    following = timeline_lines(view_of(hq(), width=100), 100, utc=True)
    assert not any(span.tone is Tone.MATCH for line in following for span in line.spans)
    assert view_of(hq(), cursor=3).moment == view_of(hq()).grid.begin_of(3)
    assert view_of(hq()).moment == NOW


def test_the_cursor_goes_from_one_event_to_the_next() -> None:
    view = view_of(hq())
    moments = []
    while (at := view.beside(-1)) is not None:
        moments.append((NOW - at) // MINUTE)
        view = replace(view, cursor=view.grid.index_of(at) or 0)
    assert moments == [10, 20, 30, 60]
    assert view.beside(1) == NOW - 30 * MINUTE


def test_what_came_after_the_moment_shown_is_faint_and_that_is_said() -> None:
    shown = NOW - 15 * MINUTE
    drawn = timeline_lines(view_of(hq(), width=100, shown=shown), 100, utc=True)
    assert "as of 11:49:31; what came later is faint" in drawn[0].text
    strip = next(line for line in drawn if line.text.startswith(f"  {SECOND}"))
    assert [len(span.text) for span in strip.spans if span.tone is Tone.FAINT] == [15]
    (note,) = (line for line in drawn if "customer changed the PSK" in line.text)
    (fall,) = (line for line in drawn if f"▼ hq {FIRST}" in line.text)
    assert {span.tone for span in note.spans} == {Tone.FAINT}
    assert Tone.TEXT in {span.tone for span in fall.spans}


def test_a_moment_shown_within_the_newest_cell_is_not_called_the_present() -> None:
    view = view_of(hq(), width=100, shown=NOW - 20_000)
    assert (view.moment, view.is_at_the_end) == (NOW - 20_000, False)
    assert lines_of(view, 100)[2].strip() == "12:04:11 ▼"


def test_a_recording_that_goes_on_says_until_when_and_at_its_end_says_nothing() -> None:
    assert "the recording goes on until 12:30:00" in lines_of(view_of(hq(), goes_on_until=NOW + 1_529_000))[0]
    assert "goes on" not in lines_of(view_of(hq(), goes_on_until=NOW))[0]


def test_at_the_present_the_word_is_of_this_moment_and_not_the_worst_of_the_cell() -> None:
    falls_now = pump([*life(FIRST, (30, 10)), ike(ESTABLISHED, ago=1, ip=FIRST)])
    strip = next(line for line in lines_of(view_of(falls_now, width=100), 100) if line.startswith(f"  {FIRST}"))
    assert strip.endswith("█  carrying")


def test_of_a_fleet_those_in_trouble_come_first_and_those_that_were_well_are_counted() -> None:
    names = [f"branch-{number:03}" for number in range(1, 31)]
    connections, events = [], []
    for number, name in enumerate(names, start=1):
        vpn, ip = f"vpn-{number:017x}", f"203.0.113.{number}"
        connections.append(ConnectionFacts(vpn, name, static_routes_only=True, tunnels=(TunnelFacts(ip),)))
        falls = {17: [(120, 120)], 9: [(1_800, 60)]}.get(number, [])
        events += [event for event in life(ip, *falls, vpn=vpn) if number != 17 or event.at <= NOW - 120_000]
    events += [ike(CLOSED, "DD", ago=119, ip="203.0.113.17", vpn="vpn-00000000000000011")]
    lines = lines_of(view_of(pump(sorted(events, key=lambda event: event.at), connections=connections)))
    shown = [line.strip() for line in lines if line.startswith(" branch")]
    assert shown == ["branch-017", "branch-009"]
    assert " 28 connections carried traffic all the time" in lines
    assert len(lines) < 20


def test_the_conditions_are_told_apart_without_colour_and_in_ascii() -> None:
    symbols = [symbol for symbol, _, _ in CONDITION.values()]
    assert set(CONDITION) == set(Condition)
    assert len(set(symbols)) == len({ascii_cells(symbol) for symbol in symbols}) == len(CONDITION)
    assert all(ascii_cells(symbol) not in (" ", "?") for symbol in symbols)


@pytest.mark.parametrize("width", [10, 40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_page_and_all_is_harmless(width: int) -> None:
    for span in (15 * MINUTE, HOUR, 6 * HOUR, 900 * HOUR):
        for cursor in (None, 0, 7):
            lines = lines_of(view_of(hq(), span=span, width=width, cursor=cursor), width)
            assert all(line.isprintable() for line in lines)
            if width >= 40:
                assert max(map(cell_len, lines)) <= width


def test_a_fleet_in_which_nothing_happened_says_so() -> None:
    held = pump(life(FIRST), connections=[facts(OSAKA, "osaka", FIRST)])
    assert any("Nothing went down" in line for line in lines_of(view_of(held)))


def test_the_newest_cell_agrees_with_the_board() -> None:
    held = pump([*life(FIRST), ike(CLOSED, "DD", ago=0)])
    (tunnel,) = held.fleet.tunnels
    assert tunnel.health is Health.DOWN
    assert view_of(held).strips[0].cells[-1] is Condition.DOWN


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_of_the_legend_is_cut(width: int) -> None:
    lines = [line.text for line in timeline_lines(view_of(pump([]), width=width), width, utc=True)]
    legend = " ".join(lines[next(index for index, text in enumerate(lines) if "carrying" in text) :])
    assert "…" not in legend
    assert all(f"{symbol} {word} " in f"{legend} " for symbol, word, _ in CONDITION.values())
    assert "✎ note " in legend
    assert "≠ option " in legend
    assert all(cell_len(line) <= width for line in lines)


def test_outages_are_looked_for_only_where_a_strip_shows_one() -> None:
    held = pump([*life(FIRST), *life(SECOND, (1_200, 300))], connections=[facts(HQ, "hq", FIRST, SECOND)])
    asked: list[str] = []

    def outages(tunnel: Tunnel) -> Sequence[Outage]:
        asked.append(tunnel.outside_ip)
        return Outages(held.fleet).of(tunnel, now=NOW)

    grid = Grid.of(until=NOW, span=HOUR, most=40)
    view = timeline(held.fleet, Timelines(held.fleet), grid=grid, until=NOW, outages=outages)
    assert asked == [SECOND]
    assert [happening.place for happening in view.happenings] == [f"hq {SECOND}"]
