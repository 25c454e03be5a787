"""The details: what is wrong with a tunnel, what a message means, what to check, what to tell the customer."""

from collections.abc import Iterable

from tui.content.blocks import GAP, Block, bullets, heading, pairs
from tui.content.board import explained
from tui.content.facts import facts_blocks
from tui.content.messages import Kind, Message
from tui.content.snapshot import Status
from tui.content.symbols import HEALTH, SEVERITY
from tui.content.tones import Tone
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.domain.catalogue import Explanation, Rule, Severity
from tui.domain.devices import steps, title
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.history import Entry
from tui.domain.times import age, clock_time, when
from tui.domain.tunnel import Health


def tunnel_blocks(subject: TunnelSnapshot, *, utc: bool, device: str | None = None) -> tuple[Block, ...]:
    """Return what is to be said about a tunnel: its state, what is wrong in full, and the facts.

    With a customer's `device` the checks end in its commands.
    """
    symbol, word, tone = HEALTH[subject.state.health.value]
    since = subject.state.is_up
    # The clock time and not the age: a page that ticks is sent again each second.
    start = "" if since.at is None else f" since {'' if since.seen else 'before '}{_when(since.at, subject, utc=utc)}"
    word = f"{word}, not up" if subject.state.health.value is Health.NEGOTIATING else word
    head = (
        Block(subject.outside_ip, Tone.STRONG),
        Block(subject.name, Tone.QUIET),
        GAP,
        Block(f"{word}{start}", tone, lead=f"{symbol} ", lead_tone=tone),
    )
    return (*head, *_trouble_blocks(subject, utc=utc, device=device), *facts_blocks(subject, utc=utc))


def message_blocks(
    message: Message, subject: TunnelSnapshot, *, utc: bool, device: str | None = None
) -> tuple[Block, ...]:
    """Return what is to be said about a message: what it means here, what to do, and the line as AWS wrote it."""
    told = _entry_blocks(message.newest, subject, utc=utc, device=device)
    if message.kind is Kind.FOLD:
        first, last = message.folded[0].raw.at, message.folded[-1].raw.at
        span = f"{clock_time(first, utc=utc)} to {clock_time(last, utc=utc)}: {message.text}"
        return Block("Routine, folded", Tone.STRONG), Block(span), Block("u shows each line.", Tone.QUIET), *told
    said = f"{message.times} times, last {clock_time(message.last_at, utc=utc)}" if message.last_at is not None else ""
    place = tuple(Block(each, Tone.QUIET) for each in (message.place, said) if each)
    lead = (Block(message.text, Tone.STRONG), GAP) if message.kind is Kind.CHANGE else ()
    return (*place, *lead, *told, *facts_blocks(subject, utc=utc))


def _when(at: int, subject: TunnelSnapshot, *, utc: bool) -> str:
    return when(at, now=subject.at, utc=utc)


def _trouble_blocks(subject: TunnelSnapshot, *, utc: bool, device: str | None) -> tuple[Block, ...]:
    if subject.diagnoses:
        return _diagnosis_blocks(subject, utc=utc, device=device)
    return _entry_blocks(subject.telling, subject, utc=utc, device=device) if subject.telling else ()


def _diagnosis_blocks(subject: TunnelSnapshot, *, utc: bool, device: str | None) -> tuple[Block, ...]:
    leading, *others = subject.diagnoses
    cause = leading.cause
    symbol, tone = SEVERITY[leading.severity]
    return (
        GAP,
        Block(cause.title, _loud(tone), lead=f"{symbol} ", lead_tone=tone),
        Block(confidence(leading, since=_when(leading.since, subject, utc=utc)), Tone.QUIET, lead="  "),
        *heading("TELL THE CUSTOMER"),
        Block(f"“{cause.say}”", Tone.STRONG),
        *_evidence_blocks(leading, subject, utc=utc),
        *bullets("LIKELY CAUSES", cause.likely),
        *bullets("CHECK ON AWS", cause.check_aws),
        *bullets("CHECK ON THE CUSTOMER GATEWAY", cause.check_cgw),
        *device_blocks(device, cause.topics, peer=subject.outside_ip),
        *_others_blocks(others),
    )


def confidence(diagnosis: Diagnosis, *, since: str) -> str:
    """Return how sure a diagnosis is, and since when it holds."""
    told = "certain: AWS said so" if diagnosis.certain else "likely: inferred from what was logged"
    # What is about a silence has no beginning that anybody saw.
    return f"{told}, since {since}" if diagnosis.evidence else told


def _evidence_blocks(diagnosis: Diagnosis, subject: TunnelSnapshot, *, utc: bool) -> Iterable[Block]:
    if diagnosis.evidence or diagnosis.remarks:
        yield from heading("EVIDENCE")
    # A peer that tries again says the same each few seconds: the line once, and then its times.
    times: dict[str, list[str]] = {}
    for each in diagnosis.evidence:
        times.setdefault(each.text, []).append(_when(each.at, subject, utc=utc))
    for text, (first, *others) in times.items():
        lead = f"{first}  "
        yield Block(text, lead=lead)
        if others:
            yield Block(f"again at {', '.join(others)}", Tone.QUIET, lead=" " * len(lead))
    for remark in diagnosis.remarks:
        yield Block(remark, lead="• ")


def _others_blocks(others: Iterable[Diagnosis]) -> Iterable[Block]:
    blocks = [
        Block(each.cause.title, lead=f"{symbol} ", lead_tone=tone)
        for each in others
        for symbol, tone in (SEVERITY[each.severity],)
    ]
    return (*heading("ALSO POSSIBLE"), *blocks) if blocks else ()


def device_blocks(device: str | None, topics: Iterable[str], *, peer: str) -> tuple[Block, ...]:
    """Return the commands of the customer's device, or how to choose one; nothing where none would help."""
    topics = tuple(topics)
    if not topics:
        return ()
    if device is None:
        return (Block("g chooses the customer's device and adds its commands", Tone.FAINT),)
    return bullets(f"ON {title(device).upper()}", steps(device, topics, peer=peer))


def _entry_blocks(entry: Entry, subject: TunnelSnapshot, *, utc: bool, device: str | None) -> tuple[Block, ...]:
    explanation = explained(entry)
    if explanation is None:
        told: tuple[Block, ...] = (
            GAP,
            Block("This message is not in the catalogue.", Tone.QUIET),
            Block("It is shown as AWS wrote it; the states beside it count all the same.", Tone.QUIET),
        )
    else:
        commands = device_blocks(device, _helpful(explanation.rule), peer=subject.outside_ip)
        told = _explanation_blocks(explanation, commands)
    raw = entry.raw
    return (
        *told,
        *heading("THE LINE"),
        Block(raw.message[:4_000], Tone.QUIET),
        Block(f"{_when(raw.at, subject, utc=utc)}  {raw.stream}", Tone.FAINT),
    )


def _helpful(rule: Rule) -> tuple[str, ...]:
    """Return the topics to look into: none for a line that asks for no check on the device."""
    return rule.topics if rule.check_cgw else ()


def _explanation_blocks(explanation: Explanation, commands: Iterable[Block]) -> tuple[Block, ...]:
    rule = explanation.rule
    symbol, tone = SEVERITY[explanation.severity]
    say = (*heading("TELL THE CUSTOMER"), Block(f"“{rule.say}”", Tone.STRONG)) if _is_trouble(explanation) else ()
    return (
        GAP,
        Block(rule.title, _loud(tone), lead=f"{symbol} ", lead_tone=tone),
        Block(explanation.meaning),
        *say,
        *bullets("LIKELY CAUSES", rule.likely_causes),
        *bullets("CHECK ON AWS", rule.check_aws),
        *bullets("CHECK ON THE CUSTOMER GATEWAY", rule.check_cgw),
        *commands,
        *heading("SOURCE"),
        Block(rule.source, Tone.FAINT),
    )


def _loud(tone: Tone) -> Tone:
    """Return the tone of a title: bold where its severity has no colour."""
    return Tone.STRONG if tone in (Tone.TEXT, Tone.QUIET) else tone


def _is_trouble(explanation: Explanation) -> bool:
    return explanation.severity.rank >= Severity.WARNING.rank


def feed_blocks(status: Status) -> tuple[Block, ...]:
    """Return what is to be said about the feed."""
    read = ""
    if status.behind is not None:
        read = f"{when(status.now - status.behind, now=status.now, utc=status.utc)}, {age(status.behind)} ago"
    facts = [
        ("mode", status.feed.mode.value),
        ("reason", status.feed.reason),
        ("read up to", read),
        ("region", status.region),
        ("scope", status.scope),
        ("account", status.feed.account),
    ]
    return (Block("The feed", Tone.STRONG), *pairs("NOW", facts), *bullets("REMARKS", status.feed.notices))
