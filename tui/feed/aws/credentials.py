"""The credentials of a session: loaded once, and refreshed while calls go on."""

import asyncio
import os
from typing import Any, Final

from tui.feed.aws.errors import CredentialsError, SettingsError, misread_as

_PARTS: Final = ("access key id", "secret access key", "session token")
_SOURCES: Final = {
    "env": "the AWS_* environment variables",
    "shared-credentials-file": "the credentials file",
    "config-file": "the config file",
    "custom-process": "the answer of credential_process",
}
"""Where credentials come from, by botocore's name of the method."""


class Credentials:
    """Sees that a session has credentials that can sign, before botocore uses them without checking."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._credentials: Any = None
        self._loading = asyncio.Lock()

    async def ensure(self) -> None:
        """Load the credentials on the first call; later ones refresh those that are about to expire.

        A refresh holds up the call that begins it. Others wait only where what they have is about to expire: that is
        botocore's own rule. Raises CredentialsError, SettingsError and botocore's errors. A session without any
        credentials passes: its first call says so.
        """
        try:
            with misread_as(CredentialsError):
                if self._credentials is None:
                    async with self._loading:
                        self._credentials = self._credentials or await self._session.get_credentials()
                frozen = await self._credentials.get_frozen_credentials() if self._credentials is not None else None
        except OSError as error:
            if error.filename is None:
                raise
            raise SettingsError(f"{self._setting(str(error.filename))}: {error}") from None
        for part, value in zip(_PARTS, frozen or (), strict=False):
            if isinstance(value, str) and not (value.isascii() and value.isprintable() and " " not in value):
                source = _SOURCES.get(str(getattr(self._credentials, "method", "")), "the credential provider")
                raise SettingsError(f"the {part} from {source} holds a line break or another character that none has")

    def _setting(self, filename: str) -> str:
        """Return the setting that names a file which cannot be used."""
        config = self._session.get_scoped_config()
        if filename in (config.get("web_identity_token_file"), os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")):
            return "the web identity token file cannot be read"
        if filename in str(config.get("credential_process", "")):
            return "credential_process cannot be run"
        return "a file of the credentials cannot be read"
