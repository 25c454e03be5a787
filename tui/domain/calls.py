"""CloudTrail's calls as a complement to the logs and EC2: when to look them up, and which change each explains.

Pure; times in ms. CloudTrail lists a call about five minutes after it was made, so it is asked repeatedly for a while.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.inventory import ConnectionFacts, Inventory, OptionChange, TunnelFacts
from tui.domain.times import MINUTE
from tui.domain.trail import TrailChange

Change = OptionChange | TrailChange
"""A change at AWS: as seen in EC2's descriptions, or as the call that made it."""

ASKED_AGAIN: Final = (0, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE)
"""How long after a fall or a change CloudTrail is asked, ms."""
BEFORE: Final = 15 * MINUTE
"""How long before a fall a call may have been made that is shown with it: changing options takes minutes."""
_APART: Final = 2 * MINUTE
"""The minimum time between two rounds of lookups: a flapping tunnel gives endless occasions."""
_SLACK: Final = 2 * MINUTE
"""How far our clock, which times what EC2 shows, may be behind AWS's, which times calls."""
_APPLIED_WITHIN: Final = 30 * MINUTE
"""The longest time after a call until EC2 shows its effect."""
_REMEMBERED: Final = 50
"""The newest calls kept per tunnel."""
_NAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "loggrouparn": ("logoption",),
    "bgploggrouparn": ("logoption",),
    "presharedkeyarn": ("presharedkey", "presharedkeystorage"),
    "gateway": ("transitgatewayid", "vpngatewayid", "corenetworkarn"),
    "route": ("destinationcidrblock",),
}
"""The request parameters for options that EC2's description names differently, both normalised by `_plain`."""
_REPLACING: Final = "ReplaceVpnTunnel"


def occasions(inventory: Inventory, *, since: int) -> frozenset[int]:
    """Return the times, from `since` on, of events that a call may explain: status changes and changed options.

    EC2's status reflects a fall a minute or two late, which is still earlier than CloudTrail lists a call.
    """
    return frozenset(
        at
        for connection in inventory.connections
        for tunnel in connection.tunnels
        for at in _times(tunnel)
        if at >= since
    )


def _times(tunnel: TunnelFacts) -> Iterator[int]:
    if tunnel.telemetry is not None and tunnel.telemetry.since is not None:
        yield tunnel.telemetry.since
    yield from (status.since for status in tunnel.earlier_statuses)
    yield from (change.at for change in tunnel.changes)


def asked_from(happened: frozenset[int], *, known: frozenset[int], asked_at: int | None, now: int) -> int | None:
    """Return the time from which calls must be looked up now; None if it is not time to ask.

    `happened` are the occasions, `known` those of the last round of lookups, which was at `asked_at`.
    """
    if asked_at is not None and now - asked_at < _APART:
        return None
    fresh = happened - known
    again = {at for at in happened & known if asked_at is None or _is_due(at, asked_at, now)}
    if not fresh and not again:
        return None
    lasting = {at for at in happened if asked_at is None or at + ASKED_AGAIN[-1] > asked_at}
    return min(fresh | lasting) - BEFORE


def _is_due(at: int, asked_at: int, now: int) -> bool:
    return any(asked_at < at + later <= now for later in ASKED_AGAIN)


def with_calls(inventory: Inventory, calls: Iterable[TrailChange]) -> Inventory:
    """Return the inventory in which each tunnel has the calls that changed it or its connection, oldest first."""
    by_connection: dict[str, list[TrailChange]] = {}
    for call in sorted(dict.fromkeys(calls), key=lambda call: call.at):
        by_connection.setdefault(call.connection, []).append(call)
    if not by_connection:
        return inventory
    return replace(
        inventory,
        connections=tuple(
            _with_calls(facts, by_connection[facts.id]) if facts.id in by_connection else facts
            for facts in inventory.connections
        ),
    )


def _with_calls(facts: ConnectionFacts, calls: list[TrailChange]) -> ConnectionFacts:
    def of_tunnel(outside_ip: str) -> tuple[TrailChange, ...]:
        return tuple(call for call in calls if call.outside_ip in ("", outside_ip))[-_REMEMBERED:]

    return replace(
        facts, tunnels=tuple(replace(tunnel, calls=of_tunnel(tunnel.outside_ip)) for tunnel in facts.tunnels)
    )


def changes_of(facts: TunnelFacts | None) -> tuple[Change, ...]:
    """Return all changes of a tunnel and its connection, oldest first; a call precedes its effect."""
    if facts is None:
        return ()
    return tuple(sorted((*facts.calls, *facts.changes), key=lambda change: change.at))


def caller_of(change: OptionChange, facts: TunnelFacts) -> TrailChange | None:
    """Return the call that made a change of options, None if no known call names the option.

    It is the newest call before the change was noticed and after the previous change of the option: while CloudTrail
    lacks the call, an earlier one by somebody else must not take its place.
    """
    earlier = [other.at for other in facts.changes if other.option == change.option and other.at < change.at]
    start = max((change.at - _APPLIED_WITHIN, *earlier))
    end = change.at + _SLACK
    return next((call for call in reversed(facts.calls) if start < call.at <= end and _is_about(call, change)), None)


def _is_about(call: TrailChange, change: OptionChange) -> bool:
    if call.outside_ip and change.outside_ip and call.outside_ip != change.outside_ip:
        return False
    if change.option == "LastMaintenanceApplied":
        return call.call == _REPLACING
    option = _plain(change.option)
    return not {option, *_NAMED.get(option, ())}.isdisjoint(map(_plain, call.options))


def _plain(name: str) -> str:
    """Return an option's name without case and plural, in which requests and descriptions differ."""
    return name.lower().removesuffix("s")
