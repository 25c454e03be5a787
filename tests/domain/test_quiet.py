"""A tunnel is called quiet when it breaks its own habit, and only then."""

from collections.abc import Iterable

import pytest

from tests.factories import IP, VPN, fleet_of, ike
from tui.domain.events import RawEvent
from tui.domain.inventory import Telemetry, TunnelFacts
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.judgement.judgement import judge
from tui.domain.judgement.quiet import quiet_for
from tui.domain.state.tunnel_state import Health

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


def rekeys(*, every: float) -> list[RawEvent]:
    rekey = "AWS tunnel processed request (id=4) for CREATE_CHILD_SA"
    return [ike(line, at=number * every * 60) for number in range(6) for line in (rekey, UP)]


def test_rekeys_at_even_distances_and_then_none_is_quiet() -> None:
    assert quiet(rekeys(every=15), after=34 * 60) is None
    assert quiet(rekeys(every=15), after=36 * 60) == 36 * MINUTE


def test_lines_at_uneven_distances_are_no_habit() -> None:
    lines = [ike("AWS tunnel is sending DPD request", at=at * 60) for at in (0, 3, 20, 24, 41, 43)]
    assert quiet([ike(UP), *lines], after=60 * 60) is None


def test_without_ec2_a_habit_that_is_broken_is_a_doubt() -> None:
    tunnel = fleet_of(steady()).find(VPN, IP)
    assert tunnel is not None
    now = steady()[-1].at + 10 * MINUTE
    doubt = judge(tunnel, now=now).doubt
    assert doubt is not None
    assert doubt.kind is DoubtKind.LOG_QUIET
    tunnel.facts = TunnelFacts(IP, telemetry=Telemetry(is_up=True))
    assert judge(tunnel, now=now).doubt is None
    assert quiet_for(tunnel, judge(tunnel, now=now), now=now) == 10 * MINUTE


@pytest.mark.parametrize(
    ("options", "doubtful", "unknown"), [({}, 75, 135), ({"Phase2LifetimeSeconds": "900"}, 30, 45)]
)
def test_one_rekey_that_is_not_logged_is_a_doubt_and_with_two_nothing_is_known(
    options: dict[str, str], doubtful: int, unknown: int
) -> None:
    tunnel = fleet_of([ike(UP, at=0)]).find(VPN, IP)
    assert tunnel is not None
    tunnel.facts = TunnelFacts(IP, configured=options)
    logged_at = tunnel.last_event_at or 0

    def after(minutes: int) -> tuple[Health, bool | None, DoubtKind | None]:
        judged = judge(tunnel, now=logged_at + minutes * MINUTE)
        return judged.health, judged.carries, judged.doubt.kind if judged.doubt else None

    assert after(doubtful) == (Health.UP, True, None)
    assert after(doubtful + 1) == after(unknown) == (Health.UP, True, DoubtKind.LOG_OLD)
    assert after(unknown + 1) == (Health.UNKNOWN, None, DoubtKind.LOG_TOO_OLD)


def test_a_log_older_than_an_sa_lives_is_quiet_whatever_its_habit() -> None:
    assert quiet([ike(UP, at=0)], after=2 * 3_600) == 120 * MINUTE
