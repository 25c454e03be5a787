"""What there is to watch: the chosen tunnels, their log groups, and what could not be found out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.connections import Discovered, discover
from tui.feed.inventory.log_groups import LogGroup, find_vpn_groups, locate_group, read_group
from tui.feed.inventory.selection import Selection, select, unmatched_line

log = logging.getLogger("tunnelwatch.feed.inventory.plan")


_NO_LOGS: Final = (
    "None of the chosen tunnels writes logs in {place}. Turn tunnel logging on, one tunnel after the other: "
    "it interrupts the tunnel."
)
_NO_GROUPS: Final = "No log group with VPN logs was found in {place}. Name one with --log-group, or check the region."


@dataclass(frozen=True, slots=True)
class Plan:
    """What to watch. `groups` by name; `inventory` is the chosen part of `everything`, both None without EC2.

    `notices` are standing remarks; `reason` says why there is nothing to watch, where there is nothing.
    """

    groups: Mapping[str, LogGroup] = field(default_factory=dict)
    chosen: Selection = field(default_factory=Selection)
    everything: Inventory | None = None
    notices: tuple[str, ...] = ()
    reason: str = ""

    @property
    def inventory(self) -> Inventory | None:
        """The chosen part of what EC2 names."""
        return self.chosen.inventory

    @property
    def account(self) -> str:
        """The account that the groups belong to, or empty."""
        return next((group.account for group in self.groups.values() if group.account), "")

    def prefix(self, group: str) -> str:
        """The stream prefix with which to read a group, or empty for all of it."""
        return self.chosen.prefix(group, self.everything)


class Surveyor:
    """Finds out what to watch, again and again. It remembers what does not change, such as a group's ARN."""

    def __init__(self, *, selectors: Sequence[str], log_groups: Sequence[str], wants_arns: bool) -> None:
        self._selectors = tuple(selectors)
        self._log_groups = tuple(log_groups)
        self._wants_arns = wants_arns
        self._located: dict[str, LogGroup] = {}
        self._account = ""
        self._ec2_answers = False

    async def survey(self, aws: Aws) -> Plan:
        """Return the plan as things are now. Raises FeedError where nothing of what was asked for can be watched."""
        if self._log_groups:
            groups, notices = await self._named_groups(aws)
            return Plan(groups, Selection(self._selectors), notices=notices)
        try:
            found = await discover(aws)
        except FeedError as error:
            # Once EC2 has answered, a passing failure must not throw away what it said. Until then it is done without,
            # also where it cannot be reached: a private network may have an endpoint for CloudWatch Logs alone.
            can_do_without = _concerns_one_call(error) or error.kind is ErrorKind.UNREACHABLE
            if error.kind is not ErrorKind.DENIED and (self._ec2_answers or not can_do_without):
                raise
            return await self._without_ec2(aws, error)
        self._ec2_answers = True
        return await self._with_ec2(aws, found)

    async def _with_ec2(self, aws: Aws, found: Discovered) -> Plan:
        everything = found.inventory
        inventory, unmatched = select(everything, self._selectors)
        if unmatched:
            line = unmatched_line(everything, unmatched, aws.target.description)
            if not inventory.connections:
                raise FeedError(line, ErrorKind.SELECTOR)
        notices = (line,) if unmatched else ()
        chosen = Selection(self._selectors, inventory)
        tunnels = [tunnel for each in inventory.connections for tunnel in each.tunnels]
        names = {name for tunnel in tunnels for name in (tunnel.ike_group, tunnel.bgp_group) if name}
        if names:
            return Plan({name: found.groups[name] for name in sorted(names)}, chosen, everything, notices)
        # EC2 names no log group: logging is off, or this is an emulator that knows no logging options.
        try:
            groups = await self._find_groups(aws)
        except FeedError as error:
            if not _concerns_one_call(error):
                raise
            groups, notices = {}, (*notices, error.message)
        reason = "" if groups else (_NO_LOGS if tunnels else _NO_GROUPS).format(place=aws.target.description)
        return Plan(groups, chosen, everything, notices, reason)

    async def _without_ec2(self, aws: Aws, error: FeedError) -> Plan:
        groups = await self._find_groups(aws)
        lacking = f"{error.message} Without it, names and tunnels that log nothing are not known."
        reason = "" if groups else _NO_GROUPS.format(place=aws.target.description)
        return Plan(groups, Selection(self._selectors), None, (lacking,), reason)

    async def _find_groups(self, aws: Aws) -> dict[str, LogGroup]:
        if not self._located:
            self._located = {group.name: group for group in await find_vpn_groups(aws)}
        return self._located

    async def _named_groups(self, aws: Aws) -> tuple[dict[str, LogGroup], tuple[str, ...]]:
        troubles: list[FeedError] = []
        for identifier in self._log_groups:
            group = read_group(identifier)
            if group.name not in self._located:
                try:
                    self._located[group.name] = await self._locate(aws, group)
                except FeedError as error:
                    if error.kind.affects_every_call:
                        raise
                    troubles.append(error)
        if not self._located:
            raise troubles[0]
        return dict(self._located), tuple(error.message for error in troubles)

    async def _locate(self, aws: Aws, group: LogGroup) -> LogGroup:
        if group.arn:
            # A monitoring account sees the groups of others, but only by their ARNs.
            return replace(group, is_linked=group.account != await self._our_account(aws))
        if not self._wants_arns:
            return group
        try:
            return await locate_group(aws, group)
        except FeedError as error:
            if error.kind is not ErrorKind.DENIED:
                raise
        account, region = await self._our_account(aws), aws.target.region or ""
        partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        return replace(group, arn=f"arn:{partition}:logs:{region}:{account}:log-group:{group.name}")

    async def _our_account(self, aws: Aws) -> str:
        if not self._account:
            answer = await aws.call("sts:GetCallerIdentity", "this account")
            account = answer.get("Account")
            self._account = clean(account) if isinstance(account, str) else ""
        return self._account


def _concerns_one_call(error: FeedError) -> bool:
    """Whether the other calls may well succeed, so that it is worth going on without this one."""
    return error.kind.is_permanent or error.kind is ErrorKind.SERVER


Adopt = Callable[[Plan | None, FeedError | None], Awaitable[None]]


async def keep_surveying(aws: Aws, surveyor: Surveyor, adopt: Adopt, *, every: float, soon: float) -> None:
    """Survey for ever, each `every` seconds, and `soon` after a failure; never returns."""
    while True:
        try:
            plan = await surveyor.survey(aws)
        except FeedError as error:
            if error.kind.ends_session:
                raise
            log.info("survey failed: %s", error.kind)
            await adopt(None, error)
            await asyncio.sleep(soon)
        else:
            await adopt(plan, None)
            await asyncio.sleep(every)
