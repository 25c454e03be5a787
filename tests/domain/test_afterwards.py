"""For any log and any history of EC2's, since when a tunnel carries agrees with its outages and its conditions."""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.factories import IP, NOON, VPN, bgp, ike
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.judgement.judgement import judge
from tui.domain.knowledge.catalogue_file import load
from tui.domain.past.conditions import conditions
from tui.domain.past.outages import OutageKind, outages
from tui.domain.state.fleet import Fleet

CATALOGUE: Final = load()
ASKED: Final = ("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND")
ESTABLISHED: Final = ("AWS tunnel Phase 2 SA is established with inbound SPI: 0x{0}a: outbound SPI: 0x{0}b", "EE")
STEPS: Final = {
    "sets up": (ASKED, ("AWS tunnel processed request (id=1) for IKE_AUTH", "ND"), ESTABLISHED),
    "sets up with IKEv1": (("AWS tunnel processed request (id=0) for Main Mode", "ND"), ESTABLISHED),
    "tries in vain": (ASKED, ("AWS tunnel is sending AUTHENTICATION_FAILED as the response", "DD")),
    "rekeys": (("AWS tunnel processed request (id=4) for CREATE_CHILD_SA", "EE"), ESTABLISHED),
    "lives": (("AWS tunnel is sending DPD request", "EE"),),
    "closes": (("AWS tunnel received DELETE for IKE_SA from CGW", "DD"),),
    "closes while the states lag": (("AWS tunnel received DELETE for IKE_SA from CGW", "EE"),),
    "is declared dead": (("AWS tunnel DPD timed out after 3 retransmits", "DD"),),
}
SESSIONS: Final = {
    "starts BGP": (("Idle", "Connect", "DOWN"), ("OpenConfirm", "Established", "UP")),
    "begins BGP": (("Idle", "Connect", "DOWN"),),
    "loses BGP": (("Established", "Idle", "DOWN"),),
}
GAPS: Final = st.sampled_from([5, 30, 61, 130, 310, 1_000, 5_000])
STORIES: Final = st.lists(st.tuples(st.sampled_from([*STEPS, *SESSIONS]), GAPS), min_size=1, max_size=9)
STATUSES: Final = st.lists(
    st.tuples(st.integers(-2_000, 12_000), st.sampled_from(["UP", "IPSEC IS UP", "IPSEC IS DOWN"])), max_size=4
)


def lines(story: list[tuple[str, float]]) -> Iterator[RawEvent]:
    for number, ((step, _), at) in enumerate(zip(story, accumulate(gap for _, gap in story), strict=True)):
        for line, states in STEPS.get(step, ()):
            yield ike(line.format(number), states, at=at)
        for before, after, status in SESSIONS.get(step, ()):
            change = f"AWS-side peer BGP session state has changed from {before} to {after} with neighbor 169.254.50.85"
            yield bgp(change, status, at=at)


def described(statuses: list[tuple[int, str]], *, is_static: bool) -> Inventory:
    known = Inventory()
    for at, message in sorted(statuses):
        facts = TunnelFacts(IP, telemetry=Telemetry(message == "UP", message, NOON + at * 1000 + 500))
        answer = Inventory((ConnectionFacts(VPN, static_routes_only=is_static, tunnels=(facts,)),))
        known = remember_statuses(known, answer)
    return known


@settings(max_examples=60, deadline=None)
@given(story=STORIES, statuses=STATUSES, is_static=st.booleans(), silence=GAPS)
@example(story=[("sets up", 5), ("closes", 5), ("starts BGP", 5)], statuses=[(0, "UP")], is_static=True, silence=5)
@example(
    story=[("sets up", 5), ("closes while the states lag", 5)],
    statuses=[(0, "IPSEC IS UP"), (5, "UP")],
    is_static=False,
    silence=310,
)
def test_a_tunnel_carries_since_its_last_outage_or_carries_nothing_within_a_lasting_one(
    story: list[tuple[str, float]], statuses: list[tuple[int, str]], is_static: bool, silence: float
) -> None:
    events = list(lines(story))
    now = events[-1].at + round(silence * 1000)
    fleet = Fleet(CATALOGUE)
    fleet.learn(described([known for known in statuses if NOON + known[0] * 1000 < now], is_static=is_static))
    fleet.apply(events, watermark=now)
    tunnel, home = fleet.find(VPN, IP), fleet.connection(VPN)
    assert tunnel is not None
    found = judge(tunnel, home, now=now)
    spans = outages(tunnel, home, found)
    assert all(before.end is not None and before.end <= after.start for before, after in pairwise(spans))
    if found.carries:
        assert all(span.end is not None and (found.since is None or span.end <= found.since) for span in spans)
    if found.carries is False:
        assert not spans[-1].has_ended
        assert spans[-1].start <= (found.since or 0)
    if tunnel.state.is_up.value and found.ike.value and found.ike.at is not None:
        assert all(span.start <= found.ike.at for span in spans if span.kind is OutageKind.IPSEC)
    course = conditions(tunnel, home, found, spans, since=NOON - 10_000_000, until=now)
    for span in spans:
        during = [part for part in course if max(part.start, span.start) < min(part.end, span.end or now)]
        assert not any(part.condition.carries for part in during)
