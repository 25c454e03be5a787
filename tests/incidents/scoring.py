"""Compares the domain's conclusions on an incident with what is expected of it: each difference as a line.

Run as a module it prints what is wrong, by kind: `python -m tests.incidents.scoring [KIND or ID …]`.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.incidents import INCIDENTS, NOW, Incident
from tui.domain.diagnosis.diagnose import Diagnosis, diagnose
from tui.domain.judgement.judgement import judge
from tui.domain.judgement.verdict import verdict
from tui.domain.knowledge.rule import Severity
from tui.domain.state.fleet import Fleet

Expected = dict[str, Any]
_SURE: Final = ("likely", "certain")


def judgement_faults(incident: Incident, fleet: Fleet | None = None) -> list[str]:
    """Return where health, what carries and the verdict differ from what is expected; empty where all is right."""
    fleet = incident.fleet() if fleet is None else fleet
    connection = incident.connection(fleet)
    faults = list(_differs("verdict", verdict(connection, now=NOW).value, incident.expect))
    for key, expected in incident.expectations:
        judged = judge(incident.tunnel(fleet, key), connection, now=NOW)
        faults += _differs(f"{key}: health", judged.health.value, expected)
        faults += _differs(f"{key}: carries", judged.carries, expected)
    return faults


def cause_faults(incident: Incident, fleet: Fleet | None = None) -> list[str]:
    """Return where the cause, how sure it is, or its sentence differ from what is expected."""
    fleet = incident.fleet() if fleet is None else fleet
    faults: list[str] = []
    for key, expected in incident.expectations:
        tunnel, connection = incident.tunnel(fleet, key), incident.connection(fleet)
        found = diagnose(tunnel, now=NOW, catalogue=fleet.catalogue, connection=connection)
        faults += [f"{key}: {fault}" for fault in _cause_faults(next(iter(found), None), expected)]
    return faults


def differences(incident: Incident, document: Expected) -> list[str]:
    """Return where a connection of `status --json` differs from what is expected of the incident."""
    tunnels = {tunnel["outside_ip"]: tunnel for tunnel in document["tunnels"]}
    faults = list(_differs("verdict", document["verdict"], incident.expect))
    for key, expected in incident.expectations:
        tunnel = tunnels[incident.tunnels[key]]
        faults += _differs(f"{key}: health", tunnel["health"], expected)
        faults += _differs(f"{key}: carries", tunnel["carries"], expected)
        cause = tunnel["diagnosis"]
        is_note = cause is not None and cause["severity"] == Severity.INFO
        if "code" in expected and not (is_note and expected["code"] is None):
            faults += _differs(f"{key}: code", cause["code"] if cause else None, expected)
    return faults


def _cause_faults(cause: Diagnosis | None, expected: Expected) -> Iterator[str]:
    is_note = cause is not None and cause.severity is Severity.INFO
    if "code" in expected and not (is_note and expected["code"] is None):
        yield from _differs("code", cause.code if cause else None, expected)
    if cause is None:
        return
    if cause.code == "flapping":
        yield from _differs("variant", cause.variant, expected)
    sure = "certain" if cause.certain else "likely"
    most = expected.get("confidence_at_most", "certain")
    if _SURE.index(sure) > _SURE.index(most):
        yield f"confidence: {sure}, at most {most}"
    say = cause.cause.say
    for pattern in expected.get("say_has", ()):
        if not re.search(pattern, say, re.IGNORECASE):
            yield f"say lacks {pattern!r}: {say}"
    for pattern in expected.get("say_lacks", ()):
        if re.search(pattern, say, re.IGNORECASE):
            yield f"say has {pattern!r}: {say}"


def _differs(name: str, value: object, expected: Expected) -> Iterator[str]:
    asked = name.rpartition(" ")[2]
    if asked not in expected:
        return
    allowed = expected[asked] if isinstance(expected[asked], list) else [expected[asked]]
    if value not in allowed:
        yield f"{name}: {value}, not {' or '.join(map(str, allowed))}"


def report(results: Mapping[str, list[str]]) -> str:
    """Return what is wrong, by kind, and how many incidents are right."""
    lines = sorted(f"{INCIDENTS[name].kind:20} {name}: {fault}" for name, found in results.items() for fault in found)
    return "\n".join([*lines, f"{sum(not found for found in results.values())} of {len(results)} right"])


if __name__ == "__main__":
    chosen = [each for each in INCIDENTS.values() if not sys.argv[1:] or {each.kind, each.id} & set(sys.argv[1:])]
    print(report({each.id: judgement_faults(each) + cause_faults(each) for each in chosen}))
