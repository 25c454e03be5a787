"""The log groups named by the user with --log-group, by name or ARN, looked up once."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from tui.domain.feed_state import ErrorKind
from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup, locate_group, read_group

log = logging.getLogger("tunnelwatch.feed.inventory.named_groups")


class NamedGroups:
    """Finds named log groups. With `wants_arns`, which Live Tail needs, each group's ARN is looked up, too."""

    def __init__(self, identifiers: Sequence[str], *, wants_arns: bool) -> None:
        self._identifiers = tuple(identifiers)
        self._wants_arns = wants_arns
        self._found: dict[str, LogGroup] = {}
        self._account = ""

    def __bool__(self) -> bool:
        return bool(self._identifiers)

    async def find(self, aws: Aws) -> tuple[dict[str, LogGroup], tuple[str, ...]]:
        """Return the groups by name, and a line for each that is missing. Raises FeedError if all are."""
        failures: list[FeedError] = []
        for group in map(read_group, self._identifiers):
            if group.name not in self._found:
                try:
                    self._found[group.name] = await self._locate(aws, group)
                except FeedError as error:
                    if error.kind.affects_every_call:
                        raise
                    failures.append(error)
        if not self._found:
            raise failures[0]
        return dict(self._found), tuple(error.message for error in failures)

    async def _locate(self, aws: Aws, group: LogGroup) -> LogGroup:
        if group.arn:
            # A monitoring account sees other accounts' groups only by ARN. A group of our own is read by name, which
            # every emulator knows; if STS does not say whose it is, the ARN works in either case.
            return replace(group, is_linked=group.account != await self._our_account(aws))
        if not self._wants_arns:
            return group
        try:
            return await locate_group(aws, group)
        except FeedError as error:
            if error.kind is not ErrorKind.DENIED:
                raise
        account, region = await self._our_account(aws), aws.target.region or ""
        if not account:
            return group  # Live Tail will refuse the name, so the group is polled
        partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        return replace(group, arn=f"arn:{partition}:logs:{region}:{account}:log-group:{group.name}")

    async def _our_account(self, aws: Aws) -> str:
        """Return the account's number; empty if STS does not answer, as in a closed network."""
        if not self._account:
            try:
                answer = await aws.call("sts:GetCallerIdentity", "this account")
            except FeedError as error:
                if error.kind.ends_session:
                    raise
                log.info("the account is not known: %s", error.kind)
                return ""
            account = answer.get("Account")
            self._account = clean(account) if isinstance(account, str) else ""
        return self._account
