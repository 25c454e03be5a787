"""One call that changed something at AWS, as CloudTrail's event history has it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrailChange:
    """A call that changed something about a connection: when (ms, AWS's clock), by whom, from where.

    `user` reads as a person would say it: `user ops`, `role netops/alice`. `options` are the names of what was changed,
    never their values. `by_aws`: a service of AWS made the call, and `user` is its name.
    """

    at: int
    call: str
    user: str
    source_ip: str = ""
    connection: str = ""
    outside_ip: str = ""
    """Empty where the call was about the whole connection."""
    options: tuple[str, ...] = ()
    by_aws: bool = False

    @property
    def who(self) -> str:
        """Who made the call and from which address, such as `role netops/alice from 203.0.113.9`; or AWS itself."""
        if self.by_aws:
            return f"AWS itself ({self.user})" if self.user else "AWS itself"
        return f"{self.user or 'an unnamed caller'}{f' from {self.source_ip}' if self.source_ip else ''}"
