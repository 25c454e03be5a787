"""A monitoring account: whose logs it may read, and that they are read by their ARNs beside its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.demo.test_hosted import ACME, EUROPE, GLOBEX, HOME, JAPAN, holding
from tests.factories import VPN, ike_line, stream_of
from tests.feed.conftest import QUICK, Reader
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.domain.feed_state import FeedMode
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.inventory.linked_accounts import linked_accounts
from tui.feed.mode import Mode
from tui.feed.tail.tailer import Tailer

GROUP = "/aws/vendedlogs/vpn/ike"
ROLE = f"arn:aws:iam::{ACME}:role/watch"


@pytest.fixture
async def hosting() -> AsyncIterator[Endpoint]:
    """A monitoring account with acme and globex linked to it; all three have a log group of the same name."""
    hosted = [
        Hosted(Account(EUROPE, ACME, "watch"), holding(1), "agreed", shares_logs=True),
        Hosted(Account(EUROPE, GLOBEX, "watch"), holding(2), shares_logs=True),
        Hosted(Account(JAPAN, GLOBEX, "watch"), holding(3), shares_logs=True),
    ]
    async with Endpoint(holding(0), update_every=0.03, hosted=hosted) as endpoint:
        yield endpoint


def arn(account: str, group: str = GROUP) -> str:
    return f"arn:aws:logs:{EUROPE}:{account}:log-group:{group}"


async def found(endpoint: Endpoint) -> dict[str, tuple[str, ...]]:
    async with connect(AwsTarget(region=EUROPE, endpoint_url=endpoint.url)) as aws:
        ours, accounts = await linked_accounts(aws)
    assert ours == HOME
    return {account.label: tuple(group.arn for group in account.groups) for account in accounts}


async def test_the_linked_accounts_are_found_with_their_vpn_groups(hosting: Endpoint) -> None:
    assert await found(hosting) == {ACME: (arn(ACME),), GLOBEX: (arn(GLOBEX),)}


@pytest.mark.parametrize(
    ("label", "named"), [("acme-prod", "acme-prod"), ("ops@acme.example", "ops@acme.example"), ("acme/prod", ACME)]
)
async def test_an_account_is_called_as_its_link_calls_it_unless_that_holds_a_slash(label: str, named: str) -> None:
    acme = Hosted(Account(EUROPE, ACME, "watch"), holding(1), shares_logs=True, label=label)
    async with Endpoint(holding(0), hosted=[acme]) as endpoint:
        assert [*await found(endpoint)] == [named]


async def test_a_label_that_two_accounts_have_names_neither() -> None:
    hosted = [
        Hosted(Account(EUROPE, number, "watch"), holding(1), shares_logs=True, label="prod")
        for number in (ACME, GLOBEX)
    ]
    async with Endpoint(holding(0), hosted=hosted) as endpoint:
        assert [*await found(endpoint)] == [ACME, GLOBEX]


async def test_a_group_without_vpn_streams_is_none_of_them(hosting: Endpoint) -> None:
    acme = hosting.regionals[1].store
    acme.delete_group(GROUP)
    acme.put("/client-vpn", "a-laptop", [(acme.clock.now(), "connected")])
    assert await found(hosting) == {GLOBEX: (arn(GLOBEX),)}


async def test_an_account_that_nobody_shares_logs_with_has_none(store: Store) -> None:
    async with Endpoint(store) as endpoint:
        assert await found(endpoint) == {}


async def test_without_the_right_to_list_links_accounts_go_by_their_numbers(hosting: Endpoint) -> None:
    hosting.faults = Faults(action_denied="oam:*")
    assert [*await found(hosting)] == [ACME, GLOBEX]


async def test_groups_that_may_not_be_listed_are_an_error(hosting: Endpoint) -> None:
    hosting.faults = Faults(action_denied="logs:DescribeLogGroups")
    with pytest.raises(FeedError, match="Access denied: logs:DescribeLogGroups"):
        await found(hosting)


def through_home(endpoint: Endpoint, *, owner: AwsTarget | None = None, mode: Mode = Mode.AUTO) -> Tailer:
    target = AwsTarget(region=EUROPE, endpoint_url=endpoint.url, connections=owner)
    asks_ec2 = owner is not None
    return Tailer(target, log_groups=(arn(ACME),), asks_ec2=asks_ec2, source="acme", timing=QUICK, mode=mode)


@asynccontextmanager
async def following(reader: Reader, tailer: Tailer) -> AsyncIterator[None]:
    """Make the reader read the tailer within the block."""
    task = asyncio.create_task(reader.read(tailer))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            raise error


def texts(reader: Reader) -> str:
    return "".join(event.message for event in reader.events.values())


def line(store: Store, text: str) -> tuple[int, str]:
    now = store.clock.now()
    return now, ike_line(text, at=now)


async def test_a_linked_group_is_read_and_followed_by_its_arn(hosting: Endpoint) -> None:
    """The groups of all three accounts have one name: only the ARN distinguishes them."""
    acme = hosting.regionals[1].store
    acme.put(GROUP, stream_of(), [line(acme, "from the record")])
    reader = Reader()
    async with following(reader, through_home(hosting)):
        await reader.until(lambda: reader.caught_up and reader.state.mode is FeedMode.LIVE)
        acme.put(GROUP, stream_of(), [line(acme, "from the live session")])
        hosting.store.put(GROUP, stream_of(), [line(acme, "of another account")])
        await reader.until(lambda: "from the live session" in texts(reader))
    assert "from the record" in texts(reader)
    assert "of another account" not in texts(reader)
    assert reader.state.account == ACME


async def test_ec2_is_asked_by_the_role_of_the_account_that_owns_the_connections(hosting: Endpoint) -> None:
    owner = AwsTarget(region=EUROPE, endpoint_url=hosting.url, role_arn=ROLE, external_id="agreed")
    reader = Reader()
    async with following(reader, through_home(hosting, owner=owner, mode=Mode.POLL)):
        await reader.until(lambda: reader.caught_up and reader.inventory is not None and reader.events)
    assert reader.inventory is not None
    assert [facts.id for facts in reader.inventory.connections] == [*hosting.regionals[1].store.connections]
    assert texts(reader) == "line of 1"  # and not that of the group of the same name in our own account
    assert reader.state.account == ACME


async def test_a_role_that_is_refused_leaves_what_the_streams_tell(hosting: Endpoint) -> None:
    owner = AwsTarget(region=EUROPE, endpoint_url=hosting.url, role_arn=ROLE, external_id="guessed")
    acme = hosting.regionals[1].store
    acme.put(GROUP, stream_of(), [line(acme, "a line")])
    reader = Reader()
    async with following(reader, through_home(hosting, owner=owner, mode=Mode.POLL)):
        await reader.until(lambda: reader.caught_up and reader.inventory is not None and reader.inventory.listed != ())
    assert reader.inventory is not None
    assert {connection for connection, _ in reader.inventory.listed} == {VPN}
    assert any("names and tunnels that log nothing are not known" in notice for notice in reader.state.notices)
