"""The regions of an account that have VPN connections."""

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import dicts_in, names_in

log = logging.getLogger("tunnelwatch.feed.inventory.regions")

_AT_ONCE: Final = 8
"""The number of regions queried concurrently: each needs its own connection."""
_GONE: Final = ("deleting", "deleted")
_ENABLED: Final = ("opt-in-not-required", "opted-in")
_NAME: Final = re.compile(r"(?P<area>[a-z]{2})-(?P<words>[a-z-]+)-(?P<number>\d+)")
_DIRECTION: Final = re.compile("north|south|east|west|central|gov")
_REASONS: Final = {
    ErrorKind.DENIED: "access denied",
    ErrorKind.CREDENTIALS: "access denied",
    ErrorKind.UNREACHABLE: "not reached",
}


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions with VPN connections, those without, and at most one line on why others were left out."""

    names: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


async def vpn_regions(aws: Aws) -> Regions:
    """Return the enabled regions in which the account has VPN connections, one call each.

    A region that denies access is left out: an organization often denies all but a few. Raises FeedError if the regions
    cannot be listed, or if none can be queried.
    """
    answer = await aws.call("ec2:DescribeRegions", "the regions of the account")
    listed = dicts_in(answer, "Regions")
    enabled = [region for region in listed if region.get("OptInStatus", _ENABLED[0]) in _ENABLED]
    regions = sorted(names_in({"Regions": enabled}, "Regions", "RegionName"))
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(region: str) -> bool | FeedError:
        async with slots:
            try:
                return await _has_connections(aws.in_region(region))
            except FeedError as error:
                log.info("%s is left out: %s", region, error.kind)
                return error

    answers = dict(zip(regions, await asyncio.gather(*map(ask, regions)), strict=True))
    failed = {region: error for region, error in answers.items() if isinstance(error, FeedError)}
    if failed and len(failed) == len(answers):
        raise next(iter(failed.values()))
    names, empty = (tuple(region for region in regions if answers[region] is has_vpns) for has_vpns in (True, False))
    return Regions(names, empty, _left_out(failed))


async def may_have_connections(aws: Aws) -> bool:
    """Return whether the account has VPN connections in its region; true if EC2 does not say.

    Raises FeedError if no call could succeed.
    """
    try:
        return await _has_connections(aws)
    except FeedError as error:
        if error.kind.ends_session:
            raise
        return True


async def _has_connections(aws: Aws) -> bool:
    answer = await aws.call("ec2:DescribeVpnConnections", "VPN connections")
    return any(str(described.get("State", "")).lower() not in _GONE for described in dicts_in(answer, "VpnConnections"))


def _left_out(failed: dict[str, FeedError]) -> tuple[str, ...]:
    if not failed:
        return ()
    by_reason: dict[str, list[str]] = {}
    for region, error in failed.items():
        by_reason.setdefault(_REASONS.get(error.kind, "no answer"), []).append(clean(region))
    parts = (f"{', '.join(regions)} ({reason})" for reason, regions in by_reason.items())
    return (f"Regions that are left out: {'; '.join(parts)}.",)


def short_region(region: str) -> str:
    """Return a region's name as AWS abbreviates it in availability zone ids: ap-northeast-1 is apne1.

    A name of another form is returned unchanged. Source: AWS global infrastructure, "AWS Availability Zones".
    """
    name = _NAME.fullmatch(region)
    if name is None:
        return region
    words = [_DIRECTION.sub(lambda match: match[0][0], word) for word in name["words"].split("-")]
    return f"{name['area']}{''.join(words)}{name['number']}" if max(map(len, words)) <= 2 else region
