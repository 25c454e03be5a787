"""The whole examination: one question beside the other, each at its own pace."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tui.domain.checkup.facts import Caller, Examination, GroupFacts, StreamFacts, StreamKey
from tui.domain.checkup.tunnel_logs import DEFAULT_GROUP
from tui.domain.clock import Clock, SystemClock
from tui.domain.inventory import Inventory
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.doctor import log_groups
from tui.feed.doctor.attempts import Attempts, together
from tui.feed.doctor.connections import survey
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import LogGroup, read_group


async def examine(
    target: AwsTarget, *, selectors: Sequence[str] = (), named_groups: Sequence[str] = (), clock: Clock | None = None
) -> Examination:
    """Return what was found out about the selected connections. Nothing is changed.

    `named_groups` are log groups, by name or ARN, to look at beside those that the tunnels log to. Raises FeedError
    where AWS cannot be asked at all: settings that cannot be used, credentials that are not accepted.
    """
    clock = clock or SystemClock()
    async with connect(target, clock=clock) as aws:
        attempts = Attempts(aws, clock)
        caller = await _caller(attempts)
        logs, policies = await together(
            _logs(attempts, selectors, named_groups), log_groups.resource_policies(attempts)
        )
        return Examination(
            at=clock.now(),
            caller=caller,
            trials=attempts.trials,
            inventory=logs.inventory,
            unmatched=logs.unmatched,
            groups=logs.groups,
            streams=logs.streams,
            policies=policies,
        )


async def _caller(attempts: Attempts) -> Caller:
    answer = await attempts.answer("sts:GetCallerIdentity", "this account") or {}
    target = attempts.aws.target
    return Caller(read_text(answer, "Account"), read_text(answer, "Arn"), target.region or "", target.profile or "")


class _Logs(NamedTuple):
    inventory: Inventory | None
    unmatched: str
    groups: Mapping[str, GroupFacts]
    streams: Mapping[StreamKey, StreamFacts]


async def _logs(attempts: Attempts, selectors: Sequence[str], named_groups: Sequence[str]) -> _Logs:
    surveyed = await survey(attempts, selectors)
    named = {group.name: group for group in map(read_group, named_groups)}
    if surveyed is None:
        return _Logs(None, "", await log_groups.describe(attempts, named.values()), {})
    inventory = surveyed.inventory
    tunnels = [tunnel for connection in inventory.connections for tunnel in connection.tunnels]
    written = {name for tunnel in tunnels for name in (tunnel.ike_group, tunnel.bgp_group) if name}
    wanted = {name: surveyed.groups[name] for name in sorted(written)} | named
    if any(tunnel.ike_group is None for tunnel in tunnels):
        wanted.setdefault(DEFAULT_GROUP, LogGroup(DEFAULT_GROUP))
    groups = await log_groups.describe(attempts, wanted.values())
    streams = await log_groups.newest_events(attempts, inventory, groups, surveyed.groups)
    if DEFAULT_GROUP not in written and DEFAULT_GROUP not in named:  # it only was asked whether it has to be made
        groups = {name: facts for name, facts in groups.items() if name != DEFAULT_GROUP or facts.exists}
    return _Logs(inventory, surveyed.unmatched, groups, streams)
