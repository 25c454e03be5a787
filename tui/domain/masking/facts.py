"""Masks what a source delivers: events, the inventory, the state of the feed, the user's marks."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.events import RawEvent, RouteEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, LogDelivery, OptionChange, StaticRoute, TunnelFacts
from tui.domain.masking.mask import Mask
from tui.domain.reading.parse import locate, parse
from tui.domain.reading.streams import read_stream_name
from tui.domain.state.marks import Mark
from tui.domain.text import clean
from tui.domain.trail import TrailChange

_DEEPEST: Final = 20
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_GROUPS: Final = frozenset({"LogGroupArn", "BgpLogGroupArn"})
"""The options whose values are log group names."""


def introduce(mask: Mask, events: Iterable[RawEvent]) -> None:
    """Assign aliases to the tunnels of these events in order of name rather than of first event."""
    for stream in sorted({raw.stream for raw in events}):
        connection, outside, _ = read_stream_name(stream)
        if connection and outside != "?":
            mask.aliases.outside(connection, outside)


def masked_event(mask: Mask, raw: RawEvent) -> RawEvent:
    """Return a log event without identifiers; it belongs to the alias of its tunnel."""
    return replace(
        raw,
        stream=_stream(mask, raw),
        group=mask.group(raw.group),
        message=_line(mask, raw.message),
        source=masked_source(mask, raw.source),
    )


def masked_source(mask: Mask, source: str) -> str:
    """Return the alias of a source's name, since a site may be named after a customer. A region's name stays."""
    if not source or _REGION.fullmatch(source):
        return source
    alias = mask.aliases.word("site", source)
    mask.learn_name(source, alias)
    return alias


def masked_state(mask: Mask, state: FeedState) -> FeedState:
    """Return the state of the feed without identifiers; the region stays."""
    return replace(
        state,
        reason=mask.text(state.reason),
        notices=tuple(map(mask.text, state.notices)),
        account=mask.text(state.account),
        unread=tuple(map(mask.group, state.unread)),
        failing=tuple(map(mask.group, state.failing)),
        unmatched=tuple(map(mask.text, state.unmatched)),
        remarks=tuple(map(mask.text, state.remarks)),
        busy=tuple(replace(busy, group=mask.group(busy.group)) for busy in state.busy),
    )


def masked_mark(mask: Mask, mark: Mark) -> Mark:
    """Return a mark of the user without identifiers."""
    return replace(mark, text=mask.note(mark.text))


def masked_inventory(mask: Mask, inventory: Inventory) -> Inventory:
    """Return EC2's descriptions without identifiers. New connections get their letters in order of name."""
    mask.learn_connections((facts.id, facts.name) for facts in inventory.connections)
    for facts in inventory.connections:
        for tunnel in facts.tunnels:
            mask.aliases.outside(facts.id, tunnel.outside_ip)
    return Inventory(
        tuple(_connection(mask, facts) for facts in inventory.connections),
        tuple((mask.text(connection), mask.aliases.outside(connection, ip)) for connection, ip in inventory.listed),
    )


def _connection(mask: Mask, facts: ConnectionFacts) -> ConnectionFacts:
    gateway = facts.customer_gateway
    return replace(
        facts,
        id=mask.text(facts.id),
        name=mask.aliases.connection_name(facts.id) if facts.name else "",
        gateway=mask.text(facts.gateway),
        customer_gateway=replace(
            gateway,
            id=mask.text(gateway.id),
            ip=mask.text(gateway.ip),
            certificate=mask.text(gateway.certificate),
            device=mask.aliases.word("device", gateway.device) if gateway.device else "",
        ),
        routes=tuple(StaticRoute(mask.text(route.prefix), route.state) for route in facts.routes),
        options=_options(mask, facts.options),
        key_secret=mask.text(facts.key_secret),
        deliveries=tuple(_delivery(mask, delivery) for delivery in facts.deliveries),
        tunnels=tuple(_tunnel(mask, facts.id, tunnel) for tunnel in facts.tunnels),
    )


def _tunnel(mask: Mask, connection: str, facts: TunnelFacts) -> TunnelFacts:
    telemetry = facts.telemetry
    return replace(
        facts,
        outside_ip=mask.aliases.outside(connection, facts.outside_ip),
        ike_group=mask.group(facts.ike_group) if facts.ike_group else None,
        bgp_group=mask.group(facts.bgp_group) if facts.bgp_group else None,
        telemetry=replace(telemetry, message=mask.text(telemetry.message)) if telemetry else None,
        configured=_options(mask, facts.configured),
        negotiated=_options(mask, facts.negotiated),
        provisioning_reason=mask.text(facts.provisioning_reason),
        changes=tuple(_change(mask, connection, change) for change in facts.changes),
        calls=tuple(_call(mask, call) for call in facts.calls),
    )


def _change(mask: Mask, connection: str, change: OptionChange) -> OptionChange:
    return replace(
        change,
        outside_ip=mask.aliases.outside(connection, change.outside_ip) if change.outside_ip else "",
        before=_option(mask, change.option, change.before),
        after=_option(mask, change.option, change.after),
    )


def _call(mask: Mask, call: TrailChange) -> TrailChange:
    """Return a call without identifiers: a session is often named after the person who opened it."""
    return replace(
        call,
        user=call.user if call.by_aws else mask.aliases.word("caller", call.user) if call.user else "",
        source_ip=mask.text(call.source_ip),
        connection=mask.text(call.connection),
        outside_ip=mask.aliases.outside(call.connection, call.outside_ip) if call.outside_ip else "",
        options=tuple(map(mask.text, call.options)),
    )


def _delivery(mask: Mask, delivery: LogDelivery) -> LogDelivery:
    return replace(delivery, group=mask.group(delivery.group))


def _options(mask: Mask, options: Mapping[str, str]) -> dict[str, str]:
    return {option: _option(mask, option, value) for option, value in options.items()}


def _option(mask: Mask, option: str, value: str) -> str:
    return mask.group(value) if option in _GROUPS else mask.text(value)


# --- events


def _stream(mask: Mask, raw: RawEvent) -> str:
    """Return the stream's name in AWS's form, with the aliases of its tunnel.

    If only the line names the tunnel, the tunnel gets its alias before the line is masked.
    """
    connection, outside, _ = read_stream_name(raw.stream)
    if (not connection or outside == "?") and (named := locate(raw.message)) is not None:
        mask.aliases.outside(*named)
    return mask.remembered(_stream_alias, raw.stream)


def _stream_alias(mask: Mask, stream: str) -> str:
    connection, outside, log = read_stream_name(stream)
    ending = f"-{log.value.upper()}.log" if log else ""
    if not connection:
        return mask.aliases.word("log-stream", stream.removesuffix(ending)) + ending
    address = "" if outside == "?" else f"-{mask.aliases.outside(connection, outside).replace(':', '-')}"
    return f"{mask.text(connection)}{address}{ending}"


def _line(mask: Mask, line: str) -> str:
    """Return a masked line in its own form: JSON as JSON, text as text."""
    record = _decoded(line)
    return _text(mask, clean(line)) if record is None else _written(_value(mask, record))


def _decoded(line: str) -> dict[str, object] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _value(mask: Mask, value: object, depth: int = 0) -> object:
    if isinstance(value, str):
        record = _decoded(value) if depth < _DEEPEST else None
        return mask.message(clean(value)) if record is None else _written(_value(mask, record, depth + 1))
    if depth >= _DEEPEST:
        return None  # no real record is nested that deeply
    if isinstance(value, dict):
        return {mask.message(clean(key)): _value(mask, item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(mask, item, depth + 1) for item in value]
    if isinstance(value, int | float) and (spelled := f"{value:.0f}") != (masked := mask.message(spelled)):
        return masked  # an account number
    return value


def _text(mask: Mask, line: str) -> str:
    """Return a masked line that is not JSON. Quotes in its message enclose identities; the others enclose fields."""
    event = parse(line)
    if event.message and event.message in line:
        line = line.replace(event.message, mask.message(event.message))
    elif not isinstance(event, RouteEvent):  # its message is composed of its fields
        return mask.message(line)
    return mask.plain_message(line)
