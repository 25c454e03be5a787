"""A cutover is accepted when everything was certainly seen: no sooner, and no later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike, route
from tui.domain.acceptance.acceptance import (
    Acceptance,
    Carrying,
    Condition,
    Progress,
    Rekeyed,
    Routing,
    State,
    Steady,
    Switch,
    Whole,
)
from tui.domain.acceptance.expected_prefixes import ExpectedPrefixes, read_prefixes
from tui.domain.acceptance.sighting import sightings
from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.state.fleet import Fleet

GROUP = "/vpn/ike"
LIVE = FeedState(FeedMode.LIVE)
OPENED = "AWS-side peer BGP session state has changed from OpenConfirm to Established with neighbor 169.254.50.85"
LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"
BOTH = (IP, OTHER_IP)


def sa(number: int, *, at: float, ip: str) -> RawEvent:
    spis = f"inbound SPI: 0xc1f2a3{number:02x}: outbound SPI: 0x0d1e2f{number:02x}"
    return ike(f"AWS tunnel Phase 2 SA is established with {spis}: traffic selectors", "EE", at=at, ip=ip)


def set_up(*, at: float = -3000, ip: str, number: int = 1) -> list[RawEvent]:
    return [ike("dial", "DD", at=at - 5, ip=ip), ike("x", "ED", at=at, ip=ip), sa(number, at=at, ip=ip)]


def with_bgp(*prefixes: str, at: float = -2990, ip: str) -> list[RawEvent]:
    return [bgp(LOST, "DOWN", at=at - 1, ip=ip), bgp(OPENED, at=at, ip=ip)] + [
        route("ADVERTISED", prefix, at=at + 1, ip=ip) for prefix in prefixes
    ]


def down(*, at: float, until: float, ip: str, number: int = 9) -> list[RawEvent]:
    return [ike("x", "DD", at=at, ip=ip), *set_up(at=until, ip=ip, number=number)]


@dataclass
class Watch:
    """A watch of one connection that begins at noon; `look` plays events and looks some seconds after noon."""

    static: bool = True
    tunnels: Sequence[str] = BOTH
    left_out: int = 0
    gateway_kind: str = ""
    drill: bool = False
    expected: ExpectedPrefixes | None = None
    feed: FeedState = LIVE
    fleet: Fleet = field(default_factory=fleet_of)

    def __post_init__(self) -> None:
        self.acceptance = Acceptance(NOON, self.expected, self.drill)

    def look(self, *events: Iterable[RawEvent], at: float = 0, is_fresh: bool = True) -> Progress:
        now = NOON + round(at * 1000)
        facts = tuple(TunnelFacts(ip, ike_group=GROUP, bgp_group="/vpn/bgp") for ip in self.tunnels)
        described = ConnectionFacts(
            VPN,
            name="hq",
            gateway_kind=self.gateway_kind,
            static_routes_only=self.static,
            tunnels=facts,
            left_out=self.left_out,
        )
        self.fleet.learn(Inventory((described,)))
        self.fleet.apply([event for part in events for event in part], watermark=now)
        seen = sightings(self.fleet, self.feed, now=now)
        pairs = [(each, self.fleet.connection(each.id)) for each in seen]
        return self.acceptance.look(pairs, known_until=now, is_fresh=is_fresh)


def condition(progress: Progress, kind: type, ip: str = IP) -> Condition:
    (found,) = (
        each
        for chapter in progress.chapters
        for each in chapter.conditions
        if isinstance(each.evidence, kind) and each.outside_ip == ip
    )
    return found


def standing(*, rekeyed: bool = True) -> list[RawEvent]:
    """Two tunnels that came up 50 minutes before, and were rekeyed two minutes before."""
    return [event for ip in BOTH for event in [*set_up(ip=ip), *([sa(2, at=-120, ip=ip)] if rekeyed else [])]]


def test_what_the_look_back_shows_whole_is_accepted_at_once() -> None:
    assert Watch().look(standing()).is_accepted


def test_old_knowledge_accepts_nothing() -> None:
    progress = Watch().look(standing(), is_fresh=False)
    assert not progress.is_accepted
    assert not progress.is_known


def test_a_tunnel_that_does_not_carry_is_open_and_may_come_up() -> None:
    watch = Watch()
    only = [event for event in standing() if OTHER_IP not in event.stream]
    progress = watch.look(only, [ike("x", "DD", at=-600, ip=OTHER_IP)])
    assert progress.is_known
    assert not progress.has_failed
    watch.look(set_up(at=60, ip=OTHER_IP), at=70)
    assert not watch.look([sa(3, at=3200, ip=OTHER_IP), sa(3, at=3200, ip=IP)], at=3210).is_accepted
    assert watch.look(at=3250).is_accepted


def test_a_tunnel_into_which_nothing_is_routed_is_not_accepted_until_something_is() -> None:
    watch = Watch(static=True)
    watch.gateway_kind = "vgw"
    progress = watch.look(standing())
    assert condition(progress, Carrying).state is State.OPEN
    watch.gateway_kind = "tgw"  # its routes stand in the gateway's own table
    assert watch.look().is_accepted


def test_a_rekey_counts_once_traffic_has_passed_over_it_for_longer_than_bgps_hold_time() -> None:
    watch = Watch()
    assert condition(watch.look(standing(rekeyed=False)), Rekeyed).state is State.OPEN
    rekey = condition(watch.look([sa(2, at=100, ip=IP)], at=110), Rekeyed)
    assert (rekey.state, rekey.evidence) == (State.OPEN, Rekeyed(None, NOON + 100_000, None))
    assert condition(watch.look(at=139), Rekeyed).state is State.OPEN
    assert condition(watch.look(at=140), Rekeyed).state is State.MET


def test_rekeys_that_follow_each_other_closely_do_not_put_it_off() -> None:
    watch = Watch()
    watch.look(standing(rekeyed=False))
    for number in range(5):
        progress = watch.look([sa(10 + number, at=100 + 10 * number, ip=IP)], at=101 + 10 * number)
    assert condition(progress, Rekeyed).state is State.MET


def test_a_rekey_whose_new_pair_the_device_deletes_does_not_count() -> None:
    watch = Watch()
    watch.look(standing(rekeyed=False))
    watch.look([sa(2, at=100, ip=IP)], at=101)
    deleted = ike("AWS tunnel received DELETE for Phase 2 SA with SPI: 0x0d1e2f02", "EE", at=110, ip=IP)
    assert condition(watch.look([deleted], at=200), Rekeyed).state is State.OPEN


def test_a_rekey_after_which_bgp_runs_out_does_not_count() -> None:
    watch = Watch(static=False)
    watch.look(standing(rekeyed=False), *(with_bgp("10.10.0.0/16", ip=ip) for ip in BOTH))
    lost = bgp(LOST, "DOWN", at=130, ip=IP)
    progress = watch.look([sa(2, at=100, ip=IP), lost, bgp(OPENED, at=150, ip=IP)], at=300)
    assert condition(progress, Rekeyed).state is State.OPEN


def test_a_new_set_up_is_no_rekey() -> None:
    watch = Watch(drill=True)
    watch.look(standing(rekeyed=False))
    assert condition(watch.look(down(at=60, until=70, ip=IP), at=300), Rekeyed).state is State.OPEN


def test_what_was_survived_stays_so_through_a_drill() -> None:
    watch = Watch(drill=True)
    assert condition(watch.look(standing()), Rekeyed).state is State.MET
    assert condition(watch.look(down(at=60, until=70, ip=IP), at=300), Rekeyed).state is State.MET


def test_a_flap_in_the_watch_fails_it_for_good() -> None:
    watch = Watch()
    watch.look(standing())
    progress = watch.look(down(at=60, until=62, ip=IP), at=65)
    assert condition(progress, Steady).state is State.FAILED
    assert condition(progress, Steady, OTHER_IP).state is State.MET
    assert progress.has_failed
    assert watch.look(at=4000).has_failed


def test_a_flap_before_the_watch_does_not() -> None:
    assert Watch().look(standing(), down(at=-400, until=-390, ip=IP), at=1).is_accepted


def test_bgp_that_is_lost_over_a_standing_tunnel_is_a_flap() -> None:
    watch = Watch(static=False)
    watch.look(standing(), *(with_bgp("10.10.0.0/16", ip=ip) for ip in BOTH))
    lost = [bgp(LOST, "DOWN", at=60, ip=IP), bgp(OPENED, at=70, ip=IP)]
    assert condition(watch.look(lost, at=80), Steady).state is State.FAILED


@pytest.mark.parametrize(
    ("announced", "state", "missing", "unexpected"),
    [
        (("10.10.0.0/16", "10.11.0.0/16"), State.MET, (), ()),
        (("10.10.0.0/16",), State.OPEN, ("10.11.0.0/16",), ()),
        (("10.10.0.0/16", "10.11.0.0/16", "0.0.0.0/0"), State.OPEN, (), ("0.0.0.0/0",)),
        ((), State.OPEN, ("10.10.0.0/16", "10.11.0.0/16"), ()),
    ],
)
def test_the_prefixes_are_those_that_are_expected(
    announced: tuple[str, ...], state: State, missing: tuple[str, ...], unexpected: tuple[str, ...]
) -> None:
    watch = Watch(static=False, expected=read_prefixes("[hq]\n10.10.0.0/16\n10.11.0.0/16"))
    found = condition(watch.look(standing(), *(with_bgp(*announced, ip=ip) for ip in BOTH)), Routing)
    assert isinstance(found.evidence, Routing)
    assert (found.state, found.evidence.missing, found.evidence.unexpected) == (state, missing, unexpected)


def test_prefixes_from_before_the_look_back_are_not_known() -> None:
    events = [*standing(), *(route("ADVERTISED", "10.10.0.0/16", at=-60, ip=ip) for ip in BOTH)]
    events += [bgp("AWS-side peer sent an End-of-RIB message to neighbor 169.254.50.85", at=-50, ip=ip) for ip in BOTH]
    listed = Watch(static=False, expected=read_prefixes("10.10.0.0/16"))
    assert condition(listed.look(events), Routing).state is State.UNKNOWN
    assert condition(Watch(static=False).look(events), Routing).state is State.MET


def test_without_a_list_bgp_with_any_prefix_will_do_and_with_none_will_not() -> None:
    some, none = (
        Watch(static=False).look(standing(), *(with_bgp(*prefixes, ip=ip) for ip in BOTH))
        for prefixes in (("10.10.0.0/16",), ())
    )
    assert [condition(progress, Routing).state for progress in (some, none)] == [State.MET, State.OPEN]


def test_bgp_that_is_down_is_open() -> None:
    lost = [bgp(LOST, "DOWN", at=-60, ip=ip) for ip in BOTH]
    assert condition(Watch(static=False).look(standing(), lost), Routing).state is State.OPEN


def test_a_static_connection_needs_no_bgp() -> None:
    (chapter,) = Watch(static=True).look(standing()).chapters
    assert not any(isinstance(each.evidence, Routing) for each in chapter.conditions)


def test_a_tunnel_known_by_its_log_alone_leaves_the_other_one_unknown() -> None:
    watch = Watch(tunnels=(IP,))
    events = [event for event in standing() if OTHER_IP not in event.stream]
    progress = watch.look(events)
    assert condition(progress, Whole, "").state is State.UNKNOWN
    assert not progress.is_accepted


def test_a_tunnel_that_was_chosen_alone_is_judged_alone() -> None:
    events = [event for event in standing() if OTHER_IP not in event.stream]
    assert Watch(tunnels=(IP,), left_out=1).look(events).is_accepted


def test_a_log_that_cannot_be_read_leaves_it_unknown() -> None:
    progress = Watch(feed=FeedState(FeedMode.LIVE, failing=(GROUP,))).look(standing(rekeyed=False))
    assert condition(progress, Rekeyed).state is State.UNKNOWN
    assert not progress.is_known


def drilled(*falls: Sequence[RawEvent], at: float = 600) -> Progress:
    watch = Watch(drill=True)
    watch.look(standing())
    return watch.look(*falls, at=at)


def test_a_drill_is_done_when_each_tunnel_was_down_once_and_the_other_carried() -> None:
    first, second = down(at=60, until=90, ip=IP), down(at=120, until=150, ip=OTHER_IP)
    assert condition(drilled(), Switch).state is State.OPEN
    half = drilled(first)
    assert (condition(half, Switch).state, condition(half, Switch, OTHER_IP).state) == (State.MET, State.OPEN)
    both = drilled(first, second)
    assert both.is_accepted
    assert condition(both, Switch).evidence == Switch(NOON + 60_000, 0, NOON + 90_000)


def test_a_tunnel_that_is_not_back_yet_has_its_drill_open() -> None:
    progress = drilled([ike("x", "DD", at=60, ip=IP)], at=70)
    assert condition(progress, Switch).state is State.OPEN
    assert condition(progress, Switch).evidence == Switch(NOON + 60_000, 0, None)


def test_a_switch_is_measured_from_the_loss_of_one_to_the_carrying_of_the_other() -> None:
    standby = down(at=50, until=63, ip=OTHER_IP)
    progress = drilled(standby, down(at=60, until=90, ip=IP))
    assert condition(progress, Switch).evidence == Switch(NOON + 60_000, 3_000, NOON + 90_000)


def test_a_fall_while_the_other_did_not_carry_is_no_drill() -> None:
    progress = drilled(down(at=50, until=95, ip=OTHER_IP), down(at=60, until=90, ip=IP))
    assert condition(progress, Switch).state is State.FAILED
    assert progress.has_failed


def test_a_second_fall_is_a_flap_in_a_drill_too() -> None:
    progress = drilled(down(at=60, until=90, ip=IP), down(at=120, until=150, ip=IP, number=8))
    assert condition(progress, Steady).state is State.FAILED


SPANS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=3)


@given(SPANS, SPANS)
def test_a_drill_is_never_done_by_an_outage_of_the_whole_connection(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    """The measured gaps agree with a model that knows when each tunnel carried traffic."""
    falls: dict[str, list[tuple[int, int]]] = {IP: [], OTHER_IP: []}
    events = standing()
    for ip, spans in ((IP, first), (OTHER_IP, second)):
        at = 10
        for number, (pause, lasts) in enumerate(spans):
            start = at + pause * 5
            at = start + lasts * 5
            falls[ip].append((start, at))
            events += down(at=start, until=at, ip=ip, number=16 + number)
    watch = Watch(drill=True)
    watch.look(standing())
    progress = watch.look(events, at=2000)
    for ip, other in ((IP, OTHER_IP), (OTHER_IP, IP)):
        found = condition(progress, Switch, ip)
        assert isinstance(found.evidence, Switch)
        if not falls[ip]:
            assert found.state is State.OPEN
            continue
        start, end = falls[ip][0]
        alone = next((until for since, until in falls[other] if since <= start < until), start)
        assert (found.state is State.MET) == (alone < end)
        assert found.evidence.gap == (max(0, alone - start) * 1000 if alone < end else None)
