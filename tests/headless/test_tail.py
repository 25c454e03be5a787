"""`tail` prints the look-back in order of time, then events as they arrive, each once."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

from tests.factories import IP, NOON, VPN, bgp, ike
from tests.scenes import ListSource
from tui.domain.events import Origin
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, OptionChange, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.rule import Severity
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.domain.trail import TrailChange
from tui.feed.pump import Pump
from tui.feed.source import Batch
from tui.headless.colour import Render, coloured, plain
from tui.headless.folded_attempts import FoldedAttempts
from tui.headless.tail import MOST_HELD, Tail, at_least, changes_only
from tui.headless.tail_lines import JsonLines, TextLines


def printed(*batches: Batch, **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(*batches, as_json=True, **options)]


def lines_of(
    *batches: Batch, as_json: bool = False, folds: bool = False, render: Render = plain, **options: Any
) -> list[str]:
    lines: list[str] = []
    fleet = Fleet(load())
    text = TextLines(lines.append, fleet, utc=True, render=render)
    written = JsonLines(lines.append, fleet) if as_json else FoldedAttempts(text) if folds else text
    tail = Tail(fleet, written, is_caught_up=lambda: pump.caught_up, **options)
    pump = Pump(ListSource(()), fleet, sinks=[tail])
    for batch in batches:
        pump.take(batch)
    return lines


def test_the_look_back_comes_out_in_order_of_time_whatever_came_first() -> None:
    newest, oldest, middle = (ike(name, at=at) for name, at in (("c", 20), ("a", 0), ("b", 10)))
    lines = printed(Batch((newest,)), Batch((oldest, middle), caught_up=True))
    assert [line["message"] for line in lines if line["type"] == "event"] == ["a", "b", "c"]
    assert not any(line["late"] for line in lines if line["type"] == "event")


def test_a_note_of_a_recording_stands_before_the_first_event_after_it() -> None:
    notes = (Mark(NOON + 15_000, "customer changed the PSK"), Mark(NOON - 9_000, "before the look-back"))
    batches = [Batch(marks=notes), Batch((ike("b", at=20), ike("a", at=10)), caught_up=True)]
    lines = printed(*batches, since=NOON)
    assert [line.get("message", line.get("text")) for line in lines if line["type"] != "transition"] == [
        "a",
        "customer changed the PSK",
        "b",
    ]
    assert [line for line in lines if line["type"] == "mark"] == [
        {"type": "mark", "at": "2026-11-23T12:00:15.000Z", "text": "customer changed the PSK"}
    ]


def test_a_note_is_harmless_in_text() -> None:
    lines = lines_of(Batch(marks=(Mark(NOON, "\x1b[31mred\u202e"),), caught_up=True))
    assert lines[-1] == "12:00:00 ✎ [31mred"


GROUPS = OptionChange(NOON + 15_000, IP, "Phase2DHGroupNumbers", "14", "20")
ALICE = TrailChange(NOON + 12_000, "ModifyVpnTunnelOptions", "user alice", "203.0.113.9", VPN, IP, (GROUPS.option,))


def changed(*calls: TrailChange, name: str = "hq") -> Inventory:
    return Inventory((ConnectionFacts(VPN, name, tunnels=(TunnelFacts(IP, changes=(GROUPS,), calls=calls),)),))


def test_a_change_at_aws_is_printed_once_at_its_place_and_who_made_it_when_that_is_known() -> None:
    lines = printed(
        Batch((ike("b", at=20), ike("a", at=10)), inventory=changed(), caught_up=True),
        Batch(inventory=changed(ALICE)),
        Batch(inventory=changed(ALICE, name="renamed")),
    )
    lines = [line for line in lines if line["type"] in ("event", "change")]
    assert [line.get("message", line.get("what")) for line in lines] == [
        "a",
        "EC2: Phase2DHGroupNumbers  14 → 20",
        "b",
        "ModifyVpnTunnelOptions: Phase2DHGroupNumbers",
    ]
    assert lines[1] == {
        "type": "change",
        "connection": VPN,
        "at": "2026-11-23T12:00:15.000Z",
        "outside_ip": IP,
        "what": "EC2: Phase2DHGroupNumbers  14 → 20",
        "who": None,
        "option": "Phase2DHGroupNumbers",
        "before": "14",
        "after": "20",
        "call": None,
    }
    assert (lines[3]["who"], lines[3]["call"]) == ("user alice from 203.0.113.9", "ModifyVpnTunnelOptions")


def test_a_change_at_aws_is_harmless_in_text() -> None:
    lines = lines_of(Batch(inventory=changed(replace(ALICE, user="\x1b[31mred\u202e")), caught_up=True))
    assert lines[-2] == f"12:00:12 hq {IP} ≠ ModifyVpnTunnelOptions: Phase2DHGroupNumbers, by [31mred from 203.0.113.9"


def test_an_event_older_than_what_was_printed_is_marked_late() -> None:
    lines = printed(Batch((ike("a", at=10),), caught_up=True), Batch((ike("b", at=5),)))
    assert [line["late"] for line in lines if line["type"] == "event"] == [False, True]


def test_transitions_stand_where_they_happened() -> None:
    batch = Batch((ike("a", "EE", at=0), ike("b", "DD", at=10), ike("c", "DD", at=20)), caught_up=True)
    lines = printed(batch)
    assert [line.get("message", line.get("to")) for line in lines] == ["a", "up", "b", "down", "c"]
    assert lines[3] | {"connection": None} == {
        "type": "transition",
        "connection": None,
        "outside_ip": "203.0.113.17",
        "at": "2026-11-23T12:00:10.000Z",
        "from": "up",
        "to": "down",
        "health": "down",
    }


def test_the_feed_is_told_when_it_changes_and_only_then() -> None:
    live = Batch(state=FeedState(FeedMode.LIVE), caught_up=True)
    lines = printed(live, live, Batch(state=FeedState(FeedMode.OFFLINE, "no network")))
    assert lines == [
        {"type": "feed", "state": "live", "reason": None, "notices": []},
        {"type": "feed", "state": "offline", "reason": "no network", "notices": []},
    ]


def test_an_event_carries_its_explanation_and_the_original_line() -> None:
    raw = ike("AWS tunnel DPD timed out after 3 retransmits", "DD")
    (line, _) = printed(Batch((raw,), caught_up=True))
    assert line["explanation"]["rule"] == "dpd_timed_out"
    assert line["explanation"]["severity"] == "error"
    assert line["raw"] == raw.message
    assert line["at"] == "2026-11-23T12:00:00.000Z"


def test_an_event_tells_whether_its_words_are_known_exactly() -> None:
    known, drifted, unknown = "DPD timed out after 3 retransmits", "DPD timed out, 3 probes unanswered", "all is well"
    raws = tuple(ike(f"AWS tunnel {text}", at=at) for at, text in enumerate((known, drifted, unknown)))
    lines = printed(Batch(raws, caught_up=True))
    explanations = [line["explanation"] for line in lines if line["type"] == "event"]
    assert [explanation and (explanation["rule"], explanation["match"]) for explanation in explanations] == [
        ("dpd_timed_out", "exact"),
        ("dpd_timed_out", "likely"),
        None,
    ]


def test_hostile_text_is_harmless_on_a_terminal() -> None:
    lines = lines_of(Batch((ike("\x1b]52;c;aGk=\x07[/x]", at=0),), caught_up=True))
    assert all(line.isprintable() for line in lines)


def test_one_late_live_event_is_no_reason_to_stop_waiting_for_the_look_back() -> None:
    late, new = (replace(ike(name, at=at, ingested=0), origin=Origin.LIVE) for name, at in (("late", -60), ("new", 0)))
    lines = printed(Batch((late, new)), Batch((ike("first", at=-90),), caught_up=True))
    assert [line["message"] for line in lines if line["type"] == "event"] == ["first", "late", "new"]


def test_remarks_that_stand_are_told_once_each() -> None:
    states = [FeedState(FeedMode.LIVE, notices=each) for each in (("one",), ("one",), ("one", "two"))]
    assert lines_of(*(Batch(state=state) for state in states)) == ["-- feed live", "-- one", "-- two"]
    assert printed(*(Batch(state=state) for state in states))[-1]["notices"] == ["one", "two"]


def test_people_are_told_the_day_and_the_zone() -> None:
    lines = lines_of(Batch((ike("a", at=-86_400), ike("b"), ike("c")), caught_up=True))
    assert [line for line in lines if line.startswith("--")] == ["-- Sun 22 Nov 2026, UTC", "-- Mon 23 Nov 2026, UTC"]


def test_what_is_new_does_not_wait_for_a_look_back_that_fails() -> None:
    waiting = [Batch((replace(ike("a", at=at), origin=Origin.LIVE),)) for at in (0, 10, 20)]
    lines = printed(*waiting)
    assert [line["message"] for line in lines if line["type"] == "event"] == ["a", "a", "a"]


def test_a_change_of_health_stands_behind_the_event_that_made_it() -> None:
    burst = [ike("a", "DD", at=-9), ike("b", "ND"), ike("c", "DD"), ike("d", "ND"), ike("e", "EE")]
    lines = printed(Batch(tuple(burst), caught_up=True))
    told = [line.get("message") or line["to"] for line in lines]
    assert told == ["a", "down", "b", "negotiating", "c", "down", "d", "negotiating", "e", "up"]


def test_what_is_older_than_the_look_back_is_not_printed_unless_it_came_in_since() -> None:
    old, late = ike("old", at=-7200), ike("late", at=-7100, ingested=-60)
    lines = printed(Batch((old, late, ike("new")), caught_up=True), since=NOON - 3_600_000)
    assert [line["message"] for line in lines if line["type"] == "event"] == ["late", "new"]


def test_the_log_is_that_of_the_event_whatever_the_stream_is_called() -> None:
    change = bgp("AWS-side peer sent an End-of-RIB message to neighbor 169.254.50.85")
    lines = printed(Batch((replace(change, stream="odd"), ike("x")), caught_up=True))
    assert sorted(line["log"] for line in lines if line["type"] == "event") == ["bgp", "ike"]


def test_what_waits_for_the_look_back_is_bounded() -> None:
    batches = [Batch((ike("x", at=at),)) for at in range(4)]
    assert not printed(*batches[:3], most_held=3)
    assert [line["type"] for line in printed(*batches, most_held=3)].count("event") == 4
    assert MOST_HELD <= 100_000


def test_of_several_sources_the_look_back_of_the_last_one_is_waited_for() -> None:
    begun = [Batch(source=name) for name in ("a", "b")]
    one = Batch((ike("second", at=10),), source="a", caught_up=True)
    assert not printed(*begun, one)
    lines = printed(*begun, one, Batch((ike("first", at=0),), source="b", caught_up=True))
    assert [line["message"] for line in lines if line["type"] == "event"] == ["first", "second"]


def test_every_change_of_a_long_look_back_is_printed_beside_its_event() -> None:
    rounds = [ike(f"{number}", "DN"[number % 2] + "D", at=number) for number in range(1, 400)]
    lines = printed(Batch((ike("up", "EE", at=0), *rounds), caught_up=True))
    changes = [line for line in lines if line["type"] == "transition"]
    assert (changes[1]["from"], changes[1]["to"]) == ("up", "negotiating")
    assert len(changes) == 400
    assert all(before["to"] == after["from"] for before, after in pairwise(changes))


def test_changes_alone_are_what_comes_up_and_goes_down() -> None:
    lost = bgp(
        "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85",
        "DOWN",
        at=5,
    )
    batch = Batch((ike("a", "EE", at=0), lost, ike("b", "DD", at=10), ike("c", "DD", at=20)), caught_up=True)
    assert [line["type"] for line in printed(batch, wanted=changes_only)] == ["transition", "event", "transition"]


def test_changes_alone_leave_out_the_attempts_between_a_fall_and_the_coming_up() -> None:
    attempts = [ike("try", "ND" if at % 20 else "DD", at=at) for at in range(20, 100, 10)]
    batch = Batch((ike("a", "EE", at=0), ike("b", "DD", at=10), *attempts, ike("c", "EE", at=110)), caught_up=True)
    lines = printed(batch, wanted=changes_only, attempts=False)
    assert [(line["from"], line["to"]) for line in lines] == [("unknown", "up"), ("up", "down"), ("negotiating", "up")]
    assert len(printed(batch, wanted=changes_only)) > len(lines)


def test_people_do_not_see_what_a_set_up_does_and_undoes_within_a_second() -> None:
    steps = [ike("a", "DD"), *(ike("b", states, at=60) for states in ("ND", "DD", "ND", "EE"))]
    shown = [line.split("⇒ ")[1] for line in lines_of(Batch(tuple(steps), caught_up=True), settled=True) if "⇒" in line]
    assert [line.split("  ")[0] for line in shown] == ["unknown → down", "down → negotiating", "negotiating → up"]
    slow = [ike("a", "DD"), *(ike("b", states, at=at) for at, states in ((60, "ND"), (70, "DD"), (80, "ND")))]
    assert len([line for line in lines_of(Batch(tuple(slow), caught_up=True), settled=True) if "⇒" in line]) == 4


def test_beside_a_fall_stands_its_cause_and_beside_the_coming_up_for_how_long_it_was() -> None:
    closed = "AWS tunnel received DELETE for IKE_SA from CGW"
    key = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
    up = Batch((ike("a", "EE"),), caught_up=True)
    down = Batch((ike(closed, "DD", at=600),))
    back = Batch((*(ike(key, "ND", at=at) for at in range(610, 700, 11)), ike("set up", "EE", at=710)))
    shown = [line for line in lines_of(up, down, back, wanted=changes_only, attempts=False) if "⇒" in line]
    assert shown[1].endswith("⇒ up → down  (closed by the customer gateway)")
    assert shown[2].endswith("→ up  (down for 1m50s, the pre-shared keys differ, closed by the customer gateway)")


def test_a_fall_that_bgp_went_before_has_its_cause_beside_it() -> None:
    peer = "neighbor 169.254.50.85"
    batch = Batch(
        (
            ike("a", "EE"),
            bgp(f"AWS-side peer sent a Hold Timer Expired notification to {peer}", "DOWN", at=9),
            bgp(f"AWS-side peer BGP session state has changed from Established to Idle with {peer}", "DOWN", at=9),
            ike("AWS tunnel DPD timed out after 3 retransmits", "DD", at=10),
            ike("set up", "EE", at=90),
            bgp(f"AWS-side peer BGP session state has changed from OpenConfirm to Established with {peer}", at=95),
        ),
        caught_up=True,
    )
    shown = [line for line in lines_of(batch, wanted=changes_only, attempts=False, settled=True) if "⇒" in line]
    assert shown[0].endswith("⇒ up → down  (peer declared dead (DPD))")


def test_a_level_keeps_what_is_as_severe_and_every_change() -> None:
    dead = ike("AWS tunnel DPD timed out after 3 retransmits", "DD", at=10)
    routine = ike("AWS tunnel is sending DPD request", "EE", at=0)
    lines = printed(Batch((routine, dead), caught_up=True), wanted=at_least(Severity.ERROR))
    shown = [line.get("message", line.get("to")) for line in lines]
    assert shown == ["up", "AWS tunnel DPD timed out after 3 retransmits", "down"]


def test_colour_is_for_terminals_and_no_part_of_the_text() -> None:
    dead = Batch((ike("AWS tunnel DPD timed out after 3 retransmits\x1b[2J", "DD"),))
    lines = lines_of(Batch(caught_up=True), dead, render=coloured)
    assert any("\x1b[31m" in line for line in lines)
    assert not any("\x1b[2J" in line for line in lines)


def test_a_change_alone_begins_its_day_too() -> None:
    lines = lines_of(Batch((ike("a", "EE", at=0),), caught_up=True), wanted=changes_only)
    assert lines[0] == "-- Mon 23 Nov 2026, UTC"
    assert lines[1].endswith("⇒ unknown → up")


def test_what_was_up_all_along_did_not_come_up_in_the_look_back() -> None:
    up, dead = ike("a", "EE", at=0), ike("AWS tunnel DPD timed out after 3 retransmits", "DD", at=10)
    batch = Batch((up, dead), caught_up=True)
    shown = [line for line in lines_of(batch, wanted=changes_only, attempts=False, settled=True) if "⇒" in line]
    assert len(shown) == 1
    assert "⇒ up → down" in shown[0]
    later = [*lines_of(Batch(caught_up=True), Batch((up,)), wanted=changes_only, attempts=False, settled=True)]
    assert later[-1].endswith("⇒ unknown → up")


def test_what_fell_together_is_said_once_nothing_more_can_belong_to_it() -> None:
    connections = [f"vpn-{number:017x}" for number in range(6)]
    device = CustomerGateway("cgw-hub")
    described = Inventory(
        tuple(
            ConnectionFacts(vpn, vpn[-1], customer_gateway=device if vpn < connections[3] else CustomerGateway(vpn))
            for vpn in connections
        )
    )
    up = Batch(tuple(ike("a", vpn=vpn) for vpn in connections), inventory=described, caught_up=True)
    dead = "AWS tunnel DPD timed out after 3 retransmits"
    down = Batch(tuple(ike(dead, "DD", at=60 + number, vpn=vpn) for number, vpn in enumerate(connections[:3])))
    later = [Batch((ike("still here", at=at, vpn=connections[4]),)) for at in (70, 90)]
    options: dict[str, Any] = {"wanted": changes_only, "attempts": False}
    assert "connections fell" not in "".join(lines_of(up, down, *later[:1], **options))
    lines = lines_of(up, down, *later, *later, folds=True, **options)
    (said,) = (line for line in lines if "connections fell" in line)
    assert "▼ 3 connections fell within 2 s at 12:01:00: all of them share the customer gateway cgw-hub, none" in said
    look_back = replace(up, events=(*up.events, *down.events, *later[1].events))
    (told,) = (line for line in printed(look_back) if line["type"] == "common_fall")
    assert (told["at"], told["sharing"], told["others"]) == ("2026-11-23T12:01:02.000Z", 3, 3)


def test_that_a_site_begins_is_no_line_for_people_and_what_comes_of_it_is() -> None:
    begins = [Batch(state=FeedState(), source=site) for site in ("core", "acme")]
    denied = Batch(state=FeedState(FeedMode.OFFLINE, "Access denied."), source="acme")
    assert lines_of(*begins, denied) == ["-- feed acme offline: Access denied."]
    assert len(printed(*begins, denied)) == 3
