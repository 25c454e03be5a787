"""The whole examination: concurrent questions, each at its own pace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tui.domain.checkup.facts import Caller, Examination, GroupFacts, LiveFacts, StreamFacts, StreamKey
from tui.domain.checkup.tunnel_logs import DEFAULT_GROUP
from tui.domain.clock import Clock, SystemClock
from tui.domain.inventory import Inventory, TunnelFacts
from tui.feed.aws.actions import ACTIONS
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget
from tui.feed.doctor import access
from tui.feed.doctor.attempts import Attempts, together
from tui.feed.doctor.certificates import certificate_ends
from tui.feed.doctor.connections import Surveyed, survey
from tui.feed.doctor.live import try_live
from tui.feed.doctor.log_groups import describe, newest_events, resource_policies
from tui.feed.doctor.routes import transit_paths, vpc_paths
from tui.feed.doctor.traffic import traffic_of
from tui.feed.doctor.trail import changes
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import LogGroup, read_group

_SERVICES: Final = tuple(sorted({action.service for action in ACTIONS.values()}))
"""All services called: loaded in a thread, so that a screen keeps running."""


async def examine(
    target: AwsTarget, *, selectors: Sequence[str] = (), named_groups: Sequence[str] = (), clock: Clock | None = None
) -> Examination:
    """Return the facts about the selected connections. Nothing is changed.

    `named_groups` are log groups, by name or ARN, to examine besides those to which the tunnels log. Raises FeedError
    if AWS cannot be called at all: unusable settings, credentials that are not accepted.
    """
    clock = clock or SystemClock()
    async with connect(target, clock=clock, services=_SERVICES) as aws:
        attempts = Attempts(aws, clock)
        caller, surveyed = await together(_caller(attempts), survey(attempts, selectors))
        inventory = surveyed.inventory if surveyed else None
        logs, policies, may, transit, vpcs, traffic, trail, certificates = await together(
            _logs(attempts, surveyed, named_groups),
            resource_policies(attempts),
            access.may_turn_logging_on(attempts, caller.arn),
            transit_paths(attempts, inventory, caller.account),
            vpc_paths(attempts, inventory),
            traffic_of(attempts, inventory),
            changes(attempts, inventory),
            certificate_ends(attempts, inventory),
        )
        untried = await access.try_others(attempts, access.Samples(inventory, logs.sample, now=clock.now()))
        return Examination(
            at=clock.now(),
            caller=caller,
            trials=attempts.trials,
            untried=untried,
            inventory=inventory,
            unmatched=surveyed.unmatched if surveyed else "",
            groups=logs.groups,
            streams=logs.streams,
            live=logs.live,
            policies=policies,
            may=may,
            transit=transit,
            vpcs=vpcs,
            traffic=traffic,
            trail=trail,
            certificates=certificates,
            skew=aws.skew,
        )


async def examine_way_back(
    target: AwsTarget, *, selectors: Sequence[str] = (), clock: Clock | None = None
) -> Examination:
    """Return only routes, traffic and changes of the selected connections: no log is read, no session opened.

    Raises FeedError as `examine` does.
    """
    clock = clock or SystemClock()
    async with connect(target, clock=clock, services=_SERVICES) as aws:
        attempts = Attempts(aws, clock)
        caller, surveyed = await together(_caller(attempts), survey(attempts, selectors))
        inventory = surveyed.inventory if surveyed else None
        transit, vpcs, traffic, trail = await together(
            transit_paths(attempts, inventory, caller.account),
            vpc_paths(attempts, inventory),
            traffic_of(attempts, inventory),
            changes(attempts, inventory),
        )
        return Examination(
            at=clock.now(),
            caller=caller,
            trials=attempts.trials,
            inventory=inventory,
            transit=transit,
            vpcs=vpcs,
            traffic=traffic,
            trail=trail,
        )


async def _caller(attempts: Attempts) -> Caller:
    answer = await attempts.answer("sts:GetCallerIdentity", "this account") or {}
    target = attempts.aws.target
    return Caller(read_text(answer, "Account"), read_text(answer, "Arn"), target.region or "", target.profile or "")


@dataclass(frozen=True, slots=True)
class _Logs:
    """The facts about the logs; `sample` is a group on which to try actions."""

    groups: Mapping[str, GroupFacts]
    streams: Mapping[StreamKey, StreamFacts] = field(default_factory=dict)
    live: LiveFacts | None = None
    sample: LogGroup | None = None


async def _logs(attempts: Attempts, surveyed: Surveyed | None, named_groups: Sequence[str]) -> _Logs:
    inventory = surveyed.inventory if surveyed else None
    wanted = {group.name: group for group in map(read_group, named_groups)}
    if surveyed is not None:
        wanted |= {name: surveyed.groups[name] for name in _written_to(surveyed.inventory)}
    spare = [LogGroup(DEFAULT_GROUP)] if inventory and not all(map(_logs_anything, _tunnels(inventory))) else []
    described = await describe(attempts, [*wanted.values(), *spare])
    # The spare group was looked up only to learn whether it must be created.
    groups = {name: facts for name, facts in described.items() if name in wanted or facts.exists}
    readable = [LogGroup(name, facts.arn) for name, facts in groups.items() if facts.exists is not False]
    sample = next((group for group in readable if group.name in wanted), None)
    streams, live = await together(newest_events(attempts, inventory, groups), try_live(attempts, sample))
    return _Logs(groups, streams, live, sample)


def _written_to(inventory: Inventory) -> list[str]:
    """Return the names of the log groups to which tunnels log."""
    return sorted({name for tunnel in _tunnels(inventory) for name in (tunnel.ike_group, tunnel.bgp_group) if name})


def _tunnels(inventory: Inventory) -> list[TunnelFacts]:
    return [tunnel for connection in inventory.connections for tunnel in connection.tunnels]


def _logs_anything(tunnel: TunnelFacts) -> bool:
    return tunnel.ike_group is not None
