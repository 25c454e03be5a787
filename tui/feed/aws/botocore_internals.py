"""Every use of what botocore keeps private or undocumented, in one place; aiobotocore's is in `aiobotocore_session`.

Checked against botocore 1.43; `tests/feed/test_botocore_internals.py` fails where a later version works otherwise.
Importing this imports botocore.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.configprovider import ConfiguredEndpointProvider
from botocore.parsers import ResponseParserError
from botocore.utils import get_environ_proxies

from tui.feed.aws.errors import RedirectError
from tui.feed.aws.target import host_of

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer. EC2 describes all connections in one, some 12 KB each; a page of events is a megabyte or two."""


def with_a_code_of_text(parsed: Any) -> Any:
    """Return what a parser made of an answer; an error's code is a text, because botocore looks it up in a table."""
    error = parsed.get("Error") if isinstance(parsed, dict) else None
    if isinstance(error, dict) and not isinstance(error.get("Code"), str):
        error["Code"] = ""
    return parsed


class OwnParsers:
    """Before a factory of parsers: those of the protocols that CloudWatch Logs, EC2 and STS speak are ours.

    botocore walks through an answer by the model of its fields and does not check that they are there: an answer of
    another shape raises whatever comes. From our parsers that is a ResponseParserError.
    """

    def __init__(self, parsers: Mapping[str, Callable[..., Any]]) -> None:
        """`parsers` by the protocol as botocore names it."""
        super().__init__()
        self._parsers = parsers
        self._options: dict[str, Any] = {}

    def set_parser_defaults(self, **options: Any) -> None:
        """Remember the options that botocore wants its parsers made with."""
        super().set_parser_defaults(**options)  # type: ignore[misc]  # of the factory that it stands before
        self._options.update(options)

    def create_parser(self, protocol_name: str) -> Any:
        """Return the parser of a protocol: ours, else that of the factory behind."""
        parser = self._parsers.get(protocol_name)
        if parser is not None:
            return parser(**self._options)
        return super().create_parser(protocol_name)  # type: ignore[misc]  # as above


def is_left_as_decoded(shape: Any) -> bool:
    """Whether a list of an answer is left as JSON has it: the events of FilterLogEvents and those of Live Tail.

    The walk through the model of each field takes 5 µs an event, more than the decoding itself, and gives back what was
    there: texts and whole numbers. Whoever reads them checks the types anyway.
    """
    return shape.name in ("FilteredLogEvents", "LiveTailSessionResults")


def refuse_redirect(response: Any) -> None:
    """Raise RedirectError for an answer that names another place, which would be given the session token, too.

    AWS's APIs never redirect.
    """
    if 300 <= response.status_code < 400:
        response.raw.close()
        raise RedirectError


def too_large() -> ResponseParserError:
    """Return the error of an answer that is larger than any of AWS's."""
    return ResponseParserError(f"an answer of more than {MAX_ANSWER:,} bytes")


def replace_http_session(client: Any, wrap: Callable[[Any], Any]) -> None:
    """Have a client send its requests by what `wrap` makes of the session that it sends them by now."""
    client._endpoint.http_session = wrap(client._endpoint.http_session)


def configured_endpoint(session: Any, service: str) -> str | None:
    """Return the endpoint that the environment or the config files set for a service, as botocore will resolve it."""
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    provider = ConfiguredEndpointProvider(
        full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
    )
    endpoint: str | None = provider.provide()
    return endpoint


def host_and_proxy(client: Any, operation: str) -> tuple[str, str]:
    """Return the host that an operation is asked at, and the proxy on the way, empty without: both as `host:port`.

    botocore chooses the proxy by the host of the service, before an operation's prefix is put in front of it.
    """
    url, prefix = client.meta.endpoint_url, ""
    if client.meta.config.inject_host_prefix:
        prefix = (client.meta.service_model.operation_model(operation).endpoint or {}).get("hostPrefix", "")
    return prefix + host_of(url), host_of(get_environ_proxies(url).get(urlsplit(url).scheme, ""))


def set_helper_runner(session: Any, run: Callable[..., Any]) -> None:
    """Have each `credential_process` started by `run`, as `subprocess.Popen` would be: the library's own would outlive
    the call that waits for it.

    That of a `source_profile` is run by a provider that is made only then.
    """
    providers = session.get_component("credential_provider")
    providers.get_provider("custom-process")._popen = run
    builder = providers.get_provider("assume-role")._profile_provider_builder
    create = builder._create_process_provider

    def create_with_our_runner(profile_name: str) -> Any:
        provider = create(profile_name)
        provider._popen = run
        return provider

    builder._create_process_provider = create_with_our_runner


def set_mfa_prompter(session: Any, prompter: Callable[[str], str]) -> None:
    """Have `prompter` asked for the MFA code of a role. botocore's own reads the terminal and blocks the event loop."""
    session.get_component("credential_provider").get_provider("assume-role")._prompter = prompter


def do_not_refresh_ahead(credentials: Any) -> None:
    """Have credentials refreshed only when they do not serve any more: whoever signs with them then waits for it."""
    credentials._advisory_refresh_timeout = credentials._mandatory_refresh_timeout
