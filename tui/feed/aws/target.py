"""Which account, region and endpoint: as the reader gave it, or as it was resolved."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from tui.domain.text import clean


@dataclass(frozen=True, slots=True)
class AwsTarget:
    """The profile, region and endpoint to ask. None means what the AWS environment and config files say."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @property
    def place(self) -> str:
        """For a sentence: `eu-west-1 (profile prod)`, and at which host where an endpoint was given."""
        parts = [clean(self.region) if self.region else "the AWS account"]
        if self.endpoint_url:
            parts.append(f"at {self.host}")
        return " ".join(parts) + self.who

    @property
    def who(self) -> str:
        """The profile in brackets after a space, or nothing."""
        return f" (profile {clean(self.profile)})" if self.profile else ""

    @property
    def host(self) -> str:
        """The endpoint's host and port. Never its user part, which may hold a password."""
        try:
            return clean(urlsplit(self.endpoint_url or "").netloc.rpartition("@")[2])
        except ValueError:
            return "the given endpoint"
