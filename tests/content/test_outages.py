"""Outages in words: on the page, in the copy and in the JSON of status."""

import json
from dataclasses import replace

from tests.scenes import (
    BGP_UP,
    ESTABLISHED,
    HQ,
    LIVE,
    NOW,
    bgp,
    chatter,
    diagnosing,
    ike,
    pump,
    route,
    tunnel_in,
    withdrawn,
)
from tui.content.layout.blocks import block_lines
from tui.content.messages.messages import messages
from tui.content.messages.news import News
from tui.content.share import tunnel_summary
from tui.content.tunnel.page import message_blocks, tunnel_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, TunnelFacts
from tui.domain.knowledge.rule import Severity
from tui.domain.past.outages import Outages
from tui.domain.times import HOUR
from tui.feed.pump import Pump
from tui.headless.status import render_json

IP = "203.0.113.17"
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
BGP_LOST = "AWS-side peer BGP session state has changed from Established to Idle with neighbor 169.254.50.85"


def subject(held: Pump, *, now: int = NOW) -> TunnelSnapshot:
    tunnel = tunnel_in(held, HQ, IP)
    diagnoses = diagnosing(held, now=now)(tunnel)
    outages = Outages(held.fleet).of(tunnel, now=now, current=diagnoses)
    return TunnelSnapshot.of(tunnel, held.fleet, diagnoses=diagnoses, now=now, outages=outages)


def page(held: Pump) -> str:
    return "\n".join(line.text for line in block_lines(tunnel_blocks(subject(held), utc=True), 100))


def flap(ago: float, *, lasting: float = 10) -> list[RawEvent]:
    return [ike(CLOSED, "DD", ago=ago), ike("hands", "ND", ago=ago - lasting + 1), ike(ESTABLISHED, ago=ago - lasting)]


def mended() -> Pump:
    attempts = [ike(KEY, "ND", ago=ago) for ago in range(400, 70, -11)]
    return pump([ike("x", "DD", ago=410), *attempts, ike(ESTABLISHED, ago=60)])


def test_a_tunnel_that_is_up_again_still_tells_its_last_trouble() -> None:
    text = page(mended())
    assert "LAST TROUBLE" in text
    assert "down 11:57:41 (or earlier)–12:03:31, ≥5m50s, " in text


def test_a_copy_of_a_tunnel_that_is_up_again_has_the_trouble_with_its_evidence() -> None:
    text = tunnel_summary(subject(mended()), place="eu-west-1, account 123456789012")
    assert "Last trouble:" in text
    assert "down 2026-11-23T11:57:41Z (or earlier)–2026-11-23T12:03:31Z, ≥5m50s, " in text
    assert KEY in text
    assert "as of 2026-11-23T12:04:31Z; eu-west-1, account 123456789012" in text


def test_an_outage_is_one_line_with_its_times_its_length_and_who_closed_it() -> None:
    assert "down 11:54:31–11:54:41, 10s, closed by the customer gateway" in page(
        pump([ike(ESTABLISHED, ago=1_200), *flap(600)])
    )


def test_the_newest_outages_come_first_and_the_others_are_counted() -> None:
    events = [ike(ESTABLISHED, ago=3_000), *(event for ago in range(2_600, 200, -200) for event in flap(ago))]
    text = page(pump(events))
    assert text.index("down 11:57:51") < text.index("down 11:54:31")
    assert "2 earlier" in text


def test_a_loss_of_bgp_is_an_outage_in_the_list() -> None:
    held = pump(
        [
            ike(ESTABLISHED, ago=900),
            bgp(BGP_UP, ago=890),
            bgp(BGP_LOST, ago=300, status="DOWN"),
            bgp(BGP_UP, ago=240),
        ]
    )
    assert "no BGP 11:59:31–12:00:31, 1m" in page(held)


def test_the_head_of_the_page_says_that_bgp_is_down_and_since_when() -> None:
    held = pump([ike(ESTABLISHED, ago=900), bgp(BGP_UP, ago=890), bgp(BGP_LOST, ago=300, status="DOWN")])
    assert "▲ no BGP since 11:59:31" in page(held)


def test_status_as_json_lists_every_outage() -> None:
    held = pump([ike(ESTABLISHED, ago=1_200), *flap(600)])
    (connection,) = json.loads(render_json(held.fleet, LIVE, now=NOW))["connections"]
    (outage,) = connection["tunnels"][0]["outages"]
    assert (outage["start"], outage["end"], outage["seconds"]) == ("2026-11-23T11:54:31Z", "2026-11-23T11:54:41Z", 10)
    assert (outage["kind"], outage["closed_by"], outage["start_exact"]) == ("ipsec", "customer_gateway", True)
    assert outage["code"] == "closed_by_customer_gateway"


def test_a_paused_screen_shows_the_outage_that_ended_since_as_lasting() -> None:
    held = pump([ike(ESTABLISHED, ago=1_200), *flap(600)])
    at = NOW - 595_000
    tunnel = tunnel_in(held, HQ, IP)
    then = TunnelSnapshot.of(tunnel, held.fleet, diagnoses=(), now=at)
    (outage,) = then.with_outages(Outages(held.fleet).of(tunnel, now=NOW)).outages
    assert outage.end is None


# --- the news, and attempts that repeat themselves


def news(held: Pump) -> list[str]:
    outages = Outages(held.fleet)
    shown = News().of(held.fleet, diagnose=diagnosing(held), outages=lambda tunnel: outages.of(tunnel, now=NOW))
    return [message.text for message in shown]


def test_an_outage_is_one_line_of_the_news() -> None:
    assert news(pump([ike(ESTABLISHED, ago=1_200), *flap(600), *flap(300, lasting=40)])) == [
        "down for 10s, closed by the customer gateway",
        "down for 40s, closed by the customer gateway",
    ]


def test_the_end_of_a_long_outage_is_a_line_of_its_own() -> None:
    held = pump([ike(ESTABLISHED, ago=1_200), *flap(900, lasting=299), *flap(200), *flap(100)])
    assert len(news(held)) == 3
    assert news(pump([ike(ESTABLISHED, ago=1_200), *flap(900, lasting=300)])) == [
        "down for 5m, closed by the customer gateway",
        "up again after 5m",
    ]


def test_what_the_cause_of_an_outage_stands_on_is_not_told_again() -> None:
    text, end = news(mended())
    assert text.startswith("down for ≥5m50s, ")
    assert end == "up again after ≥5m50s"


def test_a_set_up_of_long_ago_with_which_the_log_begins_is_no_news() -> None:
    assert news(pump([ike("hands", "ND", ago=7_300), ike(ESTABLISHED, ago=7_299), ike("x", ago=3_000)])) == []
    assert news(pump([ike("hands", "ND", ago=73), ike(ESTABLISHED, ago=70)])) == ["down for ≥3s"]


def attempt(ago: float) -> list[RawEvent]:
    lines = (
        "AWS tunnel processed request (id=0) for IKE_SA_INIT",
        "AWS tunnel is sending response (id=0) for IKE_SA_INIT",
        KEY,
    )
    return [ike(line, "ND", ago=ago) for line in lines]


def test_attempts_alike_are_one_line_that_says_how_many_how_often_and_why() -> None:
    held = pump([ike("x", "DD", ago=400), *(event for ago in range(363, 0, -11) for event in attempt(ago))])
    shown = messages(tunnel_in(held, HQ, IP))
    assert [message.text for message in shown][1:] == ["attempt ×33, every 11s: wrong pre-shared key"]
    assert shown[-1].severity is Severity.ERROR
    assert len(messages(tunnel_in(held, HQ, IP), unfolded=True)) > 99


def test_two_attempts_and_attempts_that_differ_stay_as_they_are() -> None:
    two = pump([ike("x", "DD", ago=400), *attempt(30), *attempt(19)])
    assert all(message.telling is None for message in messages(tunnel_in(two, HQ, IP)))


def test_an_attempt_under_way_belongs_to_those_before() -> None:
    events = [event for ago in (52, 41, 30) for event in attempt(ago)] + attempt(19)[:2]
    (message,) = messages(tunnel_in(pump(events), HQ, IP))
    assert message.text.startswith("attempt ×4")


def test_the_page_of_a_message_begins_with_its_time_its_tunnel_and_its_text() -> None:
    held = pump([ike(ESTABLISHED, ago=60), ike(KEY, "ND", ago=9)])
    shown = subject(held)
    message = messages(tunnel_in(held, HQ, IP))[-1]
    lines = [line.text for line in block_lines(message_blocks(message, shown, utc=True), 120)]
    assert lines[0].strip() == f"12:04:22 {HQ} {IP}"
    assert lines[1].strip() == KEY


# --- what is over, and what nobody withdrew


def test_a_cause_of_phase_1_is_over_once_phase_1_is_up() -> None:
    refused = 'No Proposal Match Found. Notifying with "No proposal chosen"'
    held = pump(
        [
            ike("x", "DD", ago=500),
            *(ike(KEY, "ND", ago=ago) for ago in (490, 479, 468)),
            ike("AWS tunnel Phase 1 SA is established", "EN", ago=200),
            *(ike(refused, "ED", ago=ago) for ago in (190, 100, 10)),
        ]
    )
    shown = subject(held)
    before = pump([ike("x", "DD", ago=500), ike(KEY, "ND", ago=490)])
    psk = diagnosing(before)(tunnel_in(before, HQ, IP))
    both = replace(shown, diagnoses=(*shown.diagnoses[:1], *psk[:1]))
    text = "\n".join(line.text for line in block_lines(tunnel_blocks(both, utc=True), 100))
    assert "EARLIER, OVER SINCE 12:01:11" in text
    assert "ALSO POSSIBLE" not in text


def test_a_route_that_goes_with_its_session_was_not_withdrawn_by_the_peer() -> None:
    events = [ike(ESTABLISHED, ago=900), bgp(BGP_UP, ago=890), route("10.1.0.0/16", ago=880)]
    lost = [bgp(BGP_LOST, ago=300, status="DOWN"), withdrawn("10.1.0.0/16", ago=300)]
    held = pump([*events, *lost])
    assert messages(tunnel_in(held, HQ, IP))[-1].brief == "route lost with the session"
    assert "withdrawn by the peer" not in page(held)
    assert "withdrawn by the peer" in page(pump([*events, withdrawn("10.1.0.0/16", ago=300)]))


def news_of(held: Pump) -> list[tuple[int, str]]:
    outages, diagnose = Outages(held.fleet), diagnosing(held)
    shown = News().of(
        held.fleet,
        diagnose=diagnose,
        outages=lambda tunnel: outages.of(tunnel, now=NOW, current=diagnose(tunnel)),
        since=NOW - HOUR,
    )
    return [((NOW - message.at) // 1000, message.text) for message in shown]


def test_news_call_a_cause_what_the_board_calls_it_and_name_bgp_once() -> None:
    shutdown = "AWS-side peer received notification 6/2 (Administrative Shutdown) from neighbor 169.254.50.85"
    lost = bgp(BGP_LOST, ago=600, status="DOWN")
    shut = pump([ike(ESTABLISHED, ago=3_000), bgp(BGP_UP, ago=2_990), bgp(shutdown, ago=600, status="DOWN"), lost])
    (cause,) = (each.cause.brief for each in diagnosing(shut)(tunnel_in(shut, HQ, IP))[:1])
    assert cause == "BGP: shut down on the customer gateway"
    assert news_of(shut)[-1] == (600, "no BGP, shut down on the customer gateway")
    tries = [
        bgp(
            f"AWS-side peer BGP session state has changed from {change} with neighbor 169.254.50.85",
            ago=ago,
            status="DOWN",
        )
        for ago in range(600, 0, -25)
        for change in ("Idle to Connect", "Connect to Active")
    ]
    unanswered = pump([ike(ESTABLISHED, ago=3_000), *tries])
    assert any(text == "no BGP, no answer on TCP 179" for _, text in news_of(unanswered))


def test_that_nothing_is_routed_is_news_of_when_the_tunnel_came_up_and_not_of_its_last_line() -> None:
    bare = ConnectionFacts(HQ, "hq", "available", "vgw-0f1e2d3c4b5a69788", "vgw", static_routes_only=True)
    held = pump(
        [ike("hands", "ND", ago=5_010), ike(ESTABLISHED, ago=5_000), *chatter(400)],
        connections=[replace(bare, tunnels=(TunnelFacts(IP),))],
    )
    (told,) = (each for each in news_of(held) if "no static route" in each[1])
    assert told[0] == 5_000


def test_bgp_that_goes_down_with_the_tunnel_is_no_news_of_its_own() -> None:
    timer = bgp("AWS-side peer BGP hold timer expired for neighbor 169.254.50.85", ago=570, status="DOWN")
    up_again = [ike(ESTABLISHED, ago=550), bgp(BGP_UP, ago=540)]
    held = pump([ike(ESTABLISHED, ago=3_000), bgp(BGP_UP, ago=2_990), ike(CLOSED, "DD", ago=600), timer, *up_again])
    assert [text for _, text in news_of(held) if "hold timer" in text or "keepalives" in text] == []
    assert any("closed by the customer gateway" in text for _, text in news_of(held))
