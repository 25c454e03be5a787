"""Changes of what carries traffic are reported once, with their cause, and not before the look-back is read."""

from collections.abc import AsyncGenerator, Sequence

from tests.factories import IP, NOON, OTHER_IP, VPN, ike
from tui.content.notices import Notice
from tui.domain.clock import ManualClock
from tui.domain.events import RawEvent
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.judgement.verdict import Verdict
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.feed.pump import Pump
from tui.feed.source import Batch
from tui.headless.notifier import Notifier

HQ = ConnectionFacts(VPN, "hq", static_routes_only=True, tunnels=(TunnelFacts(IP), TunnelFacts(OTHER_IP)))


class Nothing:
    def retry(self) -> None: ...

    async def batches(self) -> AsyncGenerator[Batch, None]:
        return
        yield Batch()


class Watched:
    """A pump with a notifier, which receives batches at chosen times after noon."""

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.titles: list[str] = []
        self._clock = ManualClock(NOON)
        self._pump = Pump(Nothing(), Fleet(load()))
        notifier = Notifier(self._pump, self._clock, tell=[self._tell], show_title=self.titles.append)
        self._pump.add_sink(notifier)

    def _tell(self, notices: Sequence[Notice]) -> None:
        self.told += notices

    def take(self, *events: RawEvent, after: float = 0, caught_up: bool = True) -> None:
        self._clock.advance(after)
        self._pump.take(Batch(events, watermark=self._clock.now(), inventory=Inventory((HQ,)), caught_up=caught_up))


def test_what_the_look_back_brings_is_told_by_the_title_alone() -> None:
    watched = Watched()
    watched.take(ike("x", "EE"), ike("x", "EE", ip=OTHER_IP), caught_up=False)
    watched.take(ike("x", "DD", at=1, ip=OTHER_IP), after=5, caught_up=False)
    assert watched.titles == []
    watched.take(after=1)
    assert (watched.titles, watched.told) == (["▲ hq 1/2"], [])


def test_a_fall_is_told_with_its_cause() -> None:
    watched = Watched()
    watched.take(ike("x", "EE"), ike("x", "EE", ip=OTHER_IP))
    down = ike("AWS tunnel DPD timed out after 3 retransmits", "DD", at=30, ip=OTHER_IP)
    watched.take(down, after=30)
    (notice,) = watched.told
    assert (notice.change.before.verdict, notice.change.after.verdict) == (Verdict.REDUNDANT, Verdict.AT_RISK)
    assert (notice.name, notice.at) == ("hq", NOON + 30_000)
    assert notice.cause is not None
    assert notice.cause.code == "dpd_timeout"
    assert notice.text.startswith(f"▲ hq 1/2: {OTHER_IP} carries no traffic, ")
    assert watched.titles == ["● 2/2 tunnelwatch", "▲ hq 1/2"]


def test_a_notice_names_the_cause_of_what_went_down_now_and_the_tunnel_that_a_cause_is_of() -> None:
    watched = Watched()
    watched.take(
        ike("AWS tunnel detected a pre-shared key mismatch with cgw: cgw-1", "DD"), ike("x", "EE", ip=OTHER_IP)
    )
    watched.take(ike("AWS tunnel DPD timed out after 3 retransmits", "DD", at=30, ip=OTHER_IP), after=30)
    watched.take(ike("x", "EE", at=60, ip=OTHER_IP), after=30)
    for _ in range(7):
        watched.take(after=10)
    assert [notice.text for notice in watched.told] == [
        f"✖ hq 0/2: {OTHER_IP} carries no traffic, peer declared dead (DPD)",
        f"▲ hq 1/2: {OTHER_IP} carries traffic again; {IP}: the pre-shared keys differ",
    ]


def test_a_recovery_is_told_when_it_has_held_though_nothing_more_was_logged() -> None:
    watched = Watched()
    watched.take(ike("x", "EE"), ike("x", "DD", ip=OTHER_IP))
    watched.take(ike("x", "EE", at=10, ip=OTHER_IP), after=10)
    for _ in range(12):
        watched.take(after=1)
    (notice,) = watched.told
    assert notice.change.after.verdict is Verdict.REDUNDANT


def test_a_tunnel_that_falls_for_a_moment_between_two_looks_is_not_told() -> None:
    watched = Watched()
    watched.take(ike("x", "EE"), ike("x", "EE", ip=OTHER_IP))
    watched.take(ike("x", "DD", at=2, ip=OTHER_IP), ike("x", "EE", at=2.5, ip=OTHER_IP), after=3)
    assert watched.told == []
