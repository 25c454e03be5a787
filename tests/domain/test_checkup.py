"""Each finding of the checkup: what makes it appear, what makes it go away, and how bad it is."""

import pytest

from tests.checkups import BGP, DELIVERED, IKE, RIGHT, WRONG, both, well, with_group, with_stream, with_tunnels
from tests.factories import IP, NOON, OTHER_IP, VPN
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level, worst
from tui.domain.events import Log
from tui.domain.times import DAY, HOUR


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


@pytest.mark.parametrize(("hours", "is_stale"), [(2.9, False), (3.1, True)])
def test_a_tunnel_that_is_up_may_be_silent_for_two_rekeys_and_an_hour(hours: float, is_stale: bool) -> None:
    examined = with_stream(Log.IKE, newest_at=NOON - round(hours * HOUR))(well())
    assert bool(of("log_stale", examined)) is is_stale
    longer = with_tunnels(configured={"Phase2LifetimeSeconds": "7200"})(examined)
    assert not of("log_stale", longer)


def test_a_bgp_log_may_be_silent_for_weeks() -> None:
    examined = with_stream(Log.BGP, newest_at=NOON - 20 * DAY)(well())
    assert worst(findings(examined)) is Level.OK


def test_a_group_whose_events_nobody_can_read_stops_the_logs() -> None:
    (finding,) = of("log_group_class", with_group(BGP, log_class="DELIVERY")(well()))
    assert finding.level is Level.STOP
