"""What is copied: a tunnel as plain text for a chat or a ticket. Times are in UTC, because it may be read anywhere."""

from tui.content.blocks import Block
from tui.content.diagnosis_page import commands_of
from tui.content.plain_text import plain_text
from tui.content.tones import Tone
from tui.content.trouble import entry_blocks, trouble_blocks
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.content.wording import ANYWHERE, age_of
from tui.domain.history import Entry


def tunnel_summary(subject: TunnelSnapshot, entry: Entry | None = None, *, device: str | None = None) -> str:
    """Return the tunnel with what is wrong, or with what `entry` means where one is given.

    With a customer's `device` its commands are there too.
    """
    commands = commands_of(device, subject.addresses)
    if entry is not None:
        blocks = (
            Block(f"{ANYWHERE(entry.at)}  {entry.event.message}"),
            *entry_blocks(entry, moment=ANYWHERE, commands=commands),
        )
    else:
        blocks = trouble_blocks(subject, moment=ANYWHERE, commands=commands)
    return plain_text((Block(_state(subject), Tone.STRONG), *blocks))


def _state(subject: TunnelSnapshot) -> str:
    state = subject.state
    age = age_of(state.is_up, subject.at)
    return (
        f"{subject.name} {subject.outside_ip}: {state.health.value.value}{f' for {age}' if age else ''}"
        f" (phase 1 {state.phase1.value.value}, phase 2 {state.phase2.value.value})"
    )
