"""How far a group has been read: what each read fills, what it leaves, and when the next one is due."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.record.group_progress import GroupProgress, Read

NOW = 1_795_435_200_000
DENIED = FeedError("denied", ErrorKind.DENIED)
SERVER = FeedError("status 503", ErrorKind.SERVER)


def group() -> GroupProgress:
    return GroupProgress(LogGroup("/vpn/ike"))


def begin(progress: GroupProgress, *, now: int = NOW, deep: bool = False) -> Read:
    return progress.start_read(now=now, server_now=now, deep=deep)


def test_a_complete_read_fills_the_gaps_seen_before_it_began_and_no_later_ones() -> None:
    progress = group()
    progress.note_gap()
    read = begin(progress)
    progress.note_gap()
    progress.complete(read)
    assert progress.state.has_gap
    progress.complete(begin(progress))
    assert not progress.state.has_gap


def test_a_quick_read_leaves_the_mark_of_the_deep_ones() -> None:
    progress = group()
    progress.complete(begin(progress, deep=True))
    progress.complete(begin(progress, now=NOW + 5_000))
    assert (progress.state.read_until, progress.state.deep_read_until) == (NOW + 5_000, NOW)


@pytest.mark.parametrize("cause", ["gap", "failure", "cut"])
def test_the_read_after_a_deep_gap_a_failure_or_an_incomplete_read_is_deep_and_only_that_one(cause: str) -> None:
    progress = group()
    if cause == "gap":
        progress.note_gap(deep=True)
    elif cause == "failure":
        progress.fail(SERVER)
    else:
        progress.mark_incomplete(pages=250, since=NOW)
    assert begin(progress).is_deep
    assert not begin(progress).is_deep


def test_an_incomplete_read_satisfies_the_start_but_completes_nothing() -> None:
    progress = group()
    progress.mark_incomplete(pages=250, since=NOW - 3_600_000)
    state = progress.state
    assert (state.read_until, state.complete_until) == (NOW - 3_600_000, None)
    assert "250 empty pages" in state.incomplete_notice


def test_an_incomplete_read_does_not_set_back_what_was_read_before() -> None:
    progress = group()
    progress.complete(begin(progress, deep=True))
    progress.mark_incomplete(pages=250, since=NOW - 3_600_000)
    assert (progress.state.read_until, progress.state.deep_read_until) == (NOW, NOW)


def test_each_incomplete_read_doubles_how_far_the_next_one_goes_up_to_a_limit() -> None:
    progress = group()
    factors = []
    for _ in range(6):
        factors.append(progress.page_factor)
        progress.mark_incomplete(pages=250, since=NOW)
    assert factors == [1, 2, 4, 8, 16, 16]
    progress.complete(begin(progress))
    assert (progress.page_factor, progress.state.incomplete_notice) == (1, "")


@pytest.mark.parametrize(("error", "refused"), [(None, False), (DENIED, True), (SERVER, False)])
def test_only_an_error_that_waiting_does_not_end_means_refused(error: FeedError | None, refused: bool) -> None:
    progress = group()
    if error:
        progress.fail(error)
    assert progress.state.is_refused is refused
    progress.complete(begin(progress))
    assert progress.state.error is None


@pytest.mark.parametrize(
    ("kind", "failures", "waits"),
    [
        (ErrorKind.SERVER, 2, True),
        (ErrorKind.SERVER, 3, False),
        (ErrorKind.THROTTLED, 3, False),
        (ErrorKind.UNREACHABLE, 9, True),
        (ErrorKind.DENIED, 1, False),
    ],
)
def test_the_start_waits_for_the_network_but_not_for_one_group_that_fails(
    kind: ErrorKind, failures: int, waits: bool
) -> None:
    progress = group()
    assert progress.state.delays_start
    for _ in range(failures):
        progress.fail(FeedError("failed", kind))
    assert progress.state.delays_start is waits
    assert progress.state.is_unread
    progress.complete(begin(progress))
    progress.fail(FeedError("failed", kind))
    assert not progress.state.delays_start


def test_a_live_session_proves_completeness_only_after_a_read_and_without_a_gap() -> None:
    progress = group()
    progress.note_live(NOW)
    assert progress.state.complete_until is None
    progress.complete(begin(progress))
    progress.note_live(NOW + 1_000)
    progress.note_gap()
    progress.note_live(NOW + 2_000)
    assert progress.state.complete_until == NOW + 1_000


def test_a_group_that_may_not_be_read_is_as_complete_as_its_live_session() -> None:
    progress = group()
    progress.fail(DENIED)
    progress.note_live(NOW)
    assert progress.state.complete_until == NOW


async def test_a_request_is_answered_by_the_read_that_begins_after_it() -> None:
    progress = group()
    progress.note_gap()
    await progress.wait_for_request()
    begin(progress)
    waiting = asyncio.create_task(progress.wait_for_request())
    await asyncio.sleep(0)
    assert not waiting.done()
    progress.note_unconfirmed_lines()
    await waiting


def test_unconfirmed_lines_alone_are_not_urgent() -> None:
    progress = group()
    progress.note_unconfirmed_lines()
    assert not progress.is_urgent
    progress.note_gap()
    assert progress.is_urgent


STEPS = st.lists(st.sampled_from(["begin", "complete", "gap", "live", "fail", "cut"]), max_size=40)


@given(steps=STEPS)
def test_what_is_complete_never_goes_back_and_no_gap_is_filled_before_it_was_seen(steps: list[str]) -> None:
    progress, read, now = group(), None, NOW
    for step in steps:
        now += 1_000
        before = progress.state
        if step == "begin":
            read = begin(progress, now=now)
        elif step == "complete" and read is not None:
            progress.complete(read)
        elif step == "gap":
            progress.note_gap()
        elif step == "live":
            progress.note_live(now)
        elif step == "fail":
            progress.fail(SERVER)
        elif step == "cut":
            progress.mark_incomplete(pages=1, since=NOW)
        after = progress.state
        assert (after.complete_until or 0) >= (before.complete_until or 0)
        assert 0 <= after.gaps_filled <= after.gaps_seen


def test_the_quiet_tunnels_are_those_that_ec2_names_and_no_stream_has_told_of() -> None:
    inventory = Inventory(
        (
            ConnectionFacts(
                "vpn-0a1b2c3d4e5f60718",
                tunnels=(
                    TunnelFacts("203.0.113.1", ike_group="/vpn/ike"),
                    TunnelFacts("203.0.113.2", ike_group="/vpn/ike"),
                    TunnelFacts("203.0.113.3", ike_group="/vpn/other"),
                ),
            ),
        )
    )
    progress = group()
    progress.add_streams(["vpn-0a1b2c3d4e5f60718-203.0.113.1-IKE.log"])
    assert progress.quiet_tunnels(inventory) == {("vpn-0a1b2c3d4e5f60718", "203.0.113.2")}
    assert not progress.has_heard_every_tunnel(inventory)
    progress.add_streams(["vpn-0a1b2c3d4e5f60718-203.0.113.2-IKE.log"])
    assert progress.has_heard_every_tunnel(inventory)
    assert not progress.has_heard_every_tunnel(None)
