"""`tail` prints a loss that only EC2 saw as it prints a fall: when it is known, and once."""

from typing import Final

from tests.factories import IP, NOON, VPN, ike
from tests.headless.test_tail import lines_of, printed
from tui.domain.inventory import ConnectionFacts, Inventory, Telemetry, TunnelFacts
from tui.feed.source import Batch
from tui.headless.tail import changes_only

BEFORE: Final = [ike("x", at=at) for at in range(0, 60, 10)]
SET_UP: Final = [
    ike("AWS tunnel processed request (id=0) for IKE_SA_INIT", "ND", at=1_200),
    ike("AWS tunnel processed request (id=1) for IKE_AUTH", "ND", at=1_200),
    ike("AWS tunnel Phase 2 SA is established with inbound SPI: 0x1a: outbound SPI: 0x1b", at=1_200),
    *(ike("x", at=at) for at in range(1_210, 1_260, 10)),
]
LOSS: Final = [("up", "down", "2026-11-23T12:10:00.000Z"), ("down", "up", "2026-11-23T12:20:00.000Z")]


def ec2(*, up_since: int | None = None, lost: bool = True) -> Inventory:
    telemetry = Telemetry(up_since is not None, "", NOON + (600 if up_since is None else up_since) * 1000)
    tunnel = TunnelFacts(IP, telemetry=telemetry, replaced_at=NOON + 600_000 if lost else None)
    return Inventory((ConnectionFacts(VPN, name="hq", static_routes_only=True, tunnels=(tunnel,)),))


def watched() -> list[Batch]:
    return [
        Batch(tuple(BEFORE), inventory=ec2(up_since=-600, lost=False), watermark=NOON + 60_000, caught_up=True),
        Batch(inventory=ec2(), watermark=NOON + 960_000),
        Batch(inventory=ec2(), watermark=NOON + 1_020_000),
        Batch(tuple(SET_UP), watermark=NOON + 1_260_000),
        Batch(inventory=ec2(up_since=1_200), watermark=NOON + 1_320_000),
    ]


def changes_in(lines: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    by_ec2 = [line for line in lines if line.get("by") == "ec2"]
    assert [line["health"] for line in by_ec2] == [line["to"] for line in by_ec2]
    return [(line["from"], line["to"], line["at"]) for line in by_ec2]


def test_a_watch_prints_the_loss_once_ec2_is_believed_and_its_end_with_the_set_up() -> None:
    assert changes_in(printed(*watched()[:1])) == []
    assert changes_in(printed(*watched()[:3])) == LOSS[:1]
    assert changes_in(printed(*watched()[:4])) == LOSS
    assert changes_in(printed(*watched())) == LOSS


def test_a_look_afterwards_prints_the_same_between_the_lines_around_it() -> None:
    batch = Batch((*BEFORE, *SET_UP), inventory=ec2(up_since=1_200), watermark=NOON + 1_320_000, caught_up=True)
    lines = printed(batch)
    assert changes_in(lines) == LOSS
    times = [line["at"] for line in lines if line["type"] != "feed"]
    assert times == sorted(times)


def test_in_words_it_says_why_for_how_long_and_that_only_ec2_saw_it() -> None:
    batch = Batch((*BEFORE, *SET_UP), inventory=ec2(up_since=1_200), watermark=NOON + 1_320_000, caught_up=True)
    text = lines_of(batch, wanted=changes_only, attempts=False, settled=True)
    why = "AWS replaced the endpoint, seen by EC2 alone"
    assert [line for line in text if "⇒" in line] == [
        f"12:10:00 hq {IP} ⇒ up → down  ({why})",
        f"12:20:00 hq {IP} ⇒ down → up  (down for 10m, {why})",
    ]
