"""What a Logs Insights query scans and costs, estimated from the size of a log group."""

from collections.abc import Mapping
from typing import Any, Final

from tui.domain.feed_state import ErrorKind
from tui.domain.times import DAY
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup, dicts_in, read_group

GIGABYTE: Final = 10**9
_USD: Final = 0.005
_USD_ELSEWHERE: Final = {"ap-northeast-1": 0.0076}
"""Known deviating prices per scanned GB. Source: CloudWatch's pricing page, "Logs, Analyze (Logs Insights queries)"."""


def usd(scanned: float, region: str) -> float:
    """Return the approximate cost of scanning that many bytes, in US dollars, at the list price of a region."""
    return scanned / GIGABYTE * _USD_ELSEWHERE.get(region, _USD)


async def described_group(aws: Aws, group: LogGroup) -> Mapping[str, Any] | None:
    """Return AWS's description of a group, None if access is denied or the group is unknown."""
    linked: dict[str, Any] = {"includeLinkedAccounts": True, "accountIdentifiers": [group.account]}
    linked = linked if group.is_linked else {}
    try:
        answer = await aws.call("logs:DescribeLogGroups", str(group), logGroupNamePrefix=group.name, **linked)
    except FeedError as error:
        if error.kind is not ErrorKind.DENIED:
            raise
        return None
    for described in dicts_in(answer, "logGroups"):
        account = read_group(str(described.get("arn", ""))).account
        if described.get("logGroupName") == group.name and (not group.is_linked or account == group.account):
            return described
    return None


def share(described: Mapping[str, Any], *, since: int, until: int) -> int | None:
    """Return the approximate number of a group's bytes within that time (ms), None if AWS reports no size.

    The stored bytes are assumed to have arrived evenly since the group was created, or since its retention began.
    """
    stored, begins = described.get("storedBytes"), described.get("creationTime")
    if not isinstance(stored, int) or not isinstance(begins, int):
        return None
    days = described.get("retentionInDays")
    begins = max(begins, until - days * DAY) if isinstance(days, int) else begins
    if begins >= until:
        return stored
    return round(stored * min(1.0, (until - since) / (until - begins)))
