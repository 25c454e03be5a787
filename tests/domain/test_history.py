"""A history is in the order of the log whatever the order of arrival, with the state after each event."""

from dataclasses import replace

from tests.factories import NOON, bgp, fleet_of, ike
from tui.domain.state.forgetting import trim
from tui.domain.state.history import History
from tui.domain.state.tunnel_state import Health

NEIGHBOR = "with neighbor 169.254.50.85"


def test_an_event_that_moves_back_is_counted_out_of_those_that_now_come_before_it() -> None:
    fell = ike("AWS tunnel DPD timed out after 3 retransmits", "DD", at=5, serial=1)
    session = replace(bgp(f"BGP session state has changed from OpenConfirm to Established {NEIGHBOR}", at=5), serial=2)
    fleet = fleet_of([ike("x", "EE"), fell, replace(session, ingested_at=session.ingested_at + 1)])
    fleet.apply((), moved=[replace(fell, ingested_at=fell.ingested_at + 2)])
    assert [entry.state.health.value for entry in fleet.tunnels[0].history] == [Health.UP, Health.UP, Health.DOWN]


def test_the_state_survives_that_the_last_event_left_of_a_history_moves() -> None:
    events = [ike(f"unknown {second}", "EE", at=second, serial=second + 1) for second in range(9)]
    fleet = fleet_of(events)
    history = fleet.tunnels[0].history
    trim(history, 1)
    fleet.apply((), moved=[replace(events[-1], rank=7)])
    assert (len(history), fleet.tunnels[0].health) == (1, Health.UP)
    assert fleet.tunnels[0].state.is_up.at == NOON


def test_what_moves_and_is_not_here_changes_nothing() -> None:
    fleet = fleet_of([ike("x", "EE", serial=1)])
    fleet.apply((), moved=[ike("x", "DD", serial=2), ike("x", "DD", at=9, serial=3)])
    assert [entry.raw.serial for entry in fleet.tunnels[0].history] == [1]


def test_an_empty_history_has_no_last_event() -> None:
    history = History()
    history.move([ike("x")])
    assert (history.last, len(history), history.dropped) == (None, 0, 0)


def test_what_moves_among_others_of_its_millisecond_is_found_by_its_serial() -> None:
    events = [ike(f"line {serial}", "EE", serial=serial, rank=serial) for serial in range(1, 6)]
    fleet = fleet_of(events)
    fleet.apply((), moved=[replace(events[3], rank=0)])
    assert [entry.raw.serial for entry in fleet.tunnels[0].history] == [4, 1, 2, 3, 5]
