"""The details: the diagnosis first, then the facts, all of one instant."""

from dataclasses import replace
from functools import partial

import pytest

from tests.scenes import (
    BGP_UP,
    ESTABLISHED,
    HQ,
    NOW,
    OSAKA,
    bgp,
    chatter,
    cutover,
    diagnosing,
    ike,
    pump,
    refused,
    route,
    tunnel_in,
    withdrawn,
)
from tui.content.layout.blocks import Block, block_lines
from tui.content.messages.messages import messages
from tui.content.share import tunnel_summary
from tui.content.tunnel.page import message_blocks, tunnel_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.diagnosis.finding import Evidence
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Telemetry, TunnelFacts
from tui.domain.knowledge.devices import vendors
from tui.feed.pump import Pump
from tui.feed.source import Batch

IP = "203.0.113.17"
OTHER = "203.0.113.42"
KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
DOWN_TUNNEL = (OSAKA, OTHER)
OPTIONS = {"Phase1EncryptionAlgorithms": "AES128, AES256", "Phase1DHGroupNumbers": "14, 19", "StartupAction": "add"}


def subject(held: Pump, *place: str, now: int = NOW) -> TunnelSnapshot:
    tunnel = tunnel_in(held, *(place or (HQ, IP)))
    return TunnelSnapshot.of(tunnel, held.fleet, diagnoses=diagnosing(held, now=now)(tunnel), now=now)


def text(blocks: tuple[Block, ...], width: int = 100) -> str:
    return "\n".join(line.text for line in block_lines(blocks, width))


def page(held: Pump, *place: str, device: str | None = None, width: int = 100) -> str:
    return text(tunnel_blocks(subject(held, *place), utc=True, device=device), width)


logged_tunnel = partial(TunnelFacts, IP, ike_group="/vpn")


def described(tunnel: TunnelFacts) -> ConnectionFacts:
    """Return a connection with a tunnel that EC2 describes so."""
    return ConnectionFacts(HQ, "hq", tunnels=(tunnel,))


def standing(at: float = 60) -> list[RawEvent]:
    return [ike("shaking hands", ago=at + 1, states="ND"), ike(ESTABLISHED, ago=at)]


def test_the_sentence_comes_before_the_evidence_and_that_before_the_checks() -> None:
    shown = page(cutover(), *DOWN_TUNNEL)
    order = [
        "No phase 2 proposal in common",
        "certain: stated in the AWS log, since 12:03:50",
        "SAY TO THE CUSTOMER",
        "“Phase 1 works, and",
        "EVIDENCE",
        "12:03:50  No Proposal Match Found",
        "CHECK ON AWS",
        "CHECK ON THE CUSTOMER GATEWAY",
        "THE LOG",
    ]
    places = [shown.find(each) for each in order]
    assert -1 not in places
    assert places == sorted(places)


def test_a_cause_older_than_a_day_has_a_date() -> None:
    assert "certain: stated in the AWS log, since 21 Nov 12:04" in page(pump([ike(KEY, ago=2 * 86_400, states="DD")]))


def test_what_is_inferred_is_called_likely() -> None:
    falls = [
        event
        for ago in (900, 600, 300)
        for event in (ike("up", ago=ago + 60), ike("gone", ago=ago, states="DD"), ike("up", ago=ago - 30))
    ]
    assert "likely: concluded" in page(pump(falls))


def test_what_the_sibling_tunnel_adds_is_said() -> None:
    key = [ike(KEY, ago=9, states="ND", ip=ip) for ip in (IP, OTHER)]
    assert "keys may be swapped" in page(pump(key))


def test_other_causes_are_named_after_the_leading_one() -> None:
    causes = [
        ike(KEY, ago=90, states="ND"),
        ike("No Proposal Match Found by AWS", ago=5, states="ND"),
    ]
    shown = page(pump(causes))
    leading, other = shown.split("ALSO POSSIBLE")
    assert "different pre-shared keys" in leading
    assert "No phase 1 proposal in common" in other


def test_a_healthy_tunnel_has_facts_and_no_trouble() -> None:
    shown = page(pump(standing()))
    assert "SAY TO THE CUSTOMER" not in shown
    assert "up since 12:03:31" in shown


@pytest.mark.parametrize("device", vendors())
def test_a_chosen_device_adds_its_commands_for_this_tunnel(device: str) -> None:
    shown = page(cutover(), *DOWN_TUNNEL, device=device)
    assert "\n ON " in shown
    assert "<peer>" not in shown


def test_commands_say_which_pages_they_were_held_against() -> None:
    assert "\n From: Palo Alto Networks: CLI Cheat Sheet" in page(cutover(), *DOWN_TUNNEL, device="paloalto")
    shown = page(cutover(), *DOWN_TUNNEL, device="zyxel")
    assert "From field knowledge, not checked against the vendor's documentation." in " ".join(shown.split())


def test_without_a_device_the_page_says_how_to_choose_one() -> None:
    assert "c chooses the customer's device" in page(cutover(), *DOWN_TUNNEL)


def test_a_message_lists_the_commands_for_what_it_means() -> None:
    held = cutover()
    (message,) = [each for each in messages(tunnel_in(held, *DOWN_TUNNEL)) if each.text.startswith("No Proposal")]
    shown = text(message_blocks(message, subject(held, *DOWN_TUNNEL), utc=True, device="cisco-ios"))
    assert "show crypto ikev2 proposal" in shown


def test_a_state_older_than_a_day_has_a_date() -> None:
    telemetry = Telemetry(True, "IPSEC IS UP", since=NOW - 2 * 86_400_000)
    facts = described(logged_tunnel(telemetry=telemetry))
    assert "up since 21 Nov 12:04" in page(pump(standing(at=2 * 86_400), connections=[facts]))


def test_a_tunnel_that_tries_again_and_again_says_since_when_it_is_not_up() -> None:
    tries = [ike("try", ago=ago, states=states) for ago in (120, 80, 40) for states in ("ND", "DD")]
    assert "since 12:02:01" in page(pump([*standing(200), ike("x", ago=150, states="DD"), *tries]))


# --- BGP


def test_bgp_is_told_with_its_routes_its_share_and_its_last_notification() -> None:
    notice = "AWS-side peer sent a Hold Timer Expired notification to neighbor 169.254.50.85"
    warning = (
        "AWS-side peer is reporting a maximum prefix limit warning - received 87 prefixes from neighbor "
        "169.254.50.85, limit is 100"
    )
    shown = page(
        pump(
            [
                *standing(),
                bgp(notice, ago=50, status="DOWN"),
                bgp(BGP_UP, ago=40),
                bgp(warning, ago=30),
                *(route(f"10.{n}.0.0/16", ago=20) for n in range(30)),
            ]
        )
    )
    assert "established since 12:03:51" in shown
    assert "87 of 100 allowed (87 %)" in shown
    assert "12:03:41 AWS-side peer sent a Hold Timer Expired" in " ".join(shown.split())
    assert "30 known" in shown
    assert "10.0.0.0/16" in shown
    assert "18 more" in shown


def test_a_refused_route_is_told_with_its_path_and_the_reason() -> None:
    shown = page(pump([*standing(), bgp(BGP_UP, ago=40), refused("10.99.0.0/16", ago=5)]))
    assert "10.99.0.0/16  AS path 65010 65099: DENIED due to: as-path contains our own AS" in " ".join(
        shown.split("\n")
    )


def test_a_held_page_tells_the_path_that_a_refused_route_had_then() -> None:
    held = pump([*standing(), bgp(BGP_UP, ago=40), refused("10.99.0.0/16", ago=5)])
    then = subject(held)
    later = route("10.99.0.0/16", ago=-5, as_path="65010 64999", details="DENIED due to: as-path contains our own AS")
    held.take(Batch((later,)))
    assert "AS path 65010 65099" in text(tunnel_blocks(then, utc=True))


def test_a_withdrawn_route_is_told() -> None:
    held = pump([*standing(), bgp(BGP_UP, ago=40), route("10.7.0.0/16", ago=20), withdrawn("10.7.0.0/16", ago=5)])
    assert "10.7.0.0/16  withdrawn by the peer" in page(held)


@pytest.mark.parametrize("logged", [None, "/aws/vendedlogs/vpn/bgp"])
def test_a_connection_without_bgp_logs_says_so_once(logged: str | None) -> None:
    shown = page(pump(standing(), connections=[described(logged_tunnel(bgp_group=logged))]))
    assert shown.count("\n BGP\n") == 1
    assert ("logging is off" in shown) is (logged is None)


def test_a_static_connection_says_nothing_of_bgp() -> None:
    static = ConnectionFacts(HQ, "hq", static_routes_only=True, tunnels=(TunnelFacts(IP, ike_group="/vpn"),))
    shown = page(pump(standing(), connections=[static]))
    assert "BGP" not in shown
    assert "static" in shown


# --- EC2


def test_what_was_negotiated_stands_beside_what_is_allowed() -> None:
    facts = described(
        logged_tunnel(configured=OPTIONS, negotiated={"Phase1EncryptionAlgorithm": "AES256", "Phase1DHGroup": "19"})
    )
    lines = page(pump(standing(), connections=[facts])).splitlines()
    assert any(line.split() == ["phase", "1", "encryption", "AES256", "AES128,", "AES256"] for line in lines)
    assert any(line.split() == ["phase", "1", "DH", "group", "19", "14,", "19"] for line in lines)
    assert any(line.split() == ["StartupAction", "add"] for line in lines)


def test_the_parameters_stay_readable_in_a_narrow_pane() -> None:
    facts = described(
        logged_tunnel(
            configured=OPTIONS | {"Phase2EncryptionAlgorithms": "AES128-GCM-16, AES256-GCM-16"}, negotiated={}
        )
    )
    shown = page(pump(standing(), connections=[facts]), width=38)
    assert "AES128-GCM-16, AES256-GCM-16" in shown


def test_maintenance_is_told_pending_and_past() -> None:
    facts = described(
        logged_tunnel(maintenance_pending=True, maintenance_forced_at=NOW, replaced_at=NOW - 3 * 86_400_000)
    )
    shown = page(pump(standing(), connections=[facts]))
    assert "pending; AWS applies it by itself after" in " ".join(shown.split())
    assert "20 Nov 12:04" in shown


def test_where_logs_and_ec2_differ_the_page_says_it_in_words() -> None:
    facts = described(logged_tunnel(telemetry=Telemetry(False, "IPSEC IS UP", since=NOW - 600_000)))
    shown = page(pump(standing(at=480), connections=[facts]))
    assert "logs: phase 2 established 11:56:31; EC2: DOWN since 11:54:31, IPSEC IS UP" in shown


# --- copying


def test_a_copy_of_a_tunnel_has_the_sentence_the_evidence_and_the_checks() -> None:
    shown = tunnel_summary(subject(cutover(), *DOWN_TUNNEL))
    assert "203.0.113.42: down since 2026-11-23T12:03:44Z or earlier" in shown
    assert "“Phase 1 works, and" in shown
    assert "- 2026-11-23T12:03:50Z  No Proposal Match Found" in shown
    assert "Check on the customer gateway:" in shown


def test_a_copy_has_the_commands_of_the_chosen_device() -> None:
    assert "On FortiGate:" in tunnel_summary(subject(cutover(), *DOWN_TUNNEL), device="fortigate")


def test_a_copy_of_a_message_explains_that_message() -> None:
    held = cutover()
    first = next(iter(tunnel_in(held, *DOWN_TUNNEL).history))
    shown = tunnel_summary(subject(held, *DOWN_TUNNEL), first)
    assert "IKE_SA_INIT" in shown
    assert "“Phase 1 works" not in shown


def test_a_copy_carries_no_escape_sequence() -> None:
    held = subject(cutover(), *DOWN_TUNNEL)
    hostile = replace(held.diagnoses[0], evidence=(Evidence(NOW, "said\x1b]52;c;eA==\x07"),))
    shown = tunnel_summary(replace(held, diagnoses=(hostile,)))
    assert "said" in shown
    assert "\x1b" not in shown


def test_what_the_other_tunnel_has_otherwise_stands_beside_the_parameters() -> None:
    own = logged_tunnel(configured=OPTIONS)
    other = TunnelFacts(OTHER, configured=OPTIONS | {"Phase1DHGroupNumbers": "20"})
    text = page(pump(standing(), connections=[ConnectionFacts(HQ, "hq", tunnels=(own, other))]))
    assert f"THE OTHER TUNNEL, {OTHER}, DIFFERS IN" in text
    assert "20; here 14, 19" in text
    assert "StartupAction" not in text.split("DIFFERS IN")[1]


def test_the_page_of_folded_lines_begins_with_their_time_and_tunnel() -> None:
    held = pump([ike(ESTABLISHED, ago=60), *chatter(2)])
    (fold,) = [message for message in messages(tunnel_in(held, HQ, IP)) if message.folded]
    lines = text(message_blocks(fold, subject(held), utc=True)).splitlines()
    assert lines[0].strip().startswith("12:04:17 to 12:04:27")
    assert IP in lines[0]
    assert "DPD" in lines[1]


def test_how_sure_a_cause_is_names_who_says_it() -> None:
    replaced = pump([ike(ESTABLISHED, ago=900)], connections=[described(logged_tunnel(replaced_at=NOW - 60_000))])
    assert "certain: stated by EC2" in page(replaced)
    bare = replace(described(logged_tunnel()), static_routes_only=True, gateway_kind="vgw")
    assert "certain: by the connection's settings in EC2" in page(pump([ike(ESTABLISHED, ago=60)], connections=[bare]))
    assert "stated in the AWS log" not in page(replaced)
