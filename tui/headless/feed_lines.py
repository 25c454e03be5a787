"""What is said of the feed in a stream of lines: how it stands, where that has changed, and each remark once."""

from collections.abc import Iterator

from tui.domain.feed_state import FeedState


def feed_lines(feed: FeedState, before: FeedState | None, *, site: str = "") -> Iterator[str]:
    """Yield a line for what is new about the feed, which was `before` until now; None at the beginning.

    `site` is its name, where there are several: of forty that begin, only what comes of it is said.
    """
    if site and feed == FeedState():
        return
    name = f"feed {site}".strip()
    if before is None or (feed.mode, feed.reason) != (before.mode, before.reason):
        yield f"{name} {feed.mode.value}" + (f": {feed.reason}" if feed.reason else "")
    for notice in feed.notices:
        if before is None or notice not in before.notices:
            yield f"{site}: {notice}" if site else notice
