"""A session of botocore whose calls run in threads, for runs that read once: it loads in half the time of aiobotocore.

It cannot hold live sessions open. A cancelled call leaves its thread behind, which ends with the answer or the program.
Importing this imports botocore: 0.1 s.
"""

import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any, Final, TypeVar

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
    RefreshableCredentials,
)
from botocore.exceptions import HTTPClientError
from botocore.parsers import EC2QueryParser, JSONParser, QueryParser, ResponseParserError, ResponseParserFactory
from botocore.session import Session as BotocoreSession

from tui.feed.aws.errors import misread_as
from tui.feed.aws.sessions import botocore_internals
from tui.feed.aws.sessions.botocore_internals import (
    OwnParsers,
    checked,
    do_not_refresh_ahead,
    is_left_as_decoded,
    refuse_redirect,
    replace_http_session,
    set_helper_runner,
    too_large,
)
from tui.feed.aws.sessions.daemon_thread import on_daemon_thread
from tui.feed.aws.sessions.helper_outputs import HELPER_OUTPUTS
from tui.feed.aws.sessions.web_page import refuse_web_page
from tui.feed.aws.sessions.xml_items import ItemByItem
from tui.feed.aws.target import AwsTarget

T = TypeVar("T")
_CHUNK: Final = 1 << 20


class Session(BotocoreSession):
    """botocore's session with our parsers, our limits on answers and our runner for credential helpers.

    Awaited calls run in a thread, from which botocore calls the rest itself.
    """

    def __init__(self, profile: str | None) -> None:
        super().__init__(profile=profile)
        self.register_component("response_parser_factory", ParserFactory())

    def run_helpers_ourselves(self) -> None:
        """Let a credential helper end with the call that waits for it. Raises ProfileNotFound."""
        set_helper_runner(self, _run_helper)

    def config(self, **settings: Any) -> Any:
        """Return a client's config with these settings."""
        return Config(**settings)

    def create_client(self, *arguments: Any, **options: Any) -> Any:
        """Return one of botocore's clients, as its credential providers need; `open_client` yields ours."""
        client = super().create_client(*arguments, **options)
        replace_http_session(client, _HttpSession)
        return client

    @asynccontextmanager
    async def open_client(self, service: str, **options: Any) -> AsyncIterator[Any]:
        """Yield a client whose operations are awaited."""
        client = await _in_thread(partial(self.create_client, service, **options))
        try:
            yield _Client(client)
        finally:
            client.close()

    async def load_credentials(self) -> Any:
        """Return the credentials, or None if there are none."""
        credentials = await _in_thread(self.get_credentials)
        return None if credentials is None else _Credentials(credentials)

    def take_on_role(self, credentials: "_Credentials", role_arn: str, target: AwsTarget, **options: str) -> Any:
        """Return a role's credentials, fetched with `credentials` when first needed and before they expire.

        Every client created by the session from now on signs with them.
        """
        create = partial(self.create_client, region_name=target.region, endpoint_url=target.endpoint_url)
        fetcher = AssumeRoleCredentialFetcher(create, credentials.inner, role_arn, extra_args=options)
        self._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
        return _Credentials(self._credentials)


class _Client:
    """One of botocore's clients with every operation as a coroutine."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.meta = client.meta

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)

        async def call(**parameters: Any) -> Any:
            return await _in_thread(partial(operation, **parameters))

        return call


class _Credentials:
    """botocore's credentials, whose keys may have to be fetched.

    They are refreshed only when they no longer serve; the call that needs them waits.
    """

    def __init__(self, inner: Credentials) -> None:
        self.inner = inner
        self.method = inner.method
        if isinstance(inner, RefreshableCredentials):
            do_not_refresh_ahead(inner)

    async def get_frozen_credentials(self) -> Any:
        return await _in_thread(self.inner.get_frozen_credentials)


class _Work:
    """The work of one thread. It is given up when nobody waits for it any more: its helper process is then killed."""

    def __init__(self) -> None:
        self.is_given_up = False
        self._helpers: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()

    def ends(self, helper: "subprocess.Popen[bytes]") -> None:
        """Let a helper process end with the work."""
        with self._lock:
            self._helpers.append(helper)
        if self.is_given_up:
            self.give_up()

    def give_up(self) -> None:
        with self._lock:
            self.is_given_up = True
            helpers, self._helpers = self._helpers, []
        for helper in helpers:
            with suppress(ProcessLookupError):
                helper.kill()
            helper.wait()


_WORK: Final[ContextVar[_Work]] = ContextVar("work")


async def _in_thread(work: Callable[[], T]) -> T:
    """Return what `work` returns on a thread; it is given up if the caller is cancelled."""
    this = _Work()
    token = _WORK.set(this)
    try:
        return await on_daemon_thread("AWS call", work)
    finally:
        this.give_up()
        _WORK.reset(token)


def _run_helper(command: list[str], **options: Any) -> Any:
    """Start a credential helper that ends with the call that waits for it."""
    helper = subprocess.Popen(command, **options)  # noqa: S603 - the user's own `credential_process`
    _WORK.get().ends(helper)
    outputs = HELPER_OUTPUTS.get()
    return helper if outputs is None else _KeptHelper(helper, partial(outputs.keep, tuple(command)))


class _KeptHelper:
    """A credential helper whose output is kept if it ended well."""

    def __init__(self, process: "subprocess.Popen[bytes]", keep: Callable[[bytes], None]) -> None:
        self._process = process
        self._keep = keep

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def communicate(self) -> tuple[bytes, bytes]:
        output, errors = self._process.communicate()
        if self._process.returncode == 0:
            self._keep(output)
        return output, errors


class _HttpSession:
    """Sends requests like botocore's session, but reads the answers itself."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def send(self, request: Any) -> Any:
        """Send a prepared request.

        Raises RedirectError for a redirect, ResponseParserError for an answer that is too large, and botocore's errors.
        """
        request.stream_output = True  # otherwise the body is read before its size is checked
        response = self._session.send(request)
        refuse_redirect(response)
        response._content = _read_bounded(response.raw)
        return response

    def close(self) -> None:
        self._session.close()


def _read_bounded(raw: Any) -> bytes:
    from urllib3.exceptions import HTTPError

    parts, size = [], 0
    try:
        for part in raw.stream(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > botocore_internals.MAX_ANSWER:
                raw.close()
                raise too_large()
            if _WORK.get().is_given_up:
                raw.close()
                return b""
    except (HTTPError, OSError) as error:
        raise HTTPClientError(error=error) from None
    return b"".join(parts)


class ParserFactory(OwnParsers, ResponseParserFactory):
    """Creates our parsers; for the protocols of sign-in services, botocore's."""

    def __init__(self) -> None:
        super().__init__(_PARSERS)


class _Guarded:
    """A mixin before a parser: any failure to parse becomes one kind of error."""

    def parse(self, response: Any, shape: Any) -> Any:
        refuse_web_page(response)
        with misread_as(ResponseParserError):
            parsed = super().parse(response, shape)  # type: ignore[misc] # of the parser it precedes
        return checked(parsed)


class _LogsParser(_Guarded, JSONParser):
    def _handle_list(self, shape: Any, node: Any) -> Any:
        return node if is_left_as_decoded(shape) else super()._handle_list(shape, node)  # type: ignore[misc] # as above


class _Ec2Parser(_Guarded, ItemByItem, EC2QueryParser):
    pass


class _QueryParser(_Guarded, QueryParser):
    pass


_PARSERS: Final[Mapping[str, Callable[..., Any]]] = {"json": _LogsParser, "ec2": _Ec2Parser, "query": _QueryParser}
