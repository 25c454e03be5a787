"""The log groups: their properties, the age of each stream's newest event, and the policies for delivery."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tui.domain.checkup.facts import GroupFacts, ResourcePolicy, StreamFacts, StreamKey
from tui.domain.events import Log
from tui.domain.inventory import Inventory
from tui.domain.reading.streams import read_stream_name
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.log_event import LogEvent
from tui.feed.tail.record.newest_lines import NewestLines
from tui.feed.tail.record.stream_list import LogStream, list_streams

_FEW: Final = 8
"""The number of groups looked up individually; more are found by their common prefix."""


async def describe(attempts: Attempts, groups: Iterable[LogGroup]) -> dict[str, GroupFacts]:
    """Return the facts of each group by name, whether or not it exists."""
    wanted = {group.name: group for group in groups}
    prefixes = list(wanted) if len(wanted) <= _FEW else [_shared_beginning(wanted)]
    described: dict[str, GroupFacts] = {}
    is_complete = True
    for prefix in prefixes:
        asked = {"logGroupNamePrefix": prefix} if prefix else {}
        pages = await attempts.pages("logs:DescribeLogGroups", "logGroups", "log groups", limit=50, **asked)
        is_complete = is_complete and pages is not None
        described |= {facts.name: facts for facts in map(_read_group, pages or ())}
    return {
        name: described.get(name) or GroupFacts(name, group.arn, exists=False if is_complete else None)
        for name, group in wanted.items()
    }


def _shared_beginning(names: Iterable[str]) -> str:
    first, last = min(names), max(names)  # a prefix common to these two is common to all names in between
    return next(
        (first[:index] for index, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), first
    )


def _read_group(answer: Mapping[str, Any]) -> GroupFacts:
    arn = read_text(answer, "logGroupArn") or read_text(answer, "arn").removesuffix(":*")
    days = answer.get("retentionInDays")
    return GroupFacts(
        read_text(answer, "logGroupName"),
        arn,
        exists=True,
        log_class=read_text(answer, "logGroupClass").upper(),
        retention_days=days if isinstance(days, int) else None,
        kms_key=read_text(answer, "kmsKeyId"),
    )


async def newest_events(
    attempts: Attempts, inventory: Inventory | None, groups: Mapping[str, GroupFacts]
) -> dict[StreamKey, StreamFacts]:
    """Return whether the stream of each tunnel's logs exists, and when its newest event happened.

    The events themselves are read for that: `lastEventTimestamp` of DescribeLogStreams may lag by an hour.
    """
    wanted = _wanted_keys(inventory) if inventory else {}
    facts: dict[StreamKey, StreamFacts] = {}
    for name in sorted({group for group in wanted.values() if groups[group].exists is not False}):
        keys = {key for key, group in wanted.items() if group == name}
        facts |= await _newest_of(attempts, LogGroup(name, groups[name].arn), keys)
    return facts


def _wanted_keys(inventory: Inventory) -> dict[StreamKey, str]:
    """Return the log group of each log written by the tunnels."""
    logs = (
        ((connection.id, tunnel.outside_ip, log), group)
        for connection in inventory.connections
        for tunnel in connection.tunnels
        for log, group in ((Log.IKE, tunnel.ike_group), (Log.BGP, tunnel.bgp_group))
    )
    return {key: group for key, group in logs if group}


async def _newest_of(attempts: Attempts, group: LogGroup, keys: set[StreamKey]) -> dict[StreamKey, StreamFacts]:
    connections = {connection for connection, _, _ in keys}
    prefix = next(iter(connections)) if len(connections) == 1 else "vpn-"
    listing = list_streams(attempts.aws, group, attempts.budget("logs:DescribeLogStreams"), prefix=prefix)
    listed = await attempts.trying(listing, None)
    if listed is None:
        return dict.fromkeys(keys, StreamFacts())
    streams = {key: stream for stream in listed[0] if (key := _key(stream)) in keys}
    newest: dict[str, int] = {}

    async def note(lines: list[LogEvent]) -> None:
        for line in lines:
            newest[line.stream] = max(line.at, newest.get(line.stream, 0))

    reading = NewestLines(
        attempts.aws,
        group,
        note,
        before=attempts.clock.now() + 1,
        filter_budget=attempts.budget("logs:FilterLogEvents"),
        lookup_budget=attempts.budget("logs:GetLogEvents"),
    )
    await attempts.trying(reading.read(list(streams.values())), [])
    is_complete = listed[1]
    return {
        key: StreamFacts(exists=True, newest_at=newest.get(streams[key].name))
        if key in streams
        else StreamFacts(exists=False if is_complete else None)
        for key in keys
    }


def _key(stream: LogStream) -> StreamKey:
    name = read_stream_name(stream.name)
    return name.connection, name.outside_ip, name.log or Log.IKE


async def resource_policies(attempts: Attempts) -> tuple[ResourcePolicy, ...] | None:
    """Return the account's resource policies of CloudWatch Logs; None if they cannot be read."""
    answer = await attempts.pages("logs:DescribeResourcePolicies", "resourcePolicies", "resource policies", limit=50)
    if answer is None:
        return None
    return tuple(
        ResourcePolicy(read_text(policy, "policyName"), str(policy.get("policyDocument", ""))) for policy in answer
    )
