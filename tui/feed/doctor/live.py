"""Opens a Live Tail session briefly, and measures how long a page of the record takes."""

import asyncio
import os
from dataclasses import replace
from typing import Final

from tui.domain.checkup.facts import Failure, LiveFacts
from tui.domain.text import clean
from tui.feed.aws.errors import FeedError
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.log_groups import LogGroup
from tui.feed.tail.live.live_session import SessionScope, SessionUpdate, tail

_RECORD: Final = "logs:FilterLogEvents"
_PATIENCE: Final = 5.0
"""Seconds without a frame after which a session counts as silent: updates come every second."""
_A_MINUTE: Final = 60_000


class _Seen(Exception):  # noqa: N818 - not an error: it ends a session that has proved to work
    """The first update arrived."""


async def try_live(attempts: Attempts, group: LogGroup | None) -> LiveFacts | None:
    """Return the results of a Live Tail session of the group and of one page of its record.

    The session is closed again. None if there is no group.
    """
    if group is None:
        return None
    facts = await _try_session(attempts, group)
    took = await attempts.trying(_record_took(attempts, group), None)
    host, proxy = await attempts.aws.host_and_proxy("logs:StartLiveTail", streams=True)
    service_host, _ = await attempts.aws.host_and_proxy(_RECORD)
    past_proxy = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    return replace(
        facts, record_took=took, host=host, service_host=service_host, proxy=proxy, past_proxy=clean(past_proxy)
    )


async def _record_took(attempts: Attempts, group: LogGroup) -> int:
    """Return how long a page of the record took, ms, without the wait for our share of the quota."""
    await attempts.budget(_RECORD).take()
    began = attempts.clock.monotonic()
    since = attempts.clock.now() - _A_MINUTE
    await attempts.aws.call(_RECORD, str(group), **group.reference, startTime=since, limit=1)
    return round((attempts.clock.monotonic() - began) * 1000)


async def _try_session(attempts: Attempts, group: LogGroup) -> LiveFacts:
    began = attempts.clock.monotonic()
    times: list[int] = []
    failure: Failure | None = None

    async def note(update: SessionUpdate) -> None:
        times.append(round((attempts.clock.monotonic() - began) * 1000))
        if not update.started:
            raise _Seen

    try:
        async with asyncio.timeout(2 * _PATIENCE):
            await tail(attempts.aws, SessionScope((group,)), note, silence_limit=_PATIENCE)
    except (_Seen, TimeoutError):
        pass
    except FeedError as error:
        if error.kind.ends_session:
            raise
        if not times:
            failure = Failure(error.kind, error.message)
    started = times[0] if times else None
    return LiveFacts(group.name, started, times[-1] if len(times) > 1 else None, failure)
