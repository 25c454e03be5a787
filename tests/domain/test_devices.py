"""The device commands: complete, linked from the catalogue, and clear about what they do not know."""

import re

import pytest

from tui.domain.catalogue import Rule
from tui.domain.catalogue_file import load
from tui.domain.devices import TOPICS, DevicesError, commands, read, title, vendors
from tui.domain.schema import SchemaError

ASKED_FOR = ("cisco-ios", "cisco-asa", "juniper", "fortigate", "paloalto", "strongswan", "yamaha", "generic")
FILLED_IN = {"peer", "aws", "public", "cgw", "key", "gateway", "tunnel", "policy", "phase1", "phase2", "profile"} | {
    "map",
    "number",
    "interface",
    "connection",
    "child",
    "sa id",
    "index",
    "local host",
    "AWS host",
}


def test_vendors_are_the_promised_ones_with_generic_last() -> None:
    assert vendors() == ASKED_FOR


@pytest.mark.parametrize("vendor", ASKED_FOR)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_device_has_lines_for_every_topic(vendor: str, topic: str) -> None:
    assert commands(vendor, topic)
    assert all(line.strip() == line and line for line in commands(vendor, topic))


@pytest.mark.parametrize("vendor", ASKED_FOR)
def test_blanks_to_fill_in_are_the_explained_ones(vendor: str) -> None:
    text = "\n".join(line for topic in TOPICS for line in commands(vendor, topic))
    assert set(re.findall(r"<([^<>]+)>", text)) <= FILLED_IN


@pytest.mark.parametrize("vendor", ASKED_FOR)
def test_what_clears_clears_one_tunnel_and_not_all(vendor: str) -> None:
    typed = [line for line in commands(vendor, "clear") if not line.startswith(("show ", "config: "))]
    assert typed
    assert all(re.search("<[^<>]+>", line) for line in typed)


# Of these devices a ping's size is that of the whole packet, of the others its payload: 28 bytes fewer.
WHOLE_PACKET = ("cisco-ios", "generic")


@pytest.mark.parametrize("vendor", ASKED_FOR)
def test_ping_is_as_large_as_the_mtu_that_fits_every_tunnel(vendor: str) -> None:
    pings = [line for line in commands(vendor, "tunnel") if re.search("ping", line, re.IGNORECASE)]
    sizes = [int(size) for line in pings for size in re.findall(r"(?:size|-s|with) (\d+)", line)]
    assert set(sizes) <= {1406 if vendor in WHOLE_PACKET else 1378}
    assert sizes or vendor in ("cisco-asa", "yamaha")  # these cannot forbid fragments


@pytest.mark.parametrize("vendor", ASKED_FOR)
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


WHOLE = '[box]\nname = "Box"\n' + "\n".join(f'{topic} = ["show {topic}"]' for topic in TOPICS)


def test_devices_are_read_from_text() -> None:
    assert read(WHOLE)["box"].psk == ("show psk",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[box", "mine.toml: not TOML"),
        ("box = 1", "mine.toml: box: expected a table"),
        (WHOLE.replace("pfs = ", "pfz = "), "mine.toml: box: unknown `pfz`"),
        (WHOLE.replace("pfs = ", "#"), "mine.toml: box: missing `pfs`"),
        (WHOLE.replace('["show pfs"]', "[]"), "mine.toml: box: `pfs` is empty"),
        (WHOLE.replace('["show pfs"]', "[7]"), "mine.toml: box: `pfs` must be a text"),
        (WHOLE.replace('["show pfs"]', '"show pfs"'), "mine.toml: box: `pfs` must be a list"),
        (WHOLE.replace('"Box"', "7"), "mine.toml: box: `name` must be a text"),
    ],
)
def test_faulty_table_is_refused_with_file_device_and_reason(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read(text, file="mine.toml")
    assert reason in str(raised.value)
