"""A call that changed something at AWS, from CloudTrail's event history."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrailChange:
    """A call that changed something about a connection: when (ms, AWS's clock), by whom, from where.

    `user` is readable: `user ops`, `role netops/alice`. `options` are the names of what was changed, never their
    values. With `by_aws` an AWS service made the call, and `user` is its name.
    """

    at: int
    call: str
    user: str
    source_ip: str = ""
    connection: str = ""
    outside_ip: str = ""
    """Empty if the call concerned the whole connection."""
    options: tuple[str, ...] = ()
    by_aws: bool = False

    @property
    def who(self) -> str:
        """The caller and its address, such as `role netops/alice from 203.0.113.9`; or AWS itself."""
        if self.by_aws:
            return f"AWS itself ({self.user})" if self.user else "AWS itself"
        return f"{self.user or 'an unnamed caller'}{f' from {self.source_ip}' if self.source_ip else ''}"
