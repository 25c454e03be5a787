"""One account in one region, and the ARNs of its resources."""

from dataclasses import dataclass
from typing import Final

USER: Final = "demo"
SESSION: Final = "tunnelwatch"


@dataclass(frozen=True, slots=True)
class Account:
    """An account in a region."""

    region: str = "eu-west-1"
    id: str = "123456789012"
    role: str = ""
    """The name of the role that reaches it; empty if the user's own keys do."""

    @property
    def user_arn(self) -> str:
        """The caller's ARN: that of the user or of the role's session."""
        if self.role:
            return f"arn:aws:sts::{self.id}:assumed-role/{self.role}/{SESSION}"
        return f"arn:aws:iam::{self.id}:user/{USER}"

    @property
    def role_arn(self) -> str:
        """The role's ARN, empty if there is none."""
        return f"arn:aws:iam::{self.id}:role/{self.role}" if self.role else ""

    @property
    def principal_arn(self) -> str:
        """The ARN under which IAM keeps the caller's policies."""
        return self.role_arn or self.user_arn

    def group_arn(self, name: str) -> str:
        """Return a log group's ARN, without the `:*` that most answers add."""
        return f"arn:aws:logs:{self.region}:{self.id}:log-group:{name}"

    def delivery_arn(self, kind: str, name: str) -> str:
        """Return the ARN of a delivery or an end of it; `kind` is delivery, delivery-source or delivery-destination."""
        return f"arn:aws:logs:{self.region}:{self.id}:{kind}:{name}"

    def connection_arn(self, connection: str) -> str:
        """Return the ARN of a VPN connection."""
        return f"arn:aws:ec2:{self.region}:{self.id}:vpn-connection/{connection}"

    def group_name(self, arn: str) -> str | None:
        """Return the name of a log group of this account and region; None for any other ARN."""
        prefix = self.group_arn("")
        return arn[len(prefix) :] if arn.startswith(prefix) else None
