"""Masked texts contain no identifier, keep their form, and use the same alias for the same thing."""

import json
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import IP, OTHER_IP, VPN, bgp, ike, stream_of
from tui.domain.events import Log, RawEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, OptionChange, StaticRoute, TunnelFacts
from tui.domain.knowledge.catalogue_file import load
from tui.domain.masking.aliases import MOST, Aliases
from tui.domain.masking.facts import introduce, masked_event, masked_inventory, masked_mark, masked_state
from tui.domain.masking.mask import Mask
from tui.domain.reading.parse import LONGEST, locate, parse
from tui.domain.reading.streams import read_stream_name
from tui.domain.state.marks import Mark
from tui.domain.trail import TrailChange

CATALOGUE = load()
FOUR = st.builds(IPv4Address, st.integers(0, (1 << 32) - 1))
SIX = st.builds(IPv6Address, st.integers(0, (1 << 128) - 1))

MESSAGES = {
    "received packet: from cgw-0546a6a8449feb033 [UDP 500] to 198.51.100.142 [UDP 500] (464 bytes)": (
        "cgw-0546a6a8449feb033",
        "198.51.100.142",
    ),
    "constraint check failed: identity '192.0.2.9' required": ("192.0.2.9",),
    "constraint check failed: peer not authenticated by CA 'C=DE, O=Example Works, CN=Example CA'": (
        "Example",
        "Works",
    ),
    'no issuer certificate found for "CN=gw.example.com"': ("gw.example.com",),
    "certificate CN=gw.example.com has expired": ("gw.example.com",),
    "certificate O=Example Works, CN=Branch Router has expired": ("Example", "Works", "Branch", "Router"),
    "selected peer config 'branch' unacceptable: constraint checking failed": ("branch",),
    "AWS tunnel is deleting duplicate IKE_SA for peer fw-osaka due to uniqueness policy": ("fw-osaka",),
    "authentication of 'hq-fw' with pre-shared key successful": ("hq-fw",),
    "AWS tunnel found no matching peer config for ID_FQDN:osaka": ("osaka",),
    "AWS tunnel found no matching peer config for ID_USER_FQDN (ops@example.com)": ("ops", "example"),
    "CRL fetch failed from http://crl.example.com:8080/ca.crl?serial=7": ("crl.example.com", "ca.crl"),
    "AWS tunnel no trusted certificate found for vpn-0a1b2c3d.example.com": ("0a1b2c3d", "example"),
    "AWS-side peer received an OPEN message from neighbor 169.254.193.2 - version 4, AS 65010, holdtime 15, "
    "router-id 192.0.2.1": ("169.254.193.2", "192.0.2.1"),
    "DENIED due to: non-connected next-hop 2001:db8::7": ("2001:db8::7",),
    "AWS tunnel detected a pre-shared key mismatch with cgw: 198.051.100.007": ("198.051.100.007", "198.51.100.7"),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_keeps_its_meaning_and_loses_its_identifiers(message: str) -> None:
    masked = Mask().message(message)
    assert not [identifier for identifier in MESSAGES[message] if identifier.lower() in masked.lower()], masked
    log = Log.BGP if message.startswith(("AWS-side", "DENIED")) else Log.IKE
    before, after = CATALOGUE.match(message, log=log), CATALOGUE.match(masked, log=log)
    assert (before and (before.id, before.is_exact)) == (after and (after.id, after.is_exact))


@pytest.mark.parametrize("example", [example for rule in CATALOGUE.rules.values() for example in rule.examples])
def test_every_known_message_is_known_when_it_is_masked(example: str) -> None:
    for log in Log:
        before, after = CATALOGUE.match(example, log=log), CATALOGUE.match(Mask().message(example), log=log)
        assert (before and before.id) == (after and after.id)


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("Access denied: logs:FilterLogEvents on log group /vpn/acme in eu-west-1 (profile acme-prod).", "acme"),
        ("Log group vpn-acme was not found in eu-west-1.", "acme"),
        ("No VPN connection in eu-west-1 matches osaka. Existing connections: vpn-0a1b2c3d (Osaka).", "saka 0a1b"),
        ("User: arn:aws:sts::123456789012:assumed-role/Admin/bob is not authorized", "123456789012 Admin bob"),
        ("AWS_CA_BUNDLE names the file /home/bob/ca.pem, which cannot be read", "bob ca.pem"),
        ("https://vpce-0a1b2c3d4e5f60718-acme.example.com could not be reached", "0a1b2c3d acme example"),
        ("ec2-203-0-113-17.eu-west-1.compute.amazonaws.com could not be reached", "203-0-113-17"),
        ("account 123456789012", "123456789012"),
        ("account 1234-5678-9012", "5678"),
        ("src:2001:db8::1 dst:2001:db8::2", "2001 db8"),
        ("fw.xn--p1ai.xn--p1ai and ip-10-0-0-5", "p1ai ip-10"),
        ("O = Example Works, CN = Branch Router", "Example Works Branch"),
        ("key AKIAIOSFODNN7EXAMPLE", "AKIA"),
    ],
)
def test_a_text_about_the_feed_loses_its_identifiers(text: str, identifiers: str) -> None:
    mask = Mask(words=("acme-prod", "osaka"))
    mask.learn_connections([("vpn-0a1b2c3d", "Osaka")])
    masked = mask.text(text)
    assert not [identifier for identifier in identifiers.split() if identifier in masked], masked


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/0 and ::/0, 0.0.0.0/1 and 128.0.0.0/1",
        "http://127.0.0.1:4566 in eu-west-1",
        "logs.eu-west-1.amazonaws.com",
        'No Proposal Match Found. Notifying with "No proposal chosen"',
        "AS path: 65010 64512, remote AS is 65099, expected 65010",
        "with inbound SPI: 0xcd0b74c1: outbound SPI: 0xdec17c39",
        "at 12:34:56.789 on 2026-11-23T12:00:00Z, after 3 retransmits (id=3877702799)",
        "AES256-GCM-16, SHA2-256, IKE_SA_INIT",
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert Mask().message(text) == text == Mask().text(text)


@pytest.mark.parametrize("note", ["Osaka has the new key", "osaka-fw rebooted", "OSAKA_2: done"])
def test_a_note_loses_names_in_any_case(note: str) -> None:
    mask = Mask()
    mask.learn_connections([(VPN, "osaka")])
    assert "osaka" not in masked_mark(mask, Mark(0, note)).text.lower()


@pytest.mark.parametrize("invisible", ["\u200b", "\xad", "\x1b", "\0"])
def test_what_is_invisible_hides_no_identifier(invisible: str) -> None:
    details = f"peer 198{invisible}.51.100.7 of 12345678{invisible}9012 is dead"
    for line in (details, json.dumps({"details": details}), json.dumps({"details": details}, ensure_ascii=False)):
        shown = parse(masked_event(Mask(), RawEvent(stream_of(), 0, 0, line)).message).message
        assert not [part for part in ("51.100", "9012") if part in shown], shown


def test_an_account_that_is_a_number_is_masked() -> None:
    line = '{"details": "x", "account": 123456789012, "accounts": [123456789012.0], "event_timestamp": 1637850339}'
    masked = masked_event(Mask(), RawEvent(stream_of(), 0, 0, line)).message
    assert "123456789012" not in masked
    assert "1637850339" in masked


def test_one_identifier_has_one_alias_wherever_it_stands() -> None:
    mask = Mask()
    mask.learn_connections([(VPN, "hq")])
    event = masked_event(
        mask, ike(f"received packet: from cgw-0a1b2c3d4e5f67890 [UDP 500] to {IP} [UDP 500] (9 bytes)")
    )
    tunnel = read_stream_name(event.stream)
    assert tunnel.connection == mask.text(VPN) == "vpn-00000000000000001"
    assert f"to {tunnel.outside_ip} [UDP 500]" in event.message
    assert mask.text(f"hq {IP}") == f"connection A {tunnel.outside_ip}"


def test_connections_are_lettered_by_name_and_their_tunnels_numbered_in_ec2_order() -> None:
    def facts(number: int, name: str) -> ConnectionFacts:
        ips = (f"203.0.113.{number}", f"198.51.100.{number}")
        return ConnectionFacts(f"vpn-0a1b2c3d{number:09d}", name, tunnels=tuple(map(TunnelFacts, ips)))

    masked = masked_inventory(Mask(), Inventory((facts(3, "osaka"), facts(1, ""), facts(2, "hq"))))
    assert [(connection.name, connection.tunnels[1].outside_ip) for connection in masked.connections] == [
        ("connection B", "240.0.2.2"),
        ("", "240.0.3.2"),
        ("connection A", "240.0.1.2"),
    ]


@given(st.permutations([ike("x"), ike("y", ip=OTHER_IP), bgp("z")]))
def test_aliases_of_tunnels_do_not_depend_on_which_event_comes_first(events: list[RawEvent]) -> None:
    mask = Mask()
    introduce(mask, events)
    aliases = {raw.stream: masked_event(mask, raw).stream for raw in events}
    assert aliases[stream_of(IP)] == "vpn-00000000000000001-240.0.1.1-IKE.log"
    assert aliases[stream_of(OTHER_IP)] == "vpn-00000000000000001-240.0.1.2-IKE.log"


@given(st.lists(FOUR | SIX, max_size=30))
def test_addresses_stay_apart_and_of_their_version(addresses: list[IPv4Address | IPv6Address]) -> None:
    aliases = Aliases()
    masked = {address: ip_address(aliases.address(str(address)) or "") for address in addresses}
    assert len(set(masked.values())) == len(masked)
    assert all(address.version == alias.version for address, alias in masked.items())
    assert [aliases.address(str(alias)) for alias in masked.values()] == list(map(str, masked.values()))


@given(st.lists(st.tuples(FOUR, st.integers(0, 32)), max_size=30))
def test_networks_stay_apart_and_keep_their_length(pairs: list[tuple[IPv4Address, int]]) -> None:
    aliases = Aliases()
    networks = {ip_network(f"{address}/{length}", strict=False) for address, length in pairs}
    # A network of the reserved space may be an alias itself, and then stays.
    networks = {network for network in networks if not network.is_link_local and not network.is_reserved}
    masked = {network: aliases.address(str(network)) or "" for network in networks}
    assert len(set(masked.values())) == len(masked)
    assert all(alias.endswith(f"/{network.prefixlen}") for network, alias in masked.items())


@given(st.integers(0, (1 << 14) - 1), st.integers(0, 3))
def test_the_two_ends_inside_a_tunnel_keep_their_places(network: int, host: int) -> None:
    aliases = Aliases()
    first = IPv4Address("169.254.0.0") + 4 * network
    inside = ip_network(aliases.address(f"{first}/30") or "")
    end = ip_address(aliases.address(str(first + host)) or "")
    assert int(end) - int(inside.network_address) == host
    assert end in ip_network(aliases.address("169.254.0.0/16") or "")
    assert ip_interface(aliases.address(f"{first + host}/30") or "").network == inside


@given(st.text(st.sampled_from("0123456789abcdef.:/-@=,'\" CNvpncgwIDQ"), max_size=60))
def test_masking_what_is_masked_changes_nothing_and_nothing_raises(text: str) -> None:
    mask = Mask()
    masked = mask.plain_message(text)
    assert mask.plain_message(masked) == masked
    mask.text(text)
    mask.message(text)


def test_memory_is_bounded_whatever_comes() -> None:
    aliases = Aliases()
    for number in range(MOST + 10):
        aliases.number("name", number)
    assert aliases.number("name", MOST + 99) == MOST
    assert aliases.number("name", 0) == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"details":"constraint check failed: identity \'fw-osaka\' required","ike_phase1_state":"down"}',
        '{"type":"RouteStatus","status":"WITHDRAWN","message":{"prefix":"198.51.100.0/24","asPath":"65010"}}',
        '{"resource_id":"vpn-0a1b2c3d4e5f60718_203.0.113.17","type":"BGPStatus","message":"{\\"details\\":\\"\'fw-osaka\'\\"}"}',
        "details: \"constraint check failed: identity 'fw-osaka' required\", ike_phase1_state: down",
        "type=RouteStatus, status=ADVERTISED, prefix=198.51.100.0/24, asPath=65010, nextHopIp=203.0.113.17",
        "true|false|authentication of 'fw-osaka' with pre-shared key failed|down|down",
        "BGPStatus UP vpn-0a1b2c3d4e5f60718_203.0.113.17 AWS-side peer lost its neighbor 203.0.113.17",
        "anything about fw-osaka.example.com\x1b[31m and '\x1bfw-osaka'",
        "x" * LONGEST + " of 'fw-osaka' at 203.0.113.17",
        '{"198.51.100.7":{"deep":[{"fw-osaka.example.com":"203.0.113.17"}]}}',
    ],
)
def test_a_line_of_any_form_is_read_as_before_and_holds_no_identifier(line: str) -> None:
    mask = Mask()
    masked = masked_event(mask, RawEvent("log", 0, 0, line)).message
    assert not [text for text in ("osaka", "203.0.113.17", "198.51.100", "0a1b2c3d") if text in masked], masked
    before, after = parse(line), parse(masked)
    assert type(after) is type(before)
    assert [name for name in after.__slots__ if getattr(after, name) and not getattr(before, name)] == []
    assert CATALOGUE.match(before.message) is None or CATALOGUE.match(after.message) == CATALOGUE.match(before.message)


@pytest.mark.parametrize(
    "stream",
    [
        "vpn-0a1b2c3d4e5f60718_203.0.113.17-IKE.log",
        "vpn-0a1b2c3d4e5f60718-2001-db8--7-BGP.log",
        "osaka-fw-IKE",
        "osaka",
    ],
)
def test_a_stream_of_any_name_stays_a_stream_of_its_log(stream: str) -> None:
    masked = masked_event(Mask(), RawEvent(stream, 0, 0, "x")).stream
    assert not [text for text in ("0a1b", "203", "db8", "osaka") if text in masked]
    before, after = read_stream_name(stream), read_stream_name(masked)
    assert (bool(after.connection), after.log) == (bool(before.connection), before.log)


def test_a_line_that_names_its_tunnel_still_does() -> None:
    mask = Mask()
    named = ike("x")
    record = json.dumps({"VpnConnectionId": VPN, "TunnelOutsideIPAddress": IP, "details": "x"})
    delivered = masked_event(mask, RawEvent("delivered", 0, 0, record))
    assert locate(delivered.message) == read_stream_name(masked_event(mask, named).stream)[:2]


def test_facts_of_ec2_lose_every_identifier() -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-key"
    facts = ConnectionFacts(
        VPN,
        "acme",
        gateway="tgw-0f1e2d3c4b5a69788",
        gateway_kind="tgw",
        customer_gateway=CustomerGateway("cgw-0a1b2c3d4e5f67890", "198.51.100.7", 65010, secret, "acme-fw"),
        routes=(StaticRoute("198.51.100.0/24", "available"),),
        options={"LocalIpv4NetworkCidr": "198.51.100.0/24", "RemoteIpv4NetworkCidr": "0.0.0.0/0"},
        key_secret=secret,
        tunnels=(
            TunnelFacts(
                IP,
                "/vpn/acme",
                "/vpn/acme",
                configured={"TunnelInsideCidr": "169.254.50.84/30", "DpdTimeoutSeconds": "40"},
                provisioning_reason="no route from 198.51.100.7",
                changes=(OptionChange(0, IP, "LogGroupArn", "", "/vpn/acme"),),
                calls=(TrailChange(0, "ReplaceVpnTunnel", "role acme-net/ann", "198.51.100.9", VPN, IP),),
            ),
        ),
    )
    masked = masked_inventory(Mask(), Inventory((facts,), listed=((VPN, OTHER_IP),)))
    text = repr(masked)
    for identifier in ("0a1b2c3d", "0f1e2d3c", "198.51.100", "169.254", "203.0.113", "123456789012", "acme", "ann"):
        assert identifier not in text
    (connection,) = masked.connections
    assert connection.options["RemoteIpv4NetworkCidr"] == "0.0.0.0/0"
    assert connection.routes[0].prefix == connection.options["LocalIpv4NetworkCidr"]
    assert connection.tunnels[0].ike_group == connection.tunnels[0].changes[0].after
    assert connection.tunnels[0].number("DpdTimeoutSeconds") == 40
    (call,) = connection.tunnels[0].calls
    assert (call.connection, call.outside_ip) == (connection.id, connection.tunnels[0].outside_ip)
    assert call.who.startswith("caller-1 from ")


def test_public_addresses_of_one_block_stay_in_one_for_it_may_be_why_they_fell_together() -> None:
    aliases = Aliases()
    carrier = [ip_address(aliases.address(f"198.51.100.{host}") or "") for host in (221, 222, 7)]
    other = ip_address(aliases.address("192.0.2.1") or "")
    assert len({*carrier, other}) == 4
    assert len({int(alias) >> 8 for alias in carrier}) == 1
    assert int(other) >> 8 != int(carrier[0]) >> 8
    assert aliases.address(str(carrier[0])) == str(carrier[0])


def test_the_state_of_the_feed_and_marks_lose_every_identifier() -> None:
    mask = Mask(words=("acme",))
    state = masked_state(
        mask,
        FeedState(
            reason="log group /vpn/x of acme",
            account="123456789012",
            unread=("/vpn/x",),
            region="eu-west-1",
            failing=("/vpn/x",),
            unmatched=("acme",),
        ),
    )
    assert state.reason == "log group /log-group-1 of name-1"
    assert (state.account, state.unread, state.region) == ("000000000001", ("/log-group-1",), "eu-west-1")
    assert (state.failing, state.unmatched) == (("/log-group-1",), ("name-1",))
    assert masked_mark(mask, Mark(0, f"acme changed the key of {IP}")).text == "name-1 changed the key of 241.0.1.1"


def test_a_connection_may_be_called_after_a_word_of_awss() -> None:
    mask = Mask()
    mask.learn_connections([(VPN, "AWS"), ("vpn-0a1b2c3d", "tunnel")])
    assert mask.message("AWS tunnel is sending DPD request") == "AWS tunnel is sending DPD request"
    assert mask.text("No stream matches tunnel.") == "No stream matches connection B."
