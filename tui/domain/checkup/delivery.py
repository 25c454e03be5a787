"""Whether AWS may deliver logs to the groups, and whether the caller may turn logging on."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from tui.domain.checkup.access import policy_holder
from tui.domain.checkup.facts import Examination, ResourcePolicy
from tui.domain.checkup.finding import Finding, Level
from tui.domain.checkup.tunnel_logs import VENDED, group_arn, target_group
from tui.domain.events import Log

LONGEST_POLICY: Final = 5_120
"""The maximum length of a resource policy of CloudWatch Logs, in characters."""
MOST_POLICIES: Final = 10
"""The maximum number of resource policies per account and region."""
DELIVERY: Final = "delivery.logs.amazonaws.com"
POLICY_OF_DELIVERY: Final = "AWSLogDeliveryWrite20150319"
"""The policy to which AWS itself adds log groups."""
_NEARLY_FULL: Final = 0.8


def delivery_findings(examined: Examination) -> Iterator[Finding]:
    """Yield findings on delivery to each group, on the policies, and on the permission to turn logging on."""
    wanted = wanted_groups(examined)
    if examined.policies is not None:
        for name in wanted:
            yield from _group_findings(examined, examined.policies, name)
        for policy in examined.policies:
            yield _size(examined, policy, wanted)
    for name in wanted:
        if not name.startswith(VENDED) and not _comes_by_delivery(examined, name):
            yield Finding("group_name_plain", Level.NOTE, values={"group": name})
    yield from _rights(examined)


def wanted_groups(examined: Examination) -> tuple[str, ...]:
    """Return the groups to which the tunnels log, and for those that do not, the groups recommended."""
    connections = examined.inventory.connections if examined.inventory else ()
    names = (
        name
        for connection in connections
        for tunnel in connection.tunnels
        for name in (tunnel.ike_group or target_group(examined, connection), tunnel.bgp_group)
        if name
    )
    return tuple(dict.fromkeys(names))


def statement_for(arn: str) -> dict[str, object]:
    """Return the resource policy statement that allows log delivery to a group, by ARN."""
    head, _, name = arn.partition(":log-group:")
    resource = f"{head}:log-group:{VENDED}*:log-stream:*" if name.startswith(VENDED) else f"{arn}:log-stream:*"
    return {
        "Sid": POLICY_OF_DELIVERY,
        "Effect": "Allow",
        "Principal": {"Service": [DELIVERY]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [resource],
    }


def document_for(arn: str) -> str:
    """Return a resource policy that allows log delivery to a group, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement_for(arn)]}, separators=(",", ":"))


def allows_delivery(policy: ResourcePolicy, arn: str) -> bool:
    """Whether a policy allows log delivery to write to a group. Conditions are assumed to hold."""
    return any(
        statement.get("Effect") == "Allow"
        and _names(statement.get("Principal"), "Service", DELIVERY)
        and _matches(statement.get("Action"), "logs:PutLogEvents")
        and _matches(statement.get("Resource"), f"{arn}:log-stream:vpn")
        for statement in _statements(policy)
    )


def _statements(policy: ResourcePolicy) -> list[Mapping[str, object]]:
    try:
        document = json.loads(policy.document)
    except (ValueError, RecursionError):
        return []
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        return [statements]
    return (
        [statement for statement in statements if isinstance(statement, dict)] if isinstance(statements, list) else []
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _names(principal: object, kind: str, wanted: str) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and bool({wanted, "*"} & {*_texts(principal.get(kind))})


def _matches(patterns: object, wanted: str) -> bool:
    escaped = (pattern.replace("[", "[[]") for pattern in _texts(patterns))
    return any(fnmatchcase(wanted.casefold(), pattern.casefold()) for pattern in escaped)


def _comes_by_delivery(examined: Examination, name: str) -> bool:
    connections = examined.inventory.connections if examined.inventory else ()
    return any(delivery.group == name for connection in connections for delivery in connection.deliveries)


def _arrives(examined: Examination, name: str) -> bool:
    """Whether any tunnel's log has arrived in a group: then delivery is allowed by some policy."""
    return any(
        stream.newest_at is not None
        for connection in (examined.inventory.connections if examined.inventory else ())
        for tunnel in connection.tunnels
        for log, group in ((Log.IKE, tunnel.ike_group), (Log.BGP, tunnel.bgp_group))
        if group == name and (stream := examined.streams.get((connection.id, tunnel.outside_ip, log)))
    )


def _group_findings(examined: Examination, policies: tuple[ResourcePolicy, ...], name: str) -> Iterator[Finding]:
    arn = group_arn(examined, name)
    values = {"group": name, "arn": arn, "document": document_for(arn)}
    if any(allows_delivery(policy, arn) for policy in policies) or _arrives(examined, name):
        yield Finding("delivery_allowed", Level.OK, values=values)
        return
    if (full := _full_policy(policies, name, arn)) is not None:
        sizes = {"policy": full.name, "size": f"{len(full.document):,}", "then": f"{_size_with(full, arn):,}"}
        yield Finding("resource_policy_full", Level.STOP, values=values | sizes)
    elif len(policies) >= MOST_POLICIES:
        yield Finding("resource_policies_used_up", Level.STOP, values=values | {"number": str(len(policies))})
    elif name in _written(examined):
        yield Finding("delivery_not_allowed", Level.STOP, values=values)


def _full_policy(policies: tuple[ResourcePolicy, ...], name: str, arn: str) -> ResourcePolicy | None:
    """Return the policy to which AWS would add a group, if it has no room for it.

    For vended log groups AWS has one common statement, which works even if the rest of the policy is full.
    """
    own = (policy for policy in policies if policy.name == POLICY_OF_DELIVERY and not name.startswith(VENDED))
    return next((policy for policy in own if _size_with(policy, arn) > LONGEST_POLICY), None)


def _written(examined: Examination) -> set[str]:
    """Return the groups to which tunnels log. For other tunnels, turning logging on adds the permission."""
    connections = examined.inventory.connections if examined.inventory else ()
    tunnels = (tunnel for connection in connections for tunnel in connection.tunnels)
    return {group for tunnel in tunnels for group in (tunnel.ike_group, tunnel.bgp_group) if group}


def _size_with(policy: ResourcePolicy, arn: str) -> int:
    """Return the length of a policy after adding a group; unchanged if the policy already allows it."""
    if allows_delivery(policy, arn):
        return len(policy.document)
    (resource,) = _texts(statement_for(arn)["Resource"])
    return len(policy.document) + len(f',"{resource}"')


def _size(examined: Examination, policy: ResourcePolicy, wanted: tuple[str, ...]) -> Finding:
    then = max((_size_with(policy, group_arn(examined, name)) for name in wanted), default=len(policy.document))
    values = {"policy": policy.name, "size": f"{len(policy.document):,}", "then": f"{then:,}"}
    if then > LONGEST_POLICY * _NEARLY_FULL:
        return Finding("resource_policy_nearly_full", Level.WARNING, values=values)
    return Finding("resource_policy_room", Level.OK, values=values)


def _rights(examined: Examination) -> Iterator[Finding]:
    """Yield whether the caller may turn logging on; if not, it matters only where a log is off."""
    if examined.may is None:
        return
    missing = sorted(action for action, is_allowed in examined.may.items() if not is_allowed)
    if not missing:
        yield Finding("may_turn_logging_on", Level.OK)
        return
    connections = examined.inventory.connections if examined.inventory else ()
    is_off = any(tunnel.ike_group is None for connection in connections for tunnel in connection.tunnels)
    values = {"actions": ", ".join(missing)} | policy_holder(examined.caller)
    yield Finding("may_not_turn_logging_on", Level.WARNING if is_off else Level.NOTE, values=values)
