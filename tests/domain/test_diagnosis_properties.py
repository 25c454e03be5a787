"""Properties of any diagnosis: noise, order of arrival and batching do not affect it."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.domain.histories import BY_SILENCE, HISTORIES, Written, event_of
from tests.factories import IP, NOON, STATES, VPN, bgp, ike, stream_of
from tui.domain.diagnosis.causes import codes
from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis, diagnose
from tui.domain.events import Log, Phase, RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.rule import Severity
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health

CATALOGUE: Final = load()
SHORT: Final = [each for each in HISTORIES.values() if 0 < len(each.rows) <= 250]
"""The long days are left to the table: here each history is folded hundreds of times."""


def diagnosed(fleet: Fleet, tunnel: Tunnel, *, now: int) -> tuple[Diagnosis, ...]:
    return diagnose(tunnel, now=now, catalogue=CATALOGUE, connection=fleet.connection(tunnel.connection))


# --- noise

PORT: Final = "[UDP 4500]"
SENT: Final = f"sending packet: from {IP} {PORT} to cgw-0a1b2c3d4e5f67890 {PORT} (80 bytes)"
RECEIVED: Final = f"received packet: from cgw-0a1b2c3d4e5f67890 {PORT} to {IP} {PORT} (80 bytes)"
# Each request with what answers it: alone it would be a symptom.
CHATTER: Final = (
    (
        "AWS tunnel is sending DPD request",
        "AWS tunnel is sending request (id=7) for INFORMATIONAL",
        SENT,
        RECEIVED,
        "AWS tunnel processed response (id=7) for INFORMATIONAL",
    ),
    (
        "AWS tunnel is sending a DPD request with sequence number 143754286",
        SENT,
        RECEIVED,
        "CGW sent DPD ACK (sequence number 143754286)",
    ),
    (
        RECEIVED,
        "CGW sent a DPD request (sequence number 9)",
        "AWS tunnel is sending a DPD ACK with sequence number 9",
        SENT,
    ),
)
PACKETS: Final = ((RECEIVED, SENT), (SENT, RECEIVED))


@st.composite
def noisy(draw: st.DrawFn) -> tuple[Written, list[RawEvent]]:
    """A history, and its events with chatter, packets and duplicates among them, some delivered late."""
    written = draw(st.sampled_from(SHORT))
    places = st.integers(0, len(written.rows) - 1)
    added: dict[int, list[list[Any]]] = {}
    for place in draw(st.lists(places, max_size=6)):
        added.setdefault(place, []).append(written.rows[place])
    if written.header["expect"] not in BY_SILENCE:
        for place, choice in draw(st.lists(st.tuples(places, st.integers(0, 99)), max_size=12)):
            key = written.rows[place][2]
            # Not after a tunnel's last line: that is what it was left with.
            if any(row[2] == key for row in written.rows[place + 1 :]):
                added.setdefault(place, []).extend(noise_at(written.rows[place], choice))
    rows = [each for index, row in enumerate(written.rows) for each in (row, *added.get(index, ()))]
    events = [event_of(row, index) for index, row in enumerate(rows)]
    late = draw(st.lists(st.integers(0, len(events) - 1), max_size=8, unique=True))
    return written, [raw for index, raw in enumerate(events) if index not in late] + [events[each] for each in late]


def noise_at(row: list[Any], choice: int) -> list[list[Any]]:
    """Lines that a daemon could have put into this row's second, under its states."""
    seconds, log, key, _, states = row if len(row) == 5 else [*row, None]
    if log != "IKE":
        return []
    kinds = CHATTER + PACKETS if states is not None and states[0] in "ER" else PACKETS
    return [[seconds, "IKE", key, line, states] for line in kinds[choice % len(kinds)]]


@settings(max_examples=400)
@given(noisy())
def test_noise_does_not_change_the_leading_cause(drawn: tuple[Written, list[RawEvent]]) -> None:
    written, events = drawn
    in_order = [event_of(row, index) for index, row in enumerate(written.rows)]
    noisy, plain = (written.diagnosed(written.fleet(CATALOGUE, each)) for each in (events, in_order))
    assert [each.code for each in noisy[:1]] == [each.code for each in plain[:1]]


@settings(max_examples=100)
@given(st.sampled_from(SHORT), st.data())
def test_the_diagnosis_is_the_same_for_any_batching_and_order_of_arrival(written: Written, data: st.DataObject) -> None:
    # The record's order within a second is given by the ranks, so that only the arrival differs.
    events = [event_of(row, index) for index, row in enumerate(written.rows)]
    arrivals = data.draw(st.permutations(events)) if len(events) < 60 else events
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=6)))
    fleet = written.fleet(CATALOGUE, [])
    for start, end in pairwise([0, *cuts, len(events)]):
        fleet.apply(arrivals[start:end])
    assert written.diagnosed(fleet) == written.diagnosed(written.fleet(CATALOGUE, events))


@settings(max_examples=50)
@given(st.sampled_from(SHORT), st.lists(st.integers(0, 200), max_size=6))
def test_the_diagnoser_says_at_every_step_what_a_fresh_look_says(written: Written, cuts: list[int]) -> None:
    events = written.events
    fleet = written.fleet(CATALOGUE, [])
    diagnoser = Diagnoser(fleet)
    for start, end in pairwise(sorted({0, *(cut for cut in cuts if cut < len(events)), len(events)})):
        fleet.apply(events[start:end])
        # The Diagnoser looks anew once in PATIENCE for what depends on time alone: here at the start of such a span.
        now = events[end - 1].at // Diagnoser.PATIENCE * Diagnoser.PATIENCE + Diagnoser.PATIENCE
        for tunnel in fleet.tunnels:
            assert diagnoser.of(tunnel, now=now) == diagnosed(fleet, tunnel, now=now)


# --- health

ALONE_A_SYMPTOM: Final = {"packet_sent", "dpd_request_sent"}
# A new SA comes by an exchange: where it is the very next record after a DELETE, the tunnel went down and is back.
BY_AN_EXCHANGE: Final = {
    "phase1_established": "AWS tunnel processed request (id=3) for CREATE_CHILD_SA",
    "phase2_established": "AWS tunnel processed request (id=3) for CREATE_CHILD_SA",
}
ROUTINE: Final = tuple(
    (BY_AN_EXCHANGE[rule.id], text) if rule.id in BY_AN_EXCHANGE else (text,)
    for rule in CATALOGUE.rules.values()
    if rule.log is Log.IKE and rule.id not in ALONE_A_SYMPTOM
    if rule.explain(phase1=Phase.ESTABLISHED, phase2=Phase.ESTABLISHED).severity.rank <= Severity.INFO.rank
    for text in rule.examples
)
REKEYS: Final = (
    ("AWS tunnel processed request (id=3) for CREATE_CHILD_SA", "AWS tunnel has selected proposals for Phase 2 SA"),
    ("AWS tunnel processed request (id=3) for CREATE_CHILD_SA", "AWS tunnel received DELETE for IKE_SA from CGW"),
)


def is_closed_and_set_up_anew(lines: list[str]) -> bool:
    """Whether an IKE_SA is deleted, another is negotiated, and a pair is set up: that is a short outage."""
    return (
        re.search(r"DELETE for IKE_SA.*for (?:IKE_SA_INIT|Main|Aggr).*Phase 2 SA is est", " ".join(lines)) is not None
    )


lives = st.lists(
    st.tuples(st.sampled_from(ROUTINE + CHATTER + REKEYS), st.integers(2, 3_600), st.sampled_from(["EE", "ER", "RE"])),
    max_size=40,
)


@settings(max_examples=300)
@given(lives, st.booleans(), st.integers(0, 30_000))
def test_a_healthy_tunnel_has_no_diagnosis_above_info_whatever_it_logs_of_routine(
    life: list[tuple[tuple[str, ...], int, str]], with_bgp: bool, later: int
) -> None:
    assume(not is_closed_and_set_up_anew([line for lines, _, _ in life for line in lines]))
    at, events = 0, []
    if with_bgp:
        neighbor = "with neighbor 169.254.50.85"
        events.append(bgp(f"AWS-side peer BGP session state has changed from OpenConfirm to Established {neighbor}"))
    for lines, gap, states in life:
        at += gap
        # A rekey is over within the second.
        events += [ike(line, states if line is not lines[-1] else "EE", at=at) for line in lines]
    events += [ike(line, "EE", at=at + 2) for line in CHATTER[0]]
    fleet = Fleet(CATALOGUE)
    fleet.apply(replace(raw, rank=index, serial=index + 1) for index, raw in enumerate(events))
    (tunnel,) = fleet.tunnels
    assert (tunnel.health, tunnel.state.falls) == (Health.UP, ())
    found = diagnosed(fleet, tunnel, now=events[-1].at + later)
    assert [each.code for each in found if each.severity.rank > Severity.INFO.rank] == []


# --- anything at all

EXAMPLES: Final = [(rule.log, text) for rule in CATALOGUE.rules.values() for text in rule.examples]
seconds = st.integers(-100_000, 100_000)
lines = st.one_of(
    st.tuples(
        st.sampled_from([text for log, text in EXAMPLES if log is Log.IKE]),
        st.sampled_from([None, *(a + b for a in STATES for b in STATES)]),
        seconds,
    ).map(lambda each: ike(each[0], each[1], at=each[2])),
    st.tuples(
        st.sampled_from([text for log, text in EXAMPLES if log is Log.BGP]),
        st.sampled_from(["UP", "DOWN", "ADVERTISED", "WITHDRAWN", "?"]),
        seconds,
        st.sampled_from(["BGPStatus", "RouteStatus"]),
    ).map(lambda each: bgp(each[0], each[1], at=each[2], kind=each[3])),
    st.tuples(st.text(max_size=60), seconds).map(
        lambda each: RawEvent(stream_of(), NOON + each[1] * 1000, NOON + each[1] * 1000, each[0])
    ),
    st.tuples(
        st.dictionaries(
            st.sampled_from(["details", "ike_phase1_state", "ike_phase2_state", "type", "status", "message"]),
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.lists(st.integers())),
        ),
        seconds,
    ).map(lambda each: RawEvent(stream_of(), NOON + each[1] * 1000, NOON + each[1] * 1000, json.dumps(each[0]))),
)
facts = st.builds(
    TunnelFacts,
    outside_ip=st.just(IP),
    ike_group=st.sampled_from([None, "/aws/vendedlogs/vpn"]),
    telemetry=st.none()
    | st.builds(
        Telemetry,
        is_up=st.booleans(),
        message=st.sampled_from(["", "IPSEC IS UP", "IPSEC IS DOWN", "3 BGP ROUTES"]),
        since=st.none() | seconds.map(lambda each: NOON + each * 1000),
    ),
    configured=st.sampled_from([{}, {"Phase1DHGroupNumbers": "14"}]),
    replaced_at=st.none() | seconds.map(lambda each: NOON + each * 1000),
)


@settings(max_examples=400)
@given(st.lists(lines, max_size=40), st.none() | facts, st.integers(-10, 10**14))
@example([], TunnelFacts(IP), 0)
def test_whatever_was_logged_a_diagnosis_has_a_known_code_and_whole_words(
    events: list[RawEvent], known: TunnelFacts | None, now: int
) -> None:
    fleet = Fleet(CATALOGUE)
    if known is not None:
        fleet.learn(Inventory((ConnectionFacts(VPN, tunnels=(known,)),)))
    fleet.apply(replace(raw, rank=index, serial=index + 1) for index, raw in enumerate(events))
    for tunnel in fleet.tunnels:
        found = diagnosed(fleet, tunnel, now=now)
        assert found == diagnosed(fleet, tunnel, now=now)
        assert len({each.code for each in found}) == len(found)
        for each in found:
            assert each.code in codes(CATALOGUE)
            assert "{" not in each.cause.title + each.cause.brief + each.cause.say
