"""The page about the feed: how events reach us, how far they were read, and what could not be read."""

from tui.content.blocks import Block, bullets, pairs
from tui.content.snapshot import SiteStatus, Status
from tui.content.tones import Tone
from tui.content.wording import delivery_note
from tui.domain.times import age, when


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
    sites = (block for site in status.sites for block in _site_blocks(status, site))
    return (Block("Data source", Tone.STRONG), *pairs("Now", facts), *sites, *bullets("Warnings", status.feed.notices))


def _site_blocks(status: Status, site: SiteStatus) -> tuple[Block, ...]:
    facts = [
        ("mode", site.feed.mode.value),
        ("reason", site.feed.reason),
        ("read up to", _read_up_to(status, site.behind)),
        ("region", site.feed.region),
        ("account", site.feed.account),
    ]
    return pairs(f"Site {site.name}", facts)


def _read_up_to(status: Status, behind: int | None) -> str:
    if behind is None:
        return ""
    return f"{when(status.now - behind, now=status.now, utc=status.utc)}, {age(behind)} ago"
