"""The lines about the feed in a stream of lines: its state when that changes, and each remark once."""

from collections.abc import Iterator

from tui.domain.feed_state import FeedState


def feed_lines(feed: FeedState, before: FeedState | None, *, site: str = "") -> Iterator[str]:
    """Yield a line for each change of the feed, whose previous state was `before`; None at the beginning.

    `site` is its name, if there are several; then the start itself gets no line, because forty sites would fill a
    screen.
    """
    if site and feed == FeedState():
        return
    name = f"feed {site}".strip()
    if before is None or (feed.mode, feed.reason) != (before.mode, before.reason):
        yield f"{name} {feed.mode.value}" + (f": {feed.reason}" if feed.reason else "")
    for notice in feed.notices:
        if before is None or notice not in before.notices:
            yield f"{site}: {notice}" if site else notice
