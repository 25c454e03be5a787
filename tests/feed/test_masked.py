"""A masked source passes on what it reads without identifiers, errors included."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from tests.factories import IP, VPN, ike
from tui.domain.feed_state import ErrorKind, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.masking.mask import Mask
from tui.domain.reading.streams import read_stream_name
from tui.domain.state.marks import Mark
from tui.feed.aws.errors import FeedError
from tui.feed.masked import Masked, learn_names
from tui.feed.source import Batch


class Listed:
    """A source of given batches that then fails, and records whether it was closed."""

    def __init__(self, *batches: Batch, error: str = "") -> None:
        self._batches = batches
        self._error = error
        self.closed = self.retried = False

    def retry(self) -> None:
        self.retried = True

    async def batches(self) -> AsyncGenerator[Batch, None]:
        try:
            for batch in self._batches:
                yield batch
            if self._error:
                raise FeedError(self._error, ErrorKind.MISSING)
        finally:
            self.closed = True


async def test_every_part_of_a_batch_is_masked() -> None:
    inventory = Inventory((ConnectionFacts(VPN, "acme", tunnels=(TunnelFacts(IP),)),))
    batch = Batch(
        (ike(f"to {IP}"),) * 2_500,
        (ike(f"from {IP}"),),
        watermark=7,
        state=FeedState(reason=f"{VPN} of acme"),
        inventory=inventory,
        caught_up=True,
        source="site-acme",
        marks=(Mark(0, f"acme called about {IP}"),),
    )
    (masked,) = [each async for each in Masked(Listed(batch), Mask()).batches()]
    assert not [identifier for identifier in (VPN, IP, "acme") if identifier in repr(masked)]
    assert (len(masked.events), masked.watermark, masked.caught_up) == (2_500, 7, True)
    assert masked.inventory is not None
    (facts,) = masked.inventory.connections
    assert read_stream_name(masked.moved[0].stream)[:2] == (facts.id, facts.tunnels[0].outside_ip)
    assert {raw.source for raw in masked.events} == {""}


async def test_an_error_is_masked_and_the_source_is_closed() -> None:
    source = Listed(error="log group /vpn/acme was not found in eu-west-1")
    with pytest.raises(FeedError, match="log group /log-group-1 was not found in eu-west-1") as raised:
        [batch async for batch in Masked(source, Mask()).batches()]
    assert raised.value.kind is ErrorKind.MISSING
    assert raised.value.__cause__ is None
    assert source.closed


async def test_closing_it_closes_the_source_and_a_retry_reaches_it() -> None:
    source = Listed(Batch(), Batch())
    masked = Masked(source, Mask())
    masked.retry()
    async with aclosing(masked.batches()) as batches:
        await anext(batches)
    assert source.closed
    assert source.retried


def test_names_are_known_as_soon_as_aws_has_answered() -> None:
    mask = Mask()
    named = {"VpnConnectionId": VPN, "Tags": [{"Key": "Name", "Value": "acme"}, {"Key": "owner", "Value": "ops"}]}
    learn_names(mask, {"VpnConnections": [named, {"VpnConnectionId": "vpn-0a1b2c3d"}, "nonsense"]})
    learn_names(mask, {"CustomerGateways": [{"DeviceName": "fortress", "Tags": None}]})
    learn_names(mask, {"logGroups": [{"logGroupName": "secret-logs"}, {}]})
    told = mask.text("acme and fortress write to secret-logs, says ops")
    assert told == "connection A and device-1 write to /log-group-1, says ops"
