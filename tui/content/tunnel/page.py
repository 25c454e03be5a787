"""The details beside the board: a tunnel with its trouble and its facts, or one of its messages."""

from collections.abc import Sequence
from typing import Final

from tui.content.board.common_falls import common_fall_text
from tui.content.board.verdicts import condition_words
from tui.content.key_names import DEFAULT_KEYS, KeyNames
from tui.content.layout.blocks import GAP, Block, bullets
from tui.content.layout.tones import Tone
from tui.content.messages.messages import Kind, Message
from tui.content.past.outages import last_trouble_blocks, outage_blocks, outage_sentence
from tui.content.tunnel.diagnosis_page import Commands, commands_of
from tui.content.tunnel.facts import facts_blocks
from tui.content.tunnel.ladder import ladder_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.tunnel.trouble import entry_blocks, trouble_blocks
from tui.content.wording import Moment, clock_notation
from tui.domain.state.history import Entry
from tui.domain.times import clock_time
from tui.domain.trail import TrailChange

_LONGEST_HEAD: Final = 300
_NOTICED: Final = Block(
    "Seen in EC2's description of the connection: it changed between the previous description, a minute or so "
    "earlier, and this one. CloudTrail shows who changed it.",
    Tone.QUIET,
)
_CALLED: Final = Block(
    "A call from CloudTrail's event history, at the time when it was made. CloudTrail reports it some minutes later, "
    "and does not say that it caused anything that happened at that time.",
    Tone.QUIET,
)


def tunnel_blocks(
    subject: TunnelSnapshot, *, utc: bool, device: str | None = None, keys: KeyNames = DEFAULT_KEYS
) -> tuple[Block, ...]:
    """Return the details of a tunnel: its state, its trouble in full, and the facts.

    With a customer's `device` the checks end in its commands.
    """
    moment = clock_notation(now=subject.at, utc=utc)
    symbol, _, tone = condition_words(subject.judgement.health, subject.judgement.carries)
    return (
        Block(subject.outside_ip, Tone.STRONG),
        Block(subject.name, Tone.QUIET),
        GAP,
        # The clock time instead of the age: a page that ticks would be sent again each second.
        Block(subject.condition(moment), tone, lead=f"{symbol} ", lead_tone=tone),
        *trouble_blocks(
            subject,
            moment=moment,
            commands=_commands(subject, device, keys),
            ladder=ladder_blocks(subject.history, now=subject.known_until, moment=moment, utc=utc),
        ),
        *last_trouble_blocks(subject.outages, now=subject.known_until, moment=moment),
        *outage_blocks(subject.outages, now=subject.known_until, moment=moment),
        *facts_blocks(subject, moment=moment),
    )


def message_blocks(
    message: Message, subject: TunnelSnapshot, *, utc: bool, device: str | None = None, keys: KeyNames = DEFAULT_KEYS
) -> tuple[Block, ...]:
    """Return the details of a message: what it means here, what to do, and the line as AWS wrote it."""
    moment = clock_notation(now=subject.at, utc=utc)
    if message.common is not None:
        sentences = Block(common_fall_text(message.common, moment), Tone.STRONG)
        return (Block(message.place, Tone.QUIET), sentences, *bullets("Fell together", message.fallen))
    if message.mark is not None:
        when = Block(f"{moment(message.at)}  your note", Tone.QUIET)
        return (when, Block(message.text, Tone.STRONG), *facts_blocks(subject, moment=moment))
    if message.newest is None:
        origin = _CALLED if isinstance(message.change, TrailChange) else _NOTICED
        return (Block(message.text, Tone.STRONG), origin, *facts_blocks(subject, moment=moment))
    entry = entry_blocks(message.newest, moment=moment, commands=_commands(subject, device, keys))
    if message.kind is Kind.FOLD and message.telling is not None:
        return _attempts_blocks(message, message.telling, subject, utc=utc, device=device, keys=keys)
    if message.kind is Kind.FOLD:
        return *_folded_blocks(message, subject, moment=moment, keys=keys), *entry
    times = f"{message.times} times, last {clock_time(message.last_at, utc=utc)}" if message.last_at is not None else ""
    places = tuple(Block(text, Tone.QUIET) for text in (message.place, times) if text)
    if message.outage is not None:
        sentence = outage_sentence(message.outage, now=subject.known_until, moment=moment)
        return (*places, Block(sentence, Tone.STRONG), *entry, *facts_blocks(subject, moment=moment))
    head = () if message.place else (Block(f"{moment(message.at)}  {subject.label}", Tone.QUIET),)
    text = message.text if message.kind is Kind.CHANGE else message.newest.event.message
    lead = (Block(text[:_LONGEST_HEAD], Tone.STRONG),)
    return (*head, *places, *lead, *entry, *facts_blocks(subject, moment=moment))


def _attempts_blocks(
    message: Message, telling: Entry, subject: TunnelSnapshot, *, utc: bool, device: str | None, keys: KeyNames
) -> tuple[Block, ...]:
    moment = clock_notation(now=subject.at, utc=utc)
    return (
        *_folded_blocks(message, subject, moment=moment, keys=keys),
        *entry_blocks(telling, moment=moment, commands=_commands(subject, device, keys)),
    )


def _folded_blocks(message: Message, subject: TunnelSnapshot, *, moment: Moment, keys: KeyNames) -> tuple[Block, ...]:
    """Return the head of a page about a fold: its span of time, its tunnel, its contents."""
    first, last = (moment(entry.raw.at) for entry in (message.folded[0], message.folded[-1]))
    span = first if first == last else f"{first} to {last}"
    return (
        Block(f"{span}  {subject.label}", Tone.QUIET),
        Block(message.text, Tone.STRONG),
        Block(f"{keys.unfold} shows each line.", Tone.QUIET),
    )


def _commands(subject: TunnelSnapshot, device: str | None, keys: KeyNames) -> Commands:
    """Return the device's commands; without a device, how to choose one if commands would help."""
    if device is not None:
        return commands_of(device, subject.addresses)

    def hint(topics: Sequence[str]) -> Sequence[Block]:
        text = f"{keys.device} chooses the customer's device and adds its commands"
        return (Block(text, Tone.FAINT),) if topics else ()

    return hint
