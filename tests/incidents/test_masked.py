"""Masking hides whose tunnel it is, and nothing of what is wrong with it."""

import json
import re
from typing import Any

import pytest

from tests.incidents import INCIDENTS, NOW, Incident
from tui.domain.diagnosis.diagnose import diagnose
from tui.domain.feed_state import FeedState
from tui.domain.inventory import Inventory
from tui.domain.judgement.judgement import judge
from tui.domain.judgement.verdict import verdict
from tui.domain.knowledge.catalogue_file import load
from tui.domain.masking.facts import introduce, masked_event, masked_inventory
from tui.domain.masking.mask import Mask
from tui.domain.state.fleet import Fleet
from tui.headless.status import render_json, render_table

CATALOGUE = load()
IDENTIFIER = re.compile(r"\b(?:vpn|cgw|tgw|vgw)-[0-9a-f]{8,17}|\b(?:\d{1,3}\.){3}\d{1,3}|\b\d{12}\b|gw\.example\.com")
NOBODYS = {"0.0.0.0"}


def masked_fleet(incident: Incident) -> Fleet:
    mask, fleet = Mask(), Fleet(CATALOGUE)
    if incident.facts is not None:
        fleet.learn(masked_inventory(mask, Inventory((incident.facts,))))
    introduce(mask, incident.events)
    fleet.apply([masked_event(mask, raw) for raw in incident.events], watermark=NOW)
    return fleet


def findings(fleet: Fleet) -> list[Any]:
    """Return all that is concluded, but for the words, which name addresses."""
    (connection,) = fleet.connections
    found: list[Any] = [verdict(connection, now=NOW)]
    for tunnel in connection.tunnels:
        judged = judge(tunnel, connection, now=NOW)
        found.append((judged.health, judged.carries, judged.since, judged.certain, judged.doubt and judged.doubt.kind))
        found.append([(entry.at, entry.rule and entry.rule.id, entry.state.health.value) for entry in tunnel.history])
        found += [
            (each.code, each.variant, each.certain, each.since, len(each.evidence), each.severity)
            for each in diagnose(tunnel, now=NOW, catalogue=CATALOGUE, connection=connection)
        ]
    return found


def outputs(fleet: Fleet) -> str:
    raws = [entry.raw for tunnel in fleet.tunnels for entry in tunnel.history]
    return "\n".join((render_json(fleet, FeedState(), now=NOW), render_table(fleet, FeedState(), now=NOW), repr(raws)))


@pytest.mark.parametrize("name", INCIDENTS)
def test_a_masked_incident_has_the_same_outcome(name: str) -> None:
    incident = INCIDENTS[name]
    assert findings(masked_fleet(incident)) == findings(incident.fleet())


@pytest.mark.parametrize("name", INCIDENTS)
def test_a_masked_incident_shows_no_identifier(name: str) -> None:
    incident = INCIDENTS[name]
    shown = outputs(masked_fleet(incident))
    truth = json.dumps([incident.rows, incident.vpn, incident.tunnels, incident.ec2]) + repr(incident.facts)
    identifiers = set(IDENTIFIER.findall(truth)) - NOBODYS
    assert len(identifiers) >= 3
    assert not [identifier for identifier in identifiers if identifier in shown]
    if incident.facts is not None and len(incident.facts.name) > 1:
        assert f" {incident.facts.name} " not in shown
