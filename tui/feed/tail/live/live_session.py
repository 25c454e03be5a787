"""One StartLiveTail session: decodes the frames and passes them on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.error_kinds import foreign_errors
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup, dicts_in, read_group
from tui.feed.tail.log_event import LogEvent, read_log_event


@dataclass(frozen=True, slots=True)
class SessionScope:
    """What a session follows: up to ten groups, or one group with stream prefixes.

    `pattern` is a filter pattern of CloudWatch Logs, empty for all lines.
    """

    groups: tuple[LogGroup, ...]
    prefixes: tuple[str, ...] = ()
    pattern: str = ""

    def __str__(self) -> str:
        return str(self.groups[0]) if len(self.groups) == 1 else f"{len(self.groups)} log groups"


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    """The content of a frame. `started` marks the first frame of a session; `lines` are by group name.

    It is `sampled` if there were more events than a session shows, and `is_partial` if lines are missing for that or
    another reason.
    """

    started: bool = False
    sampled: bool = False
    lines: Mapping[str, list[LogEvent]] | None = None
    is_partial: bool = False


Deliver = Callable[[SessionUpdate], Awaitable[None]]
KeyOf = Callable[[str], str]
"""Returns the key for a group's lines in an update, given AWS's identifier of the group."""


def group_name(identifier: str) -> str:
    """Return the group's name, which is unique within one account."""
    return read_group(identifier).name


def account_and_name(identifier: str) -> str:
    """Return `account:name`, which is unique among all accounts; the account is empty if the identifier lacks it."""
    account, _, name = identifier.removesuffix(":*").rpartition(":")
    return f"{read_group(identifier).account or (account if account.isdecimal() else '')}:{name}"


async def tail(
    aws: Aws, scope: SessionScope, deliver: Deliver, *, silence_limit: float, key_of: KeyOf = group_name
) -> None:
    """Pass every update of one session to `deliver`, and return when the server ends the session.

    Raises FeedError if the session is refused, breaks off or sends no frame for `silence_limit` seconds. The session is
    always closed: the server keeps an abandoned one open and bills it.
    """
    stream = await _open(aws, scope, silence_limit)
    with aws.meter.live_session():
        try:
            async with aclosing(aiter(stream)) as frames:
                while (frame := await _next_frame(aws, scope, frames, silence_limit)) is not None:
                    await deliver(_read_update(frame, key_of))
        finally:
            stream.close()


async def _open(aws: Aws, scope: SessionScope, silence_limit: float) -> Any:  # the AWS libraries have no types
    wanted: dict[str, Any] = {"logGroupIdentifiers": [group.arn or group.name for group in scope.groups]}
    if scope.prefixes:
        wanted["logStreamNamePrefixes"] = list(scope.prefixes)
    if scope.pattern:
        wanted["logEventFilterPattern"] = scope.pattern
    try:
        async with asyncio.timeout(silence_limit):
            answer = await aws.call("logs:StartLiveTail", str(scope), streams=True, **wanted)
    except TimeoutError:
        raise _silence(scope, silence_limit) from None
    return answer["responseStream"]


async def _next_frame(
    aws: Aws, scope: SessionScope, frames: AsyncGenerator[Mapping[str, Any], None], silence_limit: float
) -> Mapping[str, Any] | None:
    """Return the next frame, None at the end. After a time-out, the stream cannot be read any further."""
    try:
        async with asyncio.timeout(silence_limit):
            return await anext(frames, None)
    except TimeoutError:
        raise _silence(scope, silence_limit) from None
    except foreign_errors() as error:  # faults of our own are not included
        raise aws.to_feed_error(error, "logs:StartLiveTail", str(scope)) from None


def _silence(scope: SessionScope, limit: float) -> FeedError:
    return FeedError(f"Live Tail of {scope} sent nothing for {limit:.0f} s.", ErrorKind.BROKEN)


def _read_update(frame: Mapping[str, Any], key_of: KeyOf) -> SessionUpdate:
    update = frame.get("sessionUpdate")
    if not isinstance(update, Mapping):
        return SessionUpdate(started="sessionStart" in frame)
    lines: dict[str, list[LogEvent]] = {}
    for result in dicts_in(update, "sessionResults"):
        if line := read_log_event(result):
            lines.setdefault(key_of(str(result.get("logGroupIdentifier", ""))), []).append(line)
    if isinstance(results := update.get("sessionResults"), list):
        results.clear()  # aiobotocore keeps the frame until the next one: up to a megabyte per session
    metadata = update.get("sessionMetadata")
    is_sampled = isinstance(metadata, Mapping) and metadata.get("sampled") is True
    return SessionUpdate(sampled=is_sampled, lines=lines, is_partial=is_sampled)
