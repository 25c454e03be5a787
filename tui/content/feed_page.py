"""The page about the feed: how events arrive, how far they were read, and what could not be read."""

from collections.abc import Iterator
from typing import Final

from tui.content.insights import scanned_sentence
from tui.content.layout.blocks import Block, bullets, pairs
from tui.content.layout.cells import count
from tui.content.layout.tones import Tone
from tui.content.snapshot import SiteStatus, Status
from tui.content.wording import delivery_note
from tui.domain.feed_state import BusyGroup, FeedMode, FeedState
from tui.domain.text import clean
from tui.domain.times import age, when
from tui.domain.usage import Usage

_WORST_FIRST: Final = (FeedMode.OFFLINE, FeedMode.STARTING, FeedMode.POLLING, FeedMode.LIVE)
_PRICE: Final = (
    "Live Tail costs (session minutes of the account this month − the free ones, 1,800 when this was written) × the "
    "price of a minute in this region: aws.amazon.com/cloudwatch/pricing. --live-limit MINUTES bounds it for a run, "
    "--source poll does without. FilterLogEvents counts towards a quota that the whole account shares."
)


def feed_blocks(status: Status) -> tuple[Block, ...]:
    """Return the page about the feed; of several sites, about each."""
    facts = [
        ("read up to", _read_up_to(status, status.behind)),
        ("delivery", delivery_note(status.delivery)),
        ("newest event", "" if status.newest is None else f"{age(status.now - status.newest)} ago"),
        ("scope", status.scope),
    ]
    if not status.sites:
        facts = [("mode", status.feed.mode.value), ("reason", status.feed.reason), *facts]
        facts += [("region", status.region), ("account", status.feed.account), *_busy_facts(status.feed, status)]
    return (
        Block("Data source", Tone.STRONG),
        *_site_blocks(status),
        *pairs("Now", facts),
        *bullets("Warnings", _warnings(status)),
        *bullets("Not known", status.feed.remarks),
        *(usage_blocks(status.usage) if status.usage is not None else ()),
    )


def _site_blocks(status: Status) -> tuple[Block, ...]:
    """Return one line per site, the worst first, below the number of sites in each mode."""
    sites = sorted(status.sites, key=lambda site: _WORST_FIRST.index(site.feed.mode))
    modes = [site.feed.mode for site in sites]
    counts = ", ".join(f"{modes.count(mode)} {mode.value}" for mode in _WORST_FIRST if mode in modes)
    return pairs(f"{count(len(sites), 'site')}: {counts}", [(site.name, _site_text(status, site)) for site in sites])


def _site_text(status: Status, site: SiteStatus) -> str:
    feed = site.feed
    read = "" if site.behind is None else f"read up to {_read_up_to(status, site.behind)}"
    busy = (f"{name} {text}" for name, text in _busy_facts(feed, status))
    return " · ".join(filter(None, (feed.mode.value, feed.region, feed.account, read, feed.reason, *busy)))


def _warnings(status: Status) -> list[str]:
    """Return the standing remarks, without the reasons shown with the sites."""
    reasons = {f"{site.name}: {site.feed.reason}" for site in status.sites}
    return [notice for notice in status.feed.notices if notice not in reasons]


def _busy_facts(feed: FeedState, status: Status) -> list[tuple[str, str]]:
    """Return what is done about log groups with more events than a Live Tail session shows."""
    return [("busy", f"{clean(busy.group)}: {'; '.join(_remedies(busy, status))}") for busy in feed.busy]


def _remedies(busy: BusyGroup, status: Status) -> Iterator[str]:
    if busy.sampled_since is not None:
        since = when(busy.sampled_since, now=status.now, utc=status.utc)
        yield f"Live Tail sends a sample of it since {since}, and reads fill in the rest"
    if busy.sessions > 1:
        yield f"{busy.sessions} sessions share it, by the names of its streams"
    if busy.is_filtered:
        yield "no more sessions are available, so DPD and packet lines come with the reads, some 15 s later"


def _read_up_to(status: Status, behind: int | None) -> str:
    if behind is None:
        return ""
    return f"{when(status.now - behind, now=status.now, utc=status.utc)}, {age(behind)} ago"


def usage_blocks(usage: Usage) -> tuple[Block, ...]:
    """Return the run's use of AWS, and how to compute its cost."""
    minutes = -(-usage.live_seconds // 60)
    live = f"{count(minutes, 'session minute')}, {count(usage.sessions, 'session')} open"
    if usage.sessions:
        live += f": {count(usage.sessions * 60, 'minute')} more an hour, {usage.sessions * 1_440:,} a day"
    asked = "" if not usage.queries else f"for the last states of silent streams: {_scanned(usage)}"
    called = ", ".join(f"{action.partition(':')[2]} {times:,}" for action, times in usage.calls)
    return (
        *pairs("Used in this run", [("Live Tail", live), ("Logs Insights", asked), ("API calls", called)]),
        Block(_PRICE, Tone.QUIET),
    )


def _scanned(usage: Usage) -> str:
    return scanned_sentence(usage.queries, usage.scanned, usage.usd).removesuffix(".")
