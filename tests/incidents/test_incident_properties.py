"""Noise, repeats, late delivery and missing fields affect neither what carries traffic nor the cause."""

import re
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.incidents import INCIDENTS, NOW, Incident, Row
from tests.incidents.scoring import cause_faults, judgement_faults
from tui.domain.diagnosis.diagnose import diagnose
from tui.domain.events import RawEvent
from tui.domain.judgement.judgement import judge

SHORT: Final = [incident for incident in INCIDENTS.values() if 0 < len(incident.rows) <= 100]
CGW: Final = "cgw-0a1b2c3d4e5f67890"
# A negotiation of somebody else, as its records show it: the state of its own exchange, or that of the tunnel.
SECOND_NEGOTIATIONS: Final = (
    (
        f"received packet: from {CGW} [UDP 500] to 198.51.100.1 [UDP 500] (336 bytes)",
        "AWS tunnel processed request (id=0) for IKE_SA_INIT",
        'No Proposal Match Found. Notifying with "No proposal chosen"',
        f"sending packet: from 198.51.100.1 [UDP 500] to {CGW} [UDP 500] (36 bytes)",
    ),
    (
        f"received packet: from {CGW} [UDP 500] to 198.51.100.1 [UDP 500] (464 bytes)",
        "AWS tunnel processed request (id=0) for IKE_SA_INIT",
        "AWS tunnel is sending response (id=0) for IKE_SA_INIT",
    ),
    (f"received packet: from {CGW} [UDP 500] to 198.51.100.1 [UDP 500] (180 bytes)",),
)
ENDS: Final = re.compile(r"DELETE|closing|timed out|dead")
DPD_ANSWERED: Final = (
    ("AWS tunnel is sending DPD request", "CGW sent DPD ACK (sequence number 1081866218)"),
    (
        "AWS tunnel is sending request (id=7) for INFORMATIONAL",
        "AWS tunnel processed response (id=7) for INFORMATIONAL",
    ),
)


def faults(incident: Incident, events: list[RawEvent] | None = None) -> list[str]:
    fleet = incident.fleet(events)
    return judgement_faults(incident, fleet) + cause_faults(incident, fleet)


def places(incident: Incident) -> list[int]:
    """The rows of tunnels that are to be up, at which they are for certain: not those that announce an end."""
    up = {key for key, expected in incident.expectations if expected.get("health") == "up"}
    return [
        index
        for index, (_, key, log, message, states) in enumerate(incident.rows)
        if key in up and log == "IKE" and states.startswith("EE") and not ENDS.search(message)
    ]


@st.composite
def disturbed(draw: st.DrawFn, lines: tuple[tuple[str, ...], ...], states: tuple[str, ...]) -> Incident:
    """An incident with such bursts of lines put into seconds in which its tunnels stand."""
    incident = draw(st.sampled_from([each for each in SHORT if places(each)]))
    chosen = draw(st.dictionaries(st.sampled_from(places(incident)), st.sampled_from(lines), max_size=8))
    shown = draw(st.sampled_from(states))
    rows: list[Row] = []
    for index, row in enumerate(incident.rows):
        rows.append(row)
        rows += [(row[0], row[1], "IKE", line, shown + row[4][2:]) for line in chosen.get(index, ())]
    return incident.with_rows(rows)


@settings(max_examples=150)
@given(disturbed(SECOND_NEGOTIATIONS, ("EE", "ND", "DD")))
def test_a_second_negotiation_changes_nothing(incident: Incident) -> None:
    assert faults(incident) == []


@settings(max_examples=100)
@given(disturbed(DPD_ANSWERED, ("EE",)))
def test_answered_probes_change_nothing(incident: Incident) -> None:
    assert faults(incident) == []


def test_every_line_twice_in_capitals_and_with_other_blanks_changes_nothing() -> None:
    for incident in SHORT:
        rows = [
            (*row[:3], row[3].upper().replace(" ", "  ") if isinstance(row[3], str) else row[3], row[4])
            for row in incident.rows
            for _ in range(2)
        ]
        assert faults(incident.with_rows(rows)) == [], incident.id


@settings(max_examples=100)
@given(st.sampled_from(SHORT), st.data())
def test_repeated_lines_change_nothing(incident: Incident, data: st.DataObject) -> None:
    twice = data.draw(st.sets(st.integers(0, len(incident.rows) - 1), max_size=12))
    rows = [row for index, row in enumerate(incident.rows) for row in [row] * (2 if index in twice else 1)]
    assert faults(incident.with_rows(rows)) == []


@settings(max_examples=100)
@given(st.sampled_from(SHORT), st.data())
def test_late_delivery_changes_nothing(incident: Incident, data: st.DataObject) -> None:
    events = incident.events
    late = data.draw(st.lists(st.integers(0, len(events) - 1), max_size=12, unique=True))
    held = set(late)
    arrived = [event for index, event in enumerate(events) if index not in held] + [events[index] for index in late]
    assert faults(incident, arrived) == []


@settings(max_examples=150)
@given(st.sampled_from(SHORT), st.data())
def test_a_cause_never_becomes_certain_where_state_fields_are_missing(incident: Incident, data: st.DataObject) -> None:
    bare = data.draw(st.sets(st.integers(0, len(incident.rows) - 1)))
    rows: list[Row] = [
        (*row[:4], f"--{row[4][2:]}") if row[2] == "IKE" and index in bare else row
        for index, row in enumerate(incident.rows)
    ]
    for key in incident.tunnels:
        sure, unsure = (certain_causes(each, key) for each in (incident, incident.with_rows(rows)))
        assert unsure <= sure or not same_state(incident, incident.with_rows(rows), key)


def certain_causes(incident: Incident, key: str) -> set[str]:
    fleet = incident.fleet()
    tunnel = fleet.find(incident.vpn, incident.tunnels[key])
    if tunnel is None:
        return set()
    found = diagnose(tunnel, now=NOW, catalogue=fleet.catalogue, connection=incident.connection(fleet))
    return {each.code for each in found[:1] if each.certain}


def same_state(one: Incident, other: Incident, key: str) -> bool:
    """Whether the tunnel is taken for the same: without its states another cause may lead, and rightly."""
    judged = []
    for incident in (one, other):
        fleet = incident.fleet()
        tunnel = fleet.find(incident.vpn, incident.tunnels[key])
        judged.append(tunnel and judge(tunnel, incident.connection(fleet), now=NOW).carries)
    return judged[0] == judged[1]
