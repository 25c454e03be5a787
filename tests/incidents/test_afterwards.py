"""Every incident, once repaired, is an outage of the past: for a watch that saw it, and for a look afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tests.incidents import INCIDENTS, NOW, Incident, Row
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry
from tui.domain.judgement.ec2_history import remember_statuses
from tui.domain.judgement.judgement import Judgement, is_dynamic, judge
from tui.domain.past.outages import Outage, outages
from tui.domain.state.fleet import Fleet

SET_UP: Final = 60
BGP_AFTER: Final = 15
EC2_AFTER: Final = 120
"""In seconds after the moment of the look, the set-up, and the set-up."""
LATER: Final = NOW + 1_200_000
IKEV2: Final = (
    ("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND"),
    ("AWS tunnel is sending response (id=0) for IKE_SA_INIT", "ND"),
    ("AWS tunnel processed request (id=1) for IKE_AUTH", "ND"),
    ("AWS tunnel has selected proposals for Phase 2 SA", "EN"),
)
IKEV1: Final = (
    ("AWS tunnel processed request (id=0) for Main Mode", "ND"),
    ("AWS tunnel is sending response (id=0) for Main Mode", "EN"),
    ("AWS tunnel processed request (id=2874612734) for Quick Mode", "EN"),
    ("AWS tunnel has selected proposals for Phase 2 SA", "EN"),
)
ESTABLISHED: Final = ("AWS tunnel Phase 2 SA is established with inbound SPI: 0xc7: outbound SPI: 0xd7", "EE")
SESSION: Final = (("Idle", "Connect"), ("Connect", "OpenSent"), ("OpenSent", "OpenConfirm"))
ONLY_EC2: Final = {"ec2-alone-tells-of-bgp", "logging-on-never-a-line", "w-no-logs-off-down"}
"""No log reports their recovery."""


def repair(incident: Incident, key: str, fleet: Fleet) -> Iterator[Row]:
    """Yield the lines of a tunnel that its device sets up anew, where the log of that layer has lines at all."""
    tunnel = incident.tunnel(fleet, key)
    if any(row[1:3] == (key, "IKE") for row in incident.rows):
        steps = IKEV1 if tunnel.state.is_ikev1 else IKEV2
        yield from ((-SET_UP, key, "IKE", line, states) for line, states in (*steps, ESTABLISHED))
    if tunnel.state.bgp.session is not None and is_dynamic(tunnel, incident.connection(fleet)):
        for before, after in (*SESSION, ("OpenConfirm", "Established")):
            ago = -(SET_UP + BGP_AFTER) + (0.5 if after == "Connect" else 0)
            line = f"AWS-side peer BGP session state has changed from {before} to {after} with neighbor 169.254.50.85"
            yield ago, key, "BGP", line, "UP" if after == "Established" else "DOWN"


def noticed(facts: ConnectionFacts, incident: Incident, keys: list[str]) -> ConnectionFacts:
    """Return what EC2 says once it has noticed the repair."""
    up = Telemetry(True, "", NOW + (SET_UP + EC2_AFTER) * 1000)
    ips = [incident.tunnels[key] for key in keys]
    tunnels = (replace(each, telemetry=up) if each.outside_ip in ips else each for each in facts.tunnels)
    return replace(facts, tunnels=tuple(tunnels))


def test_a_repaired_tunnel_carries_since_the_end_of_its_outage() -> None:
    faults: dict[str, object] = {}
    for name, incident in INCIDENTS.items():
        watched = incident.fleet()
        began = standing(incident, watched, now=NOW)
        keys = [key for key, found in began.items() if found.carries is False]
        if not keys or name in ONLY_EC2:
            continue
        rows = sorted((row for key in keys for row in repair(incident, key, watched)), key=lambda row: -row[0])
        events = [incident.event_of(row, len(incident.rows) + rank) for rank, row in enumerate(rows)]
        watched.apply(events, watermark=LATER)
        afterwards = Fleet(watched.catalogue)
        if incident.facts is not None:
            after = Inventory((noticed(incident.facts, incident, keys),))
            watched.learn(remember_statuses(Inventory((incident.facts,)), after))
            afterwards.learn(after)
        afterwards.apply([*incident.events, *events], watermark=LATER)
        repaired = {key: max(round(NOW - row[0] * 1000) for row in rows if row[1] == key) for key in keys}
        for fleet in (watched, afterwards):
            faults |= {
                f"{name} {key}": (found.carries, found.since, last)
                for key, found in standing(incident, fleet, now=LATER).items()
                if key in keys
                for last in [last_outage(incident, key, fleet, found)]
                if not found.carries
                or found.since != repaired[key]
                # What EC2 reported before the only look is not known.
                or (fleet is watched and (last is None or last.start != began[key].since))
                or (last is not None and last.end != found.since)
            }
    assert faults == {}


def standing(incident: Incident, fleet: Fleet, *, now: int) -> dict[str, Judgement]:
    home = incident.connection(fleet)
    return {
        key: judge(tunnel, home, now=now)
        for key, ip in incident.tunnels.items()
        if (tunnel := fleet.find(incident.vpn, ip)) is not None
    }


def last_outage(incident: Incident, key: str, fleet: Fleet, found: Judgement) -> Outage | None:
    spans = outages(incident.tunnel(fleet, key), incident.connection(fleet), found)
    return spans[-1] if spans else None
