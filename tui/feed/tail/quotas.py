"""The quotas that AWS counts per account and region, shared by all sites that use the same account."""

import asyncio
import logging
import random
from typing import Final

from tui.domain.clock import Clock
from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.tail.budgets import Budgets
from tui.feed.tail.live.account_sessions import AccountSessions
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.tail.quotas")

_PATIENCE: Final = 3.0
"""The seconds that STS may take to identify the account: a closed network may have no route to it."""


class AccountQuotas:
    """Our share of the quotas of one account in one region: a bucket for each API, and the Live Tail sessions."""

    def __init__(self, budgets: Budgets, timing: Timing) -> None:
        self.record = budgets.record()
        self.lookups = budgets.lookups()
        self.details = budgets.details()
        self.trail = budgets.trail()
        self.live = AccountSessions(budgets.live_starts(), timing)

    def __repr__(self) -> str:
        return f"AccountQuotas({self.live})"


class Quotas:
    """The quotas of every account and region that one run uses, created when first needed.

    AWS counts a call against the account whose credentials make it, even if it reads the logs of a linked account.
    """

    def __init__(
        self, clock: Clock, timing: Timing, *, chance: random.Random | None = None, is_shared: bool = False
    ) -> None:
        """If several sites share them, accounts are identified by number; STS is called once per profile."""
        self._timing = timing
        chance = chance or random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._budgets = Budgets(clock, timing, chance)
        self._is_shared = is_shared
        self._accounts: dict[str, str] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._known: dict[tuple[str, str], AccountQuotas] = {}

    def __repr__(self) -> str:
        return f"Quotas({', '.join(' '.join(key) for key in self._known)})"

    async def of(self, aws: Aws) -> AccountQuotas:
        """Return the quotas that the calls of `aws` count against. Raises FeedError if no call could succeed."""
        return self._of(await self._account(aws), aws.target.region)

    async def of_connections(self, aws: Aws) -> AccountQuotas:
        """Return the quotas for its calls to EC2 and CloudTrail, which may be another account's."""
        owner = aws.target.connections
        return await self.of(aws) if owner is None else self._of(_owner(owner), aws.target.region)

    def _of(self, account: str, region: str | None) -> AccountQuotas:
        key = account, region or ""
        if key not in self._known:
            self._known[key] = AccountQuotas(self._budgets, self._timing)
        return self._known[key]

    async def _account(self, aws: Aws) -> str:
        """Return the number of the account, or, if it cannot be determined, an identifier of its credentials."""
        credentials = _owner(aws.target)
        if not self._is_shared or credentials.isdecimal():
            return credentials
        async with self._asking.setdefault(credentials, asyncio.Lock()):
            if credentials not in self._accounts:
                self._accounts[credentials] = await _number(aws) or credentials
        return self._accounts[credentials]


def _owner(target: AwsTarget) -> str:
    """Return the number of the account that a role belongs to, else the profile."""
    number = (target.role_arn or "").split(":")[4:5]
    return number[0] if number and number[0].isdecimal() else f"profile {target.profile or ''}"


async def _number(aws: Aws) -> str:
    """Return the account's number; empty if STS does not answer in time."""
    try:
        async with asyncio.timeout(_PATIENCE):
            answer = await aws.call("sts:GetCallerIdentity", "this account")
    except TimeoutError:
        return ""
    except FeedError as error:
        if error.kind.ends_session:
            raise
        log.info("the account is not known: %s", error.kind)
        return ""
    return clean(str(answer.get("Account") or ""))
