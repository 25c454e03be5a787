"""The sentences are about the very tunnel: its options, its sibling, its customer gateway."""

import re
import string
from importlib import resources
from typing import Any, Final

import pytest

from tests.factories import IP, NOON, OTHER_IP, VPN, fleet_of, ike
from tests.incidents import INCIDENTS, NOW
from tui.domain.diagnosis.causes import Cause, read
from tui.domain.diagnosis.diagnose import diagnose
from tui.domain.diagnosis.words import PLACES, in_general, spoken
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, Telemetry, TunnelFacts
from tui.domain.knowledge.catalogue_file import load

TEXT: Final = (resources.files("tui.domain.diagnosis") / "causes.toml").read_text(encoding="utf-8")
CAUSES: Final = read(TEXT, catalogue=load())
FIGURES: Final = {
    "allowed",
    "code",
    "count",
    "expected",
    "hold",
    "notification",
    "period",
    "prefix",
    "reason",
    "received",
    "remote",
    "times",
}
"""The places that a diagnosis fills itself."""
REFUSED1: Final = [
    ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "DD", at=at, rank=rank)
    if rank == 0
    else ike("No Proposal Match Found by AWS", "DD", at=at, rank=rank)
    for at in (0, 30, 60)
    for rank in (0, 1)
]


def words_of(cause: Cause) -> list[str]:
    return [cause.title, cause.brief, cause.say, *cause.likely, *cause.check_aws, *cause.check_cgw]


def test_every_place_in_the_words_is_one_that_is_filled() -> None:
    for key, cause in CAUSES.items():
        names = {name for text in words_of(cause) for _, name, _, _ in string.Formatter().parse(text) if name}
        assert names <= FIGURES | PLACES, key


def test_the_speaker_is_with_aws_and_says_so() -> None:
    for key, cause in CAUSES.items():
        assert not re.search(r"\b(?:we|our|ours|us)\b", cause.say, re.IGNORECASE), key


def test_no_sentence_takes_a_site_off_the_internet_or_blames_both_phases() -> None:
    for key, cause in CAUSES.items():
        assert not re.search(r"on both sides|both phases", cause.say), key
        if "0.0.0.0/0 to 0.0.0.0/0" in cause.say:
            assert "policy-based" in cause.say, key  # where it would draw all traffic into the tunnel


@pytest.mark.parametrize("name", INCIDENTS)
@pytest.mark.parametrize("asks_ec2", [True, False])
def test_every_sentence_is_whole(name: str, asks_ec2: bool) -> None:
    incident = INCIDENTS[name]
    if not asks_ec2:
        incident = incident.without_ec2()
    fleet = incident.fleet()
    connection = fleet.connection(incident.vpn)
    for tunnel in fleet.tunnels:
        for found in diagnose(tunnel, now=NOW, catalogue=fleet.catalogue, connection=connection):
            for text in (found.cause.title, found.cause.brief, found.cause.say):
                assert not re.search(r"[{}]| \?|\?[,;]|  | [.,;]|\.\.|:\.", text), text
            assert len(found.cause.brief) <= 60
            assert found.cause.say.endswith((".", "?"))


def said(events: list[RawEvent], facts: TunnelFacts, *others: TunnelFacts, **more: Any) -> str:
    """The leading sentence a minute after the last event."""
    fleet = fleet_of(events)
    fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(facts, *others), **more),)))
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    found = diagnose(tunnel, now=NOON + 120_000, catalogue=fleet.catalogue, connection=fleet.connection(VPN))
    return found[0].cause.say


def options(**given: str) -> dict[str, str]:
    return {"StartupAction": "add", **given}


def test_the_sentence_names_what_this_tunnel_accepts() -> None:
    narrow = options(
        Phase1EncryptionAlgorithms="AES256-GCM-16", Phase1IntegrityAlgorithms="SHA2-384", Phase1DHGroupNumbers="20, 21"
    )
    sentence = said(REFUSED1, TunnelFacts(IP, configured=narrow))
    assert "This tunnel accepts AES256-GCM-16, with SHA2-384 and DH group 20–21." in sentence


def test_the_sentence_is_short_where_all_is_accepted_that_aws_knows() -> None:
    sentence = said(REFUSED1, TunnelFacts(IP, configured=options()))
    assert "AES with 128 or 256 bits (CBC or GCM-16), with SHA1 or SHA2, and DH group 2 or 14–24" in sentence


def test_the_sentence_refers_to_the_configuration_file_where_ec2_is_not_read() -> None:
    assert "what the configuration file of this tunnel says" in said(REFUSED1, TunnelFacts(IP))


def test_no_sentence_claims_groups_networks_or_lifetimes_that_only_ec2_knows() -> None:
    for key, cause in CAUSES.items():
        say = in_general(cause).say
        assert "DH group" not in say or "DH group" in cause.say, key
        assert "any network" not in say, key
        assert say.count("unless changed") == cause.say.count("_lifetime}"), key
        assert not re.search(r"[{}?]\w*[{}]", say), key


UP = Telemetry(True, since=NOON - 600_000)
AGREED = {"Phase1EncryptionAlgorithm": "AES256", "Phase1IntegrityAlgorithm": "SHA2-256", "Phase1DHGroup": "20"}


@pytest.mark.parametrize(("groups", "is_advised"), [("14, 20", True), ("14", False)])
def test_what_works_on_the_other_tunnel_is_advised_only_where_this_one_accepts_it(
    groups: str, is_advised: bool
) -> None:
    sibling = TunnelFacts(OTHER_IP, telemetry=UP, negotiated=AGREED)
    facts = TunnelFacts(IP, configured=options(Phase1DHGroupNumbers=groups))
    advice = "Your device uses AES256, SHA2-256 and DH group 20 on the other tunnel"
    assert (advice in said(REFUSED1, facts, sibling, static_routes_only=True)) is is_advised


@pytest.mark.parametrize(
    ("action", "sentence"),
    [("start", "AWS connects again by itself"), ("add", "AWS does not connect again by itself, so please bring")],
)
def test_who_connects_after_a_closure_depends_on_the_startup_action(action: str, sentence: str) -> None:
    closed = [ike("x", "EE", at=-600), ike("AWS tunnel received DELETE for IKE_SA from CGW", "DD")]
    assert sentence in said(closed, TunnelFacts(IP, configured={"StartupAction": action}))


@pytest.mark.parametrize(("action", "by_aws"), [("restart", True), ("clear", False)])
def test_who_connects_after_a_dead_peer_depends_on_the_dpd_action(action: str, by_aws: bool) -> None:
    dead = [ike("x", "EE", at=-600), ike("AWS tunnel DPD timed out after 3 retransmits", "DD")]
    sentence = said(dead, TunnelFacts(IP, configured={"DpdTimeoutAction": action}))
    assert ("AWS connects again by itself" in sentence) is by_aws


def test_the_address_that_aws_expects_is_read_out() -> None:
    refused = [ike("AWS tunnel is sending AUTHENTICATION_FAILED as the response", "DD", at=at) for at in (0, 30)]
    sentence = said(refused, TunnelFacts(IP), customer_gateway=CustomerGateway("cgw-1", ip="192.0.2.7"))
    assert "AWS expects the address 192.0.2.7" in sentence


def test_a_step_that_interrupts_says_so_and_what_of_the_other_tunnel() -> None:
    sibling = TunnelFacts(OTHER_IP, ike_group="vpn", telemetry=Telemetry(False, since=NOON), configured=options())
    alone = said([], TunnelFacts(IP, telemetry=UP, configured=options()), sibling, static_routes_only=True)
    assert "interrupt it for up to several minutes: please bring the other tunnel up first" in alone


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (20_000, "20 seconds"),
        (149_000, "149 seconds"),
        (180_000, "3 minutes"),
        (89 * 60_000, "89 minutes"),
        (90 * 60_000, "1.5 hours"),
        (86_400_000, "24 hours"),
    ],
)
def test_a_span_is_spoken_in_seconds_below_three_minutes(span: int, words: str) -> None:
    assert spoken(span) == words
