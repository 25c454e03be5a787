"""The title above the messages names the tunnel and what is special about it."""

from tests.scenes import HQ, NOW, OSAKA, cutover, diagnosing, facts, ike, pump, tunnel_in
from tui.content.message_title import title
from tui.content.messages.messages import Filter
from tui.content.snapshot import Title
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.feed.pump import Pump

IP = "203.0.113.17"
ANY = Filter()


def subject(held: Pump, connection: str, ip: str) -> TunnelSnapshot:
    tunnel = tunnel_in(held, connection, ip)
    return TunnelSnapshot.of(tunnel, held.fleet, diagnoses=diagnosing(held)(tunnel), now=NOW)


def test_a_tunnel_is_named_with_its_nat_its_dpd_and_what_ec2_says_where_that_differs() -> None:
    down = title(subject(cutover(), OSAKA, "203.0.113.42"), wanted=ANY, everywhere=False, utc=True)
    assert (down.name, down.address) == ("osaka", "203.0.113.42")
    assert down.facts == ("NAT-T", "DPD on", "≠ EC2 UP")


def test_of_a_silent_tunnel_only_what_ec2_says_is_known() -> None:
    held = pump(connections=[facts(HQ, "hq", IP)])
    assert title(subject(held, HQ, IP), wanted=ANY, everywhere=False, utc=True).facts == ("EC2 UP",)


def test_a_connection_that_ec2_does_not_name_goes_by_its_id() -> None:
    held = pump([ike("x", ip=IP)])
    assert title(subject(held, HQ, IP), wanted=ANY, everywhere=False, utc=True).name == HQ


def test_the_news_of_all_tunnels_have_no_tunnels_name() -> None:
    over = title(subject(cutover(), HQ, "198.51.100.7"), wanted=Filter.read("error"), everywhere=True, utc=True)
    assert (over.name, over.address, over.wanted) == ("", "all tunnels", str(Filter.read("error")))


def test_without_a_tunnel_there_is_no_title() -> None:
    assert title(None, wanted=ANY, everywhere=False, utc=True) == Title()
