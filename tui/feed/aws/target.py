"""The account, region and endpoint to call: as given by the user, or as resolved."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from tui.domain.text import clean


@dataclass(frozen=True, slots=True)
class AwsTarget:
    """The profile, region and endpoint to call. None means the value from the AWS environment and config files.

    `role_arn` is a role to assume with the profile's credentials, `external_id` the id required by its account.
    `connections` is the target for EC2 and CloudTrail, if another account reads the logs.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    connections: "AwsTarget | None" = None

    @property
    def description(self) -> str:
        """For use in a sentence: `eu-west-1 (profile prod)`, with the host if an endpoint was given."""
        parts = [clean(self.region) if self.region else "the AWS account"]
        if self.endpoint_url:
            parts.append(f"at {self.host}")
        return " ".join(parts) + self.profile_suffix

    @property
    def profile_suffix(self) -> str:
        """The profile in parentheses after a space, or nothing."""
        return f" (profile {clean(self.profile)})" if self.profile else ""

    @property
    def host(self) -> str:
        """The endpoint's host and port."""
        return host_of(self.endpoint_url or "")


def host_of(url: str) -> str:
    """Return the host and port of a URL, never its user part, which may contain a password."""
    try:
        return clean(urlsplit(url).netloc.rpartition("@")[2])
    except ValueError:
        return "the given endpoint"
