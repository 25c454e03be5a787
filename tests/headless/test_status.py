"""The exit codes follow the monitoring-plugin convention; the JSON keeps its shape."""

import json
from dataclasses import replace
from typing import Protocol

import pytest
from rich.cells import cell_len

from tests import scenes
from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, OptionChange, StaticRoute, Telemetry, TunnelFacts
from tui.domain.state.fleet import Fleet
from tui.domain.trail import TrailChange
from tui.headless.status import exit_code, render_json, render_table

States = tuple[str | None, str | None]
"""The phases of a connection's two tunnels, None where one logged nothing."""
OTHER_VPN = "vpn-0c2d3e4f5a6b7c8d9"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (("EE", "EE"), ("EE", "ER"), 0),
        (("EE", "EE"), ("EE", "DD"), 1),
        (("EE", None), ("EE", "EE"), 1),
        (("EE", "EE"), ("DD", "ND"), 2),
        (("EE", "EE"), (None, None), 3),
        (("DD", "DD"), (None, None), 2),
    ],
)
def test_exit_code_is_that_of_the_worst_connection(first: States, second: States, code: int) -> None:
    events = [
        ike("x", states, ip=ip, vpn=vpn)
        for vpn, pair in ((VPN, first), (OTHER_VPN, second))
        for ip, states in zip((IP, OTHER_IP), pair, strict=True)
    ]
    assert exit_code(fleet_of(events), now=NOON) == code


def test_tunnels_into_which_nothing_is_routed_are_never_called_redundant_on_the_board() -> None:
    fleet = fleet_of([ike("x", "EE", ip=ip) for ip in (IP, OTHER_IP)])
    bare = ConnectionFacts(
        VPN, name="mine", gateway_kind="vgw", static_routes_only=True, tunnels=(TunnelFacts(IP), TunnelFacts(OTHER_IP))
    )
    fleet.learn(Inventory((bare,)))
    feed = FeedState(FeedMode.LIVE)
    table = render_table(fleet, feed, now=NOON)
    assert "2/2 up, nothing routed" in table
    assert "redundant" not in table
    (connection,) = json.loads(render_json(fleet, feed, now=NOON))["connections"]
    assert [tunnel["unrouted"] for tunnel in connection["tunnels"]] == ["no_static_route"] * 2
    # The verdict and the exit code tell what carries: IKE, and BGP where that routes.
    assert (connection["verdict"], exit_code(fleet, now=NOON)) == ("redundant", 0)
    routed = replace(bare, routes=(StaticRoute("10.0.0.0/8", "available"),))
    fleet.learn(Inventory((routed,)))
    assert "2/2 redundant" in render_table(fleet, feed, now=NOON)


def test_no_data_at_all_is_could_not_tell() -> None:
    assert exit_code(fleet_of(), now=NOON) == 3


def test_the_document_keeps_to_the_contract() -> None:
    change = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
    fleet = fleet_of([ike("x", "DD"), ike("x", "EE", at=5), bgp(change, at=6)])
    telemetry = Telemetry(is_up=True, message="2 BGP ROUTES", since=NOON)
    facts = (
        TunnelFacts(IP, telemetry=telemetry, negotiated={"IkeVersion": "ikev2"}, replaced_at=NOON),
        TunnelFacts(OTHER_IP),
    )
    fleet.learn(Inventory((ConnectionFacts(VPN, name="hq", tunnels=facts),)))
    fleet.apply((), watermark=NOON + 8000)
    feed = FeedState(FeedMode.LIVE, region="eu-west-1")
    found = json.loads(render_json(fleet, feed, now=NOON + 10_000))
    assert found["region"] == "eu-west-1"
    assert found["generated_at"] == "2026-11-23T12:00:10Z"
    assert found["feed"]["state"] == "live"
    assert found["feed"]["behind_seconds"] == 2
    (connection,) = found["connections"]
    assert (connection["verdict"], connection["up"], connection["total"]) == ("at_risk", 1, 2)
    up, silent = connection["tunnels"]
    assert up["outside_ip"] == IP
    assert (up["health"], up["since"], up["dpd_enabled"]) == ("up", "2026-11-23T12:00:05Z", True)
    assert up["bgp"]["state"] == "established"
    assert up["ec2"] == {
        "status": "UP",
        "message": "2 BGP ROUTES",
        "since": "2026-11-23T12:00:00Z",
        "negotiated": {"IkeVersion": "ikev2"},
        "replaced_at": "2026-11-23T12:00:00Z",
        "maintenance": None,
    }
    assert (silent["health"], silent["since"], silent["bgp"], silent["ec2"]) == ("unknown", None, None, None)


def test_after_a_loss_that_only_ec2_saw_a_tunnel_is_up_since_its_end() -> None:
    begun = ("AWS tunnel processed request (id=0) for IKE_SA_INIT", "AWS tunnel processed request (id=1) for IKE_AUTH")
    established = "AWS tunnel Phase 2 SA is established with inbound SPI: 0x1a: outbound SPI: 0x1b"
    fleet = fleet_of([ike("x", "EE"), *(ike(line, "ND", at=1200) for line in begun), ike(established, "EE", at=1200)])
    up = TunnelFacts(IP, telemetry=Telemetry(True, "", NOON + 1_201_000), replaced_at=NOON + 600_000)
    fleet.learn(Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(up,)),)))
    fleet.apply((), watermark=NOON + 1_260_000)
    found = json.loads(render_json(fleet, FeedState(FeedMode.LIVE), now=NOON + 1_260_000))
    (tunnel,) = found["connections"][0]["tunnels"]
    (outage,) = tunnel["outages"]
    assert [outage["end"], tunnel["since"], tunnel["carries_since"]] == ["2026-11-23T12:20:00Z"] * 3


def test_of_a_tunnel_that_keeps_going_down_every_outage_has_its_cause() -> None:
    dead = "AWS tunnel DPD timed out after 3 retransmits"
    falls = [
        ike(*line, at=at + after) for at in range(0, 1_200, 36) for line, after in (((dead, "DD"), 30), (("x",), 36))
    ]
    fleet = fleet_of([ike("x"), *falls])
    found = json.loads(render_json(fleet, FeedState(FeedMode.LIVE), now=NOON + 1_230_000))
    outages = found["connections"][0]["tunnels"][0]["outages"]
    assert [outage["code"] for outage in outages] == ["dpd_timeout"] * 34


def test_what_changed_at_aws_stands_with_each_tunnel_that_it_concerns_and_with_who_made_it() -> None:
    groups = OptionChange(NOON, IP, "Phase2DHGroupNumbers", "14", "20")
    alice = TrailChange(NOON - 1, "ModifyVpnTunnelOptions", "user alice", "", VPN, IP, (groups.option,))
    whole = TrailChange(NOON - 2, "ModifyVpnConnection", "user bob", connection=VPN)
    fleet = fleet_of(())
    tunnels = (TunnelFacts(IP, changes=(groups,), calls=(whole, alice)), TunnelFacts(OTHER_IP, calls=(whole,)))
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=tunnels),)))
    (connection,) = json.loads(render_json(fleet, FeedState(), now=NOON))["connections"]
    changes = [[(each["what"], each["who"]) for each in tunnel["changes"]] for tunnel in connection["tunnels"]]
    assert changes == [
        [
            ("ModifyVpnConnection", "user bob"),
            ("ModifyVpnTunnelOptions: Phase2DHGroupNumbers", "user alice"),
            ("EC2: Phase2DHGroupNumbers  14 → 20", "user alice"),
        ],
        [("ModifyVpnConnection", "user bob")],
    ]


def test_names_from_outside_are_harmless_in_the_table() -> None:
    fleet = fleet_of([ike("x")])
    fleet.learn(Inventory((ConnectionFacts(VPN, name="\x1b[31m東京\u202e", tunnels=(TunnelFacts(IP),)),)))
    table = render_table(fleet, FeedState(notices=("no \x1b]52;c;aGk=\x07 here",)), now=NOON)
    assert all(line.isprintable() for line in table.splitlines())
    assert "[31m東京" in table


class Render(Protocol):
    """A report of `status` on a fleet."""

    def __call__(self, fleet: Fleet, feed: FeedState, *, now: int, caught_up: bool = True) -> str: ...


RENDERERS: list[Render] = [render_json, render_table]
GROUP = "/aws/vendedlogs/vpn"
SILENT: dict[Render, str] = {render_json: "logged nothing", render_table: "no log lines in the look-back"}
LOGGING_IS_OFF: dict[Render, str] = {render_json: "Logging is off", render_table: "logging is off"}
DOWN_FOR_LONG = "log does not say why"


def two_tunnels_of_which_one_logged(silent: TunnelFacts | None = None) -> Fleet:
    fleet = fleet_of([ike("x")])
    tunnels = (TunnelFacts(IP, ike_group=GROUP), silent or TunnelFacts(OTHER_IP, ike_group="/other"))
    fleet.learn(Inventory((ConnectionFacts(VPN, name="hq", tunnels=tunnels),)))
    fleet.apply((), watermark=NOON + 60_000)
    return fleet


@pytest.mark.parametrize("render", RENDERERS)
def test_a_log_that_may_not_be_read_is_not_called_silent(render: Render) -> None:
    fleet = two_tunnels_of_which_one_logged()
    denied = FeedState(FeedMode.POLLING, unread=("/other",))
    assert SILENT[render] in render(fleet, FeedState(FeedMode.POLLING), now=NOON + 60_000)
    assert SILENT[render] not in render(fleet, denied, now=NOON + 60_000)


@pytest.mark.parametrize("render", RENDERERS)
def test_a_log_that_was_not_read_to_its_end_is_not_called_silent(render: Render) -> None:
    fleet = two_tunnels_of_which_one_logged()
    assert SILENT[render] not in render(fleet, FeedState(FeedMode.OFFLINE), now=NOON + 60_000, caught_up=False)


@pytest.mark.parametrize("render", RENDERERS)
def test_that_logging_is_off_is_said_although_nothing_was_read(render: Render) -> None:
    silent = TunnelFacts(OTHER_IP, ike_group=None, configured={"Phase1DHGroupNumbers": "14"})
    fleet = two_tunnels_of_which_one_logged(silent)
    assert LOGGING_IS_OFF[render] in render(fleet, FeedState(FeedMode.OFFLINE), now=NOON + 60_000, caught_up=False)


@pytest.mark.parametrize("render", RENDERERS)
def test_silence_is_measured_against_what_was_read_and_not_against_the_present(render: Render) -> None:
    # Down for a moment names no cause yet; whether it lasted until now, nobody has read.
    fleet = fleet_of([ike("x", "EE"), ike("y", "DD", at=1)])
    fleet.apply((), watermark=NOON + 2_000)
    assert DOWN_FOR_LONG not in render(fleet, FeedState(), now=NOON + 3_600_000)
    fleet.apply((), watermark=NOON + 3_600_000)
    assert DOWN_FOR_LONG in render(fleet, FeedState(), now=NOON + 3_600_000)


def bgp_lost_on_both() -> Fleet:
    lost = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
    fleet = fleet_of([event for ip in (IP, OTHER_IP) for event in (ike("x", ip=ip), bgp(lost, "DOWN", at=5, ip=ip))])
    fleet.learn(Inventory((ConnectionFacts(VPN, name="hq", tunnels=(TunnelFacts(IP), TunnelFacts(OTHER_IP))),)))
    fleet.apply((), watermark=NOON + 60_000)
    return fleet


def test_tunnels_without_bgp_are_up_and_carry_nothing_in_words_json_and_exit_code() -> None:
    fleet, now = bgp_lost_on_both(), NOON + 60_000
    (connection,) = json.loads(render_json(fleet, FeedState(), now=now))["connections"]
    assert (connection["verdict"], connection["up"], connection["carrying"]) == ("down", 2, 0)
    assert [(tunnel["health"], tunnel["carries"]) for tunnel in connection["tunnels"]] == [("up", False)] * 2
    assert "2 tunnels: 2 no BGP\n" in render_table(fleet, FeedState(), now=now)
    assert "✖ 0/2 carry, BGP down on 2" in render_table(fleet, FeedState(), now=now)
    assert exit_code(fleet, now=now) == 2


def test_where_sources_disagree_json_and_table_tell_the_doubt() -> None:
    fleet = fleet_of([ike("x", "EE", at=0), ike("y", "DD", at=1)])
    telemetry = Telemetry(is_up=True, message="2 BGP ROUTES", since=NOON - 60_000)
    facts = TunnelFacts(IP, telemetry=telemetry)
    fleet.learn(Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=(facts,)),)))
    fleet.apply((), watermark=NOON + 60_000)
    (connection,) = json.loads(render_json(fleet, FeedState(), now=NOON + 60_000))["connections"]
    assert "EC2 is minutes behind" in connection["tunnels"][0]["doubt"]
    assert "EC2 is minutes behind" in " ".join(render_table(fleet, FeedState(), now=NOON + 60_000).split())
    agreeing = fleet_of([ike("x", "EE", at=0)])
    assert json.loads(render_json(agreeing, FeedState(), now=NOON))["connections"][0]["tunnels"][0]["doubt"] is None


def test_the_table_fits_its_width_with_the_worst_connection_first() -> None:
    vpns = [(f"vpn-0a1b2c3d4e5f6071{n}", states) for n, states in enumerate(("EE", "DD", "EE"))]
    fleet = fleet_of([ike("x", states, vpn=vpn, ip=ip) for vpn, states in vpns for ip in (IP, OTHER_IP)])
    notices = ("EC2 denied ec2:DescribeVpnConnections " * 4,)
    for columns in (80, 120):
        lines = render_table(fleet, FeedState(notices=notices), now=NOON, columns=columns).splitlines()
        assert max(map(cell_len, lines)) <= columns
        assert lines[0].startswith("2026-11-23T12:00:00Z: 3 connections, 6 tunnels: 2 down, 4 up")
        order = [vpn for line in lines for vpn, _ in vpns if vpn in line]
        assert order == [vpns[1][0], vpns[0][0], vpns[2][0]]


def test_of_a_fleet_the_table_folds_nothing_and_marks_no_column() -> None:
    held = scenes.fleet(40, down=[7])
    table = render_table(held.fleet, held.state, now=scenes.NOW)
    assert all(tunnel.outside_ip in table for tunnel in held.fleet.tunnels)
    assert not {"▸", "▾", "▴"} & set(table)


def test_late_delivery_is_said_once_it_matters() -> None:
    late = fleet_of([ike("x", at=0), ike("y", at=10, ingested=190)])
    assert "CloudWatch delivers up to 3 min late" in render_table(late, FeedState(), now=NOON + 200_000)
    assert json.loads(render_json(late, FeedState(), now=NOON + 200_000))["feed"]["delivery_seconds"] == 180
    assert "late" not in render_table(fleet_of([ike("x", at=0)]), FeedState(), now=NOON + 200_000)
