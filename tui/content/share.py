"""What is copied: a tunnel as plain text for a chat or a ticket. Times are in UTC, because it may be read anywhere."""

from tui.content.blocks import Block
from tui.content.diagnosis_page import commands_of
from tui.content.outages import last_trouble_blocks, outage_blocks
from tui.content.plain_text import plain_text
from tui.content.tones import Tone
from tui.content.trouble import entry_blocks, trouble_blocks
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.content.wording import ANYWHERE, ec2_status_since
from tui.domain.history import Entry


def tunnel_summary(
    subject: TunnelSnapshot, entry: Entry | None = None, *, device: str | None = None, place: str = ""
) -> str:
    """Return the tunnel with what is wrong and its outages, or with what `entry` means where one is given.

    With a customer's `device` its commands are there too. `place` names region and account.
    """
    commands = commands_of(device, subject.addresses)
    if entry is not None:
        blocks = (
            Block(f"{ANYWHERE(entry.at)}  {entry.event.message}"),
            *entry_blocks(entry, moment=ANYWHERE, commands=commands),
        )
    else:
        blocks = (
            *trouble_blocks(subject, moment=ANYWHERE, commands=commands),
            *last_trouble_blocks(subject.outages, now=subject.known_until, moment=ANYWHERE),
            *outage_blocks(subject.outages, now=subject.known_until, moment=ANYWHERE),
        )
    return plain_text((*_head(subject, place), *blocks))


def _head(subject: TunnelSnapshot, place: str) -> tuple[Block, ...]:
    """Return how the tunnel stands by the logs and by EC2, since when, and of when and where this is told."""
    state = subject.state
    telemetry = subject.facts.telemetry if subject.facts else None
    phases = f"phase 1 {state.phase1.value.value}, phase 2 {state.phase2.value.value}"
    return (
        Block(f"{subject.name} {subject.outside_ip}: {subject.condition(ANYWHERE)} ({phases})", Tone.STRONG),
        *((Block(f"EC2: {ec2_status_since(telemetry, ANYWHERE)} {telemetry.message}".rstrip()),) if telemetry else ()),
        Block(f"as of {ANYWHERE(subject.at)}{f'; {place}' if place else ''}"),
    )
