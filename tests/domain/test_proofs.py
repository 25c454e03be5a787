"""What a record proves about an end, or about new SAs, that a line announced."""

from tests.domain.outages_found import DEAD, UP, found, times
from tests.factories import NOON, ike, tunnel_of

PROBE = "AWS tunnel is sending DPD request"
ANSWER = "AWS tunnel processed response (id=5) for INFORMATIONAL"
ASKED = "AWS tunnel processed request (id=0) for IKE_SA_INIT"
REKEY = "AWS tunnel processed request (id=9) for CREATE_CHILD_SA"
NEW_PAIR = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc2: outbound SPI: 0xd2"


def test_a_fall_that_a_line_tells_of_stays_though_routine_soon_shows_the_tunnel_up() -> None:
    beside = [ike(ASKED, "ND", at=130), ike(UP, at=130)]
    assert times(found([ike(PROBE), *beside, ike(PROBE, "DD", at=160), ike(PROBE, at=190)])) == []
    assert times(found([ike(PROBE), *beside, ike(DEAD, "DD", at=160), ike(PROBE, at=190)])) == [(160, True, 190)]


def test_a_record_of_the_same_burst_that_shows_the_announced_pair_settles_it() -> None:
    lagging = [
        ike(REKEY, "ER", at=60),
        ike(NEW_PAIR, "ER", at=60),
        ike("AWS tunnel is sending response (id=9)", "ER", at=60),
    ]
    assert tunnel_of([ike(UP), *lagging]).state.presumed is not None
    assert tunnel_of([ike(UP), *lagging, ike(PROBE, "EE", at=60)]).state.presumed is None


def test_an_answer_in_a_log_without_state_fields_leaves_the_beginning_of_the_pair_as_it_was() -> None:
    tunnel = tunnel_of([ike(UP, None), ike(ANSWER, None, at=60)])
    assert (tunnel.state.is_up.value, tunnel.state.is_up.at) == (True, NOON)
