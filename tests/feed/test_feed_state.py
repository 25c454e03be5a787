"""The feed's own state: the mode, why it is not the one asked for, and what stays unknown."""

from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.feed_state import ErrorKind, FeedMode, FeedState, combine, selected_feeds
from tui.domain.inventory import Inventory
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.inventory.plan import Plan
from tui.feed.inventory.selection import Selection
from tui.feed.mode import Mode
from tui.feed.tail.feed_state import feed_state
from tui.feed.tail.live.session_status import SessionStatus
from tui.feed.tail.record.group_progress import GroupState

NOW = 1_795_435_200_000
DENIED = FeedError("Access denied.", ErrorKind.DENIED)
AWAY = FeedError("No network.", ErrorKind.UNREACHABLE)
EXPIRED = FeedError("The credentials have expired.", ErrorKind.EXPIRED)
REFUSED = FeedError("Live Tail is denied.", ErrorKind.DENIED)
PLAN = Plan({"/vpn/ike": LogGroup("/vpn/ike")})
EMPTY = Plan(reason="No log group was found.")
UNREAD, READ = GroupState("/vpn/ike"), GroupState("/vpn/ike", read_until=NOW)
FAILED = GroupState("/vpn/bgp", error=DENIED)
STREAMING, OPENING, BROKEN = SessionStatus(is_streaming=True), SessionStatus(), SessionStatus(error=REFUSED)


@dataclass(frozen=True)
class Case:
    """What is known, and the mode and reason that follow."""

    mode: FeedMode
    reason: str = ""
    plan: Plan | None = PLAN
    groups: tuple[GroupState, ...] = (READ,)
    sessions: tuple[SessionStatus, ...] = ()
    lost: FeedError | None = None
    asked: Mode = Mode.AUTO

    def state(self) -> FeedState:
        return feed_state(asked=self.asked, plan=self.plan, groups=self.groups, sessions=self.sessions, lost=self.lost)


CASES: Final = {
    "nothing is known yet": Case(FeedMode.STARTING, plan=None, groups=()),
    "access is lost": Case(FeedMode.OFFLINE, EXPIRED.message, sessions=(STREAMING,), lost=EXPIRED),
    "there is nothing to watch": Case(FeedMode.OFFLINE, EMPTY.reason, plan=EMPTY, groups=()),
    "a session streams": Case(FeedMode.LIVE, sessions=(STREAMING,)),
    "a session streams, the others do not": Case(FeedMode.LIVE, sessions=(BROKEN, STREAMING, OPENING)),
    "live alone, for the group may not be read": Case(FeedMode.LIVE, groups=(FAILED,), sessions=(STREAMING,)),
    "no group can be read": Case(FeedMode.OFFLINE, DENIED.message, groups=(FAILED, FAILED)),
    "one of two groups can be read": Case(FeedMode.POLLING, REFUSED.message, groups=(READ, FAILED), sessions=(BROKEN,)),
    "the look-back is being read": Case(FeedMode.STARTING, groups=(READ, UNREAD), sessions=(BROKEN,)),
    "the session is being opened": Case(FeedMode.STARTING, sessions=(OPENING,)),
    "the session was refused": Case(FeedMode.POLLING, REFUSED.message, sessions=(BROKEN,)),
    "polling was asked for": Case(FeedMode.POLLING, asked=Mode.POLL),
    "polling was asked for and has not begun": Case(FeedMode.STARTING, asked=Mode.POLL, groups=(UNREAD,)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_mode_and_its_reason(name: str) -> None:
    case = CASES[name]
    state = case.state()
    assert (state.mode, state.reason) == (case.mode, case.reason)


@pytest.mark.parametrize(("error", "kind"), [(EXPIRED, ErrorKind.EXPIRED), (AWAY, ErrorKind.UNREACHABLE)])
def test_an_offline_feed_says_what_kind_of_error_keeps_it_so(error: FeedError, kind: ErrorKind) -> None:
    assert Case(FeedMode.OFFLINE, lost=error).state().trouble is kind


def test_every_remark_is_made_once_and_none_repeats_the_reason() -> None:
    incomplete = GroupState("/vpn/ike", read_until=NOW, access_notice="a", incomplete_notice="b", error=DENIED)
    state = feed_state(
        asked=Mode.AUTO,
        plan=Plan(PLAN.groups, notices=("a", "c")),
        groups=[incomplete, FAILED, READ],
        sessions=[BROKEN],
        survey_error=AWAY,
        detail_notices=["d", REFUSED.message],
        unmatched="e",
    )
    assert state.notices == ("a", "c", "d", "b", DENIED.message, AWAY.message, "e")
    assert state.reason == REFUSED.message


def test_why_a_session_does_not_stream_is_a_remark_where_another_one_does() -> None:
    assert Case(FeedMode.LIVE, sessions=(STREAMING, BROKEN)).state().notices == (REFUSED.message,)


def test_the_groups_that_may_not_be_read_are_named_also_where_live_tail_shows_them() -> None:
    assert Case(FeedMode.LIVE, groups=(READ, FAILED), sessions=(STREAMING,)).state().unread == ("/vpn/bgp",)


GROUPS = st.sampled_from([UNREAD, READ, FAILED, GroupState("/x", read_until=NOW, error=AWAY)])
SESSIONS = st.sampled_from([STREAMING, OPENING, BROKEN])


@given(
    asked=st.sampled_from(Mode),
    plan=st.sampled_from([None, PLAN, EMPTY]),
    groups=st.lists(GROUPS, max_size=3),
    sessions=st.lists(SESSIONS, max_size=2),
    lost=st.sampled_from([None, EXPIRED]),
)
def test_an_offline_feed_always_says_why_and_a_live_one_has_nothing_to_excuse(
    asked: Mode, plan: Plan | None, groups: list[GroupState], sessions: list[SessionStatus], lost: FeedError | None
) -> None:
    state = feed_state(asked=asked, plan=plan, groups=groups, sessions=sessions, lost=lost)
    if state.mode is FeedMode.OFFLINE:
        assert state.trouble is not None
        assert state.reason or plan is PLAN  # PLAN without groups does not occur
    else:
        assert state.trouble is None
    if state.mode in (FeedMode.LIVE, FeedMode.STARTING):
        assert state.reason == ""
    for group in groups:
        if group.error is not None and lost is None:
            assert group.error.message in (state.reason, *state.notices)


def test_one_feed_is_its_own_combination() -> None:
    state = FeedState(FeedMode.LIVE, notices=("a",), region="eu-west-1")
    assert combine({"": state}) == state
    assert combine({}) == FeedState()


def test_of_several_feeds_the_worst_counts_and_every_remark_names_its_feed() -> None:
    london = FeedState(FeedMode.LIVE, notices=("EC2 is denied.",), account="123456789012", region="eu-west-2")
    osaka = FeedState(
        FeedMode.OFFLINE, "No network.", account="123456789012", region="ap-northeast-3", trouble=ErrorKind.UNREACHABLE
    )
    assert combine({"london": london, "osaka": osaka}) == FeedState(
        FeedMode.OFFLINE,
        "osaka: No network.",
        ("london: EC2 is denied.",),
        "123456789012",
        "eu-west-2, ap-northeast-3",
        ErrorKind.UNREACHABLE,
    )


@given(modes=st.lists(st.sampled_from(FeedMode), min_size=2, max_size=4))
def test_several_feeds_are_live_only_if_each_is(modes: list[FeedMode]) -> None:
    combined = combine({str(number): FeedState(mode) for number, mode in enumerate(modes)})
    assert (combined.mode is FeedMode.LIVE) == (set(modes) == {FeedMode.LIVE})
    assert combined.mode in modes


def test_what_fails_in_one_feed_fails_in_their_combination() -> None:
    failing = FeedState(FeedMode.POLLING, failing=("/vpn/ike",), ec2_failed=True)
    combined = combine({"london": FeedState(FeedMode.LIVE), "osaka": failing})
    assert (combined.failing, combined.ec2_failed) == (("/vpn/ike",), True)


def test_ec2_has_failed_only_where_it_had_answered() -> None:
    known = Plan({"/vpn/ike": LogGroup("/vpn/ike")}, Selection(inventory=Inventory()))
    states = [
        feed_state(asked=Mode.AUTO, plan=plan, groups=(READ,), sessions=(), survey_error=AWAY) for plan in (known, PLAN)
    ]
    assert [state.ec2_failed for state in states] == [True, False]


def test_a_feed_at_which_nothing_is_selected_is_none_of_several() -> None:
    live = FeedState(FeedMode.LIVE)
    elsewhere = FeedState(FeedMode.OFFLINE, "Nothing matches.", trouble=ErrorKind.SELECTOR)
    assert selected_feeds({"hq": live, "osaka": elsewhere}) == {"hq": live}
    assert selected_feeds({"osaka": elsewhere}) == {"osaka": elsewhere}


def test_what_is_not_known_of_several_feeds_is_told_with_the_name_of_each() -> None:
    denied = feed_state(
        asked=Mode.AUTO, plan=PLAN, groups=(READ,), sessions=(STREAMING,), remarks=("Who is not known.",)
    )
    assert denied.remarks == ("Who is not known.",)
    assert combine({"hq": denied, "osaka": FeedState()}).remarks == ("hq: Who is not known.",)
    assert combine({"hq": denied}).notices == ()
