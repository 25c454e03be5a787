"""A session of aiobotocore, for continuous runs: it can hold live sessions open and cancel any wait.

The internals of aiobotocore used here were checked against 3.10. Importing this imports aiobotocore and aiohttp: 0.3 s.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from ssl import SSLContext
from threading import Lock
from typing import Any, Final
from weakref import WeakValueDictionary

from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioAssumeRoleCredentialFetcher, AioDeferredRefreshableCredentials
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.parsers import (
    AioEC2QueryParser,
    AioEventStreamJSONParser,
    AioJSONParser,
    AioQueryParser,
    AioResponseParserFactory,
)
from aiobotocore.session import AioSession
from botocore.parsers import ResponseParserError

from tui.feed.aws.errors import misread_as
from tui.feed.aws.sessions import botocore_internals
from tui.feed.aws.sessions.botocore_internals import (
    OwnParsers,
    checked,
    is_left_as_decoded,
    refuse_redirect,
    set_helper_runner,
    too_large,
)
from tui.feed.aws.sessions.helper_outputs import HELPER_OUTPUTS
from tui.feed.aws.sessions.resolver import Resolver
from tui.feed.aws.sessions.web_page import refuse_web_page
from tui.feed.aws.sessions.xml_items import ItemByItem
from tui.feed.aws.target import AwsTarget

_LARGE: Final = 200_000
"""The size of XML, in bytes, that takes about 20 ms to parse."""


class Session(AioSession):
    """aiobotocore's session with our parsers, our limits on answers and our runner for credential helpers."""

    def __init__(self, profile: str | None) -> None:
        super().__init__(profile=profile)
        self.register_component("response_parser_factory", ParserFactory())
        # For every client, including those that fetch credentials.
        self.set_default_client_config(AioConfig(connector_args={"resolver": Resolver()}, http_session_cls=HttpSession))

    def run_helpers_ourselves(self) -> None:
        """Let a credential helper end with the call that waits for it. Raises ProfileNotFound."""
        set_helper_runner(self, run_helper)

    def config(self, **settings: Any) -> Any:
        """Return a client's config with these settings."""
        return AioConfig(**settings)

    def open_client(self, service: str, **options: Any) -> Any:
        """Return a context manager that yields a client."""
        return self.create_client(service, **options)

    async def load_credentials(self) -> Any:
        """Return the credentials, or None if there are none."""
        return await self.get_credentials()

    def take_on_role(self, credentials: Any, role_arn: str, target: AwsTarget, **options: str) -> Any:
        """Return a role's credentials, fetched with `credentials` when first needed and before they expire.

        Every client created by the session from now on signs with them.
        """
        create: Any = partial(self.create_client, region_name=target.region, endpoint_url=target.endpoint_url)
        fetcher = AioAssumeRoleCredentialFetcher(create, credentials, role_arn, extra_args=options)
        self._credentials = AioDeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        return self._credentials


class ParserFactory(OwnParsers, AioResponseParserFactory):
    """Creates our parsers; for the protocols of sign-in services, aiobotocore's."""

    def __init__(self) -> None:
        super().__init__(_PARSERS)


class _Guarded:
    """A mixin before a parser: any failure to parse becomes one kind of error."""

    async def parse(self, response: Any, shape: Any) -> Any:
        refuse_web_page(response)
        with misread_as(ResponseParserError):
            parsed = await super().parse(response, shape)  # type: ignore[misc]  # of the parser it precedes
        return checked(parsed)


class _LeavingEvents:
    def _handle_list(self, shape: Any, node: Any) -> Any:
        if is_left_as_decoded(shape) and isinstance(node, list):
            return node
        return super()._handle_list(shape, node)  # type: ignore[misc]  # of the parser it precedes


class _EventStreamParser(_Guarded, _LeavingEvents, AioEventStreamJSONParser):
    pass


class _LogsParser(_Guarded, _LeavingEvents, AioJSONParser):
    EVENT_STREAM_PARSER_CLS = _EventStreamParser


class _Ec2Parser(_Guarded, ItemByItem, AioEC2QueryParser):
    async def parse(self, response: Any, shape: Any) -> Any:
        """Parse a large answer in a thread: 640 connections take half a second, in which the screen would freeze."""
        read = partial(super().parse, response, shape)
        return await read() if len(response["body"]) < _LARGE else await asyncio.to_thread(_finished, read)


def _finished(begin: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Return the result of a coroutine that never waits.

    It is started here, in the thread: one started before a thread is free would never be awaited if the call is
    cancelled.
    """
    reading = begin()
    try:
        reading.send(None)
    except StopIteration as done:
        return done.value
    reading.close()
    raise RuntimeError("the parser waits for something")


class _QueryParser(_Guarded, AioQueryParser):
    pass


_PARSERS: Final[Mapping[str, Callable[..., Any]]] = {"json": _LogsParser, "ec2": _Ec2Parser, "query": _QueryParser}


_CONTEXTS: Final[WeakValueDictionary[Any, SSLContext]] = WeakValueDictionary()
_BUILDING: Final = Lock()
"""Clients are created in parallel threads."""


class HttpSession(AIOHTTPSession):
    """Sends requests without following redirects, as aiohttp does unless each request forbids it."""

    def _build_ssl_contexts(self, proxy_url: Any) -> Any:
        """Return the TLS contexts for the endpoint and the proxy, shared by clients that verify alike.

        A context with the default certificates takes 0.7 MB and 25 ms. It is dropped with its last client, so that
        later ones read the files again. Clients with a certificate of their own get their own context.
        """
        parts: Any = super()
        settings: Any = self
        if proxy_url or settings._cert_file:  # both are part of the context
            return parts._build_ssl_contexts(proxy_url)
        with _BUILDING:
            context = _CONTEXTS.get(settings._verify)
            if context is None:
                context, _ = parts._build_ssl_contexts(None)
                _CONTEXTS[settings._verify] = context
        return context, None

    async def _get_session(self, proxy_url: Any) -> Any:
        return _WithoutRedirects(await super()._get_session(proxy_url))  # type: ignore[misc]  # the stubs leave it out

    async def send(self, request: Any) -> Any:
        """Send a prepared request.

        Raises RedirectError for a redirect, and ResponseParserError for an answer that is too large or is not the
        requested event stream: read as a stream, an empty answer would make the event loop spin.
        """
        response = await super().send(request)
        refuse_redirect(response)
        if getattr(response.raw, "is_too_large", False):
            raise too_large()
        if request.stream_output and response.status_code < 300 and not _is_event_stream(response):
            response.raw.close()
            raise ResponseParserError("not an event stream")
        return response


def _is_event_stream(response: Any) -> bool:
    return response.status_code == 200 and "eventstream" in response.headers.get("content-type", "")


class _WithoutRedirects:
    def __init__(self, session: Any) -> None:
        self._session = session

    async def request(self, *arguments: Any, **options: Any) -> Any:
        response = await self._session.request(*arguments, allow_redirects=False, **options)
        response.read = partial(_read_bounded, response)
        return response


async def _read_bounded(response: Any) -> bytes:
    """Return the body of an answer; empty if it is larger than any of AWS's, with `is_too_large` set.

    An error raised here would look like a connection error, after which botocore repeats the request.
    """
    parts, size = [], 0
    try:
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > botocore_internals.MAX_ANSWER:
                response.is_too_large = True
                response.close()
                return b""
    except BaseException:
        response.close()  # the rest must not be taken for the next answer
        raise
    return b"".join(parts)


async def run_helper(*command: str, **options: Any) -> Any:
    """Start a credential helper that is killed if its caller is cancelled; one whose output was kept need not run."""
    outputs = HELPER_OUTPUTS.get()
    output = None if outputs is None else outputs.take(command)
    if output is not None:
        return _FinishedHelper(output)
    return _Helper(await asyncio.create_subprocess_exec(*command, **options))


class _FinishedHelper:
    """A credential helper that ended well with this output."""

    returncode = 0

    def __init__(self, output: bytes) -> None:
        self._output = output

    async def communicate(self) -> tuple[bytes, bytes]:
        return self._output, b""


class _Helper:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        try:
            return await self._process.communicate()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            raise
