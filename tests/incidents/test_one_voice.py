"""The board, `status`, its JSON, its exit code and the diagnosis never contradict each other."""

import json
from functools import partial
from typing import Any, Final

import pytest

from tests.domain.histories import BY_SILENCE
from tests.incidents import INCIDENTS, NOW
from tui.content.board.fleet_board import board
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.feed_state import FeedState
from tui.domain.judgement.judgement import judge
from tui.domain.judgement.verdict import Verdict, verdict
from tui.domain.knowledge.rule import Severity
from tui.headless.status import exit_code, render_json

SAYS_THAT_NOTHING_PASSES: Final = {
    "authentication_failed",
    "certificate_rejected",
    "phase1_proposal_mismatch",
    "unknown_source_address",
    "udp_4500_blocked",
    "closed_by_customer_gateway",
    "closed_by_aws",
    "phase2_down",
    "down",
    "bgp_down",
    "bgp_refused",
    "endpoint_replaced",
    "modification_in_progress",
}
UNCERTAIN: Final = {*BY_SILENCE, "stale_log", "flapping"}
"""What is concluded from what did not come, or from a rhythm, is never certain."""
EXIT_CODES: Final = {Verdict.REDUNDANT: 0, Verdict.AT_RISK: 1, Verdict.DOWN: 2, Verdict.UNKNOWN: 3}


@pytest.mark.parametrize("name", INCIDENTS)
def test_every_outlet_says_the_same(name: str) -> None:
    incident = INCIDENTS[name]
    fleet = incident.fleet()
    home = incident.connection(fleet)
    judged = {tunnel.outside_ip: judge(tunnel, home, now=NOW) for tunnel in home.tunnels}
    document: Any = json.loads(render_json(fleet, FeedState(), now=NOW))
    (told,) = document["connections"]
    (row,) = board(fleet, now=NOW, feed=FeedState(), diagnose=partial(Diagnoser(fleet).of, now=NOW)).connections
    expected = verdict(home, now=NOW)
    assert (told["verdict"], row.verdict) == (expected.value, expected)
    carries_all = all(each.carries for each in judged.values())  # also one tunnel whose sibling nobody knows
    assert exit_code(fleet, now=NOW) == (0 if carries_all else EXIT_CODES[expected])
    assert told["carrying"] == row.carrying == sum(each.carries is True for each in judged.values())
    for tunnel in told["tunnels"]:
        ours = judged[tunnel["outside_ip"]]
        assert (tunnel["health"], tunnel["carries"]) == (ours.health.value, ours.carries)
        assert (tunnel["doubt"] is None) == (ours.doubt is None)
    for line in row.tunnels:
        ours = judged[line.key[1]]
        assert (line.health, line.carries, line.doubt) == (ours.health, ours.carries, ours.doubt)


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_cause_agrees_with_whether_traffic_passes(name: str) -> None:
    incident = INCIDENTS[name]
    fleet = incident.fleet()
    home = incident.connection(fleet)
    for tunnel in home.tunnels:
        judged = judge(tunnel, home, now=NOW)
        assert (judged.since or 0) <= NOW
        found = Diagnoser(fleet).of(tunnel, now=NOW)
        assert not [each.code for each in found if each.certain and each.code in UNCERTAIN]
        leading = next(iter(found), None)
        if judged.carries and leading is not None:
            assert leading.code not in SAYS_THAT_NOTHING_PASSES
        if judged.carries is False and leading is not None:
            assert leading.severity.rank >= Severity.WARNING.rank or leading.code == "no_logs"
