"""The device commands: complete, marked if they do more than read, and clear about what they do not know."""

import itertools
import re

import pytest

from tui.domain.events import Phase
from tui.domain.knowledge.addresses import Addresses
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.devices import (
    DISRUPTIVE_TOPICS,
    INSTRUCTIONS,
    TOPICS,
    Check,
    Command,
    DevicesError,
    check,
    commands,
    origin,
    read,
    steps,
    title,
    vendors,
)
from tui.domain.knowledge.rule import Rule, Severity
from tui.domain.knowledge.schema import SchemaError

VENDORS = vendors()
# What is filled in by the program, and what the engineer reads off the device.
FILLED_IN = {
    *("peer", "aws", "public", "cgw", "key", "gateway", "tunnel", "policy", "phase1", "phase2", "profile", "map"),
    *("number", "interface", "connection", "child", "index", "sa id", "local host", "AWS host", "tunnel interface"),
    *("outside interface", "gateway id", "tunnel number", "policy id", "resource group", "region", "router", "SAS URL"),
}
INTERRUPTS = re.compile(
    r"^(?:clear|reset|kill|ipsec sa delete|vpn-sessiondb logoff)\b|\b(?:--terminate|kill-connections|flush|tu del)\b"
    r"|gateway clear|clear bgp|\bipsec down\b|\bvnet-gateway reset\b|vpn-tunnels delete|^Disconnect-|tmsh delete"
    r"|\bpeer disable\b|\bstate disabled\b|\bdisconnect-vpn-connections\b",
    re.IGNORECASE,
)
STARTS = re.compile(
    r"^(?:debug|monitor capture \w+ (?:start|interface)|monitor start|terminal (?:monitor|debugging)|capture"
    r"|syslog debug on|ipsec ike log|vpn debug|diagnose debug|pktmon|netsh ras set)\b|debug-enable|packet-capture start"
)
READS = re.compile(
    r"^(?:show|display|get|list|ping|less|tail|cat|view-pcap|journalctl|tcpdump|vtysh -c 'show|imish -e 'show"
    r"|ip (?:-s link show|xfrm (?:state|policy))|swanctl --(?:list-|log)|ipsec (?:status|showstates|trafficstatus)"
    r"|Get-|gcloud logging read|gcloud .* (?:describe|get-status)|az .*\b(?:show|list)(?:-[a-z-]+)?\b"
    r"|tmsh (?:show|list)|/ip .*print|/routing .*print|/tool (?:ping|sniffer quick)|/log print"
    r"|netsh advfirewall consec show"
    r"|vpn tu tlist|more system:|diagnose (?:vpn (?:ike gateway|tunnel) list|sys link-monitor|sniffer)|execute ping"
    r"|monitor (?:traffic|log)|sudo tcpdump)"
)
SHOWS_KEY = re.compile(
    r"^show (?:running-config \| section keyring|config$|configuration security ike policy)|^more system:running-config"
    r"|^show full-configuration vpn ipsec phase1-interface <phase1>$|\bconsec show\b"
    r"|\bkey-info\b|^ip xfrm state|installed-sa|ipsec identity print|match p(?:sk|re-shared)|shared-key show"
)


def typed(vendor: str) -> list[Command]:
    """The lines of a device that are typed; thousands of tests of one line each would take longer than the lines."""
    return [line for topic in TOPICS for line in commands(vendor, topic) if line.is_typed]


def test_generic_device_comes_last() -> None:
    assert VENDORS[-1] == "generic"


def test_makes_that_have_always_been_known_stay() -> None:
    assert {"cisco-ios", "cisco-asa", "juniper", "fortigate", "paloalto", "strongswan", "yamaha"} <= set(VENDORS)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_device_has_lines_for_every_topic(vendor: str) -> None:
    assert [topic for topic in TOPICS if not commands(vendor, topic)] == []
    texts = [line.text for topic in TOPICS for line in commands(vendor, topic)]
    assert [text for text in texts if not text or text.strip() != text] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_sources_have_a_title_and_an_address(vendor: str) -> None:
    sources = origin(vendor, TOPICS).sources
    assert all(source.title and re.fullmatch(r"https?://\S+", source.address) for source in sources)
    assert len({source.title for source in sources}) == len(sources)


@pytest.mark.parametrize("vendor", VENDORS)
def test_command_that_interrupts_or_goes_on_was_held_against_a_source(vendor: str) -> None:
    unconfirmed = [line for line in typed(vendor) if check(vendor, line) is Check.FIELD_KNOWLEDGE]
    assert [line.text for line in unconfirmed if not line.is_harmless] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_command_that_nobody_has_confirmed_says_so(vendor: str) -> None:
    for line in typed(vendor):
        assert ("unconfirmed" in line.marks) == (check(vendor, line) is Check.FIELD_KNOWLEDGE), line.text


@pytest.mark.parametrize("vendor", [vendor for vendor in VENDORS if vendor != "generic"])
def test_command_that_does_more_than_read_says_what(vendor: str) -> None:
    silent = [line.text for line in typed(vendor) if line.is_harmless and not line.note]
    options = "execute ping-options"
    assert [text for text in silent if not READS.search(text) and not text.startswith(options)] == []


def test_origin_names_each_source_once_and_the_surest_first() -> None:
    ike = origin("cisco-ios", ["clear", "ike", "ike"])
    assert [source.id for source in ike.sources] == ["aws", "genie", "use"]
    assert ike.is_complete


def test_origin_says_where_lines_have_no_source() -> None:
    assert not origin("cisco-ios", ["psk"]).is_complete
    assert origin("zyxel", ["ike"]).sources == ()


@pytest.mark.parametrize("vendor", VENDORS)
def test_blanks_to_fill_in_are_the_explained_ones(vendor: str) -> None:
    text = "\n".join(str(line) for topic in TOPICS for line in commands(vendor, topic))
    assert set(re.findall(r"<([^<>]+)>", text)) <= FILLED_IN


@pytest.mark.parametrize("vendor", VENDORS)
def test_command_that_interrupts_says_what(vendor: str) -> None:
    silent = [line.text for line in typed(vendor) if not line.interrupts]
    assert [text for text in silent if INTERRUPTS.search(text) and not text.endswith(" soft")] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_command_that_goes_on_says_how_it_ends(vendor: str) -> None:
    follows = re.compile(r"\bfollow\b|^tcpdump|-f -u|sniffer|^monitor traffic|--log$|tail -f")
    endless = [line for line in typed(vendor) if not line.off]
    assert [line.text for line in endless if STARTS.search(line.text)] == []
    assert [line.text for line in endless if follows.search(line.text) and "ctrl+c" not in line.note] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_capture_on_the_terminal_has_a_limit_or_says_that_a_busy_tunnel_floods_it(vendor: str) -> None:
    captures = [line for line in typed(vendor) if re.search(r"tcpdump|sniffer|^monitor traffic", line.text)]
    bounded = re.compile(r"-c 200\b|count 200\b|' 4 200$")
    warned = ("for each packet of a busy tunnel", "is the traffic, too")
    assert [
        line.text
        for line in captures
        if not bounded.search(line.text) and not any(text in line.note for text in warned)
    ] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_command_that_shows_a_key_says_so(vendor: str) -> None:
    assert [line.text for line in typed(vendor) if SHOWS_KEY.search(line.text) and not line.shows_key] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_interrupts_or_debugs_stands_only_under_topics_that_routine_leaves_out(vendor: str) -> None:
    for topic in set(TOPICS) - DISRUPTIVE_TOPICS:
        assert all(line.is_harmless for line in commands(vendor, topic))


@pytest.mark.parametrize("rule", load().rules.values(), ids=lambda rule: rule.id)
def test_no_routine_message_leads_to_a_command_that_disturbs_or_shows_a_key(rule: Rule) -> None:
    for phase1, phase2 in itertools.product((*Phase, None), repeat=2):
        explanation = rule.explain(phase1=phase1, phase2=phase2)
        if explanation.severity.rank < Severity.WARNING.rank:
            lines = [line for vendor in VENDORS for topic in explanation.topics for line in commands(vendor, topic)]
            assert all(line.is_harmless for line in lines)
            assert "psk" not in explanation.topics


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_number_of_a_tunnel_is_built_in(vendor: str) -> None:
    number = re.compile(r"\b(?:Tunnel1|tun1|st0\.1|tunnel\.1|gateway 1|tunnel 1)\b")
    assert [line.text for line in typed(vendor) if number.search(line.text)] == []


# Of these devices a ping's size is that of the whole packet, of the others its payload: 28 bytes fewer.
WHOLE_PACKET = ("cisco-ios", "mikrotik", "generic")


@pytest.mark.parametrize("vendor", VENDORS)
def test_ping_is_as_large_as_the_mtu_that_fits_every_tunnel(vendor: str) -> None:
    pings = [line.text for line in commands(vendor, "tunnel") if re.search("ping", line.text, re.IGNORECASE)]
    sizes = [int(size) for line in pings for size in re.findall(r"(?:size[ =]|-s |with )(\d+)", line)]
    assert set(sizes) <= {1406 if vendor in WHOLE_PACKET else 1378}


@pytest.mark.parametrize("vendor", VENDORS)
def test_device_has_a_name_for_people(vendor: str) -> None:
    assert title(vendor)


@pytest.mark.parametrize("rule", load().rules.values(), ids=lambda rule: rule.id)
def test_checks_on_the_customer_gateway_lead_to_commands(rule: Rule) -> None:
    assert bool(rule.topics) >= bool(rule.check_cgw)
    assert all(commands("generic", topic) for topic in rule.topics)


@pytest.mark.parametrize(("vendor", "topic"), [("draytek", "ike"), ("juniper", "coffee")])
def test_unknown_device_or_topic_names_the_known_ones(vendor: str, topic: str) -> None:
    with pytest.raises(
        DevicesError, match=r"^Unknown (device 'draytek'; known: cisco-ios|topic 'coffee'; known: ike), "
    ):
        commands(vendor, topic)


WHOLE = (
    '[box]\nname = "Box"\n'
    'sources = [{ id = "book", title = "Manual", check = "vendor page", address = "https://box.example/manual" }]\n'
    + "\n".join(f'{topic} = ["show {topic} <peer>"]' for topic in TOPICS)
).replace('["show ike <peer>"]', '[{ text = "show ike <peer>", from = "book" }]')


def test_addresses_that_are_known_are_filled_in_and_the_others_stay() -> None:
    lines = steps("cisco-ios", ["tunnel"], Addresses(peer="203.0.113.17", aws="169.254.50.85"))
    assert "ping 169.254.50.85 source <cgw> size 1406 df-bit" in lines


@pytest.mark.parametrize("vendor", VENDORS)
def test_trouble_with_bgp_alone_leads_to_no_command_that_ends_the_tunnel_and_other_trouble_to_none_that_ends_bgp(
    vendor: str,
) -> None:
    tunnel, session = re.compile(r"\[interrupts .*(?:this tunnel|every|site|tunnels)"), "the BGP session of this tunnel"
    for_bgp = "\n".join(steps(vendor, ["bgp", "clear"])).replace(f"interrupts {session}", "")
    assert not tunnel.search(for_bgp)
    assert session not in "\n".join(steps(vendor, ["ike", "clear"]))


def test_line_carries_its_marks() -> None:
    lines = steps("cisco-ios", ["debug", "clear"], Addresses(peer="203.0.113.17"))
    assert "debug crypto ikev2  [turn off again: undebug all; goes on after logout]" in lines
    assert "clear crypto session remote 203.0.113.17  [interrupts this tunnel]" in lines
    assert "ip xfrm state  [shows a key on the screen]" in steps("strongswan", ["ipsec"])


def test_commands_that_interrupt_come_last_and_none_comes_twice() -> None:
    for vendor in VENDORS:
        lines = steps(vendor, [*TOPICS, *TOPICS])
        interrupting = ["[interrupts" in line for line in lines]
        assert interrupting == sorted(interrupting)
        assert len(set(lines)) == len(lines)


def test_devices_are_read_from_text() -> None:
    text = WHOLE.replace(
        '["show clear <peer>"]', '[{ text = "clear it", from = "book", interrupts = "all", off = "x", note = "y" }]'
    )
    box = read(text)["box"]
    assert box.psk == (Command("show psk <peer>"),)
    assert box.ike == (Command("show ike <peer>", source="book"),)
    assert box.clear[0].marks == ("interrupts all", "turn off again: x", "y")


@pytest.mark.parametrize("prefix", INSTRUCTIONS)
def test_instruction_is_no_command_to_type(prefix: str) -> None:
    assert not Command(f"{prefix}x").is_typed
    assert Command("show x").is_typed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[box", "mine.toml: not TOML"),
        ("box = 1", "mine.toml: box: expected a table"),
        (WHOLE.replace("pfs = ", "pfz = "), "mine.toml: box: unknown `pfz`"),
        (WHOLE.replace("sources = ", "# "), "mine.toml: box: sources used and named differ: book"),
        (WHOLE.replace('from = "book"', 'note = "x"'), "mine.toml: box: sources used and named differ: book"),
        (WHOLE.replace("vendor page", "hearsay"), "mine.toml: box: sources 'book': unknown check 'hearsay'"),
        (WHOLE.replace("vendor page", "field knowledge"), "box: sources 'book': field knowledge has no source"),
        (
            WHOLE.replace('["show clear <peer>"]', '[{ text = "clear it", interrupts = "all" }]'),
            "mine.toml: box: 'clear it' interrupts or has to be turned off: it needs a source",
        ),
        (WHOLE.replace('["show pfs <peer>"]', "[]"), "mine.toml: box: `pfs` is empty"),
        (WHOLE.replace('["show pfs <peer>"]', "[7]"), "mine.toml: box: pfs 1: `pfs`: a command: expected a table"),
        (
            WHOLE.replace('["show pfs <peer>"]', '[{ text = "x", of = "y" }]'),
            "mine.toml: box: pfs 1: `pfs`: a command: unknown `of`",
        ),
        (WHOLE.replace('["show pfs <peer>"]', '"show pfs"'), "mine.toml: box: `pfs` must be a list"),
        (WHOLE.replace('"Box"', "7"), "mine.toml: box: `name` must be a text"),
    ],
)
def test_faulty_table_is_refused_with_file_device_and_reason(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read(text, file="mine.toml")
    assert reason in str(raised.value)
