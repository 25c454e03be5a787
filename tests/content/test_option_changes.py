"""Changes of the tunnel's options while we watched appear among the messages, the news and the facts."""

from tests.scenes import HQ, NOW, diagnosing, ike, pump
from tui.content.layout.blocks import block_lines
from tui.content.messages.messages import Filter, Kind, messages
from tui.content.messages.news import News
from tui.content.tunnel.page import message_blocks, tunnel_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.inventory import ConnectionFacts, OptionChange, TunnelFacts
from tui.feed.pump import Pump

IPS = ("203.0.113.17", "203.0.113.42")
GROUPS = OptionChange(NOW - 30_000, IPS[0], "Phase1DHGroupNumbers", "2, 14", "14")
ROUTES = OptionChange(NOW - 20_000, "", "Routes", "10.0.0.0/16", "10.0.0.0/16, 10.1.0.0/16")
REPLACED = OptionChange(NOW - 10_000, IPS[1], "LastMaintenanceApplied", "", str(NOW - 40_000))


def edited() -> Pump:
    tunnels = (TunnelFacts(IPS[0], changes=(GROUPS, ROUTES)), TunnelFacts(IPS[1], changes=(ROUTES, REPLACED)))
    return pump([ike("one", ago=60), ike("two", ago=25)], connections=[ConnectionFacts(HQ, "hq", tunnels=tunnels)])


def test_a_change_of_options_stands_among_the_messages_at_its_time() -> None:
    shown = messages(edited().fleet.tunnels[0])
    assert [message.text for message in shown] == [
        "one",
        "EC2: Phase1DHGroupNumbers  2, 14 → 14",
        "two",
        "EC2: static routes  10.0.0.0/16 → 10.0.0.0/16, 10.1.0.0/16",
    ]


def test_a_held_picture_shows_no_change_that_came_after_it() -> None:
    shown = messages(edited().fleet.tunnels[0], upto=NOW - 30_000)
    assert [message.kind for message in shown] == [Kind.EVENT, Kind.OPTION]


def test_a_change_of_options_passes_the_filter_for_warnings_and_one_for_its_text() -> None:
    tunnel = edited().fleet.tunnels[0]
    assert Kind.OPTION in {message.kind for message in messages(tunnel, wanted=Filter.read("warning"))}
    assert [message.text for message in messages(tunnel, wanted=Filter.read("dhgroup"))] == [
        "EC2: Phase1DHGroupNumbers  2, 14 → 14"
    ]


def test_a_change_of_the_whole_connection_is_news_once() -> None:
    held = edited()
    news = [message.text for message in News().of(held.fleet, diagnose=diagnosing(held))]
    assert [text.partition("  ")[0] for text in news] == [
        "EC2: Phase1DHGroupNumbers",
        "EC2: static routes",
        "EC2: endpoint replaced 2026-11-23T12:03:51Z",
    ]


def test_the_details_tell_the_change_and_where_it_was_seen() -> None:
    held = edited()
    tunnel = held.fleet.tunnels[0]
    subject = TunnelSnapshot.of(tunnel, held.fleet, diagnoses=(), now=NOW)
    change = next(message for message in messages(tunnel) if message.kind is Kind.OPTION)
    pages = (message_blocks(change, subject, utc=True), tunnel_blocks(subject, utc=True))
    texts = ["\n".join(line.text for line in block_lines(blocks, 100)) for blocks in pages]
    assert "CloudTrail shows who changed it" in " ".join(texts[0].split())
    assert all("12:04:01 EC2: Phase1DHGroupNumbers 2, 14 → 14" in " ".join(text.split()) for text in texts)
