"""A run's use of AWS is counted, and Live Tail ends at the user's limit."""

from tests.feed.conftest import Writer, reading, until_it_rests
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import ManualClock
from tui.domain.feed_state import FeedMode
from tui.domain.usage import Usage, total
from tui.feed.aws.meter import LiveLimit, Meter
from tui.feed.mode import Mode

MOMENT = 0.3 / 60
"""Minutes: a few frames of the endpoint."""


def test_sessions_add_up_also_where_they_overlap_and_while_they_are_open() -> None:
    clock = ManualClock(0)
    meter = Meter(clock)
    with meter.live_session():
        clock.advance(60)
        with meter.live_session():
            clock.advance(30)
            assert (meter.live_seconds, meter.sessions) == (120, 2)
    clock.advance(600)
    assert meter.usage == Usage(120, 0, ())


def test_the_meters_of_several_accounts_share_one_limit() -> None:
    clock = ManualClock(0)
    limit, meters = LiveLimit(2), [Meter(clock), Meter(clock)]
    for meter in meters:
        limit.add(meter)
    with meters[0].live_session(), meters[1].live_session():
        clock.advance(45)
        assert limit.left == 30
        clock.advance(45)
    assert limit.left == 0


def test_what_several_feeds_use_is_added_up() -> None:
    first, second = Usage(60, 1, (("logs:FilterLogEvents", 2),)), Usage(5, 0, (("logs:FilterLogEvents", 3),))
    assert total([first, second]) == Usage(65, 1, (("logs:FilterLogEvents", 5),))


async def test_every_call_and_every_session_is_counted(endpoint: Endpoint, store: Store, writer: Writer) -> None:
    writer.write("a line")
    async with reading(endpoint) as reader:
        await until_it_rests(reader, endpoint)
        await reader.until(lambda: reader.usage.sessions == endpoint.sessions_open == 1)
        calls = {action.partition(":")[2]: times for action, times in reader.usage.calls}
        assert 1 <= calls["StartLiveTail"] <= endpoint.calls["StartLiveTail"]
        assert calls["DescribeVpnConnections"] >= 1
        assert 1 <= calls["FilterLogEvents"] <= endpoint.calls["FilterLogEvents"]


async def test_past_the_limit_it_polls_says_so_and_opens_no_session_again(
    endpoint: Endpoint, store: Store, writer: Writer
) -> None:
    writer.write("a line")
    for mode in (Mode.AUTO, Mode.LIVE):
        opened = endpoint.calls["StartLiveTail"]
        async with reading(endpoint, mode=mode, live_limit=LiveLimit(MOMENT)) as reader:
            await reader.until_it_is(FeedMode.LIVE)
            await reader.until_it_is(FeedMode.POLLING)
            assert "that --live-limit allows. Polling every" in reader.state.reason
            await reader.until(lambda: endpoint.sessions_open == 0)
            writer.write(f"polled after {mode}")
            await reader.until_all_of(store)
            reader.retry()
            await reader.until_more(5)
            assert reader.state.mode is FeedMode.POLLING
            assert endpoint.calls["StartLiveTail"] == opened + 1
