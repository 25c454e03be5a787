"""Sites read by one account share its quotas, and a live session holds the log groups of several."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.demo.test_hosted import EUROPE, HOME
from tests.factories import ike_line, stream_of
from tests.feed.conftest import QUICK, Reader
from tests.feed.test_linked_accounts import following
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.domain.clock import SystemClock
from tui.domain.feed_state import FeedMode
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.mode import Mode
from tui.feed.tail.live.session_plan import MOST_SESSIONS
from tui.feed.tail.quotas import Quotas
from tui.feed.tail.tailer import Tailer
from tui.feed.tail.timing import Timing

GROUP = "/vpn/prod"
_TAKEN = "are all taken by other sites"


def account(number: int) -> str:
    return f"{100_000_000_000 + number}"


def arn(number: int) -> str:
    return f"arn:aws:logs:{EUROPE}:{account(number)}:log-group:{GROUP}"


def holding(text: str, *, groups: Iterable[str] = (GROUP,)) -> Store:
    store = Store()
    for group in groups:
        store.put(group, stream_of(), [(store.clock.now(), ike_line(text, at=store.clock.now()))])
    return store


def say(store: Store, text: str, *, times: int = 1) -> None:
    now = store.clock.now()
    store.put(GROUP, stream_of(), [(now, ike_line(f"{text} {number}", at=now)) for number in range(times)])


def shared(timing: Timing = QUICK) -> Quotas:
    return Quotas(SystemClock(), timing, is_shared=True)


@asynccontextmanager
async def read(tailers: Iterable[Tailer]) -> AsyncIterator[list[Reader]]:
    readers: list[Reader] = []
    async with AsyncExitStack() as stack:
        for tailer in tailers:
            readers.append(Reader())
            await stack.enter_async_context(following(readers[-1], tailer))
        yield readers


async def until_live(reader: Reader) -> None:
    await reader.until(lambda: reader.caught_up and reader.state.mode is FeedMode.LIVE)


def is_live_or_told(reader: Reader) -> bool:
    return reader.state.mode is FeedMode.LIVE or _TAKEN in reader.state.reason


def holds(reader: Reader, count: int) -> bool:
    return len(reader.events) == count


async def until_said(reader: Reader, text: str) -> None:
    await reader.until(lambda: any(text in event.message for event in reader.events.values()))


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "profiles"
    keys = "aws_access_key_id = testing\naws_secret_access_key = testing\n"
    config.write_text(f"[profile hq]\n{keys}[profile osaka]\n{keys}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


@pytest.mark.usefixtures("profiles")
async def test_sites_whose_profiles_are_of_one_account_make_no_more_calls_together_than_one() -> None:
    timing = replace(QUICK, calls_in_a_second=3)
    quotas = shared(timing)
    async with Endpoint(holding("a line")) as endpoint:
        tailers = (
            Tailer(
                AwsTarget(profile, EUROPE, endpoint.url),
                log_groups=(GROUP,),
                mode=Mode.POLL,
                timing=timing,
                quotas=quotas,
            )
            for profile in ("hq", "osaka")
        )
        async with read(tailers):
            while endpoint.calls["FilterLogEvents"] < 6:  # noqa: ASYNC110 - counted by the server
                await asyncio.sleep(0.02)
    assert endpoint.calls.busiest["FilterLogEvents"] == 3
    assert endpoint.calls["GetCallerIdentity"] == 2


async def test_accounts_and_regions_are_told_apart_and_a_role_names_its_account() -> None:
    quotas = shared()
    async with Endpoint(Store()) as endpoint:
        url = endpoint.url

        async def of(target: AwsTarget) -> object:
            async with connect(target) as aws:
                return await quotas.of(aws)

        ours = await of(AwsTarget(region=EUROPE, endpoint_url=url))
        by_role = [
            await of(AwsTarget(region=EUROPE, endpoint_url=url, role_arn=f"arn:aws:iam::{number}:role/{name}"))
            for number, name in ((HOME, "a"), (HOME, "b"), (account(1), "a"))
        ]
        assert by_role[0] is by_role[1] is ours
        assert by_role[2] is not ours
        assert await of(AwsTarget(region="us-east-1", endpoint_url=url)) is not ours
        assert endpoint.calls["GetCallerIdentity"] == 1
        endpoint.faults = Faults(action_denied="sts:*")
        unknown = shared()
        async with connect(AwsTarget(region=EUROPE, endpoint_url=url)) as aws:
            assert await unknown.of(aws) is await unknown.of(aws)


async def test_sites_of_one_account_open_no_more_live_sessions_than_it_is_to_have_and_the_others_poll() -> None:
    count = MOST_SESSIONS + 2
    names = [f"/vpn/{number}" for number in range(count)]
    quotas = shared()
    async with Endpoint(holding("a line", groups=names), update_every=0.03) as endpoint:
        target = AwsTarget(region=EUROPE, endpoint_url=endpoint.url)
        tailers = [Tailer(target, log_groups=(name,), timing=QUICK, quotas=quotas) for name in names]
        async with read(tailers) as readers:
            for reader in readers:
                await reader.until(partial(is_live_or_told, reader))
            told = [state.reason for reader in readers for state in reader.states if _TAKEN in state.reason]
            assert "Polling every" in told[0]
        assert endpoint.regionals[0].live.most_open == MOST_SESSIONS


@asynccontextmanager
async def monitoring(count: int) -> AsyncIterator[Endpoint]:
    """An account to which this many others are linked, each with a log group of the same name."""
    linked = [
        Hosted(Account(EUROPE, account(number), "watch"), holding(f"first of {number}"), shares_logs=True)
        for number in range(count)
    ]
    async with Endpoint(Store(), update_every=0.03, hosted=linked) as endpoint:
        yield endpoint


def through_the_monitor(endpoint: Endpoint, count: int) -> list[Tailer]:
    timing = replace(QUICK, live_gather=0.3)  # they are made one after the other, also on a busy machine
    target, quotas = AwsTarget(region=EUROPE, endpoint_url=endpoint.url), shared(timing)
    return [
        Tailer(target, log_groups=(arn(number),), timing=timing, quotas=quotas, source=account(number))
        for number in range(count)
    ]


async def test_linked_accounts_share_live_sessions_and_each_gets_the_lines_of_its_own_group() -> None:
    async with monitoring(11) as endpoint, read(through_the_monitor(endpoint, 11)) as readers:
        for number, reader in enumerate(readers):
            await until_live(reader)
            say(endpoint.regionals[number + 1].store, f"live of {number}.")
        for number, reader in enumerate(readers):
            await until_said(reader, f"live of {number}.")
            assert len(reader.events) == 2
        assert endpoint.regionals[0].live.most_open <= 4
        assert sum(reader.usage.sessions for reader in readers) == endpoint.regionals[0].live.sessions_open


async def test_a_linked_account_that_comes_when_all_sessions_are_taken_goes_with_others_that_have_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.feed.tail.live.account_sessions.MOST_SESSIONS", 1)
    async with monitoring(2) as endpoint:
        first, late = through_the_monitor(endpoint, 2)
        async with read([first]) as readers:
            await until_live(readers[0])
            async with read([late]) as others:
                await until_live(others[0])
                say(endpoint.regionals[1].store, "live of 0.")
                await until_said(readers[0], "live of 0.")
                assert readers[0].state.mode is FeedMode.LIVE
                assert endpoint.regionals[0].live.most_open == 1


async def test_a_linked_group_that_is_refused_costs_the_others_nothing() -> None:
    async with monitoring(4) as endpoint:
        endpoint.regionals[3].store.groups[GROUP].log_class = "INFREQUENT_ACCESS"
        async with read(through_the_monitor(endpoint, 4)) as readers:
            for number in (0, 1, 3):
                await until_live(readers[number])
            await readers[2].until(lambda: readers[2].state.mode is FeedMode.POLLING)
            assert "Live Tail does not support log group /vpn/prod" in readers[2].state.reason
            await until_said(readers[2], "first of 2")


async def test_linked_groups_that_bring_too_much_together_part_and_nothing_is_lost() -> None:
    async with monitoring(2) as endpoint, read(through_the_monitor(endpoint, 2)) as readers:
        for reader in readers:
            await until_live(reader)
        live, sent = endpoint.regionals[0].live, 0
        assert live.sessions_open == 1
        while live.sessions_open < 2:
            for number in range(2):
                say(endpoint.regionals[number + 1].store, f"burst {sent}", times=260)
            sent += 1
            await asyncio.sleep(0.03)
        for reader in readers:
            await reader.until(partial(holds, reader, 1 + 260 * sent))
