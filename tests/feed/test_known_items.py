"""What EC2 describes as before is not parsed again, and what has changed is."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feed.conftest import connection
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.inventory import ConnectionFacts, Inventory
from tui.feed.aws.client import connect
from tui.feed.aws.sessions.known_items import without_known
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.connections import discover
from tui.feed.inventory.ec2_records import read_connection
from tui.feed.inventory.tunnel_status import Details
from tui.feed.sites import at_site
from tui.feed.source import Batch

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


def described(state: str) -> ConnectionFacts:
    """Return a connection as it is read from one more answer, with the same options as every other one."""
    options = {"OutsideIpAddress": "203.0.113.1", "IkeVersions": [{"Value": "ikev1"}, {"Value": "ikev2"}]}
    answer = {"VpnConnectionId": "vpn-1", "State": state, "Options": {"TunnelOptions": [options]}}
    facts = read_connection(answer, {})
    assert facts is not None
    return facts


async def test_of_what_was_described_again_one_copy_is_held_by_all_who_hold_it() -> None:
    completed = list[Inventory]()

    class Surveys:
        def retry(self) -> None:
            """Do nothing."""

        async def batches(self) -> AsyncGenerator[Batch, None]:
            details = Details(SystemClock(), most=0, every=300)
            for state in ("available", "available", "modifying"):
                completed.append(details.complete(Inventory((described(state),))))
                yield Batch(inventory=completed[-1])

    first, second, changed = [
        batch.inventory.connections[0] async for batch in at_site("hq", Surveys()).batches() if batch.inventory
    ]
    assert completed[1].connections[0] is completed[0].connections[0]
    assert second is first
    assert (changed.name, changed.state) == ("hq/vpn-1", "modifying")
    options = [facts.tunnels[0].configured["IkeVersions"] for facts in (first, changed)]
    assert options[0] is options[1]
