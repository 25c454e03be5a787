"""Log groups: their names and ARNs, and the search for those with VPN logs."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tui.domain.feed_state import ErrorKind
from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError

log = logging.getLogger("tunnelwatch.feed.inventory.log_groups")

_PAGES: Final = 20
"""The maximum number of pages, of fifty groups each, that a search reads."""
_PROBED: Final = 25
"""The maximum number of groups with VPN in their name that are checked for VPN streams, one call each."""
_LINKED_PROBED: Final = 500
"""The same for linked accounts: two groups each of 250."""
_AT_ONCE: Final = 5
_SPELLINGS: Final = ("vpn", "VPN", "Vpn")
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group. `arn` (without `:*`) is needed by Live Tail; empty until it is known."""

    name: str
    arn: str = ""
    is_linked: bool = False
    """Whether it belongs, or may belong, to another account: such a group is read by ARN."""

    @property
    def reference(self) -> dict[str, Any]:
        """The parameter that names the group in a call."""
        return {"logGroupIdentifier": self.arn} if self.is_linked else {"logGroupName": self.name}

    def __str__(self) -> str:
        return f"log group {clean(self.name)}"

    @property
    def account(self) -> str:
        """The account number in the ARN, or empty."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 5 and parts[4].isdecimal() else ""


def read_group(identifier: str) -> LogGroup:
    """Return the group named by a name, an ARN (with or without a final `:*`) or `account:name`.

    A group's name contains no colon, so everything after the last one is the name.
    """
    identifier = identifier.strip().removesuffix(":*")
    arn = identifier if identifier.startswith("arn:") else ""
    return LogGroup(identifier.rpartition(":")[2], arn)


async def locate_group(aws: Aws, group: LogGroup) -> LogGroup:
    """Return the group with its ARN. Raises FeedError, which lists similar names if the group does not exist."""
    if group.arn:
        return group
    for candidate in await _groups(aws, logGroupNamePrefix=group.name):
        if candidate.name == group.name:
            return candidate
    raise await missing(aws, group.name)


async def missing(aws: Aws, name: str) -> FeedError:
    """Return the error for a group that does not exist, with the groups whose names begin alike."""
    hint = await _similar_names(aws, name)
    return FeedError(f"Log group {clean(name)} was not found in {aws.target.description}.{hint}", ErrorKind.MISSING)


async def find_vpn_groups(aws: Aws) -> tuple[LogGroup, ...]:
    """Return the groups with VPN in their name that hold streams named after VPN connections."""
    candidates = {group.name: group for part in _SPELLINGS for group in await _groups(aws, logGroupNamePattern=part)}
    groups = [group for group in list(candidates.values())[:_PROBED] if await _holds_vpn_logs(aws, group)]
    log.info("%d groups have vpn in their name, %d hold VPN streams", len(candidates), len(groups))
    return tuple(groups)


async def find_linked_vpn_groups(aws: Aws, *, ours: str) -> tuple[LogGroup, ...]:
    """Return the groups with VPN logs in the accounts that share their logs with our own, whose number is `ours`.

    A group that cannot be read is left out, without affecting the others.
    """
    candidates = {
        group.arn: replace(group, is_linked=True)
        for part in _SPELLINGS
        for group in await _groups(aws, logGroupNamePattern=part, includeLinkedAccounts=True)
        if group.account not in ("", ours)
    }
    slots = asyncio.Semaphore(_AT_ONCE)

    async def holds(group: LogGroup) -> bool:
        async with slots:
            try:
                return await _holds_vpn_logs(aws, group)
            except FeedError as error:
                if error.kind.ends_session:
                    raise
                log.info("%s of account %s is left out: %s", group, group.account, error.kind)
                return False

    probed = list(candidates.values())[:_LINKED_PROBED]
    answers = await asyncio.gather(*map(holds, probed))
    return tuple(group for group, does in zip(probed, answers, strict=True) if does)


async def _holds_vpn_logs(aws: Aws, group: LogGroup) -> bool:
    answer = await aws.call(
        "logs:DescribeLogStreams", str(group), **group.reference, logStreamNamePrefix="vpn-", limit=1
    )
    # An emulator may ignore the prefix.
    return any(name.startswith("vpn-") for name in names_in(answer, "logStreams", "logStreamName"))


async def _similar_names(aws: Aws, name: str) -> str:
    """Return a sentence with the groups that share the longest prefix with `name`."""
    for start in _starts(name):
        if groups := await _groups(aws, logGroupNamePrefix=start, pages=1):
            names = [clean(group.name) for group in groups]
            more = ", …" if len(names) > _SHOWN else ""
            return f" Groups that start with {clean(start)}: {', '.join(names[:_SHOWN])}{more}."
    return " Check the name, the region and the account."


def _starts(name: str) -> Iterable[str]:
    while "/" in (name := name.rstrip("/")) and name.rpartition("/")[0]:
        name = name.rpartition("/")[0]
        yield name
    if name and not name.startswith("/"):
        yield name[: max(1, len(name) // 2)]


async def _groups(aws: Aws, *, pages: int = _PAGES, **wanted: Any) -> list[LogGroup]:
    groups: list[LogGroup] = []
    token: dict[str, Any] = {}
    resource = f"log groups named {next(iter(wanted.values()), '')}"
    for _ in range(pages):
        answer = await aws.call("logs:DescribeLogGroups", resource, limit=50, **wanted, **token)
        for described in dicts_in(answer, "logGroups"):
            name = described.get("logGroupName")
            arn = described.get("logGroupArn") or described.get("arn")
            if isinstance(name, str):
                groups.append(LogGroup(name, arn.removesuffix(":*") if isinstance(arn, str) else ""))
        following = answer.get("nextToken")
        if not isinstance(following, str) or not following or following == token.get("nextToken"):
            break
        token = {"nextToken": following}
    return groups


def dicts_in(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the structures in a list of an answer, skipping anything else an endpoint put there."""
    items = answer.get(key)
    if not isinstance(items, list):
        return []
    # A page has thousands of events, and `isinstance` with an abstract class takes 0.1 µs.
    return [item for item in items if type(item) is dict or isinstance(item, Mapping)]


def names_in(answer: Mapping[str, Any], key: str, name: str) -> list[str]:
    """Return one text field of each structure in a list of an answer."""
    return [item[name] for item in dicts_in(answer, key) if isinstance(item.get(name), str)]
