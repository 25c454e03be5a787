"""With IKEv1, phase 2 outlives phase 1."""

from tests.factories import ike, tunnel_of
from tui.domain.state.tunnel_state import Health

MAIN_MODE = "AWS tunnel processed request (id=0) for Main Mode"
UP = "AWS tunnel Phase 2 SA is established with inbound SPI: 0x1a: outbound SPI: 0x1b"
AGAIN = "AWS tunnel Phase 2 SA is established with inbound SPI: 0x2a: outbound SPI: 0x2b"
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
PAIR_DELETED = "AWS tunnel received DELETE for Phase 2 SA with SPI: 0x1b"
QUICK_MODE = "AWS tunnel processed request (id=1) for Quick Mode"
SET_UP = [ike(MAIN_MODE, "ND"), ike(QUICK_MODE, "EN"), ike(UP, "EE")]


def test_the_delete_of_an_ike_sa_leaves_an_ikev1_tunnel_up_if_its_record_shows_phase_2() -> None:
    assert tunnel_of([*SET_UP, ike(CLOSED, "DE", at=600)]).health is Health.UP


def test_a_tunnel_stays_ikev1_while_only_phase_1_is_up() -> None:
    events = [*SET_UP, ike(PAIR_DELETED, "ED", at=600), ike(AGAIN, "EE", at=640), ike(CLOSED, "DE", at=900)]
    assert tunnel_of(events[:4]).health is not Health.UP
    assert tunnel_of(events).health is Health.UP
