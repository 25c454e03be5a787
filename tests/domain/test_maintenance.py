"""The forecast says until when AWS waits, who initiates afterwards, and whether another tunnel carries traffic."""

from dataclasses import replace

import pytest

from tui.content.calendar import calendar
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.maintenance import Comeback, forecast, in_order
from tui.domain.times import DAY

NOW = 1_780_000_000_000
UP, DOWN = Telemetry(True), Telemetry(False)
DUE = TunnelFacts(
    "203.0.113.17",
    telemetry=UP,
    configured={"StartupAction": "start", "IkeVersions": "ikev2"},
    maintenance_pending=True,
    maintenance_forced_at=NOW + 3 * DAY,
)
OTHER = TunnelFacts("198.51.100.29", telemetry=UP)
HQ = ConnectionFacts("vpn-0a1b2c3d4e5f60718", "hq", tunnels=(DUE, OTHER))


def of(connection: ConnectionFacts) -> Inventory:
    return Inventory((connection,))


def test_what_is_pending_is_named_with_its_deadline() -> None:
    found = forecast(of(HQ))
    (pending,) = found.pending
    assert (pending.outside_ip, pending.deadline, pending.other_is_up) == ("203.0.113.17", NOW + 3 * DAY, True)
    assert (found.looked_at, found.unasked) == (2, 0)


@pytest.mark.parametrize(
    ("configured", "accelerated", "comeback"),
    [
        ({"StartupAction": "start", "IkeVersions": "ikev2"}, False, Comeback.BY_AWS),
        ({"StartupAction": "start", "IkeVersions": "ikev1, ikev2"}, False, Comeback.BY_AWS),
        ({"StartupAction": "start", "IkeVersions": "ikev1"}, False, Comeback.BY_THE_DEVICE),
        ({"StartupAction": "start", "IkeVersions": "ikev2"}, True, Comeback.BY_THE_DEVICE),
        ({"IkeVersions": "ikev2"}, False, Comeback.BY_THE_DEVICE),  # add is AWS's default
        ({}, False, Comeback.UNKNOWN),
    ],
)
def test_aws_dials_again_only_with_ikev2_and_start(
    configured: dict[str, str], accelerated: bool, comeback: Comeback
) -> None:
    connection = replace(HQ, accelerated=accelerated, tunnels=(replace(DUE, configured=configured), OTHER))
    (pending,) = forecast(of(connection)).pending
    assert pending.comeback is comeback


@pytest.mark.parametrize(
    ("other", "left_out", "is_up"),
    [(UP, 0, True), (DOWN, 0, False), (None, 0, None), (None, 1, None)],
)
def test_the_other_tunnel_is_up_only_where_ec2_says_so(
    other: Telemetry | None, left_out: int, is_up: bool | None
) -> None:
    tunnels = (DUE,) if left_out else (DUE, replace(OTHER, telemetry=other))
    (pending,) = forecast(of(replace(HQ, tunnels=tunnels, left_out=left_out))).pending
    assert pending.other_is_up is is_up


def test_the_nearest_deadline_comes_first_and_one_without_comes_last() -> None:
    tunnels = tuple(
        replace(DUE, outside_ip=f"203.0.113.{number}", maintenance_forced_at=deadline)
        for number, deadline in ((1, None), (2, NOW + 2 * DAY), (3, NOW + DAY))
    )
    pending = in_order(forecast(of(replace(HQ, tunnels=tunnels))).pending)
    assert [each.outside_ip for each in pending] == ["203.0.113.3", "203.0.113.2", "203.0.113.1"]


def test_a_calendar_has_one_event_for_each_deadline_and_the_same_one_tomorrow() -> None:
    tunnels = (DUE, replace(DUE, outside_ip="203.0.113.18", maintenance_forced_at=None))
    pending = forecast(of(replace(HQ, tunnels=tunnels))).pending
    lines = calendar(pending, now=NOW).split("\r\n")
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1
    assert "DTSTART:20260531T202640Z" in lines
    assert "SUMMARY:VPN maintenance: hq 203.0.113.17" in lines
    uids = [
        [line for line in calendar(pending, now=now).split("\r\n") if line.startswith("UID")]
        for now in (NOW, NOW + DAY)
    ]
    assert uids[0] == uids[1]


def test_no_name_can_end_a_line_of_the_calendar_or_begin_one() -> None:
    hostile = replace(HQ, name="a;b,c\\d\r\nBEGIN:VALARM\x1b[2J" + "é" * 80)
    text = calendar(forecast(of(hostile)).pending, now=NOW)
    lines = text.split("\r\n")
    assert lines.count("BEGIN:VALARM") == 1
    assert "\x1b" not in text
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in lines) <= 75
    unfolded = text.replace("\r\n ", "")
    assert "a\\;b\\,c\\\\d" in unfolded
    assert "é" * 80 in unfolded
