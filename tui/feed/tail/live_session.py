"""One StartLiveTail session: decode and hand on, nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup, dicts_in, read_group
from tui.feed.tail.log_event import LogEvent, read_log_event


@dataclass(frozen=True, slots=True)
class SessionScope:
    """What a session follows: up to ten groups, or one with the prefixes of the wanted streams."""

    groups: tuple[LogGroup, ...]
    prefixes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.groups[0]) if len(self.groups) == 1 else f"{len(self.groups)} log groups"


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    """What a frame brought. `started` for the first of a session; `lines` by the name of their group."""

    started: bool = False
    sampled: bool = False
    lines: Mapping[str, list[LogEvent]] | None = None


async def tail(
    aws: Aws, scope: SessionScope, deliver: Callable[[SessionUpdate], Awaitable[None]], *, silence_limit: float
) -> None:
    """Pass every update of one session to `deliver`, and return when the server ends the session.

    Raises FeedError if the session is refused, breaks off or sends no frame for `silence_limit` seconds. The session is
    closed in every case: the server keeps a dropped one open and bills it.
    """
    wanted: dict[str, Any] = {"logGroupIdentifiers": [group.arn or group.name for group in scope.groups]}
    if scope.prefixes:
        wanted["logStreamNamePrefixes"] = list(scope.prefixes)
    silent = FeedError(f"Live Tail of {scope} fell silent.", ErrorKind.BROKEN)
    try:
        async with asyncio.timeout(silence_limit):
            answer = await aws.call("logs:StartLiveTail", str(scope), streams=True, **wanted)
    except TimeoutError:
        raise silent from None
    stream = answer["responseStream"]
    try:
        async with aclosing(aiter(stream)) as frames:
            while True:
                try:
                    # Around each frame anew: once this has struck, the stream cannot be read on, and is not.
                    async with asyncio.timeout(silence_limit):
                        frame = await anext(frames, None)
                except TimeoutError:
                    raise silent from None
                except Exception as error:  # aiohttp's, botocore's, a broken frame's: raw, all of them
                    raise aws.to_feed_error(error, "logs:StartLiveTail", str(scope)) from None
                if frame is None:
                    return
                await deliver(_update(frame))
    finally:
        stream.close()


def _update(frame: Mapping[str, Any]) -> SessionUpdate:
    update = frame.get("sessionUpdate")
    if not isinstance(update, Mapping):
        return SessionUpdate(started="sessionStart" in frame)
    lines: dict[str, list[LogEvent]] = {}
    for result in dicts_in(update, "sessionResults"):
        if line := read_log_event(result):
            lines.setdefault(read_group(str(result.get("logGroupIdentifier", ""))).name, []).append(line)
    about = update.get("sessionMetadata")
    return SessionUpdate(sampled=isinstance(about, Mapping) and about.get("sampled") is True, lines=lines)
