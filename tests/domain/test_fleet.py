"""The fleet: order by the log, bounded memory, the verdict, and what EC2 adds."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike, tunnel_of
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.reading.owners import MOST_STREAMS, Owners
from tui.domain.reading.streams import StreamName
from tui.domain.state.fleet import MOST_AWAY, MOST_CHANGES, Fleet
from tui.domain.state.tunnel_state import Health

HQ = ConnectionFacts(VPN, name="hq", tunnels=(TunnelFacts(OTHER_IP), TunnelFacts(IP)))


def portrait(fleet: Fleet) -> list[object]:
    """Everything that a reader could see of a fleet."""
    return [
        (tunnel.connection, tunnel.outside_ip, tunnel.state, [(e.raw, e.state) for e in tunnel.history])
        for tunnel in fleet.tunnels
    ]


DETAILS = [
    "AWS tunnel is sending DPD request",
    "AWS tunnel DPD timed out after 3 retransmits",
    "AWS tunnel received DELETE for IKE_SA from CGW",
    "AWS tunnel processed request (id=4) for CREATE_CHILD_SA",
    "AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa",
    "AWS tunnel Phase 2 SA is established with inbound SPI: 0x11111111: outbound SPI: 0xaaaaaaaa: traffic sel",
    "something that nobody knows",
]
moments = st.tuples(
    st.sampled_from(DETAILS),
    st.sampled_from(["EE", "ED", "ND", "DD", "ER", None]),
    st.integers(0, 12),
    st.sampled_from([IP, OTHER_IP]),
)
histories = st.lists(moments, max_size=200).map(
    lambda each: [
        ike(details, states, at=at, ip=ip, rank=index, serial=index + 1)
        for index, (details, states, at, ip) in enumerate(each)
    ]
)


@settings(deadline=None)  # folds two fleets of 200 events: on a busy machine more than 200 ms
@given(histories, st.data())
def test_any_split_and_any_order_of_arrival_gives_the_same_fleet(history: list[RawEvent], data: st.DataObject) -> None:
    whole = fleet_of(sorted(history, key=lambda raw: raw.at))
    arrivals = data.draw(st.permutations(history))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history)), max_size=5)))
    parts = Fleet(whole.catalogue)
    for start, end in zip([0, *cuts], [*cuts, len(history)], strict=True):
        parts.apply(arrivals[start:end])
    assert portrait(parts) == portrait(whole)


@settings(deadline=None)
@given(histories, st.randoms(use_true_random=False), st.integers(2, 5))
def test_corrected_places_give_the_fleet_of_the_right_order(
    history: list[RawEvent], chance: Random, every: int
) -> None:
    right = fleet_of(history)
    wrong, moved = [], []
    for raw in history:
        if chance.randrange(every):
            wrong.append(raw)
        else:
            moved.append(raw)
            wrong.append(replace(raw, ingested_at=raw.ingested_at + chance.randint(-7, 7), rank=chance.randint(0, 300)))
    fleet = fleet_of(wrong)
    fleet.apply((), moved=moved)
    assert portrait(fleet) == portrait(right)


def test_a_late_event_finds_its_place_and_does_not_turn_the_state_back() -> None:
    fleet = fleet_of([ike("x", "EE", at=0), ike("x", "EE", at=60)])
    applied = fleet.apply([ike("x", "DD", at=30)])
    (tunnel,) = fleet.tunnels
    assert tunnel.health is Health.UP
    assert [entry.at for entry in tunnel.history] == [NOON, NOON + 30_000, NOON + 60_000]
    assert [each.after for _, each in applied.transitions] == [Health.DOWN, Health.UP]


def test_arrival_order_is_kept_inside_a_second() -> None:
    events = [ike(f"step {step}", "ND" if step < 3 else "EE", rank=step) for step in range(4)]
    tunnel = tunnel_of(events)
    assert [entry.event.message for entry in tunnel.history] == ["step 0", "step 1", "step 2", "step 3"]
    assert tunnel.health is Health.UP


def test_identical_lines_are_all_kept() -> None:
    fleet = fleet_of([ike("AWS tunnel is sending DPD request")] * 3)
    assert (fleet.seen, [len(tunnel.history) for tunnel in fleet.tunnels]) == (3, [3])


def test_only_a_change_moves_the_tunnels_revision() -> None:
    fleet = fleet_of([ike("x", ip=IP), ike("x", ip=OTHER_IP)])
    fleet.apply([ike("x", at=5, ip=IP)])
    moved = {tunnel.outside_ip: tunnel.revision == fleet.revision for tunnel in fleet.tunnels}
    assert moved == {IP: True, OTHER_IP: False}


def test_the_watermark_never_moves_back() -> None:
    fleet = fleet_of()
    fleet.apply((), watermark=NOON)
    fleet.apply((), watermark=NOON - 1)
    assert fleet.watermark == NOON


def test_tunnels_that_have_logged_nothing_are_on_the_board_as_unknown() -> None:
    fleet = fleet_of([ike("x")])
    fleet.learn(Inventory((HQ,)))
    assert [(tunnel.outside_ip, tunnel.health.value) for tunnel in fleet.tunnels] == [(OTHER_IP, "unknown"), (IP, "up")]
    assert fleet.connections[0].name == "hq"


def test_a_tunnel_that_ec2_no_longer_names_leaves_the_board() -> None:
    fleet = fleet_of()
    fleet.learn(Inventory((HQ,)))
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(TunnelFacts(IP),)),)))
    assert [tunnel.outside_ip for tunnel in fleet.tunnels] == [IP]
    fleet.learn(Inventory())
    assert fleet.connections == ()


def test_a_tunnel_that_only_the_log_names_stays_beside_those_that_ec2_names() -> None:
    fleet = fleet_of([ike("x", ip="203.0.113.99")])
    fleet.learn(Inventory((HQ,)))
    fleet.learn(Inventory((HQ,)))
    assert [tunnel.outside_ip for tunnel in fleet.tunnels] == [OTHER_IP, IP, "203.0.113.99"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_tunnel_whose_successor_ec2_lists_leaves_the_board_whatever_is_read_first(order: tuple[int, int]) -> None:
    fleet = fleet_of()
    old = ike("AWS tunnel received DELETE for IKE_SA from CGW", "DD", at=10, ip="203.0.113.99")
    steps = (lambda: fleet.learn(Inventory((HQ,))), lambda: fleet.apply([old, ike("x", ip=IP, at=20)]))
    for index in order:
        steps[index]()
    assert [tunnel.outside_ip for tunnel in fleet.tunnels] == [OTHER_IP, IP]
    assert [len(tunnel.history) for tunnel in fleet.held_tunnels if tunnel.outside_ip == "203.0.113.99"] == [1]
    fleet.apply([ike("x", at=30, ip="203.0.113.99")])  # it is still there
    assert [tunnel.outside_ip for tunnel in fleet.tunnels] == [OTHER_IP, IP, "203.0.113.99"]


def test_a_tunnel_that_logs_later_joins_those_that_were_listed_before() -> None:
    fleet = fleet_of([ike("x", ip=IP)])
    assert [tunnel.outside_ip for tunnel in fleet.tunnels] == [IP]
    fleet.apply([ike("x", ip=OTHER_IP)])
    assert {tunnel.outside_ip for tunnel in fleet.tunnels} == {IP, OTHER_IP}


def test_the_name_of_a_stream_counts_before_what_its_lines_say() -> None:
    line = bgp("x", ip=OTHER_IP)
    assert [tunnel.outside_ip for tunnel in fleet_of([replace(line, stream=ike("x").stream)]).tunnels] == [IP]


def test_a_stream_without_an_id_stays_in_sight_when_ec2_has_named_all_connections() -> None:
    fleet = fleet_of([RawEvent("odd", NOON, NOON, "free text")])
    fleet.learn(Inventory((HQ,)))
    assert ("", "odd") in [(tunnel.connection, tunnel.outside_ip) for tunnel in fleet.tunnels]


def test_streams_without_an_id_are_placed_by_what_their_lines_say() -> None:
    line = f'{{"resource_id":"{VPN}_{IP}","type":"BGPStatus","status":"UP","message":null}}'
    fleet = fleet_of([RawEvent("odd", NOON, NOON, line), RawEvent("odder", NOON, NOON, "free text")])
    assert [(tunnel.connection, tunnel.outside_ip) for tunnel in fleet.tunnels] == [("", "odder"), (VPN, IP)]


def named_line(outside: str) -> str:
    return f'{{"resource_id":"{VPN}_{outside}","type":"BGPStatus","status":"UP","message":null}}'


@pytest.mark.parametrize("spelled", ["2001-db8--17", "2001_db8__17", "2001:db8:0:0::17"])
def test_an_ipv6_tunnel_is_one_however_its_address_is_spelled(spelled: str) -> None:
    fleet = fleet_of()
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(TunnelFacts("2001:db8::17"),)),)))
    fleet.apply(
        [
            RawEvent(f"{VPN}-{spelled}-IKE.log", NOON, NOON, ike("x").message),
            RawEvent("odd", NOON, NOON, named_line(spelled)),
        ]
    )
    assert [(tunnel.outside_ip, len(tunnel.history)) for tunnel in fleet.tunnels] == [("2001:db8::17", 2)]


def test_a_stream_without_an_address_holds_the_tunnels_that_its_lines_name() -> None:
    stream = f"{VPN}-BGP.log"
    lines = [named_line(IP), named_line(OTHER_IP), named_line(IP), "free text"]
    fleet = fleet_of([RawEvent(stream, NOON, NOON, line) for line in lines])
    assert {tunnel.outside_ip: len(tunnel.history) for tunnel in fleet.tunnels} == {IP: 3, OTHER_IP: 1}


def test_a_message_that_no_rule_knows_is_counted() -> None:
    assert tunnel_of([ike("charon feels unwell")]).unknown == 1


def test_history_is_bounded_and_the_state_survives_forgetting() -> None:
    chance = Random(7)
    events = [ike(chance.choice(DETAILS), chance.choice(["EE", "DD", "ND", None]), at=second) for second in range(3000)]
    small, large = fleet_of(retained=300), fleet_of()
    for start in range(0, 3000, 50):
        small.apply(events[start : start + 50])
        large.apply(events[start : start + 50])
    assert sum(1 for _ in small.tunnels[0].history) <= 300
    assert small.tunnels[0].state == large.tunnels[0].state


def test_forgetting_takes_chatter_first() -> None:
    news = ike("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890", "ND", at=-1)
    fleet = fleet_of([news], retained=200)
    for second in range(500):
        fleet.apply([ike("AWS tunnel is sending DPD request", "ND", at=second)])
    assert news in [entry.raw for entry in fleet.tunnels[0].history]
    assert len(fleet.tunnels[0].history) <= 200


def test_one_tunnel_that_logs_much_has_what_the_quiet_ones_leave() -> None:
    fleet = fleet_of(retained=1_000)
    fleet.apply([ike("quiet", ip=f"203.0.113.{number}") for number in range(100)])
    busy = fleet.find(VPN, "203.0.113.7")
    assert busy is not None
    kept = []
    for second in range(2_000):
        fleet.apply([ike(f"{second} of trouble", "DD", ip="203.0.113.7", at=second)])
        kept.append(len(busy.history))
    assert min(kept[800:]) > 300


def test_many_that_log_much_are_cut_to_one_level() -> None:
    fleet = fleet_of(retained=1_000)
    for second in range(500):
        fleet.apply([ike(f"{second} of trouble", "DD", ip=f"203.0.113.{number}", at=second) for number in range(5)])
    weights = [tunnel.history.weight for tunnel in fleet.tunnels]
    assert sum(weights) <= 1_000
    assert min(weights) > 50


def test_an_answer_that_changes_one_connection_has_only_that_looked_at_again() -> None:
    other = ConnectionFacts("vpn-0c2d3e4f5a6b7c8d9", tunnels=(TunnelFacts("198.51.100.7"),))
    fleet = fleet_of()
    fleet.learn(Inventory((HQ, other)))
    before = {tunnel.outside_ip: tunnel.revision for tunnel in fleet.tunnels}
    fleet.learn(Inventory((HQ, replace(other, name="osaka"))))
    after = {tunnel.outside_ip: tunnel.revision for tunnel in fleet.tunnels}
    assert {ip for ip in before if after[ip] != before[ip]} == {"198.51.100.7"}


def test_giant_lines_weigh_what_they_hold() -> None:
    fleet = fleet_of(retained=300)
    for second in range(200):
        fleet.apply([ike("x" * 262_144, at=second)])
    assert sum(len(entry.raw.message) for entry in fleet.tunnels[0].history) < 64 * 300_000


def test_an_event_older_than_what_is_kept_changes_nothing() -> None:
    fleet = fleet_of(retained=200)
    for second in range(1000):
        fleet.apply([ike("unfolded", "EE" if second % 2 else "ED", at=second)])
    before = fleet.tunnels[0].state
    fleet.apply([ike("x", "DD", at=1)])
    assert fleet.tunnels[0].state == before


def test_an_older_page_of_many_events_gives_the_same_as_order() -> None:
    events = [ike(DETAILS[second % 7], ["EE", "ED", "ND", None][second % 4], at=second) for second in range(600)]
    pages = Fleet(fleet_of().catalogue)
    for page in (events[400:], events[200:400], events[:200]):
        pages.apply(page)
    assert portrait(pages) == portrait(fleet_of(events))


def test_a_connection_that_ec2_left_out_once_comes_back_as_it_was() -> None:
    fleet = fleet_of([ike("x", "EE")])
    fleet.learn(Inventory((HQ,)))
    fleet.learn(Inventory((ConnectionFacts("vpn-0c2d3e4f5a6b7c8d9"),)))
    assert list(fleet.tunnels) == []
    fleet.learn(Inventory((HQ,)))
    assert [tunnel.health for tunnel in fleet.tunnels] == [Health.UNKNOWN, Health.UP]


def test_a_connection_that_only_an_old_log_names_counts_for_nothing() -> None:
    fleet = fleet_of()
    fleet.learn(Inventory((HQ,)))
    fleet.apply([ike("x", "DD", vpn="vpn-0c2d3e4f5a6b7c8d9")])
    assert [connection.id for connection in fleet.connections] == [VPN]


def test_a_fall_that_was_told_and_did_not_hold_is_taken_back() -> None:
    fleet = fleet_of([ike("x", "EE", at=-60)])
    told = fleet.apply([ike("AWS tunnel DPD timed out after 3 retransmits", "EE")]).transitions
    told += fleet.apply([ike("x", "EE", at=10)]).transitions
    assert [change.after for _, change in told] == [Health.DOWN, Health.UP]


def test_changes_that_are_told_follow_each_other_also_where_one_did_not_hold_and_the_next_came_with_it() -> None:
    fleet, told = fleet_of(), []
    for batch in ([ike("x", "EE")], [ike("x", "DD", at=100)], [ike("x", "EE", at=101), ike("x", "DD", at=200)]):
        told += [change for _, change in fleet.apply(batch).transitions]
    assert [change.before for change in told[1:]] == [change.after for change in told[:-1]]


def test_giant_lines_are_forgotten_one_by_one() -> None:
    fleet = fleet_of(retained=300)
    fleet.apply([ike(f"{second} " + "x" * 262_144, at=second) for second in range(300)])
    assert fleet.tunnels[0].history.weight <= 600


def test_line_of_a_known_text_alone_has_its_effect() -> None:
    line = "AWS tunnel DPD timed out after 3 retransmits"
    tunnel = tunnel_of([ike("AWS tunnel is sending DPD request"), replace(ike(line, at=5), message=line)])
    assert tunnel.state.health.value is Health.DOWN


def test_of_connections_that_left_so_many_are_kept_and_their_memory_is_given_back() -> None:
    fleet = fleet_of([])
    for number in range(MOST_AWAY + 20):
        vpn = f"vpn-{number:017x}"
        fleet.learn(Inventory((ConnectionFacts(vpn, tunnels=(TunnelFacts(IP),)), HQ)))
        fleet.apply([ike("a line", vpn=vpn)])
        fleet.learn(Inventory((HQ,)))
    assert fleet.held == MOST_AWAY
    first, last = (f"vpn-{number:017x}" for number in (0, MOST_AWAY + 19))
    fleet.learn(Inventory((HQ, *(ConnectionFacts(vpn, tunnels=(TunnelFacts(IP),)) for vpn in (first, last)))))
    lines = [len(tunnel.history) for vpn in (first, last) if (tunnel := fleet.find(vpn, IP))]
    assert lines == [0, 1]


def test_of_streams_whose_lines_name_their_tunnel_so_many_are_remembered() -> None:
    owners = Owners()
    name = StreamName("", "?", None)

    def owner(number: int, message: str) -> tuple[str, str]:
        stream = f"stream {number}"
        return owners.of(RawEvent(stream, NOON, NOON, message), name)

    for number in range(MOST_STREAMS + 1):
        owner(number, f'{{"resource_id": "{VPN}_{IP}", "type": "BGPStatus", "status": "UP", "message": null}}')
    assert owner(MOST_STREAMS, "a line without a name") == (VPN, IP)
    assert owner(0, "a line without a name") == name[:2]


def test_the_connections_are_the_same_tuple_until_one_joins_or_leaves_or_has_another_name() -> None:
    fleet = fleet_of()
    first, second = (ConnectionFacts(f"vpn-{number}", name) for number, name in ((1, "a"), (2, "b")))
    fleet.learn(Inventory((first, second)))
    listed = fleet.connections
    fleet.learn(Inventory((first, second)))
    assert fleet.connections is listed
    fleet.learn(Inventory((replace(first, name="c"), second)))
    assert [connection.name for connection in fleet.connections] == ["b", "c"]
    fleet.learn(Inventory((second,)))
    assert [connection.name for connection in fleet.connections] == ["b"]


def test_it_tells_what_changed_since_a_revision_and_when_it_no_longer_can() -> None:
    fleet = fleet_of()
    fleet.apply([ike("x", "EE", at=1, ip="192.0.2.1")])
    before = fleet.revision
    assert fleet.changed_since(before) == set()
    fleet.apply([ike("y", "EE", at=2, ip="192.0.2.2"), ike("z", "EE", at=2, ip="192.0.2.3")])
    changed = fleet.changed_since(before)
    assert changed is not None
    assert {tunnel.outside_ip for tunnel in changed} == {"192.0.2.2", "192.0.2.3"}
    for at in range(MOST_CHANGES):
        fleet.apply([ike("y", "EE", at=10 + at, ip="192.0.2.2")])
    assert fleet.changed_since(before) is None


def test_routine_of_a_tunnel_that_is_up_is_no_change_and_of_one_that_is_down_it_is() -> None:
    up, down, routine = "192.0.2.1", "192.0.2.2", "AWS tunnel is sending DPD request"
    fleet = fleet_of([ike("x", "EE", at=1, ip=up), ike("x", "DD", at=1, ip=down)])
    before = fleet.revision
    fleet.apply([ike(routine, "EE", at=2, ip=up), ike(routine, "DD", at=2, ip=down)])
    changed = fleet.changed_since(before)
    assert changed is not None
    assert [tunnel.outside_ip for tunnel in changed] == [down]
    fleet.apply([ike(routine, "ED", at=3, ip=up)])
    assert {tunnel.outside_ip for tunnel in fleet.changed_since(before) or ()} == {up, down}
    fleet.apply([ike(routine, "EE", at=4, ip=up)])
    standing = fleet.revision
    fleet.apply([ike(routine, "ER", at=5, ip=up)])
    assert {tunnel.outside_ip for tunnel in fleet.changed_since(standing) or ()} == {up}
    assert all(tunnel.revision > before for tunnel in fleet.tunnels)
