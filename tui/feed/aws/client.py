"""From a profile, a region and an endpoint to calls of AWS.

aiobotocore is imported here and nowhere at the top of a module: with the service models it costs 0.5 to 1 s, which a
thread pays while the screen is already drawn.
"""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from tui.domain.clock import Clock, SystemClock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.actions import ACTIONS
from tui.feed.aws.errors import CredentialsError, FeedError, failed
from tui.feed.aws.target import AwsTarget

trace = logging.getLogger("tunnelwatch.feed")
"""What was called, how long it took, what was decided; never a secret, never the text of a log line."""

Answer = dict[str, Any]

_CONNECTIONS: Final = 40  # each live session holds one for hours; the pool's usual ten would starve the short calls


class Aws:
    """The account as seen from one session. Clients are made when first needed; `where` has the region filled in."""

    def __init__(self, session: Any, where: AwsTarget, clients: AsyncExitStack, clock: Clock) -> None:
        self.where = where
        self.skew = 0
        """How far AWS's clock is ahead of ours, ms, as far as the last answer tells (its Date has whole seconds)."""
        self._session = session
        self._stack = clients
        self._clock = clock
        self._credentials: Any = None
        self._clients: dict[tuple[str, bool], Any] = {}
        self._making = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Aws({self.where.place})"

    async def call(self, name: str, resource: str = "", *, streams: bool = False, **parameters: Any) -> Answer:
        """Return the answer of an action of `ACTIONS`; raises FeedError, whatever the libraries raised.

        `resource` is how to name in an error what was asked for; `streams` for an answer that stays open: such a call
        is never repeated by itself, and its client waits longer.
        """
        action = ACTIONS[name]
        began = self._clock.monotonic()
        try:
            client = await self._client(action.service, streams=streams)
            answer: Answer = await getattr(client, _method(action.operation))(**parameters)
        except Exception as error:  # whatever the libraries raise here is trouble at the far side
            trouble = failed(error, self.where, name, resource)
            took = self._clock.monotonic() - began
            trace.info("%s %s failed in %.0f ms: %s (%s)", name, resource, took * 1000, trouble.trouble, trouble.detail)
            raise trouble from None
        if action.lists and not isinstance(answer.get(action.lists), list):
            # botocore makes an empty answer of whatever cannot be read.
            trace.info("%s %s: no %s in the answer", name, resource, action.lists)
            what = f"What came for {name} in {self.where.place} is not AWS's answer."
            raise FeedError(f"{what} A proxy or a sign-in page may be in the way.", ErrorKind.SERVER)
        trace.debug("%s %s took %.0f ms", name, resource, (self._clock.monotonic() - began) * 1000)
        self._note_skew(answer)
        return answer

    def broken(self, error: BaseException, name: str, resource: str = "") -> FeedError:
        """Return the FeedError for what went wrong while an answer was being read."""
        return failed(error, self.where, name, resource)

    async def _client(self, service: str, *, streams: bool) -> Any:
        async with self._making:
            await self._sign_in()
            if (service, streams) not in self._clients:
                made = self._session.create_client(
                    service,
                    region_name=self.where.region,
                    endpoint_url=self.where.endpoint_url,
                    config=_config(streams=streams, own_endpoint=_has_own_endpoint(self._session, self.where)),
                )
                client = await self._stack.enter_async_context(made)
                self._clients[service, streams] = client
                self.where = replace(self.where, region=client.meta.region_name)
            return self._clients[service, streams]

    async def _sign_in(self) -> None:
        """Have credentials that serve; what gives them may answer anything, and botocore reads it without a look."""
        from botocore.exceptions import BotoCoreError

        try:
            self._credentials = self._credentials or await self._session.get_credentials()
            if self._credentials is not None:
                await self._credentials.get_frozen_credentials()
        except BotoCoreError:
            raise
        except (AttributeError, LookupError, RuntimeError, TypeError, ValueError):
            raise CredentialsError from None

    def _note_skew(self, answer: Mapping[str, Any]) -> None:
        from email.utils import parsedate_to_datetime

        try:
            date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
            self.skew = round(parsedate_to_datetime(date).timestamp() * 1000) - self._clock.now()
        except (KeyError, TypeError, ValueError):
            return


@asynccontextmanager
async def connect(where: AwsTarget, *, clock: Clock | None = None, blocks: bool = False) -> AsyncIterator[Aws]:
    """Give an `Aws` for `where`, and close its connections in the end. Raises FeedError for an unusable profile.

    With `blocks` the making of a client may hold up the event loop, and only what is needed is loaded.

    Made anew, it reads the config files anew: a session that lives on would keep credentials that have expired.
    """
    clock = clock or SystemClock()
    began = clock.monotonic()
    try:
        session, settled = await asyncio.to_thread(_open, where, () if blocks else ("logs", "ec2"))
    except Exception as error:  # unreadable config files, unknown profile
        raise failed(error, where, "reading the AWS settings") from None
    trace.info("session made in %.0f ms for %s", (clock.monotonic() - began) * 1000, settled.place)
    async with AsyncExitStack() as clients:
        yield Aws(session, settled, clients, clock)


def _open(where: AwsTarget, services: Sequence[str]) -> tuple[Any, AwsTarget]:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import AioSession

    from tui.feed.aws.resolver import Resolver
    from tui.feed.aws.response_parser import FastEventParserFactory

    session = AioSession(profile=where.profile)
    session.register_component("response_parser_factory", FastEventParserFactory())
    # For every client, also those that credentials come by.
    session.set_default_client_config(AioConfig(connector_args={"resolver": Resolver()}))
    session.get_scoped_config()  # raises ProfileNotFound now rather than at some later call
    loader = _loader(session.get_config_variable("data_path"))
    session.register_component("data_loader", loader)
    # The loader keeps them: the event loop then makes a client in 10 ms rather than 200.
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        loader.load_data_with_path(name)
    for service in services:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
    # botocore reads AWS_DEFAULT_REGION alone; the AWS CLI and the other SDKs take AWS_REGION first.
    region = where.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return session, AwsTarget(session.profile, region, where.endpoint_url)


@lru_cache(maxsize=1)
def _loader(data_path: str | None) -> Any:
    """Return the one loader of service models: they take 30 MB, and each loss of credentials makes a session anew."""
    from botocore.loaders import create_loader

    return create_loader(data_path)


def _config(*, streams: bool, own_endpoint: bool) -> Any:
    from aiobotocore.config import AioConfig

    settings: dict[str, Any] = {
        "connect_timeout": 5,
        "read_timeout": 60 if streams else 20,
        "max_pool_connections": _CONNECTIONS,
        "retries": {"mode": "standard", "total_max_attempts": 1 if streams else 2},
        "user_agent_extra": "tunnelwatch",
    }
    if own_endpoint:
        # Live Tail's host is `stream-logs.…` at AWS; before a given endpoint the prefix names a host that is not there.
        settings["inject_host_prefix"] = False
    return AioConfig(**settings)


def _has_own_endpoint(session: Any, where: AwsTarget) -> bool:
    config = session.get_scoped_config()
    services = session.full_config.get("services", {}).get(config.get("services", ""), {})
    own = services.get("cloudwatch_logs", {}) if isinstance(services, dict) else {}
    return bool(
        where.endpoint_url
        or os.environ.get("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")
        or os.environ.get("AWS_ENDPOINT_URL")
        or config.get("endpoint_url")
        or (isinstance(own, dict) and own.get("endpoint_url"))
    )


def _method(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
