"""The board's text about a fleet."""

from dataclasses import replace

import pytest

from tests.content.boards import drawn, heading_line, seen, tones
from tests.scenes import (
    BGP_UP,
    ESTABLISHED,
    HQ,
    LIVE,
    NOW,
    OSAKA,
    bgp,
    chatter,
    cutover,
    diagnosing,
    facts,
    ike,
    pump,
    route,
    tunnel_in,
)
from tui.app.widgets.status_bar import status_line
from tui.content.board.fleet_board import board
from tui.content.board.groups import arranged
from tui.content.board.tally import tally
from tui.content.board.verdicts import state_words
from tui.content.layout.tones import Tone
from tui.content.most_telling import most_telling
from tui.content.snapshot import Status
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import Telemetry
from tui.domain.judgement.doubt import Doubt, DoubtKind
from tui.domain.judgement.verdict import Verdict
from tui.domain.knowledge.rule import Severity
from tui.domain.state.tunnel_state import Health

LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"


def test_a_connection_with_one_tunnel_down_is_not_redundant_and_names_the_cause() -> None:
    osaka = seen(cutover()).connections[1]
    assert osaka.verdict is Verdict.AT_RISK
    assert [(row.health, row.cause) for row in osaka.tunnels] == [
        (Health.UP, None),
        (Health.DOWN, "phase 2 proposals or PFS differ"),
    ]


def test_an_age_whose_beginning_was_not_seen_says_at_least() -> None:
    held = pump([ike(ESTABLISHED, ago=180)])
    assert seen(held).tunnels[0].age(NOW) == "≥3m"


def test_an_age_is_counted_from_the_change() -> None:
    held = pump([ike("x", ago=300, states="ND"), ike(ESTABLISHED, ago=41)])
    assert seen(held).tunnels[0].age(NOW) == "41s"


def test_a_tunnel_that_logged_nothing_is_unknown_and_not_down() -> None:
    held = pump(connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.42")])
    shown = seen(held)
    assert [row.health for row in shown.tunnels] == [Health.UNKNOWN, Health.UNKNOWN]
    assert not shown.connections[0].is_troubled


def test_bgp_tells_its_prefixes_when_up_and_its_state_when_not() -> None:
    up = [ike(ESTABLISHED, ago=600), bgp(BGP_UP, ago=590), route("10.0.0.0/16", ago=580), route("10.1.0.0/16", ago=580)]
    assert seen(pump(up)).tunnels[0].bgp == "up 2"
    row = seen(pump([*up, bgp(LOST, ago=450, status="DOWN")])).tunnels[0]
    assert (row.bgp, row.bgp_is_up, row.health) == ("idle", False, Health.UP)
    assert row.is_troubled
    assert row.cause == "BGP is down"


@pytest.mark.parametrize(("lost", "text"), [(1, "▲ 1/2 carry, BGP down on 1"), (2, "✖ 0/2 carry, BGP down on 2")])
def test_a_connection_whose_bgp_is_down_is_not_called_redundant(lost: int, text: str) -> None:
    ips = ("203.0.113.17", "203.0.113.42")
    up = [event for ip in ips for event in (ike(ESTABLISHED, ago=60, ip=ip), bgp(BGP_UP, ago=55, ip=ip))]
    shown = seen(pump([*up, *(bgp(LOST, ago=45, status="DOWN", ip=ip) for ip in ips[:lost])]))
    assert text in drawn(shown)[0].text
    assert "redundant" not in drawn(shown)[0].text


def test_the_status_bar_counts_a_tunnel_without_bgp_as_that_and_not_as_up() -> None:
    lost = [ike(ESTABLISHED, ago=60), bgp(BGP_UP, ago=55), bgp(LOST, ago=45, status="DOWN")]
    bar = status_line(Status(NOW, LIVE, seen(pump([*lost, ike(ESTABLISHED, ago=60, ip="203.0.113.9")]))), 80).text
    assert "▲ 1 no BGP  ● 1 up " in bar


def test_the_states_are_counted_in_the_words_of_the_rows_and_the_counts_add_up() -> None:
    held = pump(
        [
            ike(ESTABLISHED, ago=60),
            bgp(BGP_UP, ago=55),
            bgp(LOST, ago=45, status="DOWN"),
            ike(ESTABLISHED, ago=60, ip="203.0.113.9"),
            ike("gone", ago=44, states="DD", ip="203.0.113.10"),
            *chatter(30, until=2000, ip="203.0.113.11"),
        ]
    )
    rows = seen(held, now=NOW + 5_000).tunnels
    counted = tally(row.state for row in rows)
    states = [(state.symbol, state.word) for state in counted]
    assert states == [("✖", "down"), ("▲", "no BGP"), ("▲", "quiet"), ("●", "up")]
    assert {(symbol, word.split()[0]) for symbol, word, _ in map(state_words, rows)} == {
        (symbol, word.split()[0]) for symbol, word in states
    }
    assert sum(state.number for state in counted) == len(rows)


def test_a_tunnel_that_is_down_is_counted_as_that_and_not_for_its_bgp_again() -> None:
    down = [ike(ESTABLISHED, ago=60), bgp(BGP_UP, ago=55), bgp(LOST, ago=45, status="DOWN")]
    shown = seen(pump([*down, ike("gone", ago=44, states="DD")]))
    assert shown.connections[0].up_without_bgp == 0
    assert "no BGP" not in status_line(Status(NOW, LIVE, shown), 80).text


@pytest.mark.parametrize(
    ("width", "places"),
    [
        (90, "tunnelwatch  eu-west-1 · prod · 123456789012"),
        (80, "tunnelwatch  eu-west-1 · prod"),
        (60, "tunnelwatch"),
        (40, ""),
    ],
)
def test_where_the_status_bar_is_short_of_room_the_counts_are_the_last_to_go(width: int, places: str) -> None:
    status = Status(NOW, LIVE, seen(cutover()), caught_up=True, region="eu-west-1", scope="prod", utc=True)
    text = status_line(status, width).text
    assert text.split("  ✖ 1 down  ● 3 up ")[0].strip() == places
    assert text.endswith("● live  12:04:31 UTC ")


@pytest.mark.parametrize(
    ("other", "words"), [([], "1/2 carry, 1 unknown"), (["DD"], "1/2 carry, not redundant"), (["EE"], "2/2 redundant")]
)
def test_a_connection_is_not_called_less_than_redundant_for_a_tunnel_of_which_nothing_is_known(
    other: list[str], words: str
) -> None:
    unheard = facts(HQ, "hq", "203.0.113.17", "203.0.113.42")
    silent = replace(unheard, tunnels=tuple(replace(tunnel, telemetry=None) for tunnel in unheard.tunnels))
    lines = [ike("x", states=states, ago=30, ip="203.0.113.42") for states in other]
    held = pump([ike(ESTABLISHED, ago=60, ip="203.0.113.17"), *lines], connections=[silent])
    assert words in drawn(seen(held))[0].text


def test_without_a_bgp_log_nothing_is_said_of_bgp() -> None:
    row = seen(pump([ike(ESTABLISHED)])).tunnels[0]
    assert (row.bgp, row.bgp_is_up, row.is_troubled) == ("–", None, False)


def test_a_mended_cause_gives_way_to_the_next_one() -> None:
    key = ike("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718", ago=90, states="DD")
    assert seen(pump([key])).tunnels[0].cause == "the pre-shared keys differ"
    mended = [key, ike(ESTABLISHED, ago=60)]
    assert seen(pump(mended)).tunnels[0].cause is None
    again = [*mended, ike('No Proposal Match Found. Notifying with "No proposal chosen"', ago=5, states="ED")]
    assert seen(pump(again)).tunnels[0].cause == "phase 2 proposals or PFS differ"


def test_the_first_error_of_a_burst_is_the_cause() -> None:
    burst = [
        ike("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718", states="ND"),
        ike("AWS tunnel is sending AUTHENTICATION_FAILED as the response", states="DD"),
    ]
    assert seen(pump(burst)).tunnels[0].cause == "the pre-shared keys differ"


def test_the_cause_is_of_the_newest_burst_of_errors() -> None:
    bursts = [
        ike("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718", ago=60, states="DD"),
        ike("No Proposal Match Found by AWS", ago=5, states="EN"),
        ike('No Proposal Match Found. Notifying with "No proposal chosen"', ago=5, states="ED"),
    ]
    assert seen(pump(bursts)).tunnels[0].cause == "phase 2 proposals or PFS differ"


def test_a_cause_is_drawn_as_harmless_text_like_any_other() -> None:
    held = cutover()
    (found,) = diagnosing(held)(tunnel_in(held, OSAKA, "203.0.113.42"))
    hostile = replace(found, cause=replace(found.cause, brief="\x1b[31m" + "日" * 200))
    shown = board(held.fleet, now=NOW, feed=held.state, diagnose=lambda tunnel: [hostile])
    texts = [line.text for width in (80, 200) for line in drawn(shown, width)]
    assert any("日" in text for text in texts)
    assert not any("\x1b" in text for text in texts)


def test_the_age_of_an_outage_goes_on_through_every_new_attempt() -> None:
    tries = [ike("try", ago=ago, states=states) for ago in (90, 50, 10) for states in ("ND", "DD")]
    held = pump([ike(ESTABLISHED, ago=300), ike("gone", ago=185, states="DD"), *tries])
    assert seen(held).tunnels[0].age(NOW) == "3m"


def test_what_threatens_a_tunnel_that_is_up_is_said_and_makes_it_troubled() -> None:
    refusal = [
        ike("AWS tunnel processed request (id=5) for CREATE_CHILD_SA", ago=20),
        ike('No Proposal Match Found. Notifying with "No proposal chosen"', ago=20),
    ]
    shown = seen(pump([ike(ESTABLISHED, ago=60), *refusal]))
    (row,) = shown.tunnels
    assert (row.health, row.severity, row.is_troubled) == (Health.UP, Severity.WARNING, True)
    assert any("▲ rekey refused" in line.text for line in drawn(shown))


def test_what_is_only_good_to_know_is_quiet_and_no_trouble() -> None:
    shown = seen(pump(connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.42")]))
    assert not shown.connections[0].is_troubled
    (tone,) = {span.tone for line in drawn(shown) for span in line.spans if "no log lines" in span.text}
    assert tone is Tone.QUIET


def test_a_cause_repeats_no_symbol_that_the_state_has_just_shown() -> None:
    (under,) = [line.text for line in drawn(seen(cutover())) if "phase 2 proposals" in line.text]
    assert "✖" not in under


def test_a_tunnel_that_is_down_unexplained_shows_what_its_last_telling_line_says() -> None:
    held = pump([ike("AWS tunnel is sending AUTHENTICATION_FAILED as the response", states="DD")])
    silent = board(held.fleet, now=NOW, feed=held.state, diagnose=lambda tunnel: ())
    assert silent.tunnels[0].cause is not None


def test_the_telling_line_is_of_the_newest_burst_of_errors() -> None:
    old = ike("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718", ago=60, states="DD")
    new = ike('No Proposal Match Found. Notifying with "No proposal chosen"', ago=5, states="ED")
    found = most_telling(pump([old, new]).fleet.tunnels[0])
    assert found is not None
    assert found.raw == new


def test_problems_only_leaves_whole_connections_in_trouble() -> None:
    shown = seen(cutover(), problems_only=True)
    assert [(connection.name, len(connection.tunnels)) for connection in shown.connections] == [("osaka", 2)]
    assert shown.hidden == 2


@pytest.mark.parametrize(
    ("text", "left"),
    [("osaka", 2), (OSAKA, 2), ("203.0.113.42", 1), ("down", 1), ("proposal", 1), ("OSA", 2), ("nowhere", 0)],
)
def test_a_board_filter_finds_names_ids_addresses_states_and_causes(text: str, left: int) -> None:
    assert len(seen(cutover(), text=text).tunnels) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no BGP", ["203.0.113.42"]),
        ("quiet", ["198.51.100.7"]),
        ("0/1", ["203.0.113.42"]),
        ("2/2", ["192.0.2.1", "192.0.2.2"]),
        ("2/2 redundant", ["192.0.2.1", "192.0.2.2"]),
        ("idle", ["203.0.113.42"]),
        ("modifying", ["198.51.100.7"]),
    ],
)
def test_a_board_filter_finds_every_word_that_the_board_shows(text: str, left: list[str]) -> None:
    one, two, three = (f"vpn-{number:017x}" for number in (1, 2, 3))
    held = pump(
        [
            *(ike(ESTABLISHED, ago=900, vpn=one, ip=ip) for ip in ("192.0.2.1", "192.0.2.2")),
            ike(ESTABLISHED, ago=900, vpn=two, ip="203.0.113.42"),
            *(bgp(what, ago=ago, vpn=two, ip="203.0.113.42") for what, ago in ((BGP_UP, 890), (LOST, 40))),
            ike(ESTABLISHED, ago=3_000, vpn=three, ip="198.51.100.7"),
            *chatter(60, until=2_040, vpn=three, ip="198.51.100.7"),
        ],
        connections=[
            facts(one, "hq", "192.0.2.1", "192.0.2.2"),
            facts(two, "osaka", "203.0.113.42"),
            facts(three, "lyon", "198.51.100.7", state="modifying"),
        ],
    )
    assert [row.key[1] for row in seen(held, text=text).tunnels] == left


def test_a_feed_far_behind_makes_the_board_stale_and_stops_its_ages() -> None:
    held = pump([ike("x", ago=120, states="ND"), ike(ESTABLISHED, ago=60)])
    shown = seen(held, now=NOW + 3_600_000)
    assert shown.as_of == NOW
    assert shown.tunnels[0].age(NOW) == "1m"


def test_an_offline_feed_makes_the_board_stale_sooner() -> None:
    held = pump([ike(ESTABLISHED)])
    assert seen(held, now=NOW + 40_000).as_of is None
    held.state = FeedState(mode=FeedMode.OFFLINE, reason="no network")
    assert seen(held, now=NOW + 40_000).as_of == NOW


def test_a_board_that_is_not_of_the_present_promises_nothing() -> None:
    held = pump([ike(ESTABLISHED, ip=ip) for ip in ("203.0.113.17", "203.0.113.42")])
    assert Tone.GOOD in tones(drawn(seen(held)))
    assert Tone.GOOD not in tones(drawn(seen(held, now=NOW + 3_600_000)))


def test_a_tunnel_that_falls_again_and_again_is_not_counted_as_up_and_well() -> None:
    lives = [(ago, "EE") for ago in (400, 364, 328, 292)] + [(ago - 18, "DD") for ago in (400, 364, 328)]
    events = [ike("x", ago=ago, states=states) for ago, states in sorted(lives, reverse=True)]
    steady = ike(ESTABLISHED, ip="203.0.113.42")
    shown = seen(pump([*events, steady]))
    assert "▲ 2/2 carry, 1 at risk" in drawn(shown)[0].text
    assert "● 2 up (▲ 1 at risk)" in status_line(Status(NOW, LIVE, shown), 80).text


def test_bgp_over_a_tunnel_that_is_down_is_doubted() -> None:
    held = pump([ike(ESTABLISHED, ago=60), bgp(BGP_UP, ago=55), ike("x", states="DD")])
    assert "up?" in drawn(seen(held))[1].text


def test_nothing_is_said_of_the_redundancy_of_a_connection_that_was_chosen_in_part() -> None:
    part = replace(facts(HQ, "hq", "203.0.113.17"), left_out=1)
    shown = seen(pump([ike(ESTABLISHED)], connections=[part]))
    assert "● 1/1 carry, 1 not watched" in drawn(shown)[0].text
    assert not shown.connections[0].is_troubled


def test_of_many_connections_those_in_trouble_come_first() -> None:
    ids = [f"vpn-{number:017x}" for number in range(20)]
    ips = ("203.0.113.17", "203.0.113.42")
    well = [ike("x", vpn=each, ip=ip) for each in ids for ip in ips]
    fell = ike("y", vpn=ids[-1], states="DD")
    shown = arranged(seen(pump([*well, fell], connections=[facts(each, each, *ips) for each in ids])))
    assert list(dict.fromkeys(stop[0] for stop in shown.stops if isinstance(stop, tuple))) == [ids[-1], *ids[:-1]]


def test_a_tunnel_without_bgp_says_so_with_the_age_and_the_losses_of_bgp() -> None:
    held = pump([ike(ESTABLISHED, ago=3_000), bgp(BGP_UP, ago=2_990), bgp(LOST, ago=60, status="DOWN")])
    shown = seen(held)
    (row,) = shown.tunnels
    assert (row.age(NOW), row.flaps) == ("1m", 1)
    assert "▲ no BGP" in drawn(shown)[1].text


def test_a_tunnel_that_breaks_its_habit_says_how_long_it_is_quiet_and_nothing_is_green() -> None:
    held = pump([ike(ESTABLISHED, ago=4_000), *chatter(40, until=34 * 60)])
    shown = seen(held)
    lines = drawn(shown)
    assert "▲ quiet 34m" in lines[1].text
    assert Tone.GOOD not in tones(lines)
    assert seen(held, problems_only=True).tunnels


def test_one_line_of_yesterday_does_not_say_that_a_tunnel_is_up() -> None:
    (row,) = seen(pump([ike(ESTABLISHED, ago=25 * 3_600)])).tunnels
    assert (row.health, row.age(NOW)) == (Health.UNKNOWN, "")


def test_what_ec2_knows_from_before_the_look_back_is_the_age() -> None:
    known = facts(HQ, "hq", "203.0.113.17")
    tunnels = (replace(known.tunnels[0], telemetry=Telemetry(True, "", since=NOW - 7_200_000)),)
    (row,) = seen(pump([ike(ESTABLISHED, ago=240)], connections=[replace(known, tunnels=tunnels)])).tunnels
    assert row.age(NOW) == "2h"


def test_a_look_back_shorter_than_the_hour_says_that_there_may_be_more_flaps() -> None:
    held = pump([ike(ESTABLISHED, ago=500), ike("x", ago=400, states="DD"), ike(ESTABLISHED, ago=390)])
    short = replace(LIVE, since=NOW - 600_000)
    shown = board(held.fleet, now=NOW, feed=short, diagnose=diagnosing(held))
    assert drawn(shown)[1].text.rstrip().endswith("≥1")
    assert heading_line(shown, 80).text.endswith("BGP FLAPS/10m")
    whole = board(held.fleet, now=NOW, feed=replace(LIVE, since=NOW - 3_600_000), diagnose=diagnosing(held))
    assert drawn(whole)[1].text.rstrip().endswith(" 1")
    assert heading_line(whole, 80).text.endswith("BGP     FLAPS")


@pytest.mark.parametrize("kind", DoubtKind)
def test_a_doubtful_tunnel_is_never_green(kind: DoubtKind) -> None:
    (row,) = seen(pump([ike(ESTABLISHED, ago=60)])).tunnels
    assert state_words(row)[2] is Tone.GOOD
    assert state_words(replace(row, doubt=Doubt(kind)))[2] is not Tone.GOOD
