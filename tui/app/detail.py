"""The details: what is wrong with a tunnel, what a message means, what to check, what to tell the customer."""

from collections.abc import Iterator, Sequence

from tui.app.board import HEALTH
from tui.app.log import SEVERITY
from tui.app.messages import Kind, Message
from tui.app.sheet import GAP, Block, bullets, heading, pairs
from tui.app.status_bar import Status
from tui.app.theme import Tone
from tui.app.view import explained, telling
from tui.domain.catalogue import Explanation, Severity
from tui.domain.fleet import Connection, Tunnel
from tui.domain.history import Entry
from tui.domain.times import age, clock_time
from tui.domain.tunnel import Health

_ROUTES_SHOWN = 40


def tunnel_blocks(tunnel: Tunnel, connection: Connection | None, *, utc: bool) -> tuple[Block, ...]:
    """Return what is to be said about a tunnel: its state, the likely cause in full, and the facts."""
    symbol, word, tone = HEALTH[tunnel.health]
    since = tunnel.state.health
    # The clock time and not the age: a page that ticks is sent again each second.
    when = f" since {'' if since.seen else 'at least '}{clock_time(since.at, utc=utc)}" if since.at is not None else ""
    name = connection.name if connection else ""
    head = (
        Block(tunnel.outside_ip, Tone.STRONG),
        Block(f"{name}  {tunnel.connection}".strip(), Tone.QUIET),
        GAP,
        Block(f"{word}{when}", tone, lead=f"{symbol} ", lead_tone=tone),
    )
    cause = telling(tunnel) if _is_troubled(tunnel) else None
    return (*head, *(_entry_blocks(cause, utc=utc) if cause else ()), *facts_blocks(tunnel, connection, utc=utc))


def message_blocks(message: Message, tunnel: Tunnel, connection: Connection | None, *, utc: bool) -> tuple[Block, ...]:
    """Return what is to be said about a message: what it means here, what to do, and the line as AWS wrote it."""
    if message.kind is Kind.FOLD:
        first, last = message.folded[0].raw.at, message.folded[-1].raw.at
        span = f"{clock_time(first, utc=utc)} to {clock_time(last, utc=utc)}: {message.text}"
        newest = message.folded[-1]
        blocks = (Block("Routine, folded", Tone.STRONG), Block(span), Block("u shows each line.", Tone.QUIET))
        return (*blocks, *_entry_blocks(newest, utc=utc))
    lead = (Block(message.text, Tone.STRONG), GAP) if message.kind is Kind.CHANGE else ()
    return (*lead, *_entry_blocks(message.entry, utc=utc), *facts_blocks(tunnel, connection, utc=utc))


def _is_troubled(tunnel: Tunnel) -> bool:
    return tunnel.health is not Health.UP or tunnel.state.bgp.is_up is False


def _entry_blocks(entry: Entry, *, utc: bool) -> tuple[Block, ...]:
    explanation = explained(entry)
    if explanation is None:
        told: tuple[Block, ...] = (
            GAP,
            Block("No rule of the catalogue knows this message.", Tone.QUIET),
            Block("It is shown as AWS wrote it; the states beside it still count.", Tone.QUIET),
        )
    else:
        told = _explanation_blocks(explanation)
    raw = entry.raw
    return (
        *told,
        *heading("THE LINE"),
        Block(raw.message[:4_000], Tone.QUIET),
        Block(f"{clock_time(raw.at, utc=utc)}  {raw.stream}", Tone.FAINT),
    )


def _explanation_blocks(explanation: Explanation) -> tuple[Block, ...]:
    rule = explanation.rule
    symbol, tone = SEVERITY[explanation.severity]
    say = (*heading("TELL THE CUSTOMER"), Block(f"“{rule.say}”", Tone.STRONG)) if _is_trouble(explanation) else ()
    return (
        GAP,
        Block(rule.title, Tone.STRONG if tone in (Tone.TEXT, Tone.QUIET) else tone, lead=f"{symbol} ", lead_tone=tone),
        Block(explanation.meaning),
        *say,
        *bullets("LIKELY CAUSES", rule.likely_causes),
        *bullets("CHECK ON AWS", rule.check_aws),
        *bullets("CHECK ON THE CUSTOMER GATEWAY", rule.check_cgw),
        *heading("SOURCE"),
        Block(rule.source, Tone.FAINT),
    )


def _is_trouble(explanation: Explanation) -> bool:
    return explanation.severity.rank >= Severity.WARNING.rank


def facts_blocks(tunnel: Tunnel, connection: Connection | None, *, utc: bool) -> tuple[Block, ...]:
    """Return what the log, BGP and EC2 say of the tunnel."""
    state = tunnel.state
    log = [
        ("phase 1", state.phase1.value.value),
        ("phase 2", state.phase2.value.value),
        ("DPD", {True: "on", False: "off", None: ""}[state.dpd_enabled]),
        ("NAT-T", {True: "detected", False: "no", None: ""}[state.nat_t_detected]),
        ("unknown messages", str(tunnel.unknown) if tunnel.unknown else ""),
    ]
    return (
        *pairs("THE LOG", log),
        *_bgp_blocks(tunnel, utc=utc),
        *_ec2_blocks(tunnel, connection, utc=utc),
    )


def _bgp_blocks(tunnel: Tunnel, *, utc: bool) -> tuple[Block, ...]:
    bgp = tunnel.state.bgp
    if bgp.session is None:
        return (*heading("BGP"), Block("No BGP log: logging of its own, or a static connection.", Tone.QUIET))
    since = bgp.session
    facts = [
        ("session", since.value + (f" since {clock_time(since.at, utc=utc)}" if since.at is not None else "")),
        ("prefix limit", f"{bgp.limit[0]} of {bgp.limit[1]}" if bgp.limit else ""),
        (
            "last notice",
            f"{clock_time(bgp.notification[0], utc=utc)} {bgp.notification[1]}" if bgp.notification else "",
        ),
    ]
    routes = [*_routes(bgp.prefixes), *((prefix, "withdrawn") for prefix in bgp.withdrawn), *bgp.denied]
    shown = routes[:_ROUTES_SHOWN]
    if len(routes) > len(shown):
        shown.append(("…", f"{len(routes) - len(shown)} more"))
    return (*pairs("BGP", facts), *pairs("ROUTES FROM THE PEER", shown))


def _routes(prefixes: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for prefix, path in prefixes:
        yield prefix, f"AS path {path}" if path else "announced"


def _ec2_blocks(tunnel: Tunnel, connection: Connection | None, *, utc: bool) -> tuple[Block, ...]:
    facts = tunnel.facts
    if facts is None:
        return ()
    seen: list[tuple[str, str]] = []
    if facts.telemetry:
        told = facts.telemetry
        since = f" since {clock_time(told.since, utc=utc)}" if told.since is not None else ""
        seen = [("status", f"{'UP' if told.is_up else 'DOWN'}{since}"), ("says", told.message)]
    seen += [("IKE log", facts.ike_group or "off"), ("BGP log", facts.bgp_group or "off")]
    if connection and connection.facts:
        owner = connection.facts
        seen += [
            ("customer gateway", owner.customer_gateway),
            ("AWS gateway", owner.gateway),
            ("routing", "static" if owner.static_routes_only else "BGP"),
        ]
    return (*pairs("EC2, MINUTES BEHIND", seen), *pairs("TUNNEL OPTIONS", sorted(facts.configured.items())))


def to_tell(tunnel: Tunnel, entry: Entry | None, *, now: int) -> str:
    """Return plain text for a chat or a ticket: tunnel, message, what it means, the sentence to say, the raw line."""
    state = tunnel.state
    lines = [
        f"{tunnel.connection} {tunnel.outside_ip}: {tunnel.health.value}"
        + (f" for {age(now - state.health.at)}" if state.health.at is not None else "")
        + f" (phase 1 {state.phase1.value.value}, phase 2 {state.phase2.value.value})"
    ]
    if entry is not None:
        lines.append(f"{clock_time(entry.raw.at)} UTC  {entry.event.message}")
        explanation = explained(entry)
        if explanation is not None:
            lines.append(explanation.meaning)
            lines += [f"- {check}" for check in explanation.rule.check_cgw]
            lines.append(f"“{explanation.rule.say}”")
        lines.append(entry.raw.message[:4_000])
    return "\n".join(lines) + "\n"


def feed_blocks(status: Status) -> tuple[Block, ...]:
    """Return what is to be said about the feed."""
    read = ""
    if status.behind is not None:
        read = f"{clock_time(status.now - status.behind, utc=status.utc)}, {age(status.behind)} ago"
    facts = [
        ("mode", status.feed.mode.value),
        ("reason", status.feed.reason),
        ("read up to", read),
        ("region", status.region),
        ("scope", status.scope),
        ("account", status.feed.account),
    ]
    return (Block("The feed", Tone.STRONG), *pairs("NOW", facts), *bullets("REMARKS", status.feed.notices))
