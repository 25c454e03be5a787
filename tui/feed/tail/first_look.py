"""The first look of a watch: the plan, and the newest lines of each group, before it begins to follow."""

import asyncio
import logging
from contextlib import suppress

from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.plan import Plan, Surveyor
from tui.feed.tail.progress import FeedProgress
from tui.feed.tail.record.backfill import Backfill
from tui.feed.tail.record.group_progress import GroupProgress

log = logging.getLogger("tunnelwatch.feed.tail.first_look")


async def look_first(
    aws: Aws, progress: FeedProgress, surveyor: Surveyor, backfill: Backfill, *, within: float
) -> Plan | None:
    """Determine the plan, read the newest events of each group, and return the plan; None if there is none.

    Raises FeedErrors if access is lost. Other failures, and anything not read `within` that many seconds, are left to
    the following.
    """
    try:
        plan = await surveyor.survey(aws)
    except FeedError as error:
        if error.kind.ends_session:
            raise
        await progress.adopt(None, error)
        return None
    await progress.adopt(plan)
    with suppress(TimeoutError):
        async with asyncio.timeout(within), asyncio.TaskGroup() as tasks:
            for group in progress.groups.values():
                tasks.create_task(_try_to_look_at(group, backfill))
    return plan


async def _try_to_look_at(group: GroupProgress, backfill: Backfill) -> None:
    try:
        await backfill.look_first(group)
    except FeedError as error:
        if error.kind.ends_session:
            raise
        log.info("%s: no first look: %s", group.log_group, error.kind)
