"""The page about the feed: how events reach us, how far they were read, and what could not be read."""

from tui.content.blocks import Block, bullets, pairs
from tui.content.snapshot import Status
from tui.content.tones import Tone
from tui.content.wording import delivery_note
from tui.domain.times import age, when


def feed_blocks(status: Status) -> tuple[Block, ...]:
    """Return what is to be said about the feed."""
    read = ""
    if status.behind is not None:
        read = f"{when(status.now - status.behind, now=status.now, utc=status.utc)}, {age(status.behind)} ago"
    facts = [
        ("mode", status.feed.mode.value),
        ("reason", status.feed.reason),
        ("read up to", read),
        ("delivery", delivery_note(status.delivery)),
        ("newest event", "" if status.newest is None else f"{age(status.now - status.newest)} ago"),
        ("region", status.region),
        ("scope", status.scope),
        ("account", status.feed.account),
    ]
    return (Block("Data source", Tone.STRONG), *pairs("Now", facts), *bullets("Warnings", status.feed.notices))
