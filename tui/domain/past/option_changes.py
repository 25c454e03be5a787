"""Changes on AWS's side while we watched, found by comparing each description from EC2 with the previous one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tui.domain.inventory import SEPARATOR, ConnectionFacts, Inventory, OptionChange, StaticRoute, TunnelFacts

_REMEMBERED: Final = 50
"""The newest changes kept per tunnel; editing a connection makes about a dozen."""


def changes(before: ConnectionFacts, after: ConnectionFacts, *, at: int) -> tuple[OptionChange, ...]:
    """Return the differences between two descriptions of a connection: first the connection's, then each tunnel's.

    `at` is the time of the later description, ms. A value present in only one of them is not a change: a new tunnel,
    options that were not reported, a status that was not requested.
    """
    known = {tunnel.outside_ip: tunnel for tunnel in before.tunnels}
    has_options = bool(before.options and after.options)
    differences = list(_differences(_of_connection(before, has_options), _of_connection(after, has_options), at))
    for tunnel in after.tunnels:
        if earlier := known.get(tunnel.outside_ip):
            has_options = bool(earlier.configured and tunnel.configured)
            differences += _differences(
                _of_tunnel(earlier, has_options), _of_tunnel(tunnel, has_options), at, tunnel.outside_ip
            )
    return tuple(differences)


def remember_changes(before: Inventory, after: Inventory, *, at: int) -> Inventory:
    """Return `after` with the changes of each tunnel: those recorded in `before`, and the differences from it.

    A change of the whole connection is recorded for each of its tunnels.
    """
    known = {facts.id: facts for facts in before.connections}
    return replace(
        after,
        connections=tuple(
            _with_changes(known[facts.id], facts, at) if facts.id in known else facts for facts in after.connections
        ),
    )


def _with_changes(before: ConnectionFacts, after: ConnectionFacts, at: int) -> ConnectionFacts:
    fresh = changes(before, after, at=at)
    earlier = {tunnel.outside_ip: tunnel.changes for tunnel in before.tunnels}
    if not fresh and not any(earlier.values()):
        return after

    def all_of(outside_ip: str) -> tuple[OptionChange, ...]:
        own = tuple(change for change in fresh if change.outside_ip in ("", outside_ip))
        return (*earlier.get(outside_ip, ()), *own)[-_REMEMBERED:]

    tunnels = (replace(tunnel, changes=all_of(tunnel.outside_ip)) for tunnel in after.tunnels)
    return replace(after, tunnels=tuple(tunnels))


def _differences(
    before: dict[str, str | None], after: dict[str, str | None], at: int, outside_ip: str = ""
) -> Iterator[OptionChange]:
    """Yield a change for each value that differs; None stands for an unknown value."""
    for option in dict.fromkeys((*after, *before)):
        old, new = before.get(option, ""), after.get(option, "")
        if old is not None and new is not None and old != new:
            yield OptionChange(at, outside_ip, option, old, new)


def _of_connection(facts: ConnectionFacts, has_options: bool) -> dict[str, str | None]:
    described = {
        "State": facts.state or None,
        "Gateway": facts.gateway,
        "CustomerGatewayId": facts.customer_gateway.id,
        "Routes": SEPARATOR.join(sorted(map(_route, facts.routes))),
        "PreSharedKeyArn": facts.key_secret,
    }
    if has_options:
        flags = {"StaticRoutesOnly": facts.static_routes_only, "EnableAcceleration": facts.accelerated}
        described |= {option: str(flag).lower() for option, flag in flags.items()} | facts.options
    return described


def _of_tunnel(facts: TunnelFacts, has_options: bool) -> dict[str, str | None]:
    described: dict[str, str | None] = {
        "ProvisioningStatus": facts.provisioning or None,
        "LastMaintenanceApplied": _instant(facts),
    }
    if has_options:
        described |= facts.configured
        described |= {"LogGroupArn": facts.ike_group or "", "BgpLogGroupArn": facts.bgp_group or ""}
    return described


def _instant(facts: TunnelFacts) -> str | None:
    if facts.replaced_at is not None:
        return str(facts.replaced_at)
    return "" if facts.provisioning else None  # requested, and never replaced


def _route(route: StaticRoute) -> str:
    return route.prefix if route.state in ("", "available") else f"{route.prefix} ({route.state})"
