"""What EC2 describes as before is not parsed again, and what has changed is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.conftest import connection
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.feed.aws.client import connect
from tui.feed.aws.known_items import without_known
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.connections import discover

trees = st.recursive(
    st.sampled_from([b"", b"text", b"<item/>", b"<items>1</items>"]),
    lambda inner: st.lists(inner.map(lambda part: b"<item a='1'>" + part + b"</item >"), max_size=3).map(b"".join),
    max_leaves=8,
)


@pytest.mark.parametrize("in_threads", [False, True])
async def test_of_connections_that_are_described_again_only_the_changed_ones_are_read(
    store: Store, endpoint: Endpoint, in_threads: bool
) -> None:
    made = [connection(number) for number in range(3)]
    store.connections = {vpn.id: vpn for vpn in made}
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url), in_threads=in_threads) as aws:
        first = await discover(aws)
        store.connections[made[1].id] = replace(made[1], state="modifying")
        second = await discover(aws, first)
        third = await discover(aws, second)
        store.connections = {made[0].id: made[0]}
        last = await discover(aws, third)
    before, after, same = (
        {facts.id: facts for facts in found.inventory.connections} for found in (first, second, third)
    )
    assert [facts is before[vpn] for vpn, facts in after.items()] == [vpn != made[1].id for vpn in after]
    assert after[made[1].id].state == "modifying"
    assert all(facts is after[vpn] for vpn, facts in same.items())
    assert [facts.id for facts in last.inventory.connections] == [made[0].id]


@given(items=st.lists(trees, max_size=6), data=st.data())
def test_the_items_of_an_answer_are_cut_out_whole(items: list[bytes], data: st.DataObject) -> None:
    whole = [b"<item>" + inner + b"</item>" for inner in items]
    around = (b"<answer><requestId>1</requestId><set>", b"</set></answer>")
    body, digests = without_known(b"".join((around[0], *whole, around[1])), ())
    assert (body, digests) == (b"".join((around[0], *whole, around[1])), [hash(item) for item in whole])
    known = data.draw(st.sets(st.sampled_from(digests))) if digests else set()
    left = [item for item in whole if hash(item) not in known]
    assert without_known(body, known) == (b"".join((around[0], *left, around[1])), digests)


def test_nothing_is_cut_out_of_an_answer_in_which_a_tag_may_be_text() -> None:
    body = b"<answer><set><item><![CDATA[</item>]]></item></set></answer>"
    assert without_known(body, [hash(b"<item><![CDATA[</item>")]) == (body, [])
