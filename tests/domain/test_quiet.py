"""A tunnel is called quiet when it breaks its own habit, and only then."""

from collections.abc import Iterable

from tests.factories import IP, VPN, fleet_of, ike
from tui.domain.events import RawEvent
from tui.domain.judgement import judge
from tui.domain.quiet import quiet_for

UP = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a"
MINUTE = 60_000


def quiet(events: Iterable[RawEvent], *, after: float) -> int | None:
    """How long the tunnel is quiet, `after` seconds after its last line."""
    events = list(events)
    tunnel = fleet_of(events).find(VPN, IP)
    assert tunnel is not None
    now = events[-1].at + round(after * 1000)
    return quiet_for(tunnel, judge(tunnel, now=now), now=now)


def steady(*, until: float = 600) -> list[RawEvent]:
    return [ike(UP), *(ike("AWS tunnel is sending DPD request", at=at) for at in range(10, round(until), 10))]


def test_dpd_each_ten_seconds_and_then_nothing_is_quiet() -> None:
    assert quiet(steady(), after=34 * 60) == 34 * MINUTE


def test_what_cloudwatch_may_still_deliver_is_not_quiet() -> None:
    assert quiet(steady(), after=240) is None


def test_a_tunnel_that_logs_nothing_between_rekeys_is_not_quiet() -> None:
    set_up = [ike("shaking hands", "ND", at=number / 10) for number in range(30)]
    assert quiet([*set_up, ike(UP, at=4), ike("done", at=5)], after=40 * 60) is None


def test_a_tunnel_that_is_down_is_not_quiet() -> None:
    closed = ike("AWS tunnel received DELETE for IKE_SA from CGW", "DD", at=601)
    assert quiet([*steady(), closed], after=34 * 60) is None


def test_a_log_older_than_an_sa_lives_is_quiet_whatever_its_habit() -> None:
    assert quiet([ike(UP, at=0)], after=2 * 3_600) == 120 * MINUTE
