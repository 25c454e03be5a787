"""Who changed something at AWS: in messages, news, facts, timeline and report, but never as a cause itself."""

from dataclasses import replace
from typing import Any

import pytest

from tests.scenes import HQ, NOW, diagnosing, ike, pump
from tui.content.layout.blocks import block_lines
from tui.content.messages.messages import Filter, Kind, messages
from tui.content.messages.news import News
from tui.content.past.timeline import timeline, timeline_lines
from tui.content.report.html import html
from tui.content.report.markdown import markdown
from tui.content.report.report import report_of
from tui.content.tunnel.page import message_blocks, tunnel_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.inventory import ConnectionFacts, Inventory, OptionChange, TunnelFacts
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.times import HOUR, MINUTE
from tui.domain.trail import TrailChange
from tui.feed.pump import Pump
from tui.feed.source import Batch
from tui.headless.report import report_document

IPS = ("203.0.113.17", "203.0.113.42")
ALICE = TrailChange(
    NOW - 60_000,
    "ModifyVpnTunnelOptions",
    "role netops/alice",
    "203.0.113.9",
    HQ,
    IPS[0],
    ("Phase2DHGroupNumbers", "PreSharedKey"),
)
GROUPS = OptionChange(NOW - 30_000, IPS[0], "Phase2DHGroupNumbers", "14", "20")
WHOLE = TrailChange(NOW - 50_000, "ModifyVpnConnection", "user bob", connection=HQ, options=("TransitGatewayId",))
BY_ALICE = "role netops/alice from 203.0.113.9"
OPTIONS = "Phase2DHGroupNumbers, the pre-shared key"
TEXT = f"ModifyVpnTunnelOptions by {BY_ALICE}: {OPTIONS}"
HOSTILE = "role r/\x1b[31m[b]<i>\u202e|`=cmd()"


def connection(*calls: TrailChange, changes: tuple[OptionChange, ...] = (GROUPS,)) -> ConnectionFacts:
    whole = tuple(call for call in calls if not call.outside_ip)
    return ConnectionFacts(
        HQ, "hq", tunnels=(TunnelFacts(IPS[0], changes=changes, calls=calls), TunnelFacts(IPS[1], calls=whole))
    )


def told(*calls: TrailChange) -> Pump:
    return pump([ike("one", ago=70), ike("two", ago=10)], connections=[connection(*calls)])


def test_a_call_stands_among_the_messages_at_its_time_with_who_made_it() -> None:
    shown = messages(told(ALICE).fleet.tunnels[0])
    assert [message.text for message in shown] == [
        "one",
        TEXT,
        f"EC2: Phase2DHGroupNumbers  14 → 20, by {BY_ALICE}",
        "two",
    ]


def test_a_call_passes_the_filter_for_the_name_of_who_made_it() -> None:
    shown = messages(told(ALICE, WHOLE).fleet.tunnels[0], wanted=Filter.read("bob"))
    assert [message.text for message in shown] == ["ModifyVpnConnection by user bob: TransitGatewayId"]


def test_a_call_about_the_whole_connection_is_news_once() -> None:
    held = told(WHOLE)
    news = [message.text for message in News().of(held.fleet, diagnose=diagnosing(held))]
    assert news == ["ModifyVpnConnection by user bob: TransitGatewayId", "EC2: Phase2DHGroupNumbers  14 → 20"]


def test_a_call_that_comes_a_quarter_of_an_hour_late_takes_its_place_in_news_that_were_read() -> None:
    held, news = told(), News()
    before = news.of(held.fleet, diagnose=diagnosing(held))
    held.take(Batch(inventory=Inventory((connection(replace(ALICE, at=NOW - 15 * MINUTE)),))))
    after = news.of(held.fleet, diagnose=diagnosing(held))
    assert [message.at for message in after] == [NOW - 15 * MINUTE, *(message.at for message in before)]
    assert after[1].text.endswith(f", by {BY_ALICE}")


def test_a_line_keeps_its_place_though_each_answer_brings_its_call_anew() -> None:
    keys = [messages(told(call).fleet.tunnels[0])[1].key for call in (ALICE, replace(ALICE), WHOLE)]
    assert keys[0] == keys[1] != keys[2]


def test_a_call_is_never_the_cause_of_the_fall_beside_it() -> None:
    end = ike("AWS tunnel received DELETE for IKE_SA from CGW", "DD", ago=40)
    events = [ike("one", ago=70), end]
    without, beside = (
        pump(events, connections=[connection(*calls, changes=())]) for calls in ((), (replace(ALICE, at=NOW - 41_000),))
    )
    causes = [[each.code for each in diagnosing(held)(held.fleet.tunnels[0])] for held in (without, beside)]
    assert causes[0] == causes[1] != []


def test_a_key_that_a_call_changed_explains_why_it_is_refused_since() -> None:
    """EC2 shows no change of a key: only the call reveals it."""
    refused = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f67890"
    events = [ike("one", ago=600), ike("CGW did not answer DPD: peer considered dead", "DD", ago=120)]
    events += [ike(refused, "DD", ago=ago) for ago in (90, 60, 30)]

    def causes(*calls: TrailChange) -> set[str]:
        held = pump(events, connections=[connection(*calls, changes=())])
        return {each.code for each in diagnosing(held)(held.fleet.tunnels[0])}

    changed = replace(ALICE, at=NOW - 125_000)
    assert "psk_rotated" in causes(changed)
    held = pump(events, connections=[connection(changed, changes=())])
    (rotated,) = (each for each in diagnosing(held)(held.fleet.tunnels[0]) if each.code == "psk_rotated")
    assert f"CloudTrail: ModifyVpnTunnelOptions by {BY_ALICE}" in {fact.text for fact in rotated.evidence}
    assert "psk_rotated" not in causes(replace(changed, options=("StartupAction",)))


@pytest.mark.parametrize(
    ("ago", "call", "is_told"),
    [(45, ALICE, True), (1_000, ALICE, False), (45, replace(WHOLE, call="CreateVpnConnectionRoute"), False)],
)
def test_a_change_that_is_being_applied_is_told_with_who_began_it(ago: int, call: TrailChange, is_told: bool) -> None:
    events = [ike("one", ago=70), ike("AWS tunnel is sending DELETE for IKE_SA to CGW", "DD", ago=40)]
    modifying = replace(connection(replace(call, at=NOW - ago * 1_000), changes=()), state="modifying")
    held = pump(events, connections=[modifying])
    cause = diagnosing(held)(held.fleet.tunnels[0])[0]
    assert cause.code == "modification_in_progress"
    texts = [fact.text for fact in cause.evidence]
    assert (f"CloudTrail: ModifyVpnTunnelOptions by {BY_ALICE}" in texts) is is_told
    assert len(texts) == 1 + is_told


def test_a_replaced_endpoint_is_told_with_who_had_it_replaced() -> None:
    events = [ike("one", ago=70), ike("CGW did not answer DPD: peer considered dead", "DD", ago=40)]
    replacing = replace(ALICE, at=NOW - 50_000, call="ReplaceVpnTunnel", options=())
    owned = connection(replacing, changes=())
    tunnels = (replace(owned.tunnels[0], replaced_at=NOW - 42_000), owned.tunnels[1])
    held = pump(events, connections=[replace(owned, tunnels=tunnels)])
    cause = diagnosing(held)(held.fleet.tunnels[0])[0]
    assert cause.code == "endpoint_replaced"
    assert f"CloudTrail: ReplaceVpnTunnel by {BY_ALICE}" in {fact.text for fact in cause.evidence}


def test_the_details_tell_the_call_and_that_it_need_not_be_the_cause() -> None:
    held = told(ALICE)
    tunnel = held.fleet.tunnels[0]
    subject = TunnelSnapshot.of(tunnel, held.fleet, diagnoses=(), now=NOW)
    message = next(message for message in messages(tunnel) if message.kind is Kind.OPTION)
    pages = (message_blocks(message, subject, utc=True), tunnel_blocks(subject, utc=True))
    texts = [" ".join("\n".join(line.text for line in block_lines(blocks, 200)).split()) for blocks in pages]
    assert "does not say that it caused anything" in texts[0]
    assert all(TEXT in text for text in texts)


def test_the_timeline_shows_it_under_the_strips_at_its_time() -> None:
    held = told(ALICE, WHOLE)
    view = timeline(
        held.fleet, Timelines(held.fleet), grid=Grid.of(until=NOW, span=HOUR, most=60), until=NOW, outages=lambda _: ()
    )
    lines = [line.text for line in timeline_lines(view, 160, utc=True)]
    assert f" 12:03:31 ≠ hq {IPS[0]}  {TEXT}" in [line.rstrip() for line in lines]
    assert sum("ModifyVpnConnection " in line for line in lines) == 1


def test_the_report_tells_who_made_each_change_as_far_as_it_is_known() -> None:
    made = report_of(told(ALICE, WHOLE), since=NOW - HOUR, now=NOW)
    changes: Any = report_document(made)["changes"]
    assert [(change["at"], change["outside_ip"], change["what"], change["who"]) for change in changes] == [
        ("2026-11-23T12:03:31Z", IPS[0], f"ModifyVpnTunnelOptions: {OPTIONS}", BY_ALICE),
        ("2026-11-23T12:03:41Z", None, "ModifyVpnConnection: TransitGatewayId", "user bob"),
        ("2026-11-23T12:04:01Z", IPS[0], "EC2: Phase2DHGroupNumbers  14 → 20", BY_ALICE),
    ]
    for text in (markdown(made), html(made)):
        assert "role netops/alice from 203.0.113.9" in text


def test_a_name_that_its_caller_chose_is_text_wherever_it_is_shown() -> None:
    held = told(replace(ALICE, user=HOSTILE))
    subject = TunnelSnapshot.of(held.fleet.tunnels[0], held.fleet, diagnoses=(), now=NOW)
    shown = "".join(line.text for line in block_lines(tunnel_blocks(subject, utc=True), 80))
    made = report_of(held, since=NOW - HOUR, now=NOW)
    for text in (shown, markdown(made), html(made)):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<i>" not in html(made)
