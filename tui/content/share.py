"""Plain text for the clipboard, a chat or a ticket: a tunnel, a message, a list of messages, or a whole page.

Times are in UTC, because the text may be read anywhere; those of a page are as the page shows them.
"""

from collections.abc import Iterable
from typing import Final

from tui.content.layout.blocks import GAP, Block, heading, item
from tui.content.layout.plain_text import plain_text
from tui.content.layout.tones import Tone
from tui.content.messages.messages import Message
from tui.content.past.outages import last_trouble_blocks, outage_blocks
from tui.content.snapshot import Title
from tui.content.tunnel.diagnosis_page import commands_of
from tui.content.tunnel.ladder import ladder_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.tunnel.trouble import entry_blocks, trouble_blocks
from tui.content.wording import ANYWHERE, ec2_status_since
from tui.domain.state.history import Entry
from tui.domain.state.tunnel_state import Health
from tui.domain.times import HOUR

_NOTES_WITHIN: Final = 2 * HOUR
_MOST_NOTES: Final = 10


def tunnel_summary(
    subject: TunnelSnapshot, entry: Entry | None = None, *, device: str | None = None, place: str = ""
) -> str:
    """Return the tunnel with its trouble and its outages or, given an `entry`, with the meaning of that.

    With a customer's `device` its commands are included. `place` names region and account.
    """
    commands = commands_of(device, subject.addresses)
    if entry is not None:
        blocks = (
            Block(f"{ANYWHERE(entry.at)}  {entry.event.message}"),
            *entry_blocks(entry, moment=ANYWHERE, commands=commands),
        )
    else:
        blocks = (
            *trouble_blocks(subject, moment=ANYWHERE, commands=commands, ladder=_ladder(subject)),
            *last_trouble_blocks(subject.outages, now=subject.known_until, moment=ANYWHERE),
            *outage_blocks(subject.outages, now=subject.known_until, moment=ANYWHERE),
            *_notes(subject),
        )
    return plain_text((*_head(subject, place), *blocks))


def message_list_blocks(title: Title, messages: Iterable[Message]) -> tuple[Block, ...]:
    """Return a list of messages, a line each, below its subject."""
    about = " ".join(filter(None, (title.name, title.address)))
    wanted = f", filter: {title.wanted}" if title.wanted else ""
    return (Block(f"{about}{wanted}", Tone.STRONG), *(Block(_message_text(message)) for message in messages))


def _message_text(message: Message) -> str:
    """Return a message in one line: time, tunnel (if several are listed), text and meaning."""
    repeated = "" if message.last_at is None else f" (×{message.times}, last {ANYWHERE(message.last_at)})"
    meaning = f"  [{message.brief}]" if message.brief and message.brief != message.text else ""
    return "  ".join(filter(None, (ANYWHERE(message.at), message.place, f"{message.text}{repeated}{meaning}")))


def page_text(blocks: Iterable[Block], *, at: int, place: str = "", zone: str = "") -> str:
    """Return a page as of `at` (ms), with a last line that says so.

    `place` names region and account, `zone` the time zone of the page's times, if it is not UTC.
    """
    zoned = f"times of day are {zone}" if zone else ""
    return plain_text((*blocks, GAP, _as_of(at, "; ".join(filter(None, (zoned, place))))))


def _as_of(at: int, place: str) -> Block:
    return Block(f"as of {ANYWHERE(at)}{f'; {place}' if place else ''}")


def _ladder(subject: TunnelSnapshot) -> tuple[Block, ...]:
    """Return the last negotiation of a tunnel that is not up; of one that is, it would be the routine of a rekey."""
    if subject.judgement.health is Health.UP:
        return ()
    return ladder_blocks(subject.history, now=subject.known_until, moment=ANYWHERE, utc=True)


def _notes(subject: TunnelSnapshot) -> tuple[Block, ...]:
    """Return the user's last notes: what was changed, and when, explains what happened next."""
    recent = [mark for mark in subject.marks if mark.at >= subject.at - _NOTES_WITHIN][-_MOST_NOTES:]
    items = (item(mark.text, f"{ANYWHERE(mark.at)}  ") for mark in recent)
    return (*heading("Notes"), *items) if recent else ()


def _head(subject: TunnelSnapshot, place: str) -> tuple[Block, ...]:
    """Return the tunnel's state by the logs and by EC2, since when, and the time and origin of the text."""
    state = subject.state
    telemetry = subject.facts.telemetry if subject.facts else None
    phases = f"phase 1 {state.phase1.value.value}, phase 2 {state.phase2.value.value}"
    return (
        Block(f"{subject.name} {subject.outside_ip}: {subject.condition(ANYWHERE)} ({phases})", Tone.STRONG),
        *((Block(f"EC2: {ec2_status_since(telemetry, ANYWHERE)} {telemetry.message}".rstrip()),) if telemetry else ()),
        _as_of(subject.at, place),
    )
