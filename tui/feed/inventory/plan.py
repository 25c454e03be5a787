"""What to watch: the selected tunnels, their log groups, and what could not be determined."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.connections import Discovered, discover
from tui.feed.inventory.deliveries import Deliveries
from tui.feed.inventory.log_groups import LogGroup, find_vpn_groups
from tui.feed.inventory.named_groups import NamedGroups
from tui.feed.inventory.selection import Selection, needs_names, select, unmatched_line

log = logging.getLogger("tunnelwatch.feed.inventory.plan")

_NO_LOGS: Final = (
    "None of the selected tunnels writes logs in {target}. Turn tunnel logging on, one tunnel after the other: "
    "it interrupts the tunnel."
)
_NO_GROUPS: Final = "No log group with VPN logs was found in {target}. Name one with --log-group, or check the region."


@dataclass(frozen=True, slots=True)
class Plan:
    """What to watch. `groups` by name; `inventory` is the selected part of `everything`, both None without EC2.

    `notices` are standing remarks; `reason` says why there is nothing to watch, if so. A plan that `is_provisional` was
    made without EC2, which may answer the next time.
    """

    groups: Mapping[str, LogGroup] = field(default_factory=dict)
    chosen: Selection = field(default_factory=Selection)
    everything: Inventory | None = None
    notices: tuple[str, ...] = ()
    reason: str = ""
    is_provisional: bool = False
    unmatched: tuple[str, ...] = ()
    """The selectors that match nothing that EC2 lists."""

    @property
    def inventory(self) -> Inventory | None:
        """The selected part of what EC2 lists."""
        return self.chosen.inventory

    @property
    def account(self) -> str:
        """The account of the groups, or empty."""
        return next((group.account for group in self.groups.values() if group.account), "")

    @property
    def roots(self) -> tuple[str, ...]:
        """The stream prefixes of the selected connections; empty if everything is selected or they are unknown."""
        chosen = self.inventory.connections if self.chosen.selectors and self.inventory else ()
        return tuple(connection.id for connection in chosen)

    def prefix(self, group: str) -> str:
        """The stream prefix for reading a group; empty for all of it."""
        return self.chosen.prefix(group, self.everything)


class Surveyor:
    """Determines what to watch, repeatedly. It remembers EC2's answers, and what does not change."""

    def __init__(
        self, *, selectors: Sequence[str], log_groups: Sequence[str], wants_arns: bool, asks_ec2: bool = False
    ) -> None:
        """With `asks_ec2`, EC2 lists the connections even if the log groups are given."""
        self._asks_ec2 = asks_ec2
        self._selectors = tuple(selectors)
        self._named = NamedGroups(log_groups, wants_arns=wants_arns)
        self._vpn_groups: dict[str, LogGroup] = {}
        self._known: Discovered | None = None
        self._deliveries = Deliveries()

    async def survey(self, aws: Aws) -> Plan:
        """Return the current plan.

        Raises FeedError if nothing of what was requested can be watched, and if EC2 answered before but not now: the
        plan made from its answer remains valid.
        """
        if self._named and not self._asks_ec2:
            groups, notices = await self._named.find(aws)
            return Plan(groups, Selection(self._selectors), notices=notices)
        try:
            self._known = await discover(aws, self._known)
        except FeedError as error:
            if self._known is not None or not self._can_do_without_ec2(error):
                raise
            return await self._without_ec2(aws, error)
        return await self._with_ec2(aws, self._known)

    def _can_do_without_ec2(self, error: FeedError) -> bool:
        """Whether CloudWatch Logs alone suffices until EC2 answers.

        It does not if a selector may be a Name tag, unless EC2 is denied permanently.
        """
        if error.kind.is_permanent:
            return True
        # A private network may only have an endpoint for CloudWatch Logs.
        return error.kind in (ErrorKind.SERVER, ErrorKind.UNREACHABLE) and not needs_names(self._selectors)

    async def _with_ec2(self, aws: Aws, discovered: Discovered) -> Plan:
        everything = discovered.inventory
        inventory, unmatched = select(everything, self._selectors)
        notices: tuple[str, ...] = ()
        if unmatched:
            notices = (unmatched_line(everything, unmatched, aws.target.description),)
            if not inventory.connections:
                raise FeedError(notices[0], ErrorKind.SELECTOR)
        log_groups = dict(discovered.groups)
        inventory = await self._deliveries.complete(aws, inventory, log_groups)
        notices += self._deliveries.notices
        chosen = Selection(self._selectors, inventory)
        tunnels = [tunnel for facts in inventory.connections for tunnel in facts.tunnels]
        names = {name for tunnel in tunnels for name in (tunnel.ike_group, tunnel.bgp_group) if name}
        if names:
            groups = {name: log_groups[name] for name in sorted(names)}
            if self._named:  # from another account; ours may have groups with the same names
                groups = {name: replace(group, is_linked=True) for name, group in groups.items()}
            return Plan(groups, chosen, everything, notices, unmatched=unmatched)
        # EC2 names no log group: logging is off, or this is an emulator without logging options.
        try:
            groups = await self._find_groups(aws)
        except FeedError as error:
            if not error.kind.is_permanent and error.kind is not ErrorKind.SERVER:
                raise
            groups, notices = {}, (*notices, error.message)
        reason = "" if groups else (_NO_LOGS if tunnels else _NO_GROUPS).format(target=aws.target.description)
        return Plan(groups, chosen, everything, notices, reason, unmatched=unmatched)

    async def _without_ec2(self, aws: Aws, error: FeedError) -> Plan:
        groups = await self._find_groups(aws)
        notice = f"{error.message} Without it, names and tunnels that log nothing are not known."
        reason = "" if groups else _NO_GROUPS.format(target=aws.target.description)
        is_provisional = not error.kind.is_permanent
        return Plan(groups, Selection(self._selectors), None, (notice,), reason, is_provisional)

    async def _find_groups(self, aws: Aws) -> dict[str, LogGroup]:
        if self._named:
            given, _ = await self._named.find(aws)
            return given
        if not self._vpn_groups:
            self._vpn_groups = {group.name: group for group in await find_vpn_groups(aws)}
        return self._vpn_groups


Adopt = Callable[[Plan | None, FeedError | None], Awaitable[None]]


async def keep_surveying(
    aws: Aws,
    surveyor: Surveyor,
    adopt: Adopt,
    *,
    every: float,
    soon: float,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    plan: Plan | None = None,
) -> None:
    """Survey every `every` seconds; never returns. Raises FeedError when access is lost.

    After a failure, and while EC2 is temporarily unavailable, it retries after `soon` seconds, then after twice as long
    each time. `pause` waits for some seconds, or less if the user wants a retry. `plan` is one that was just adopted.
    """
    wait = soon
    while True:
        if plan is None:
            plan = await _try_to_survey(aws, surveyor, adopt)
        is_settled = plan is not None and not plan.is_provisional
        await pause(every if is_settled else min(wait, every))
        wait = soon if is_settled else 2 * wait
        plan = None


async def _try_to_survey(aws: Aws, surveyor: Surveyor, adopt: Adopt) -> Plan | None:
    """Survey and have the result adopted; None for a failure. Raises FeedError when access is lost."""
    plan, failure = None, None
    try:
        plan = await surveyor.survey(aws)
    except FeedError as error:
        if error.kind.ends_session:
            raise
        log.info("survey failed: %s", error.kind)
        failure = error
    await adopt(plan, failure)
    return plan
