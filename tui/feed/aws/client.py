"""AWS calls through one method, with errors as `FeedError` and a log of all calls."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from dataclasses import replace
from typing import Any, Final

from tui.domain.clock import Clock, SystemClock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.actions import ACTIONS
from tui.feed.aws.credentials import Credentials
from tui.feed.aws.error_kinds import foreign_errors
from tui.feed.aws.error_messages import to_feed_error
from tui.feed.aws.errors import FeedError, SettingsError, misread_as
from tui.feed.aws.meter import Meter
from tui.feed.aws.sessions.session import Session, create_client, open_session
from tui.feed.aws.target import AwsTarget

log = logging.getLogger("tunnelwatch.feed.aws")
"""Logs each call, its duration and its failure; never a secret, never the text of a log line."""

Answer = dict[str, Any]
Heard = Callable[[Answer], None]
"""Receives each answer without log events, before it is processed."""


_OF_CONNECTIONS: Final = ("ec2", "cloudtrail")
"""The services that are called in the connections' account."""

CALL_DEADLINE: Final = 20.0
"""In seconds; the slowest page of FilterLogEvents takes a few."""


class Aws:
    """The account as seen through one session. Clients are created when needed; `target` has its region filled in."""

    def __init__(
        self,
        session: Session,
        target: AwsTarget,
        clients: AsyncExitStack,
        clock: Clock,
        deadline: float,
        heard: Heard | None = None,
        meter: Meter | None = None,
        owner: "Aws | None" = None,
    ) -> None:
        """`owner` makes the calls about connections, if they belong to another account than the logs."""
        self.target = target
        self.skew = 0
        """How far AWS's clock is ahead of ours, ms, by the Date of the last answer, which has whole seconds."""
        self.outcomes: dict[str, FeedError | None] = {}
        """The first failure of each called action, by IAM name; None if it never failed."""
        self._session = session
        self._credentials = Credentials(session, target, deadline=deadline)
        clients.push_async_callback(self._credentials.close)
        self._stack = clients
        self._clock = clock
        self._deadline = deadline
        self._clients: dict[tuple[str, bool], Any] = {}
        self._making = asyncio.Lock()
        self._owner = owner
        self._heard = heard
        self.meter = meter or Meter(clock)
        """Counts the calls and the time for which Live Tail is open."""

    def __repr__(self) -> str:
        return f"Aws({self.target.description})"

    def in_region(self, region: str) -> "Aws":
        """Return a view of the same account in another region, with the same credentials and the same meter."""
        other = copy(self)
        other.target, other.outcomes = replace(self.target, region=region), {}
        other._clients, other._making = {}, asyncio.Lock()
        return other

    async def call(self, name: str, resource: str = "", *, streams: bool = False, **parameters: Any) -> Answer:
        """Return the answer to an action of `ACTIONS`; raises FeedError for every failure that is not our own.

        `resource` names the object of the call in errors. `streams` is for an answer that stays open: such a call is
        never repeated, and its client waits longer.
        """
        try:
            answer = await self._call(name, resource, streams=streams, parameters=parameters)
        except FeedError as error:
            self.outcomes[name] = self.outcomes.get(name) or error
            raise
        self.outcomes.setdefault(name, None)
        return answer

    async def _call(self, name: str, resource: str, *, streams: bool, parameters: Mapping[str, Any]) -> Answer:
        from botocore import xform_name

        action = ACTIONS[name]
        began = self._clock.monotonic()
        deadline = asyncio.timeout(self._deadline)
        try:
            client = await self._client(action.service, streams=streams)
            self.meter.count(name)
            # botocore's timeouts apply to each read: an answer that trickles or never ends would outlast them.
            async with deadline:
                answer: Answer = await getattr(client, xform_name(action.operation))(**parameters)
        except foreign_errors() as error:
            failure = (
                self._unanswered(name) if deadline.expired() else to_feed_error(error, self.target, name, resource)
            )
            took = self._clock.monotonic() - began
            log.info("%s %s failed in %.0f ms: %s (%s)", name, resource, took * 1000, failure.kind, failure.detail)
            raise failure from None
        if action.lists and not isinstance(answer.get(action.lists), list):
            # botocore turns anything it cannot read into an empty answer.
            log.info("%s %s: no %s in the answer", name, resource, action.lists)
            message = f"The response to {name} in {self.target.description} did not come from AWS."
            raise FeedError(f"{message} A proxy or a sign-in page may be in the way.", ErrorKind.SERVER)
        if self._heard is not None and action.lists != "events":
            self._heard(answer)
        log.debug("%s %s took %.0f ms", name, resource, (self._clock.monotonic() - began) * 1000)
        self._note_skew(answer)
        return answer

    def _unanswered(self, name: str) -> FeedError:
        message = f"{name} in {self.target.description} was not answered in full within {self._deadline:.0f} s."
        return FeedError(f"{message} The network or a proxy may be holding it up.", ErrorKind.SERVER)

    def to_feed_error(self, error: BaseException, name: str, resource: str = "") -> FeedError:
        """Return the FeedError for a failure while reading an answer."""
        return to_feed_error(error, self.target, name, resource)

    async def host_and_proxy(self, name: str, *, streams: bool = False) -> tuple[str, str]:
        """Return the host of an action and the proxy on the way to it, empty if none."""
        from tui.feed.aws.sessions.botocore_internals import host_and_proxy

        action = ACTIONS[name]
        return host_and_proxy(await self._client(action.service, streams=streams), action.operation)

    async def _client(self, service: str, *, streams: bool) -> Any:
        if service in _OF_CONNECTIONS and self._owner is not None:
            return await self._owner._client(service, streams=streams)
        await self._credentials.ensure()
        async with self._making:
            if (service, streams) not in self._clients:
                with misread_as(SettingsError, "a config file or an AWS_* variable holds what botocore cannot read"):
                    made = create_client(self._session, self.target, service, streams=streams)
                    client = await self._stack.enter_async_context(made)
                self._clients[service, streams] = client
                self.target = replace(self.target, region=client.meta.region_name)
        return self._clients[service, streams]

    def _note_skew(self, answer: Mapping[str, Any]) -> None:
        from email.utils import parsedate_to_datetime

        try:
            date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
            self.skew = round(parsedate_to_datetime(date).timestamp() * 1000) - self._clock.now()
        except (KeyError, TypeError, ValueError):
            return


@asynccontextmanager
async def connect(
    target: AwsTarget,
    *,
    clock: Clock | None = None,
    in_threads: bool = False,
    deadline: float = CALL_DEADLINE,
    heard: Heard | None = None,
    services: Sequence[str] = ("logs", "ec2"),
    meter: Meter | None = None,
) -> AsyncIterator[Aws]:
    """Yield an `Aws` for `target` and finally close its connections. Raises FeedError for unusable settings.

    `deadline` limits each call as a whole, in seconds, and separately the fetching of credentials. With `in_threads`
    the calls are botocore's, made in threads, which loads faster, and each client is created when needed: for a run
    that reads once. Otherwise they are aiobotocore's, and the models for the clients of `services` are loaded
    beforehand.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as clients:
        owner = None
        if target.connections is not None:
            session, resolved = await _opened(target.connections, services, clock, in_threads=in_threads)
            owner = Aws(session, resolved, clients, clock, deadline, heard, meter)
        session, resolved = await _opened(target, services, clock, in_threads=in_threads)
        yield Aws(session, resolved, clients, clock, deadline, heard, meter, owner)


async def _opened(
    target: AwsTarget, services: Sequence[str], clock: Clock, *, in_threads: bool
) -> tuple[Session, AwsTarget]:
    began = clock.monotonic()
    try:
        session, resolved = await asyncio.to_thread(open_session, target, services, in_threads=in_threads)
    except foreign_errors() as error:
        raise to_feed_error(error, target, "reading the AWS settings") from None
    log.info("session made in %.0f ms for %s", (clock.monotonic() - began) * 1000, resolved.description)
    return session, resolved
