"""Old knowledge, or knowledge in doubt, is not certain; what the log has just shown is."""

from collections.abc import Iterable

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting, Uncertainty, sightings
from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.verdict import Verdict

MINUTE = 60_000
GROUP, BGP_GROUP = "/vpn/ike", "/vpn/bgp"
LIVE = FeedState(FeedMode.LIVE)
CAME_UP = [ike("x", "DD", at=-120), ike("x", "EE", at=-60)]
OPENED = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"


def seen(
    events: Iterable[RawEvent] = (),
    telemetry: Telemetry | None = None,
    *,
    feed: FeedState = LIVE,
    static: bool = True,
    minute: float = 0,
) -> ConnectionSighting:
    """The one connection, so many minutes after noon, as far as the feed has read by then."""
    fleet, now = fleet_of(events), NOON + round(minute * MINUTE)
    facts = TunnelFacts(IP, ike_group=GROUP, bgp_group=BGP_GROUP, telemetry=telemetry)
    fleet.learn(Inventory((ConnectionFacts(VPN, name="hq", static_routes_only=static, tunnels=(facts,)),)))
    fleet.apply((), watermark=now)
    (connection,) = sightings(fleet, feed, now=now)
    return connection


def tunnel(
    events: Iterable[RawEvent] = (), telemetry: Telemetry | None = None, *, feed: FeedState = LIVE, minute: float = 0
) -> TunnelSighting:
    return seen(events, telemetry, feed=feed, minute=minute).tunnels[0]


def test_a_tunnel_that_stands_is_sure_to_carry() -> None:
    found = seen(CAME_UP, Telemetry(is_up=True, since=NOON - MINUTE))
    assert (found.label, found.carrying, found.tunnels[0].carries, found.tunnels[0].uncertainty) == (
        "hq",
        1,
        True,
        None,
    )


def test_ec2_that_is_minutes_behind_is_no_doubt() -> None:
    behind = Telemetry(is_up=False, message="IPSEC IS DOWN", since=NOON - 60 * MINUTE)
    assert tunnel(CAME_UP, behind).carries is True
    assert tunnel([ike("x", "EE", at=-3600), ike("x", "DD", at=-60)], Telemetry(is_up=True)).carries is False


def test_sources_that_differ_for_longer_leave_nothing_sure() -> None:
    found = tunnel(CAME_UP, Telemetry(is_up=False, message="IPSEC IS DOWN", since=NOON - 60 * MINUTE), minute=30)
    assert (found.judgement.carries, found.carries, found.uncertainty) == (True, None, Uncertainty.DOUBTED)


def test_a_log_that_is_silent_for_hours_leaves_nothing_sure() -> None:
    assert tunnel(CAME_UP, minute=120).uncertainty is Uncertainty.DOUBTED
    assert tunnel(CAME_UP, minute=1200).uncertainty is Uncertainty.DOUBTED


def test_a_tunnel_against_its_habit_leaves_nothing_sure() -> None:
    steady = [ike("AWS tunnel is sending DPD request", at=at) for at in range(-600, 0, 10)]
    up = Telemetry(is_up=True, since=NOON - 60 * MINUTE)
    assert tunnel(steady, up, minute=1).uncertainty is None
    assert tunnel(steady, up, minute=20).uncertainty is Uncertainty.QUIET


def test_a_log_that_could_not_be_read_leaves_its_tunnels_unknown_and_no_others() -> None:
    for group in (GROUP, BGP_GROUP):
        assert tunnel(CAME_UP, feed=FeedState(FeedMode.LIVE, failing=(group,))).uncertainty is Uncertainty.UNREAD
    assert tunnel(CAME_UP, feed=FeedState(FeedMode.LIVE, failing=("/other",))).uncertainty is None


def test_without_ec2_any_log_group_may_be_a_tunnels() -> None:
    fleet = fleet_of(CAME_UP)
    (connection,) = sightings(fleet, FeedState(FeedMode.LIVE, failing=("/other",)), now=NOON)
    assert connection.tunnels[0].uncertainty is Uncertainty.UNREAD


def test_ec2_that_does_not_answer_any_more_leaves_unknown_what_only_it_knows() -> None:
    failed, up = FeedState(FeedMode.LIVE, ec2_failed=True), Telemetry(is_up=True, since=NOON - MINUTE)
    assert tunnel((), up).carries is True
    assert tunnel((), up, feed=failed).uncertainty is Uncertainty.EC2_FAILED
    assert tunnel(CAME_UP, up, feed=failed).uncertainty is None


def test_nothing_known_is_not_known() -> None:
    found = seen()
    assert (found.tunnels[0].uncertainty, found.verdict) == (Uncertainty.NOT_KNOWN, Verdict.UNKNOWN)


def test_bgp_is_known_where_the_connection_routes_by_it() -> None:
    events = [*CAME_UP, bgp(OPENED, at=-50)]
    assert seen(events, static=False).tunnels[0].has_bgp is True
    assert seen(CAME_UP, static=False).tunnels[0].has_bgp is None
    assert seen(events, static=True).tunnels[0].has_bgp is None


def test_the_verdict_is_on_what_is_sure() -> None:
    fleet = fleet_of([*CAME_UP, ike("x", "DD", at=-120, ip=OTHER_IP), ike("x", "EE", at=-60, ip=OTHER_IP)])
    facts = (TunnelFacts(IP, ike_group=GROUP), TunnelFacts(OTHER_IP, ike_group="/other"))
    fleet.learn(Inventory((ConnectionFacts(VPN, static_routes_only=True, tunnels=facts),)))
    verdicts = [sightings(fleet, feed, now=NOON)[0].verdict for feed in (LIVE, FeedState(failing=("/other",)))]
    assert verdicts == [Verdict.REDUNDANT, Verdict.AT_RISK]
