"""Every scenario, played step by step with a clock that stands still."""

import json
import re
from collections import defaultdict
from dataclasses import replace
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tui.demo import load_scenario, scenarios
from tui.demo.scenarios.bursts import bursts
from tui.demo.scenarios.player import Player
from tui.demo.scenarios.scenario_file import (
    BGP_GROUP,
    DELIVERED_GROUP,
    IKE_GROUP,
    UnknownScenario,
    read_scenario,
)
from tui.demo.scenarios.tunnel import Setup, TunnelSimulator
from tui.demo.server.store import Store, StoredEvent
from tui.demo.server.vpn import VpnConnection
from tui.domain.clock import ManualClock
from tui.domain.knowledge.schema import SchemaError

NOW = 1_790_000_000_123
NAMES = [scenario.name for scenario in scenarios()]
UP, DOWN, PHASE1 = ("established", "established"), ("down", "down"), ("established", "down")


class Play:
    """A scenario played for some minutes."""

    def __init__(self, name: str, *, seconds: float = 200, speed: float = 1.0, step: float = 0.5) -> None:
        self.clock = ManualClock(NOW)
        self.store = Store(clock=self.clock)
        self.player = Player(load_scenario(name), self.store, speed=speed)
        self.player.begin()
        while self.clock.monotonic() < seconds:
            self.clock.advance(step)
            self.player.advance()

    def streams(self, group: str) -> dict[str, list[StoredEvent]]:
        held = self.store.groups.get(group)
        return {} if held is None else {name: stream.events for name, stream in held.streams.items()}

    def states(self) -> dict[str, tuple[tuple[str, str], bool]]:
        return {label: (end.phases, end.has_session) for label, end in self.player.simulators.items()}


@cache
def played(name: str) -> Play:
    return Play(name)


def details(event: StoredEvent) -> str:
    return str(json.loads(event.message)["details"])


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("cutover", {"hq/1": (UP, True), "hq/2": (UP, True), "osaka/1": (UP, True), "osaka/2": (UP, True)}),
        ("healthy", dict.fromkeys(("hq/1", "hq/2", "branch/1", "branch/2"), (UP, True))),
        ("psk", {"hq/1": (UP, True), "hq/2": (UP, True), "branch/1": (DOWN, False), "branch/2": (DOWN, False)}),
        ("proposals", {"branch/1": (DOWN, False), "branch/2": (PHASE1, False)}),
        ("selectors", {"branch/1": (PHASE1, False), "branch/2": (PHASE1, False)}),
        ("dpd", {"branch/1": (UP, True), "branch/2": (UP, True)}),
        ("flapping", {"branch/1": (DOWN, False), "branch/2": (UP, False)}),
        ("rekey", {"hq/1": (UP, True), "hq/2": (UP, True), "branch/1": (UP, False), "branch/2": (UP, False)}),
        ("bgp", {"hq/1": (UP, False), "hq/2": (UP, True), "branch/1": (UP, False), "branch/2": (UP, False)}),
        ("stale", {"hq/1": (UP, False), "hq/2": (UP, False)}),
        ("churn", {"hq/1": (UP, True), "hq/2": (UP, True), "branch/1": (UP, False), "branch/2": (UP, False)}),
        ("routes", {"hq/1": (UP, True), "hq/2": (UP, True)}),
        ("modifying", {"hq/1": (UP, True), "hq/2": (UP, True)}),
        ("delivered", {"hq/1": (UP, True), "hq/2": (UP, True), "branch/1": (UP, False), "branch/2": (UP, False)}),
        ("idle", {"hq/1": (UP, True), "hq/2": (UP, True), "branch/1": (UP, False), "branch/2": (DOWN, False)}),
    ],
)
def test_a_scenario_ends_as_it_says(name: str, states: dict[str, Any]) -> None:
    assert played(name).states() == states


def test_the_fleet_has_200_tunnels_and_three_connections_in_trouble() -> None:
    play = Play("fleet", seconds=60, step=5)
    states = play.states()
    assert len(states) == 200
    assert {label for label, state in states.items() if state != (UP, True)} == {
        "osaka/branch-17/1",
        "lyon/branch-22/2",
        "quito/branch-08/1",
        "quito/branch-08/2",
    }
    assert len(play.streams(IKE_GROUP)) == 200


def test_the_cutover_tells_its_story_in_three_minutes() -> None:
    scenes = {0: (DOWN, PHASE1), 48: (UP, PHASE1), 80: (UP, UP), 110: (DOWN, UP), 180: (UP, UP)}
    seen = {}
    for second in scenes:
        states = Play("cutover", seconds=second).states()
        seen[second] = (states["osaka/1"][0], states["osaka/2"][0])
    assert seen == scenes


def test_the_issue_of_the_default_scenario_is_listed_first_and_all_have_one_line() -> None:
    assert NAMES[0] == "cutover"
    assert set(NAMES) == {
        "cutover", "healthy", "psk", "proposals", "selectors", "dpd", "flapping", "rekey", "bgp", "idle", "fleet",
        "stale", "churn", "routes", "modifying", "delivered", "broken-logging", "no-return-path",
        "provider",
    }  # fmt: skip
    assert all(scenario.summary and "\n" not in scenario.summary for scenario in scenarios())


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_is_written_in_order_of_time(name: str) -> None:
    play = played(name)
    for events in (*play.streams(IKE_GROUP).values(), *play.streams(BGP_GROUP).values()):
        written = sorted(events, key=lambda event: event.serial)
        assert [event.at for event in written] == sorted(event.at for event in events)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_stamped_or_ingested_ahead_of_its_time(name: str) -> None:
    play = played(name)
    for events in (*play.streams(IKE_GROUP).values(), *play.streams(BGP_GROUP).values()):
        assert all(event.at <= event.ingested_at <= play.clock.now() for event in events)


@pytest.mark.parametrize("name", NAMES)
def test_ike_counts_seconds_and_bgp_milliseconds(name: str) -> None:
    play = played(name)
    for events in play.streams(IKE_GROUP).values():
        assert all(json.loads(event.message)["event_timestamp"] * 1000 == event.at for event in events)
    for events in play.streams(BGP_GROUP).values():
        assert all(json.loads(event.message)["event_timestamp"] == event.at for event in events)


@pytest.mark.parametrize("name", NAMES)
def test_phase_2_never_stands_without_phase_1(name: str) -> None:
    for events in played(name).streams(IKE_GROUP).values():
        for event in events:
            record = json.loads(event.message)
            if record["ike_phase1_state"] in ("down", "negotiating"):
                assert record["ike_phase2_state"] == "down", record


@pytest.mark.parametrize("name", NAMES)
def test_a_delete_names_the_outbound_spi_of_the_pair_that_closes_beside_it(name: str) -> None:
    for events in played(name).streams(IKE_GROUP).values():
        texts = [details(event) for event in events]
        for at, text in enumerate(texts):
            if found := re.search(r"received DELETE for Phase 2 SA with SPI: (0x[0-9a-f]{8})$", text):
                around = texts[max(0, at - 6) : at + 3]
                assert any("is closing CHILD_SA" in near and f"outbound SPI: {found[1]}" in near for near in around)


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_closes_only_after_it_was_established(name: str) -> None:
    pair = re.compile(r"inbound SPI: (\w+): outbound SPI: (\w+)")
    for events in played(name).streams(IKE_GROUP).values():
        standing = set()
        for event in events:
            text = details(event)
            if "is established" in text:
                standing.update(pair.findall(text))
            elif "is closing" in text:
                [closed] = pair.findall(text)
                assert closed in standing


@pytest.mark.parametrize("name", NAMES)
def test_ikev2_requests_are_numbered_without_a_gap_and_start_anew_with_an_ike_sa(name: str) -> None:
    for events in played(name).streams(IKE_GROUP).values():
        last: dict[str, int] = defaultdict(lambda: -1)
        for event in events:
            text = details(event)
            found = re.search(r"(processed|sending) request \(id=(\d+)\) for (?!Quick|Main)", text)
            if found:
                number = int(found[2])
                assert number in (last[found[1]] + 1, 0), text
                last[found[1]] = number


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"broken-logging"}))  # its logs are silent, or are none
def test_a_client_that_starts_now_finds_states_in_the_last_hour(name: str) -> None:
    play = Play(name, seconds=0)
    silent = {"idle": {"branch/2"}}.get(name, set())
    for tunnel in load_scenario(name).tunnels:
        if tunnel.label in silent:
            continue
        events = play.streams(tunnel.tunnel.ike_group or "")[
            f"{tunnel.connection.id}-{tunnel.tunnel.outside_ip}-IKE.log"
        ]
        assert events[-1].at > NOW - 3_600_000, tunnel.label


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"idle"}))
def test_the_last_two_minutes_are_dense(name: str) -> None:
    play = Play(name, seconds=0)
    recent = [event for event in play.store.groups[IKE_GROUP].events if event.at > NOW - 120_000]
    assert len(recent) >= 20


def test_the_same_seed_writes_the_same_records() -> None:
    def written(play: Play) -> list[tuple[int, str, str]]:
        return [(event.at, event.stream, event.message) for event in play.store.groups[IKE_GROUP].events]

    assert written(Play("cutover", seconds=30)) == written(Play("cutover", seconds=30))
    other = Player(replace(load_scenario("cutover"), seed=99), Store(clock=ManualClock(NOW)))
    other.begin()
    assert other.simulators["hq/1"].telemetry(0) == played("cutover").player.simulators["hq/1"].telemetry(0)


def test_speed_shortens_what_comes_and_keeps_the_ages_of_what_was() -> None:
    slow, fast = Play("cutover", seconds=180), Play("cutover", seconds=3, speed=60, step=0.05)
    assert fast.states() == slow.states()
    firsts = [min(event.at for event in play.store.groups[IKE_GROUP].events) for play in (slow, fast)]
    assert firsts[0] == firsts[1] == (NOW - 131 * 60_000) // 1000 * 1000


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_stands_still_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Player(load_scenario("cutover"), Store(), speed=speed)


def test_ec2_follows_the_tunnels_with_a_lag() -> None:
    def status(second: float) -> tuple[str, str]:
        play = Play("cutover", seconds=second)
        [osaka] = [vpn for vpn in play.store.connections.values() if vpn.name == "osaka"]
        return osaka.tunnels[0].telemetry.status, osaka.tunnels[0].telemetry.message

    assert status(50) == ("DOWN", "IPSEC IS DOWN")
    assert status(70) == ("UP", "2 BGP ROUTES")
    assert status(112) == ("UP", "2 BGP ROUTES")
    assert status(130) == ("DOWN", "IPSEC IS DOWN")


def of_hq(play: Play) -> VpnConnection:
    return next(vpn for vpn in play.store.connections.values() if vpn.name == "hq")


def test_an_endpoint_is_replaced_without_a_line_and_ec2_tells_of_it() -> None:
    play = Play("stale", seconds=0)
    tunnel = of_hq(play).tunnels[0]
    replaced_at = NOW - 24 * 60_000
    assert (tunnel.telemetry.status, tunnel.telemetry.since, tunnel.last_maintenance) == (
        "DOWN",
        replaced_at,
        replaced_at,
    )
    [stream] = [events for name, events in play.streams(IKE_GROUP).items() if "203.0.113.17" in name]
    last = json.loads(stream[-1].message)
    assert (last["ike_phase1_state"], last["ike_phase2_state"]) == UP
    assert stream[-1].at < replaced_at


def test_each_network_of_a_policy_based_device_closes_the_other() -> None:
    [stream] = [events for name, events in played("churn").streams(IKE_GROUP).items() if "203.0.113.45" in name]
    selectors = [text.partition("selectors: ")[2] for event in stream if "is established" in (text := details(event))]
    assert len(selectors) > 100
    assert all(first != second for first, second in pairwise(selectors[1:]))


def test_routes_leave_while_the_session_stands() -> None:
    def message(second: float) -> list[str]:
        return [tunnel.telemetry.message for tunnel in of_hq(Play("routes", seconds=second)).tunnels]

    assert message(0) == ["0 BGP ROUTES", "4 BGP ROUTES"]
    assert message(60) == ["0 BGP ROUTES", "0 BGP ROUTES"]
    assert message(150) == ["4 BGP ROUTES", "4 BGP ROUTES"]


def test_a_connection_is_modified_and_its_options_differ_afterwards() -> None:
    before, after = of_hq(Play("modifying", seconds=10)), of_hq(Play("modifying", seconds=100))
    assert (before.state, before.tunnels[0].provisioning) == ("modifying", "pending")
    assert (after.state, after.tunnels[0].provisioning) == ("available", "available")
    assert after.tunnels[0].options["Phase2DHGroupNumbers"] == (20,)
    assert after.tunnels[1].options == {}


def test_a_delivery_writes_plain_lines_and_the_options_say_that_logging_is_off() -> None:
    play = played("delivered")
    branch = next(vpn for vpn in play.store.connections.values() if vpn.name == "branch")
    assert {tunnel.ike_group for tunnel in branch.tunnels} == {None}
    [delivery] = play.store.deliveries
    assert (delivery.connection, delivery.group, delivery.output_format) == (branch.id, DELIVERED_GROUP, "plain")
    line = next(iter(play.streams(DELIVERED_GROUP).values()))[-1].message
    assert re.fullmatch(r"\d{10}\|true\|false\|established\|established\|AWS tunnel .+|.*packet.*", line)


def test_ike_without_bgp_is_down_to_ec2() -> None:
    [hq] = [vpn for vpn in played("bgp").store.connections.values() if vpn.name == "hq"]
    assert (hq.tunnels[0].telemetry.status, hq.tunnels[0].telemetry.message) == ("DOWN", "IPSEC IS UP")


@pytest.mark.parametrize(("at_once", "states"), [(False, "negotiating"), (True, "down")])
def test_a_failure_is_recorded_under_the_old_state_or_the_fallen_one(at_once: bool, states: str) -> None:
    setup = Setup("vpn-1", "cgw-1", "203.0.113.1", "169.254.0.1", "169.254.0.2", falls_at_once=at_once)
    end = TunnelSimulator(setup, Random(1))
    records = {r.body["details"]: r.body for r in end.play(bursts()["psk_mismatch_v2"])}
    assert records["AWS tunnel detected a pre-shared key mismatch with cgw: cgw-1"]["ike_phase1_state"] == states
    assert end.phases == DOWN


@pytest.mark.parametrize("name", bursts())
def test_a_burst_leaves_no_word_unfilled(name: str) -> None:
    setup = Setup("vpn-1", "cgw-1", "203.0.113.1", "169.254.0.1", "169.254.0.2", routes=("10.0.0.0/8",))
    for record in TunnelSimulator(setup, Random(1)).play(bursts()[name]):
        text = str(record.body.get("details") or record.body.get("message"))
        assert not re.search(r"\{\w+\+?\}", text)
        assert not text.endswith(".")


@pytest.mark.parametrize("name", [name for name, burst in bursts().items() if burst.bgp])
def test_bgp_is_up_only_into_established(name: str) -> None:
    for line in bursts()[name].bgp:
        if found := re.search(r"changed from \w+ to (\w+)", line.text):
            assert (line.status == "UP") == (found[1] == "Established")


@pytest.mark.parametrize("rekey", ["ike_rekey", "ike_rekey_by_cgw"])
def test_requests_are_numbered_from_0_under_a_new_ike_sa(rekey: str) -> None:
    end = TunnelSimulator(Setup("vpn-1", "cgw-1", "203.0.113.1", "169.254.0.1", "169.254.0.2"), Random(1))
    for name in ("ike_up_v2", "dpd_cycle", rekey):
        list(end.play(bursts()[name]))
    assert "(id=0)" in str([record.body for record in end.play(bursts()["dpd_cycle"])])


def test_a_record_can_be_read_at_the_moment_at_which_it_is_written() -> None:
    newest = Play("cutover", seconds=45).store.groups[IKE_GROUP].events[-1]
    assert newest.at == (NOW + 45_000) // 1000 * 1000
    assert newest.stream.startswith("vpn-0d4c3b2a1908f7e6d-203.0.113.88")


def test_packets_move_to_4500_once_nat_is_known() -> None:
    setup = Setup("vpn-1", "cgw-1", "203.0.113.1", "169.254.0.1", "169.254.0.2", nat=True)
    texts = [str(record.body["details"]) for record in TunnelSimulator(setup, Random(1)).play(bursts()["ike_up_v2"])]
    ports = [re.findall(r"UDP (\d+)", text) for text in texts if "packet" in text]
    assert ports == [["500", "500"]] * 2 + [["4500", "4500"]] * 2


def test_an_unknown_scenario_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownScenario, match=r"no scenario named 'cutoff'\. There are: cutover, bgp, broken-logging"):
        load_scenario("cutoff")


SMALL: dict[str, Any] = {
    "summary": "s",
    "connections": [
        {
            "id": "vpn-1",
            "name": "a",
            "customer_gateway": "cgw-1",
            "tunnels": [{"outside_ip": "203.0.113.1", "inside_cidr": "169.254.1.0/30"}],
        }
    ],
    "steps": [{"at": "0s", "tunnel": "a/1", "play": "ike_up_v2"}],
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"play": "ike_upp"}, "no burst is named ike_upp"),
        ({"tunnel": "b/1"}, "no tunnel is named b/1"),
        ({"at": "soon"}, "steps 1: `at`: 'soon' is not a span of time"),
        ({"often": "1s"}, "steps 1: unknown `often`"),
        ({"change": {"stat": "x"}}, "steps 1: unknown `stat`"),
        ({"change": {"replaced": "yes"}}, "steps 1: `replaced` must be true or false"),
        ({"play": []}, "steps 1: nothing happens"),
        ({"jitter": "0.1"}, "steps 1: `jitter` must be a number"),
    ],
)
def test_a_wrong_step_is_named(change: dict[str, str], says: str) -> None:
    with pytest.raises(SchemaError, match=f"scenario own: {says}"):
        read_scenario("own", SMALL | {"steps": [SMALL["steps"][0] | change]})


def test_memory_is_bounded_however_long_the_play() -> None:
    clock = ManualClock(NOW)
    store = Store(clock=clock, capacity=2_000)
    player = Player(load_scenario("fleet"), store)
    player.begin()
    for _ in range(20):
        clock.advance(5)
        player.advance()
    assert len(store.groups[IKE_GROUP].events) <= 2_250
    assert sum(len(events.events) for events in store.groups[IKE_GROUP].streams.values()) <= 2_250
