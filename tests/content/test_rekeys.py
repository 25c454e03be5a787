"""The details count down to the next rekeys, as a window, and say which side rekeys."""

from tests.factories import IP, NOON, VPN, fleet_of, ike
from tui.content.layout.plain_text import plain_text
from tui.content.tunnel.facts import facts_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.wording import ANYWHERE, clock_notation
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts

SA = "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f34: traffic selectors"
CAME_UP = [ike("dial", "DD", at=-5), ike("x", "ND", at=-1), ike("x", "ED", at=0), ike(SA, "EE", at=0)]


def page(*, options: dict[str, str], accelerated: bool = False, anywhere: bool = False) -> str:
    fleet = fleet_of(CAME_UP)
    facts = TunnelFacts(IP, configured=options)
    fleet.learn(Inventory((ConnectionFacts(VPN, accelerated=accelerated, tunnels=(facts,)),)))
    subject = TunnelSnapshot.of(fleet.tunnels[0], fleet, diagnoses=(), now=NOON + 60_000)
    moment = ANYWHERE if anywhere else clock_notation(now=subject.at, utc=True)
    return plain_text(facts_blocks(subject, moment=moment), width=100)


def test_the_countdown_is_a_window_to_the_minute() -> None:
    text = page(options={"StartupAction": "add"})
    assert "phase 2  between 12:51 and 12:55, else the SA ends at 13:00" in text
    assert "phase 1  between 19:51 and 19:55, else the SA ends at 20:00" in text
    assert "The device may rekey earlier." in text


def test_what_leaves_the_machine_can_be_read_anywhere() -> None:
    assert "between 2026-11-23T12:51Z and 2026-11-23T12:55Z" in page(options={"StartupAction": "add"}, anywhere=True)


def test_on_an_accelerated_connection_the_device_has_to() -> None:
    text = page(options={"StartupAction": "add"}, accelerated=True)
    assert "phase 2  before 13:00, when the SA ends" in text
    assert "the device has to" in text


def test_nothing_is_said_where_the_options_are_not_known() -> None:
    assert "rekey" not in page(options={}).lower()
