"""The state of the feed, and that of several feeds as one."""

import pytest

from tui.domain.feed_state import ErrorKind, FeedMode, FeedState, combine

OFFLINE = FeedState(FeedMode.OFFLINE, "no network", region="eu-west-1", trouble=ErrorKind.UNREACHABLE, unread=("/a",))
LIVE = FeedState(
    FeedMode.LIVE, notices=("EC2 denied",), account="123456789012", region="eu-west-1", unread=("/a", "/b")
)


def test_several_feeds_are_as_bad_as_the_worst_of_them_and_each_remark_names_its_feed() -> None:
    assert combine({"prod": LIVE, "test": OFFLINE}) == FeedState(
        FeedMode.OFFLINE,
        "test: no network",
        ("prod: EC2 denied",),
        account="123456789012",
        region="eu-west-1",
        trouble=ErrorKind.UNREACHABLE,
        unread=("/a", "/b"),
    )


def test_one_feed_needs_no_name_and_none_is_starting() -> None:
    assert combine({"prod": LIVE}) is LIVE
    assert combine({}) == FeedState(FeedMode.STARTING)


@pytest.mark.parametrize("kind", ErrorKind)
def test_no_trouble_both_passes_and_needs_somebody_to_change_something(kind: ErrorKind) -> None:
    assert not (kind.is_passing and (kind.is_permanent or kind.affects_every_call))


def test_a_session_ends_only_with_what_fails_every_call() -> None:
    ending = [kind for kind in ErrorKind if kind.ends_session]
    assert ending == [ErrorKind.CREDENTIALS, ErrorKind.EXPIRED, ErrorKind.SETTINGS]
    assert all(kind.affects_every_call for kind in ending)


def test_a_group_is_read_unless_the_feed_says_that_it_may_not() -> None:
    assert [LIVE.has_read(group) for group in ("/a", "/c", None)] == [False, True, True]
