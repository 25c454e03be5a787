"""The page about the feed: how events reach us, how far they were read, and what could not be read."""

from collections.abc import Iterator
from typing import Final

from tui.content.blocks import Block, bullets, pairs
from tui.content.cells import count
from tui.content.snapshot import SiteStatus, Status
from tui.content.tones import Tone
from tui.content.wording import delivery_note
from tui.domain.feed_state import BusyGroup, FeedState
from tui.domain.text import clean
from tui.domain.times import age, when
from tui.domain.usage import Usage

_PRICE: Final = (
    "Live Tail costs (session minutes of the account this month − the free ones, 1,800 when this was written) × the "
    "price of a minute in this region: aws.amazon.com/cloudwatch/pricing. --live-limit MINUTES bounds it for a run, "
    "--source poll does without. FilterLogEvents counts towards a quota that the whole account shares."
)


def feed_blocks(status: Status) -> tuple[Block, ...]:
    """Return what is to be said about the feed; of several sites about each."""
    facts = [
        ("mode", status.feed.mode.value),
        ("reason", status.feed.reason),
        ("read up to", _read_up_to(status, status.behind)),
        ("delivery", delivery_note(status.delivery)),
        ("newest event", "" if status.newest is None else f"{age(status.now - status.newest)} ago"),
        ("region", status.region),
        ("scope", status.scope),
        ("account", status.feed.account),
    ]
    if not status.sites:
        facts += _busy_facts(status.feed, status)
    sites = (block for site in status.sites for block in _site_blocks(status, site))
    return (
        Block("Data source", Tone.STRONG),
        *pairs("Now", facts),
        *sites,
        *bullets("Warnings", status.feed.notices),
        *bullets("Not known", status.feed.remarks),
        *(usage_blocks(status.usage) if status.usage is not None else ()),
    )


def _site_blocks(status: Status, site: SiteStatus) -> tuple[Block, ...]:
    facts = [
        ("mode", site.feed.mode.value),
        ("reason", site.feed.reason),
        ("read up to", _read_up_to(status, site.behind)),
        ("region", site.feed.region),
        ("account", site.feed.account),
        *_busy_facts(site.feed, status),
    ]
    return pairs(f"Site {site.name}", facts)


def _busy_facts(feed: FeedState, status: Status) -> list[tuple[str, str]]:
    """Return what is done about the log groups that bring more than a Live Tail session shows."""
    return [("busy", f"{clean(busy.group)}: {'; '.join(_remedies(busy, status))}") for busy in feed.busy]


def _remedies(busy: BusyGroup, status: Status) -> Iterator[str]:
    if busy.sampled_since is not None:
        since = when(busy.sampled_since, now=status.now, utc=status.utc)
        yield f"Live Tail sends a sample of it since {since}, and reads fill in the rest"
    if busy.sessions > 1:
        yield f"{busy.sessions} sessions share it, by the names of its streams"
    if busy.is_filtered:
        yield "no more sessions are to be had, so DPD and packet lines come with the reads, some 15 s later"


def _read_up_to(status: Status, behind: int | None) -> str:
    if behind is None:
        return ""
    return f"{when(status.now - behind, now=status.now, utc=status.utc)}, {age(behind)} ago"


def usage_blocks(usage: Usage) -> tuple[Block, ...]:
    """Return what the run has used of AWS, and how to work out what that costs."""
    minutes = -(-usage.live_seconds // 60)
    live = f"{count(minutes, 'session minute')}, {count(usage.sessions, 'session')} open"
    if usage.sessions:
        live += f": {count(usage.sessions * 60, 'minute')} more an hour, {usage.sessions * 1_440:,} a day"
    called = ", ".join(f"{action.partition(':')[2]} {times:,}" for action, times in usage.calls)
    return (
        *pairs("Used in this run", [("Live Tail", live), ("API calls", called)]),
        Block(_PRICE, Tone.QUIET),
    )
