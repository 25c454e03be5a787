"""Creates a session of either library from profile, region and endpoint, and its clients.

The libraries are imported here and never at the top of a module: with the service models, aiobotocore takes 0.5 to 1 s,
which a thread pays while the screen is already drawn.
"""

import os
import shlex
import ssl
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Never, Protocol
from urllib.parse import urlsplit

from tui.domain.text import clean
from tui.feed.aws.errors import SettingsError, misread_as
from tui.feed.aws.target import AwsTarget, host_of

_CONNECTIONS: Final = 40  # each live session holds one for hours; the usual pool of ten would starve the short calls


class Session(Protocol):
    """The interface of a session: `aiobotocore_session.Session` or `threaded_session.Session`."""

    def run_helpers_ourselves(self) -> None:
        """Let a credential helper end with the call that waits for it. Raises ProfileNotFound."""

    def config(self, **settings: Any) -> Any:
        """Return a client's config with these settings."""

    def open_client(self, service: str, **options: Any) -> AbstractAsyncContextManager[Any]:
        """Return a context manager that yields a client whose operations are awaited."""

    async def load_credentials(self) -> Any:
        """Return the credentials, or None if there are none; their `get_frozen_credentials` is awaited."""

    def get_scoped_config(self) -> Mapping[str, Any]:
        """Return the settings of the profile."""

    def take_on_role(self, credentials: Any, role_arn: str, target: AwsTarget, **options: str) -> Any:
        """Return a role's credentials, with which every client signs from now on."""


def open_session(target: AwsTarget, services: Sequence[str], *, in_threads: bool = False) -> tuple[Session, AwsTarget]:
    """Return a session, and the target with the profile and region chosen by the settings.

    The session is aiobotocore's or, with `in_threads`, botocore's. Blocks while reading config files and the models of
    `services`. Raises SettingsError, OSError and botocore's errors if the settings are unusable. Every new session
    reads the config files again; a session that lives on would keep expired credentials.
    """
    session = _new_session(target.profile, in_threads=in_threads)
    from tui.feed.aws.sessions.botocore_internals import set_mfa_prompter

    with misread_as(SettingsError, "a config file holds what botocore cannot read"):
        session.get_scoped_config()  # raises ProfileNotFound now rather than in a later call
        set_mfa_prompter(session, partial(_refuse_mfa, session.profile or "default"))
        session.run_helpers_ourselves()
        _check_ca_bundle(session)
        for service in services:
            _check_endpoint(session, target, service)
        _load_models(session, () if in_threads else services)
        # botocore reads only AWS_DEFAULT_REGION; the AWS CLI and the other SDKs prefer AWS_REGION.
        region = target.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    return session, replace(target, profile=session.profile, region=region)


def _new_session(profile: str | None, *, in_threads: bool) -> Any:
    if in_threads:
        from tui.feed.aws.sessions.threaded_session import Session as ThreadedSession

        return ThreadedSession(profile)
    from tui.feed.aws.sessions.aiobotocore_session import Session as AioSession

    return AioSession(profile)


def create_client(session: Session, target: AwsTarget, service: str, *, streams: bool) -> Any:
    """Return a context manager that yields a client. With `streams` it waits longer and never repeats a call."""
    has_own_endpoint = own_endpoint(session, target, service) is not None
    return session.open_client(
        service,
        region_name=target.region,
        endpoint_url=target.endpoint_url,
        config=session.config(**_settings(streams=streams, has_own_endpoint=has_own_endpoint)),
    )


def own_endpoint(session: Any, target: AwsTarget, service: str) -> str | None:
    """Return the endpoint set for a service by any means, None if it is AWS's own."""
    from tui.feed.aws.sessions.botocore_internals import configured_endpoint

    return target.endpoint_url or configured_endpoint(session, service)


def _settings(*, streams: bool, has_own_endpoint: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "connect_timeout": 5,
        "read_timeout": 60 if streams else 20,
        "max_pool_connections": _CONNECTIONS,
        "retries": {"mode": "standard", "total_max_attempts": 1 if streams else 2},
        "user_agent_extra": "tunnelwatch",
    }
    if has_own_endpoint:
        # Live Tail's host at AWS is `stream-logs.…`; with another endpoint the prefixed name does not exist.
        settings["inject_host_prefix"] = False
    return settings


def _load_models(session: Any, services: Sequence[str]) -> None:
    """Load the models for clients: the event loop then creates one in 10 ms rather than 200."""
    from tui.feed.aws.sessions.service_models import loader

    models = loader(session.get_config_variable("data_path"))
    session.register_component("data_loader", models)
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        models.load_data_with_path(name)
    for service in services:
        for kind in ("service-2", "endpoint-rule-set-1"):
            models.load_service_model(service, kind)


def _refuse_mfa(profile: str, _prompt: str) -> Never:
    raise SettingsError(
        "the role asks for an MFA code, which cannot be entered here. Let the AWS CLI ask for it: run "
        f"`eval $(aws configure export-credentials --format env --profile {shlex.quote(clean(profile))})`, then start "
        "without --profile"
    )


def _check_ca_bundle(session: Any) -> None:
    path = session.get_config_variable("ca_bundle")
    if not path:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=_first_certificate(Path(path)))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        name = next((name for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE") if os.environ.get(name)), "ca_bundle")
        raise SettingsError(f"{name} names the file {path}, which cannot be read as certificates ({reason})") from None


def _first_certificate(path: Path) -> str:
    """Return the first certificate in a file: reading a whole bundle takes 25 ms, and the client does so anyway.

    Raises OSError or ValueError if there is none.
    """
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    text = path.read_text(encoding="utf-8", errors="replace")
    start = text.index(begin)
    return text[start : text.index(end, start) + len(end)]


def _check_endpoint(session: Any, target: AwsTarget, service: str) -> None:
    url = own_endpoint(session, target, service)
    if url is None:
        return
    name = "--endpoint-url" if target.endpoint_url else "AWS_ENDPOINT_URL, or endpoint_url in the profile,"
    if fault := _fault_of_endpoint(url):
        raise SettingsError(f"{name} {fault}: {host_of(url) or 'it names no host'}")


def _fault_of_endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "has a host or port that cannot be"
    if parts.scheme not in ("http", "https"):
        return "does not begin with https:// or http://"
    if parts.username is not None:
        return "holds a user name, which a signed request cannot have"
    return "" if parts.hostname else "names no host"
