"""The message list made from a history."""

import gc
from dataclasses import replace
from weakref import ref

from tests.scenes import BGP_UP, CHATTER, ESTABLISHED, HQ, NOW, bgp, chatter, diagnosing, facts, ike, pump, raw
from tui.content.messages.messages import Filter, Kind, Message, messages
from tui.content.messages.news import News
from tui.domain.events import RawEvent
from tui.domain.knowledge.rule import Severity
from tui.domain.past.outages import Outages
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST

DELETE = "AWS tunnel received DELETE for Phase 2 SA with SPI: 0x0d1e2f3a"


def tunnel(*events: RawEvent) -> Tunnel:
    return pump(events).fleet.tunnels[0]


def kinds(shown: tuple[Message, ...]) -> list[Kind]:
    return [each.kind for each in shown]


def test_a_run_of_chatter_is_one_line_with_counts() -> None:
    shown = messages(tunnel(ike(ESTABLISHED, ago=300), *chatter(20)))
    assert kinds(shown) == [Kind.EVENT, Kind.FOLD]
    assert "×20" in shown[1].text
    assert len(shown[1].folded) == 80


def test_unfolded_chatter_is_shown_line_by_line() -> None:
    assert len(messages(tunnel(*chatter(20)), unfolded=True)) == 80


def test_chatter_around_a_message_makes_two_runs() -> None:
    shown = messages(tunnel(*chatter(2, until=60), ike("something new", ago=30), *chatter(2)))
    assert kinds(shown) == [Kind.FOLD, Kind.EVENT, Kind.FOLD]


def test_a_change_of_state_is_a_line_of_its_own() -> None:
    shown = messages(tunnel(ike("x", ago=9, states="EN"), ike("y", ago=8, states="ED")))
    assert [(each.text, each.is_better) for each in shown if each.kind is Kind.CHANGE] == [
        ("phase 2  negotiating → down", False)
    ]


def test_a_change_that_chatter_shows_breaks_the_run() -> None:
    shown = messages(
        tunnel(ike(CHATTER[0], ago=9), ike(CHATTER[0], ago=8, states="ED"), ike(CHATTER[0], ago=7, states="ED"))
    )
    assert kinds(shown) == [Kind.FOLD, Kind.CHANGE, Kind.FOLD]


def test_a_rekey_is_a_quiet_change() -> None:
    shown = messages(tunnel(ike("x", ago=9), ike("y", ago=8, states="ER"), ike("z", ago=7)))
    assert [each.is_better for each in shown if each.kind is Kind.CHANGE] == [None, None]


def test_a_message_that_says_only_what_changed_is_one_line_with_the_change() -> None:
    change = "AWS-side peer BGP session state has changed from {} to {} with neighbor 169.254.50.85"
    held = tunnel(bgp(change.format("Idle", "Connect"), ago=9), bgp(change.format("Connect", "Active"), ago=8))
    shown = messages(held)
    assert kinds(shown) == [Kind.EVENT, Kind.CHANGE]
    assert (shown[1].text, shown[1].brief) == ("BGP  connect → active", "TCP 179 did not connect")
    assert messages(held, wanted=Filter.read("169.254.50.85")) == shown


def test_news_are_the_changes_and_troubles_of_all_tunnels_in_order_of_time() -> None:
    held = pump(
        [
            ike("x", ago=9, ip="203.0.113.17"),
            *chatter(2, ip="203.0.113.17"),
            ike("x", ago=8, ip="203.0.113.42", states="ND"),
            ike("y", ago=6, ip="203.0.113.42"),
            ike("AWS tunnel DPD timed out after 3 retransmits", ago=3, ip="203.0.113.17", states="DD"),
        ],
        connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.42")],
    )
    news = [(each.place, each.text) for each in News().of(held.fleet)]
    assert news == [
        ("hq 203.0.113.42", "phase 1  negotiating → established · phase 2  down → established"),
        ("hq 203.0.113.17", "AWS tunnel DPD timed out after 3 retransmits"),
        ("hq 203.0.113.17", "phase 1  established → down · phase 2  established → down"),
    ]


def test_the_news_hold_no_tunnel_that_is_gone() -> None:
    held, news = pump([ike("x", ip="203.0.113.17"), ike("y", states="DD")]), News()
    assert news.of(held.fleet)
    gone = ref(held.fleet.tunnels[0])
    assert news.of(pump([ike("x", ip="203.0.113.42")]).fleet) == ()
    del held
    gc.collect()
    assert gone() is None


def test_a_peer_that_tries_again_is_news_once_until_it_comes_up() -> None:
    wrong = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
    tries = [ike(wrong, ago=ago, states="DD") for ago in (90, 80, 70)]
    up, again = ike("x", ago=60), ike(wrong, ago=50, states="DD")
    news = [(each.times, each.last_at) for each in News().of(pump([*tries, up, again]).fleet) if each.text == wrong]
    assert news == [(3, NOW - 70_000), (1, None)]


def test_a_cause_that_no_line_names_is_news_once() -> None:
    failing = "AWS-side peer BGP session state has changed from {} to {} with neighbor 169.254.50.85"
    rounds = [
        bgp(failing.format(*step), ago=ago - index, status="DOWN")
        for ago in range(600, 0, -30)
        for index, step in enumerate((("Idle", "Connect"), ("Connect", "Active"), ("Active", "Idle")))
    ]
    held = pump([ike("x", ago=1_000, states="DD"), ike(ESTABLISHED, ago=900), *rounds])
    news = [each.text for each in News().of(held.fleet, diagnose=diagnosing(held)) if each.severity is Severity.ERROR]
    assert news == ["BGP: no answer on TCP 179"]


def test_a_cause_that_a_line_names_is_not_told_twice() -> None:
    wrong = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
    held = pump([ike(wrong, ago=ago, states="DD") for ago in (90, 80)])
    assert [each.text for each in News().of(held.fleet, diagnose=diagnosing(held))] == [wrong]


def test_news_are_not_driven_out_by_what_is_routine() -> None:
    fell = [ike("x", ago=9_000), ike("AWS tunnel DPD timed out after 3 retransmits", ago=8_000, states="DD")]
    news = News().of(pump([*fell, ike(ESTABLISHED, ago=7_900), *chatter(790)]).fleet)
    assert [each.at for each in news] == [NOW - 8_000_000, NOW - 8_000_000, NOW - 7_900_000]


def test_the_first_state_that_is_heard_is_no_change() -> None:
    assert kinds(messages(tunnel(ike("x")))) == [Kind.EVENT]


def test_a_routine_delete_is_not_shown_as_trouble() -> None:
    shown = messages(
        tunnel(ike(ESTABLISHED, ago=9), ike(ESTABLISHED.replace("0d1e", "ffff"), ago=8), ike(DELETE, ago=7))
    )
    assert shown[-1].severity in (Severity.OK, Severity.INFO)


def test_a_message_that_no_rule_knows_is_shown_as_it_came() -> None:
    shown = messages(tunnel(ike("the moon is in the seventh house")))
    assert (shown[0].text, shown[0].brief, shown[0].severity) == ("the moon is in the seventh house", "", None)


def test_a_text_filter_finds_lines_inside_folded_chatter() -> None:
    shown = messages(tunnel(*chatter(3)), wanted=Filter.read("sequence number 7"))
    assert len(shown) == 3


def test_a_severity_filter_keeps_what_is_at_least_so_severe_and_changes_for_better_or_worse() -> None:
    held = tunnel(
        ike(ESTABLISHED, ago=9),
        *chatter(1, until=8.5),
        ike("AWS tunnel DPD timed out after 3 retransmits", ago=8, states="DD"),
    )
    shown = messages(held, wanted=Filter.read("error"))
    assert kinds(shown) == [Kind.EVENT, Kind.CHANGE]


def test_an_unknown_message_passes_every_severity_filter() -> None:
    assert len(messages(tunnel(ike("never seen before")), wanted=Filter.read("error"))) == 1


def test_a_line_keeps_its_key_while_others_come_and_go() -> None:
    held = pump([ike("one", ago=9), ike("two", ago=8)])
    before = messages(held.fleet.tunnels[0])[1].key
    held.fleet.apply([ike("between", ago=8.5), ike("three", ago=7)])
    after = messages(held.fleet.tunnels[0])
    assert [each.key for each in after].index(before) == 2


def test_a_broken_line_is_a_message_like_any_other() -> None:
    assert messages(tunnel(raw('{"event_timestamp": 17954')))[0].text.startswith('{"event_timestamp"')


def test_a_cause_is_not_told_twice_where_its_first_line_comes_just_before_it() -> None:
    # The peer closes an attempt within the burst before the diagnosis begins: the same trouble, told by that line.
    wrong = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
    held = pump([ike(wrong, ago=90, states="DD")])
    (tunnel,) = held.fleet.tunnels
    (diagnosis, *_) = diagnosing(held)(tunnel)
    soon, later = (replace(diagnosis, since=NOW - 90_000 + after) for after in (BURST, BURST + 1_000))
    assert [message.text for message in News().of(held.fleet, diagnose=lambda tunnel: [soon])] == [wrong]
    assert len(News().of(held.fleet, diagnose=lambda tunnel: [later])) == 2


def test_what_was_over_before_the_look_back_is_no_news_and_an_outage_that_lasts_is() -> None:
    held = pump(
        [
            bgp(BGP_UP.replace("OpenConfirm to Established", "OpenSent to OpenConfirm"), ago=7_001),
            bgp(BGP_UP, ago=7_000),
            ike(ESTABLISHED, ago=9_000, ip="203.0.113.42"),
            ike("gone", states="DD", ago=8_000, ip="203.0.113.42"),
            ike(ESTABLISHED, ago=9_000, ip="203.0.113.43"),
            ike("gone", states="DD", ago=60, ip="203.0.113.43"),
        ]
    )
    outages = Outages(held.fleet)
    news = News().of(held.fleet, outages=lambda tunnel: outages.of(tunnel, now=NOW, current=()), since=NOW - 3_600_000)
    assert [message.place.rpartition(" ")[2] for message in news] == ["203.0.113.42", "203.0.113.43"]
