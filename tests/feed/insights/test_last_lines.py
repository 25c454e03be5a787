"""The last states of many silent streams come from two queries, if they cost next to nothing."""

import pytest

from tests.factories import ike_line
from tests.feed.conftest import IKE, QUICK, Reader, Writer, held, streams
from tests.feed.test_last_known import quiet_tunnels
from tui.content.feed_page import usage_blocks
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.usage import total
from tui.feed.aws.target import AwsTarget
from tui.feed.insights.last_lines import InsightsLastLines
from tui.feed.tail.tailer import Tailer

DOWN = "AWS tunnel DPD timed out after 3 retransmits"


@pytest.fixture
def silent(store: Store, writer: Writer, endpoint: Endpoint) -> Store:
    """Sixty tunnels that logged more, a day and longer ago, than a few pages hold; the first of them fell then."""
    quiet_tunnels(store, writer, connections=30, lines=12)
    last = store.clock.now() - 7_200_000
    store.put(IKE, streams()[0], [(last, ike_line(DOWN, "DD", at=last))])
    endpoint.faults = Faults(filter_events=10)
    return store


async def read(endpoint: Endpoint, most_usd: float = 0.03) -> Reader:
    reader = Reader()
    await reader.read(
        Tailer(
            AwsTarget(region="eu-west-1", endpoint_url=endpoint.url),
            log_groups=(IKE,),
            timing=QUICK,
            follow=False,
            last_lines=InsightsLastLines(most_usd, first_pause=0.01),
        )
    )
    return reader


async def test_two_queries_tell_the_last_state_of_each_with_its_time_and_of_those_that_fell_more(
    silent: Store, endpoint: Endpoint
) -> None:
    reader = await read(endpoint)
    fallen = streams()[0]
    assert reader.histories[fallen] == held(silent, IKE)[fallen][-10:]  # why it fell is in the lines before
    others = {stream: lines for stream, lines in reader.histories.items() if stream != fallen}
    assert others.keys() | {fallen} == held(silent, IKE).keys()
    assert {len(lines) for lines in others.values()} == {1}
    newest = {stream: silent.groups[IKE].streams[stream].events[-1].at for stream in others}
    assert {event.stream: event.at for event in reader.events.values() if event.stream in others} == newest
    assert (endpoint.calls["StartQuery"], endpoint.calls["GetLogEvents"]) == (2, 1)
    assert endpoint.calls["FilterLogEvents"] <= 3
    assert reader.state.notices == ()
    page = " ".join(block.text for block in usage_blocks(total([reader.usage, reader.usage])))
    assert "for the last states of silent streams: 4 queries of Logs Insights scanned" in page


async def test_lines_of_one_millisecond_that_contradict_each_other_are_read_in_their_order(
    silent: Store, endpoint: Endpoint
) -> None:
    stream, at = streams(7)[0], silent.clock.now() - 7_200_000
    for states in ("DD", "EE", "DD", "EE", "ND"):
        silent.put(IKE, stream, [(at, ike_line(states, states, at=at))])
    reader = await read(endpoint)
    assert reader.histories[stream] == held(silent, IKE)[stream][-10:]


async def test_what_would_cost_more_than_it_may_is_not_asked(silent: Store, endpoint: Endpoint) -> None:
    plain = await read(endpoint, 0)
    dear = await read(endpoint, 1e-12)
    assert endpoint.calls["StartQuery"] == 0
    assert dear.state.notices[0].endswith("--insights-cost 0.01 has Logs Insights tell of them at once.")
    assert "--insights-cost" not in plain.state.notices[0]
    assert dear.histories.keys() == plain.histories.keys()


async def test_where_the_query_is_refused_the_streams_are_read_as_without_it(silent: Store, endpoint: Endpoint) -> None:
    plain = await read(endpoint, 0)
    endpoint.faults = Faults(filter_events=10, action_denied="logs:StartQuery")
    refused = await read(endpoint)
    assert endpoint.calls["StartQuery"] == 1
    assert refused.histories == plain.histories
