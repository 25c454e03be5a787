"""Every use of what botocore and aiobotocore keep private or undocumented, in one place.

Checked against botocore 1.43 and aiobotocore 3.10; `tests/feed/test_botocore_internals.py` fails where a later version
works otherwise. Importing this imports aiobotocore and aiohttp.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiobotocore.credentials import AioAssumeRoleCredentialFetcher, AioDeferredRefreshableCredentials
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.parsers import (
    AioEC2QueryParser,
    AioEventStreamJSONParser,
    AioJSONParser,
    AioQueryParser,
    AioResponseParserFactory,
)
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.parsers import ResponseParserError

from tui.feed.aws.errors import RedirectError, misread_as
from tui.feed.aws.target import AwsTarget

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer. EC2 describes all connections in one, some 12 KB each; a page of events is a megabyte or two."""


class ParserFactory(AioResponseParserFactory):
    """Makes the parsers of the protocols that CloudWatch Logs, EC2 and STS speak, each of which fails in one way only.

    botocore walks through an answer by the model of its fields and does not check that they are there: an answer of
    another shape raises whatever comes. From these parsers that is a ResponseParserError.
    """

    def __init__(self) -> None:
        super().__init__()
        self._options: dict[str, Any] = {}

    def set_parser_defaults(self, **options: Any) -> None:
        """Remember the options that botocore wants its parsers made with."""
        super().set_parser_defaults(**options)
        self._options.update(options)

    def create_parser(self, protocol_name: str) -> Any:
        """Return the parser of a protocol as botocore names it: that of aiobotocore for those of sign-in services."""
        parser = _PARSERS.get(protocol_name)
        return parser(**self._options) if parser else super().create_parser(protocol_name)


class _Guarded:
    """Before a parser: whatever it stumbles over is one kind of error, and an error's code is a text."""

    async def parse(self, response: Any, shape: Any) -> Any:
        with misread_as(ResponseParserError):
            parsed = await super().parse(response, shape)  # type: ignore[misc]  # of the parser that it stands before
        error = parsed.get("Error") if isinstance(parsed, dict) else None
        if isinstance(error, dict) and not isinstance(error.get("Code"), str):
            error["Code"] = ""  # botocore looks it up in a table next
        return parsed


class _EventStreamParser(_Guarded, AioEventStreamJSONParser):
    pass


class _LogsParser(_Guarded, AioJSONParser):
    """Leaves the events of FilterLogEvents as JSON has them.

    The walk through the model of each field takes 5 µs an event, more than the decoding itself, and gives back what was
    there: texts and whole numbers. Whoever reads them checks the types anyway.
    """

    EVENT_STREAM_PARSER_CLS = _EventStreamParser

    def _handle_list(self, shape: Any, node: Any) -> Any:
        if shape.name == "FilteredLogEvents":
            return node
        return super()._handle_list(shape, node)  # type: ignore[misc]  # the stubs leave it out


class _Ec2Parser(_Guarded, AioEC2QueryParser):
    pass


class _QueryParser(_Guarded, AioQueryParser):
    pass


_PARSERS: Final[dict[str, Callable[..., Any]]] = {"json": _LogsParser, "ec2": _Ec2Parser, "query": _QueryParser}


class HttpSession(AIOHTTPSession):
    """Sends requests and never follows a redirect, which would carry the session token to another host.

    AWS's APIs do not redirect, and boto3 does not follow; aiohttp does unless it is told with each request.
    """

    async def _get_session(self, proxy_url: Any) -> Any:
        return _WithoutRedirects(await super()._get_session(proxy_url))  # type: ignore[misc]  # the stubs leave it out

    async def send(self, request: Any) -> Any:
        """Send a prepared request.

        Raises RedirectError for an answer that names another place, and ResponseParserError for one that is too large,
        and where a stream of events was asked for and something else came: read as a stream, an empty answer would spin
        the event loop.
        """
        response = await super().send(request)
        if 300 <= response.status_code < 400:
            response.raw.close()
            raise RedirectError
        if getattr(response.raw, "is_too_large", False):
            raise ResponseParserError(f"an answer of more than {MAX_ANSWER:,} bytes")
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
    """Return the body of an answer; of one that is larger than any of AWS's nothing, and it `is_too_large`.

    An error raised here would pass for one of the connection, after which botocore asks for the same again.
    """
    parts, size = [], 0
    try:
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                response.is_too_large = True
                response.close()
                return b""
    except BaseException:
        response.close()  # what is left of it must not be taken for the next answer
        raise
    return b"".join(parts)


async def run_helper(*command: str, **options: Any) -> Any:
    """Start a credential helper, which ends with whoever waits for it."""
    return _Helper(await asyncio.create_subprocess_exec(*command, **options))


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


def configured_endpoint(session: Any, service: str) -> str | None:
    """Return the endpoint that the environment or the config files set for a service, as botocore will resolve it."""
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    provider = ConfiguredEndpointProvider(
        full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
    )
    endpoint: str | None = provider.provide()
    return endpoint


def end_helpers_with_their_calls(session: Any) -> None:
    """Have a `credential_process` killed when nobody waits for it any more; aiobotocore's own would run on.

    That of a `source_profile` is run by a provider that is made only then.
    """
    providers = session.get_component("credential_provider")
    providers.get_provider("custom-process")._popen = run_helper
    builder = providers.get_provider("assume-role")._profile_provider_builder
    create = builder._create_process_provider

    def create_with_our_helper(profile_name: str) -> Any:
        provider = create(profile_name)
        provider._popen = run_helper
        return provider

    builder._create_process_provider = create_with_our_helper


def take_on_role(session: Any, credentials: Any, role_arn: str, target: AwsTarget) -> Any:
    """Return credentials of the role, fetched with `credentials` when first needed and again before they end.

    Every client that the session makes from now on signs with them.
    """
    extra = {"RoleSessionName": "tunnelwatch"} | ({"ExternalId": target.external_id} if target.external_id else {})
    create = partial(session.create_client, region_name=target.region, endpoint_url=target.endpoint_url)
    fetcher = AioAssumeRoleCredentialFetcher(create, credentials, role_arn, extra_args=extra)
    session._credentials = AioDeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return session._credentials


def set_mfa_prompter(session: Any, prompter: Callable[[str], str]) -> None:
    """Have `prompter` asked for the MFA code of a role. botocore's own reads the terminal and blocks the event loop."""
    session.get_component("credential_provider").get_provider("assume-role")._prompter = prompter
