"""Derives the feed's state from the states of its parts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.domain.feed_state import BusyGroup, ErrorKind, FeedMode, FeedState
from tui.domain.text import clean
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.plan import Plan
from tui.feed.mode import Mode
from tui.feed.tail.live.session_status import SessionStatus
from tui.feed.tail.record.group_progress import GroupState

UNMATCHED_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class _Standing:
    """The mode, and if it is not the requested one, the reason."""

    mode: FeedMode
    reason: str = ""
    error_kind: ErrorKind | None = None


_STARTING: Final = _Standing(FeedMode.STARTING)


def feed_state(
    *,
    asked: Mode,
    plan: Plan | None,
    groups: Sequence[GroupState],
    sessions: Sequence[SessionStatus],
    lost: FeedError | None = None,
    survey_error: FeedError | None = None,
    detail_notices: Sequence[str] = (),
    unmatched: str = "",
    region: str = "",
    since: int | None = None,
    retry_at: int | None = None,
    failing: Collection[str] = (),
    live_over: str = "",
    remarks: Sequence[str] = (),
    busy: tuple[BusyGroup, ...] = (),
) -> FeedState:
    """Return the feed's state.

    `asked` is the mode requested by the user. `lost` is why there is no access at all, `survey_error` why the plan
    could not be renewed, `unmatched` that no stream matches the selectors. `retry_at` is when (ms) access is retried.
    `failing` are the groups whose last read failed and that no session covers. `live_over` is why Live Tail is no
    longer used. `remarks` are gaps in knowledge that do not affect the watch. `busy` are the groups with too many
    events for one live session.
    """
    standing = _standing(asked, plan, groups, sessions, lost, live_over)
    notices = [*plan.notices, *detail_notices] if plan else []
    notices += _group_notices(groups)
    if lost is None:  # otherwise every group fails for that reason
        notices += _messages(group.error for group in groups)
    if standing.mode is FeedMode.LIVE:
        notices += _messages(session.error for session in sessions)
    notices += [*_messages([survey_error]), unmatched]
    return FeedState(
        standing.mode,
        standing.reason,
        tuple(dict.fromkeys(text for text in notices if text and text != standing.reason)),
        plan.account if plan else "",
        region,
        standing.error_kind,
        tuple(group.name for group in groups if group.is_unread),
        since,
        retry_at,
        tuple(failing),
        survey_error is not None and plan is not None and plan.inventory is not None,
        plan.unmatched if plan else (),
        tuple(remarks),
        busy,
    )


def unmatched_notice(selectors: Sequence[str], passed_over: Collection[str]) -> str:
    """Return one line that names the selectors without a matching stream, and some existing streams."""
    wanted = " or ".join(clean(selector) for selector in selectors)
    streams = ", ".join(clean(stream) for stream in list(passed_over)[:UNMATCHED_SHOWN])
    return f"No stream matches {wanted}. There are: {streams}. Name tags are known only where EC2 may be asked."


def _standing(
    asked: Mode,
    plan: Plan | None,
    groups: Sequence[GroupState],
    sessions: Sequence[SessionStatus],
    lost: FeedError | None,
    live_over: str,
) -> _Standing:
    if lost is not None:
        return _offline(lost)
    if plan is None:
        return _STARTING
    if not groups:
        return _Standing(FeedMode.OFFLINE, plan.reason, ErrorKind.MISSING)
    if any(session.is_streaming for session in sessions):
        return _Standing(FeedMode.LIVE)
    if groups[0].error is not None and _have_all_failed(groups):
        return _offline(groups[0].error)
    if any(group.read_until is None and group.error is None for group in groups):
        return _STARTING
    if asked is Mode.POLL or live_over:
        return _Standing(FeedMode.POLLING, live_over)
    return _polling_instead(sessions)


def _polling_instead(sessions: Sequence[SessionStatus]) -> _Standing:
    """Return why the groups are polled although live sessions were requested; until one has failed, it is starting."""
    errors = _messages(session.error for session in sessions)
    return _Standing(FeedMode.POLLING, errors[0]) if errors else _STARTING


def _offline(error: FeedError) -> _Standing:
    return _Standing(FeedMode.OFFLINE, error.message, error.kind)


def _have_all_failed(groups: Sequence[GroupState]) -> bool:
    return all(group.error is not None for group in groups)


def _group_notices(groups: Sequence[GroupState]) -> list[str]:
    return [text for group in groups for text in (group.access_notice, group.quiet_notice, group.incomplete_notice)]


def _messages(errors: Iterable[FeedError | None]) -> list[str]:
    return [error.message for error in errors if error is not None]
