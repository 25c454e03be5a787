"""All uses of botocore's private or undocumented parts; those of aiobotocore are in `aiobotocore_session`.

Checked against botocore 1.43; `tests/feed/test_botocore_internals.py` fails if a later version behaves differently.
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
"""The maximum answer in bytes. EC2 describes all connections in one, 12 KB each; a page of events is 1 to 2 MB."""


def checked(parsed: Any) -> dict[str, Any]:
    """Return a parsed answer whose error code is a string, because botocore uses it as a dictionary key.

    Raises ResponseParserError for anything but fields: botocore's parser of JSON makes None of `null`.
    """
    if not isinstance(parsed, dict):
        raise ResponseParserError("an answer without fields")
    error = parsed.get("Error")
    if isinstance(error, dict) and not isinstance(error.get("Code"), str):
        error["Code"] = ""
    return parsed


class OwnParsers:
    """A mixin before a parser factory: for the protocols of CloudWatch Logs, EC2 and STS it creates our parsers.

    botocore follows the model of an answer's fields without checking that they exist, so an answer of another shape
    raises arbitrary exceptions. Our parsers raise ResponseParserError instead.
    """

    def __init__(self, parsers: Mapping[str, Callable[..., Any]]) -> None:
        """`parsers` are keyed by botocore's protocol names."""
        super().__init__()
        self._parsers = parsers
        self._options: dict[str, Any] = {}

    def set_parser_defaults(self, **options: Any) -> None:
        """Store the options with which botocore wants its parsers created."""
        super().set_parser_defaults(**options)  # type: ignore[misc] # of the factory it precedes
        self._options.update(options)

    def create_parser(self, protocol_name: str) -> Any:
        """Return the parser of a protocol: ours, or else that of the wrapped factory."""
        parser = self._parsers.get(protocol_name)
        if parser is not None:
            return parser(**self._options)
        return super().create_parser(protocol_name)  # type: ignore[misc]  # as above


def is_left_as_decoded(shape: Any) -> bool:
    """Whether a list is left as decoded from JSON: the events of FilterLogEvents and Live Tail.

    Following the model of each field takes 5 µs per event, more than decoding it, and returns the same strings and
    integers. The readers check the types anyway.
    """
    return shape.name in ("FilteredLogEvents", "LiveTailSessionResults")


def refuse_redirect(response: Any) -> None:
    """Raise RedirectError for a redirect, whose target would receive the session token.

    AWS's APIs never redirect.
    """
    if 300 <= response.status_code < 400:
        response.raw.close()
        raise RedirectError


def too_large() -> ResponseParserError:
    """Return the error for an answer that is larger than any of AWS's."""
    return ResponseParserError(f"an answer of more than {MAX_ANSWER:,} bytes")


def replace_http_session(client: Any, wrap: Callable[[Any], Any]) -> None:
    """Replace the HTTP session of a client by `wrap` of the present one."""
    client._endpoint.http_session = wrap(client._endpoint.http_session)


def configured_endpoint(session: Any, service: str) -> str | None:
    """Return the endpoint that the environment or the config files set for a service, as botocore resolves it."""
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    provider = ConfiguredEndpointProvider(
        full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
    )
    endpoint: str | None = provider.provide()
    return endpoint


def host_and_proxy(client: Any, operation: str) -> tuple[str, str]:
    """Return the host of an operation and the proxy on the way to it, empty if none; both as `host:port`.

    botocore selects the proxy by the service's host, before an operation's prefix is prepended.
    """
    url, prefix = client.meta.endpoint_url, ""
    if client.meta.config.inject_host_prefix:
        prefix = (client.meta.service_model.operation_model(operation).endpoint or {}).get("hostPrefix", "")
    return prefix + host_of(url), host_of(get_environ_proxies(url).get(urlsplit(url).scheme, ""))


def set_helper_runner(session: Any, run: Callable[..., Any]) -> None:
    """Let `run` start every `credential_process`, like `subprocess.Popen`.

    The library's own helper would outlive the call that waits for it. The helper of a `source_profile` is run by a
    provider that is only created later, which is patched as well.
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
    """Let `prompter` provide a role's MFA code. botocore's own reads the terminal and blocks the event loop."""
    session.get_component("credential_provider").get_provider("assume-role")._prompter = prompter


def do_not_refresh_ahead(credentials: Any) -> None:
    """Refresh credentials only when they no longer serve: the call that signs with them then waits."""
    credentials._advisory_refresh_timeout = credentials._mandatory_refresh_timeout
