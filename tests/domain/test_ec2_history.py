"""EC2's past statuses of a tunnel are remembered in order, up to a limit."""

from tests.factories import IP, VPN
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.domain.judgement.ec2_history import Status, remember_statuses, statuses

DOWN, UP = "IPSEC IS DOWN", "2 BGP ROUTES"


def told(*answers: Telemetry | None) -> TunnelFacts:
    """Return what is known of a tunnel after these answers of EC2."""
    known = Inventory()
    for answer in answers:
        facts = ConnectionFacts(VPN, tunnels=(TunnelFacts(IP, telemetry=answer),))
        known = remember_statuses(known, Inventory((facts,)))
    return known.connections[0].tunnels[0]


def test_a_status_stays_known_when_ec2_tells_the_next_one() -> None:
    facts = told(Telemetry(False, DOWN, 100), Telemetry(False, DOWN, 100), Telemetry(True, UP, 900))
    assert statuses(facts) == (Status(False, 100, 900, DOWN), Status(True, 900, None, UP))


def test_a_status_that_is_only_described_anew_is_one() -> None:
    facts = told(Telemetry(False, DOWN, 100), Telemetry(False, "IPSEC IS UP", 500), Telemetry(True, UP, 900))
    assert statuses(facts) == (Status(False, 100, 900, "IPSEC IS UP"), Status(True, 900, None, UP))
    assert statuses(told(Telemetry(True, UP, 100), Telemetry(True, "3 BGP ROUTES", 100))) == (
        Status(True, 100, None, "3 BGP ROUTES"),
    )


def test_an_answer_without_a_status_forgets_nothing() -> None:
    facts = told(Telemetry(False, DOWN, 100), None, Telemetry(True, UP, 900))
    assert statuses(facts) == (Status(False, 100, 900, DOWN), Status(True, 900, None, UP))


def test_a_status_without_a_time_is_none() -> None:
    facts = told(Telemetry(False, DOWN, None), Telemetry(True, UP, 900), Telemetry(False, DOWN, None))
    assert statuses(facts) == (Status(True, 900, None, UP),)


def test_a_tunnel_that_flaps_for_days_is_remembered_by_its_newest_statuses() -> None:
    facts = told(*(Telemetry(bool(at % 2), DOWN, at) for at in range(1, 1_000)))
    assert len(facts.earlier_statuses) == 32
    assert statuses(facts)[-2:] == (Status(False, 998, 999, DOWN), Status(True, 999, None, DOWN))
