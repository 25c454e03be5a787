"""Each finding of the checkup: what makes it appear, what makes it go away, and how bad it is."""

from dataclasses import replace

import pytest

from tests.checkups import (
    AGREED,
    BGP,
    DELIVERED,
    DOWN,
    IKE,
    OPTIONS,
    PLAIN,
    RIGHT,
    VGW,
    WRONG,
    arn,
    both,
    failing,
    policy_of,
    trial,
    tunnels_of,
    well,
    with_connection,
    with_facts,
    with_group,
    with_options,
    with_stream,
    with_transit,
    with_tunnels,
    with_vpc,
)
from tests.factories import IP, NOON, OTHER_IP, VPN
from tui.domain.checkup.access import policy_holder
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.delivery import allows_delivery, document_for
from tui.domain.checkup.facts import (
    Caller,
    Examination,
    Failure,
    LiveFacts,
    ResourcePolicy,
    Route,
    TrailFacts,
    VpcPath,
    VpcTable,
)
from tui.domain.checkup.finding import Finding, Level, worst
from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.domain.times import DAY, HOUR
from tui.domain.trail import TrailChange


def of(code: str, examined: Examination) -> list[Finding]:
    return [finding for finding in findings(examined) if finding.code == code]


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_found_and_goes_away_when_it_is_mended(code: str) -> None:
    assert of(code, WRONG[code](well()))
    assert not of(code, well())


@pytest.mark.parametrize("code", RIGHT)
def test_what_is_right_is_said_and_not_said_when_it_is_not(code: str) -> None:
    assert of(code, well())
    assert not of(code, RIGHT[code](well()))


def test_nothing_is_wrong_where_all_is_well() -> None:
    assert {finding.level for finding in findings(well())} == {Level.OK}


def test_the_worst_comes_first() -> None:
    mixed = both(WRONG["logging_off"], WRONG["retention_endless"], WRONG["bgp_logging_off"], WRONG["stream_unread"])
    levels = [finding.level for finding in findings(mixed(well()))]
    assert levels == sorted(levels, key=list(Level).index)
    assert worst(findings(mixed(well()))) is Level.STOP


def test_a_tunnel_that_does_not_log_is_to_log_where_its_sibling_does() -> None:
    (finding,) = of("logging_off", with_tunnels(IP, ike_group=None)(well()))
    assert (finding.level, finding.connection, finding.outside_ip) == (Level.STOP, VPN, IP)
    assert finding.values["group"] == IKE
    assert finding.values["create"] == ""
    assert finding.values["sibling"] == f"{OTHER_IP} UP"


def test_where_nothing_logs_a_group_is_to_be_made_whose_name_is_open_to_delivery() -> None:
    examined = Examination(
        NOON, well().caller, inventory=with_tunnels(ike_group=None, bgp_group=None)(well()).inventory
    )
    values = [finding.values for finding in of("logging_off", examined)]
    assert [value["group"] for value in values] == ["/aws/vendedlogs/vpn"] * 2
    assert values[0]["create"]
    assert values[0]["arn"] == "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/vpn"


def test_a_log_that_a_delivery_writes_is_not_called_off() -> None:
    examined = DELIVERED(well())
    assert not of("logging_off", examined)
    assert [finding.level for finding in of("logging_by_delivery", examined)] == [Level.OK] * 2
    assert not of("log_format_text", with_tunnels(ike_format="text")(examined))


def test_a_tunnel_that_logs_to_no_group_that_exists_has_one_reason_and_not_two() -> None:
    examined = both(with_group(IKE, exists=False), with_stream(Log.IKE, exists=False, newest_at=None))(well())
    assert not of("stream_missing", examined)


def test_a_needed_action_that_is_denied_stops_the_logs() -> None:
    denied = trial("logs:FilterLogEvents", Failure(ErrorKind.DENIED, "No."), is_needed=True)
    (finding,) = of("access_denied", replace(well(), trials=(denied,)))
    assert finding.level is Level.STOP


@pytest.mark.parametrize(
    ("caller", "holder"),
    [
        ("arn:aws:iam::123456789012:user/team/night", {"user": "night"}),
        ("arn:aws:sts::123456789012:assumed-role/Ops/session", {"role": "Ops"}),
        ("arn:aws-cn:sts::123456789012:assumed-role/Ops/a@b", {"role": "Ops"}),
        ("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/a", {}),
        ("arn:aws:iam::123456789012:root", {}),
        ("", {}),
    ],
)
def test_a_policy_can_be_put_on_users_and_roles_of_ones_own(caller: str, holder: dict[str, str]) -> None:
    assert policy_holder(Caller("123456789012", caller)) == holder


@pytest.mark.parametrize(
    ("message", "can_be_granted"),
    [
        ("because no identity-based policy allows the logs:StartLiveTail action", True),
        ("AWS does not say why", True),
        ("with an explicit deny in a service control policy", False),
        ("because no permissions boundary allows the logs:StartLiveTail action", False),
    ],
)
def test_what_another_policy_denies_no_policy_of_ones_own_can_allow(message: str, can_be_granted: bool) -> None:
    (finding,) = of("access_denied", failing(ErrorKind.DENIED, message=message)(well()))
    assert ("user" in finding.values) is can_be_granted


def test_the_rights_to_turn_logging_on_matter_where_a_log_is_off() -> None:
    lacking = WRONG["may_not_turn_logging_on"]
    assert [each.level for each in of("may_not_turn_logging_on", lacking(well()))] == [Level.NOTE]
    off = both(lacking, WRONG["logging_off"])(well())
    assert [each.level for each in of("may_not_turn_logging_on", off)] == [Level.WARNING]


def test_what_has_arrived_may_be_delivered_whatever_the_policies_say() -> None:
    assert not of("delivery_not_allowed", replace(well(), policies=()))


def test_one_statement_opens_all_groups_of_vended_logs() -> None:
    policy = ResourcePolicy("any", document_for(arn("/aws/vendedlogs/a")))
    assert allows_delivery(policy, arn("/aws/vendedlogs/b"))
    assert not allows_delivery(policy, arn("/vpn"))
    assert allows_delivery(ResourcePolicy("any", document_for(arn("/vpn"))), arn("/vpn"))
    assert not allows_delivery(ResourcePolicy("any", document_for(arn("/vpn"))), arn("/vpn2"))


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "nonsense",
        '{"Statement": 7}',
        '{"Statement": ["a"]}',
        '{"Statement": {"Effect": "Allow"}}',
        "[" * 9_999,
    ],
)
def test_a_policy_that_cannot_be_read_allows_nothing(document: str) -> None:
    assert not allows_delivery(ResourcePolicy("odd", document), arn(IKE))


def test_a_policy_of_a_single_statement_and_wildcards_is_read() -> None:
    statement = '{"Effect": "Allow", "Principal": "*", "Action": "logs:*", "Resource": "*"}'
    assert allows_delivery(ResourcePolicy("open", f'{{"Statement": {statement}}}'), arn("/vpn"))


def test_a_full_policy_says_what_it_has_and_what_it_would_have() -> None:
    (finding,) = of("resource_policy_full", WRONG["resource_policy_full"](well()))
    then = 5_100 + len(f',"{arn(PLAIN)}:log-stream:*"')
    assert (finding.values["size"], finding.values["then"]) == ("5,100", f"{then:,}")


def test_a_full_policy_matters_to_no_group_that_it_allows_already() -> None:
    examined = with_facts(policies=(policy_of(5_120, f"{arn(PLAIN)}:*"),))(with_tunnels(ike_group=PLAIN)(well()))
    assert not of("resource_policy_full", examined)


def test_a_clock_that_is_minutes_off_is_a_warning_and_seconds_a_note() -> None:
    levels = [of("clock_off", with_facts(skew=skew)(well()))[0].level for skew in (8_000, -8_000, 70_000)]
    assert levels == [Level.NOTE, Level.NOTE, Level.WARNING]


def test_a_session_that_is_denied_is_one_finding_and_not_two() -> None:
    denied = Failure(ErrorKind.DENIED, "No.")
    assert not of("live_refused", replace(well(), live=LiveFacts(IKE, failure=denied)))


@pytest.mark.parametrize(("hours", "is_stale"), [(2.9, False), (3.1, True)])
def test_a_tunnel_that_is_up_may_be_silent_for_two_rekeys_and_an_hour(hours: float, is_stale: bool) -> None:
    examined = with_stream(Log.IKE, newest_at=NOON - round(hours * HOUR))(well())
    assert bool(of("log_stale", examined)) is is_stale
    longer = with_options(Phase2LifetimeSeconds="7200")(examined)
    assert not of("log_stale", longer)


def test_a_bgp_log_may_be_silent_for_weeks() -> None:
    examined = with_stream(Log.BGP, newest_at=NOON - 20 * DAY)(well())
    assert worst(findings(examined)) is Level.OK


def test_a_group_whose_events_nobody_can_read_stops_the_logs() -> None:
    (finding,) = of("log_group_class", with_group(BGP, log_class="DELIVERY")(well()))
    assert finding.level is Level.STOP


def test_aws_that_never_dials_is_a_note_while_the_tunnel_is_up_and_a_warning_when_it_is_down() -> None:
    waiting = WRONG["aws_never_dials"](with_tunnels(IP, telemetry=DOWN)(well()))
    assert [each.level for each in of("aws_never_dials", waiting)] == [Level.WARNING, Level.NOTE]


@pytest.mark.parametrize(("lifetime", "is_early"), [("540", True), ("541", False)])
def test_a_lifetime_must_be_longer_than_the_margin_with_its_fuzz(lifetime: str, is_early: bool) -> None:
    examined = with_options(Phase2LifetimeSeconds=lifetime)(well())  # the default margin is 270 s, its fuzz 100 %
    assert bool(of("rekeys_at_once", examined)) is is_early


def test_what_a_tunnel_leaves_out_is_compared_as_awss_default() -> None:
    spelled = with_tunnels(IP, configured=OPTIONS | {"Phase1LifetimeSeconds": "28800"})(well())
    assert not of("tunnels_differ", spelled)
    other = with_tunnels(IP, configured=OPTIONS | {"Phase1LifetimeSeconds": "3600"})(well())
    assert of("tunnels_differ", other)[0].values["rows"] == "Phase1LifetimeSeconds 3600 | 28800"


def test_of_tunnels_whose_options_are_not_known_nothing_is_said() -> None:
    assert {finding.level for finding in findings(with_tunnels(configured={})(well()))} == {Level.OK}


def test_a_tunnel_that_was_not_selected_is_no_missing_tunnel() -> None:
    assert not of("one_tunnel", with_connection(tunnels=tunnels_of(well())[:1], left_out=1)(well()))
    assert not of("one_tunnel_up", with_tunnels(telemetry=DOWN)(well()))


@pytest.mark.parametrize(
    ("encryption", "integrity", "segment"),
    [("AES128-GCM-16", "SHA2-512", "1,406"), ("AES256", "SHA1", "1,398"), ("AES256", "SHA2-384", "1,382")],
)
def test_the_largest_segment_depends_on_what_phase_2_agreed_on(encryption: str, integrity: str, segment: str) -> None:
    agreed = AGREED | {"Phase2EncryptionAlgorithm": encryption, "Phase2IntegrityAlgorithm": integrity}
    (finding,) = of("segment_size", with_tunnels(negotiated=agreed)(well()))
    assert finding.values["segment"] == segment


def test_the_way_back_can_run_through_a_vpc() -> None:
    routes = (Route("10.10.0.0/16", "rtb-1"),)
    whole = with_vpc(VpcPath(VGW, ("vpc-1",), (VpcTable("rtb-1", "vpc-1", propagates=True),), routes))(well())
    (finding,) = of("path_whole", whole)
    assert (finding.values["routes"], finding.values["where"]) == ("1 route", "rtb-1")


def test_a_gateway_that_is_attached_to_no_vpc_has_one_reason_and_not_two() -> None:
    assert not of("not_propagated_to_vpc", WRONG["gateway_detached"](well()))


def test_a_connection_whose_bgp_brought_nothing_misses_no_route() -> None:
    silent = with_tunnels(telemetry=DOWN)(with_transit(routes=())(well()))
    assert not of("transit_routes_missing", silent)
    assert not of("path_whole", silent)


def test_what_was_changed_says_by_whom_and_from_where_or_that_it_was_aws() -> None:
    changes = (
        TrailChange(NOON, "ModifyVpnTunnelOptions", "ops", "192.0.2.9", VPN, IP, ("Phase1DHGroupNumbers",)),
        TrailChange(NOON, "ReplaceVpnTunnel", "vpn.amazonaws.com", "vpn.amazonaws.com", VPN, IP, by_aws=True),
    )
    first, second = of("changed", with_facts(trail=TrailFacts(NOON - DAY, changes))(well()))
    assert (first.values["who"], first.values["options"]) == ("ops from 192.0.2.9", " of Phase1DHGroupNumbers")
    assert second.values["who"] == "AWS itself (vpn.amazonaws.com)"
