"""Written histories, one a file: what a tunnel logged, and what a good engineer would say of it.

The first line is an object:

- `title`: the story in a sentence; `expect`: the leading code, or null for none
- `at`: when to look, in seconds; 30 s after the last line unless told. `tunnel`: which one is asked about, else `a`
- `severity_at_most`, `certain`, `since` (seconds), `says`, `says_not` (a part of the words or remarks), `runners_up`:
  held to where given
- `ec2`: what EC2 says, `{"static_routes_only", "tunnels": {"a": {"telemetry": ["DOWN", "IPSEC IS UP", seconds],
  "ike_group", "configured", "replaced_at"}}}`

Every other line is one record in the order of arrival, `[seconds, log, tunnel, message, states]`:

- `[12, "IKE", "a", "AWS tunnel is sending DPD request", "EE"]`: E N D R for the phases' states, null where the record
  has none. Whole seconds, as AWS stamps these, so a burst shares one.
- `[12.345, "BGP", "a", "AWS-side peer …", "DOWN"]` and `[12.345, "BGP", "a", {"prefix": …}, "ADVERTISED"]` for routes
- an object in the place of an IKE message is the record as it stands; `"TEXT"` in the place of the log is a bare line
- `{"from": 0, "every": 10, "times": 60, "rows": […]}` repeats rows, whose seconds count from the start of each round
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.factories import IP, NOON, OTHER_IP, VPN, ike_line, stream_of
from tui.domain.diagnosis.diagnose import Diagnosis, diagnose
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.state.fleet import Fleet

ADDRESSES = {"a": IP, "b": OTHER_IP}

BY_SILENCE = {
    "peer_unreachable",
    "rekey_unanswered",
    "udp_4500_blocked",
    "ike_auth_unanswered",
    "ike_fragments_lost",
    "answers_not_arriving",
}
"""Causes that are concluded from what did not come: where silence is the symptom, an answer speaks against it."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file: its header, its rows with the repetitions written out, and the events they stand for."""

    name: str
    header: dict[str, Any]
    rows: tuple[list[Any], ...]

    @property
    def events(self) -> list[RawEvent]:
        """The rows as CloudWatch would give them, in the order of arrival."""
        events: list[RawEvent] = []
        arrived = 0
        for index, row in enumerate(self.rows):
            raw = event_of(row, index)
            arrived = max(arrived, raw.at + 1_000)
            events.append(replace(raw, ingested_at=arrived))
        return events

    @property
    def at(self) -> int:
        """When to look, ms."""
        last = max((row[0] for row in self.rows), default=0)
        return moment(self.header.get("at", last + 30))

    def fleet(self, catalogue: Catalogue, events: list[RawEvent] | None = None) -> Fleet:
        """Return a fleet that has read all of it."""
        fleet = Fleet(catalogue)
        if "ec2" in self.header:
            fleet.learn(Inventory((facts_of(self.header["ec2"]),)))
        fleet.apply(self.events if events is None else events)
        return fleet

    def diagnosed(self, fleet: Fleet) -> tuple[Diagnosis, ...]:
        """Return the diagnoses of the tunnel in question."""
        tunnel = fleet.find(VPN, ADDRESSES[self.header.get("tunnel", "a")])
        assert tunnel is not None
        return diagnose(tunnel, now=self.at, catalogue=fleet.catalogue, connection=fleet.connection(VPN))


def moment(seconds: float) -> int:
    """Return the instant this many seconds after noon, ms."""
    return NOON + round(seconds * 1000)


def event_of(row: list[Any], place: int) -> RawEvent:
    """Return the event of a row; `place` is its position in its stream."""
    seconds, log, key, message, states = row if len(row) == 5 else [*row, None]
    at, ip = moment(seconds), ADDRESSES[key]
    if log == "TEXT":
        line = message
    elif log == "IKE":
        line = ike_line(message, states, at=at) if isinstance(message, str) else json.dumps(message)
    else:
        body = message if isinstance(message, dict) else {"details": message}
        kind = "BGPStatus" if states in ("UP", "DOWN") else "RouteStatus"
        record = {"resource_id": f"{VPN}_{ip}", "event_timestamp": at, "type": kind, "status": states, "message": body}
        line = json.dumps(record)
    stream = stream_of(ip, log="BGP" if log == "BGP" else "IKE")
    return RawEvent(stream, at, at + 1_000, line, serial=place + 1, rank=place)


def facts_of(ec2: dict[str, Any]) -> ConnectionFacts:
    """Return what EC2 says, from a header."""
    tunnels = []
    for key, given in ec2.get("tunnels", {}).items():
        told = dict(given)
        if "telemetry" in told:
            status, message, since = told["telemetry"]
            told["telemetry"] = Telemetry(status == "UP", message, moment(since))
        if "replaced_at" in told:
            told["replaced_at"] = moment(told["replaced_at"])
        tunnels.append(TunnelFacts(ADDRESSES[key], **told))
    return ConnectionFacts(
        VPN, name="hq", static_routes_only=ec2.get("static_routes_only", False), tunnels=tuple(tunnels)
    )


def read(path: Path) -> Written:
    """Return the history in a file."""
    header, *rows = map(json.loads, path.read_text().splitlines())
    return Written(path.stem, header, tuple(_written_out(rows)))


def _written_out(rows: list[Any]) -> Iterator[list[Any]]:
    for row in rows:
        if isinstance(row, list):
            yield row
            continue
        for turn in range(row["times"]):
            start = row["from"] + turn * row["every"]
            yield from ([start + each[0], *each[1:]] for each in row["rows"])


HISTORIES = {path.stem: read(path) for path in sorted(Path(__file__).parent.glob("*.jsonl"))}
