"""The credentials of a session: loaded once, and refreshed while calls continue."""

import asyncio
import logging
import os
from typing import Any, Final

from tui.feed.aws.error_kinds import foreign_errors
from tui.feed.aws.errors import CredentialsError, SettingsError, misread_as
from tui.feed.aws.sessions.session import Session
from tui.feed.aws.target import AwsTarget

log = logging.getLogger("tunnelwatch.feed.aws.credentials")

_MANDATORY: Final = 600
_ADVISORY: Final = 900
"""Seconds before their expiry at which keys no longer serve, and at which they are refreshed: botocore's own values."""
_PARTS: Final = ("access key id", "secret access key", "session token")
_SOURCES: Final = {
    "env": "the AWS_* environment variables",
    "shared-credentials-file": "the credentials file",
    "config-file": "the config file",
    "custom-process": "the answer of credential_process",
}
"""The sources of credentials, by botocore's name of the method."""


class Credentials:
    """Ensures that a session has credentials that can sign, before botocore uses them unchecked.

    They are used to assume the role of the `target`, if any. `deadline` is how many seconds a provider, such as a
    helper process, may take. `close` ends whatever still runs.
    """

    def __init__(self, session: Session, target: AwsTarget, *, deadline: float) -> None:
        self._session = session
        self._target = target
        self._deadline = deadline
        self._credentials: Any = None
        self._loading = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def ensure(self) -> None:
        """Load the credentials on the first call, and refresh expiring ones on later calls.

        A call waits for a refresh only if its keys no longer serve. Raises CredentialsError, SettingsError and
        botocore's errors. A session without any credentials passes: its first call reports that.
        """
        deadline = asyncio.timeout(self._deadline)
        try:
            with misread_as(CredentialsError):
                async with deadline:
                    frozen = await self._keys()
        except OSError as error:
            if deadline.expired():
                raise CredentialsError(f"nothing came within {self._deadline:.0f} s") from None
            if error.filename is None:
                raise
            raise SettingsError(f"{self._setting(str(error.filename))}: {error}") from None
        for part, value in zip(_PARTS, frozen or (), strict=False):
            if isinstance(value, str) and not (value.isascii() and value.isprintable() and " " not in value):
                source = _SOURCES.get(str(getattr(self._credentials, "method", "")), "the credential provider")
                raise SettingsError(f"the {part} from {source} holds a line break or another character that none has")

    async def close(self) -> None:
        """End a running refresh, and with it the helper process it may be waiting for."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    async def _keys(self) -> Any:
        if self._credentials is None:
            async with self._loading:
                self._credentials = self._credentials or await self._load()
        from botocore.credentials import RefreshableCredentials

        credentials = self._credentials
        if credentials is None:
            return None
        if isinstance(credentials, RefreshableCredentials) and not credentials.refresh_needed(_MANDATORY):
            is_idle = self._refreshing is None or self._refreshing.done()
            if is_idle and credentials.refresh_needed(_ADVISORY):
                self._refreshing = asyncio.create_task(self._refresh())
                # it now holds botocore's lock, and the call below continues with the keys it has
                await asyncio.sleep(0)
        return await credentials.get_frozen_credentials()

    async def _load(self) -> Any:
        credentials = await self._session.load_credentials()
        target = self._target
        if credentials is None or target.role_arn is None:
            return credentials
        options = {"RoleSessionName": "tunnelwatch"}
        if target.external_id:
            options["ExternalId"] = target.external_id
        return self._session.take_on_role(credentials, target.role_arn, target, **options)

    async def _refresh(self) -> None:
        """Refresh keys that still serve; after a failure, a later call tries again."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._credentials.get_frozen_credentials()
        except foreign_errors() as error:  # a TimeoutError is one, too
            log.info("the credentials were not refreshed: %s", type(error).__name__)

    def _setting(self, filename: str) -> str:
        """Return the setting that names an unusable file."""
        config = self._session.get_scoped_config()
        if filename in (config.get("web_identity_token_file"), os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")):
            return "the web identity token file cannot be read"
        if filename in str(config.get("credential_process", "")):
            return "credential_process cannot be run"
        return "a file of the credentials cannot be read"
