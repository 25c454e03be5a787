"""The queries leave out routine and nothing else, in a language that AWS reads."""

import re

import pytest

from tests.factories import ike_line
from tui.demo.server.insights.language import read_query
from tui.demo.server.insights.records import Record
from tui.demo.server.store import StoredEvent
from tui.domain.events import Log
from tui.domain.knowledge.catalogue_file import load
from tui.feed.insights import queries

EXAMPLES = [(rule, example) for rule in load().rules.values() for example in rule.examples if rule.log is Log.IKE]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=[f"{rule.id}-{n}" for n, (rule, _) in enumerate(EXAMPLES)])
def test_routine_is_what_the_catalogue_folds(rule: object, example: str) -> None:
    assert bool(re.search(queries.ROUTINE, example)) is (getattr(rule, "fold", None) is not None)


def comes_back(message: str) -> bool:
    query = read_query(queries.informative_lines(None, 10))
    return bool(query.select([Record.of(StoredEvent(0, 0, 0, "s", message, 0), "1:g")]))


@pytest.mark.parametrize(
    ("details", "states", "comes"),
    [
        ("AWS tunnel is sending DPD request", "EE", False),
        ("AWS tunnel is sending DPD request", "ED", True),
        ("AWS tunnel is sending DPD request", "NE", True),
        ("Peer is not responsive - Declaring peer dead", "EE", True),
        ("AWS tunnel received DELETE for Phase 1 SA from CGW", "EE", True),
        ("something that nobody knows", "EE", True),
    ],
)
def test_a_line_of_routine_comes_only_while_a_phase_is_not_up(details: str, states: str, comes: bool) -> None:
    assert comes_back(ike_line(details, states, at=0)) is comes


@pytest.mark.parametrize(
    "line",
    [
        "AWS tunnel is sending DPD request",
        '{"details": "AWS tunnel is sending DPD request", "ike_phase1_state": "established"}',
    ],
)
def test_a_record_without_its_states_comes(line: str) -> None:
    assert comes_back(line)


def test_a_delivery_that_names_its_fields_otherwise_is_read_alike() -> None:
    line = "VpnLogDetail: CGW sent DPD ACK, TunnelIKEPhase1State: established, TunnelIKEPhase2State: {}"
    assert (comes_back(line.format("established")), comes_back(line.format("down"))) == (False, True)


def test_selected_streams_are_named_for_the_index() -> None:
    text = queries.informative_lines({"vpn-b-IKE.log", "vpn-a-IKE.log"}, 100)
    assert '| filter @logStream in ["vpn-a-IKE.log", "vpn-b-IKE.log"]\n' in text
    assert read_query(text).streams == frozenset({"vpn-a-IKE.log", "vpn-b-IKE.log"})


def test_no_query_is_longer_than_aws_takes() -> None:
    streams = {f"vpn-{number:017x}-203.0.113.{number % 250}-IKE.log" for number in range(1_000)}
    assert not queries.can_be_listed(streams)
    few = set(sorted(streams)[:160])
    assert queries.can_be_listed(few)
    assert len(queries.informative_lines(few, 10_000)) < 10_000


def test_a_name_that_could_end_its_quotes_is_not_put_into_a_query() -> None:
    assert not queries.can_be_listed({'a"] | filter 1 = 1'})
    assert not queries.can_be_listed({"a\\"})
