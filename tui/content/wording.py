"""The words that several pages share, each chosen once: ages, beginnings, EC2's status."""

from collections.abc import Callable
from functools import partial
from typing import Final

from tui.domain.inventory import Telemetry, TunnelFacts
from tui.domain.state.since import Since
from tui.domain.times import MINUTE, age, iso, when

Moment = Callable[[int], str]
"""Writes an instant (ms): as the reader's clock shows it, or in a form readable anywhere."""

ANYWHERE: Final[Moment] = iso
"""The notation for what leaves the machine: ISO 8601, UTC."""
EC2_STATUS: Final = {True: "UP", False: "DOWN"}
_LATE: Final = MINUTE
"""Delay from which delivery counts as late, ms: CloudWatch usually takes some seconds, and a minute changes what the
screen can show."""
ON_OR_OFF: Final = {True: "on", False: "off", None: ""}


def clock_notation(*, now: int, utc: bool) -> Moment:
    """Return the notation of instants on a screen at `now` (ms): the time of day, with the date beyond a day."""
    return partial(when, now=now, utc=utc)


def age_of(value: Since[bool | None], now: int) -> str:
    """Return how long a value has held, in one coarse unit: `41s`; `≥3m` if it began before the look-back."""
    if value.at is None:
        return ""
    return ("" if value.seen else "≥") + age(now - value.at)


def beginning(value: Since[bool | None], moment: Moment) -> str:
    """Return `12:04:31`, `12:04:31 or earlier` if the beginning was not logged, or nothing if unknown."""
    if value.at is None:
        return ""
    return moment(value.at) + ("" if value.seen else " or earlier")


def since(value: Since[bool | None], moment: Moment) -> str:
    """Return ` since 12:04:31` or ` since 12:04:31 or earlier`, to follow a state; empty if unknown."""
    return f" since {beginning(value, moment)}" if value.at is not None else ""


def ec2_status(telemetry: Telemetry) -> str:
    """Return EC2's own word for the tunnel."""
    return EC2_STATUS[telemetry.is_up]


def ec2_status_since(telemetry: Telemetry, moment: Moment) -> str:
    """Return EC2's word with the time of its last change, if EC2 gives one."""
    start = f" since {moment(telemetry.since)}" if telemetry.since is not None else ""
    return f"{ec2_status(telemetry)}{start}"


def delivery_note(longest: int | None) -> str:
    """Return how late CloudWatch delivers, if that is late enough to matter; else nothing."""
    if longest is None or longest < _LATE:
        return ""
    return f"CloudWatch delivers up to {-(-longest // MINUTE)} min late"


def maintenance(facts: TunnelFacts, moment: Moment) -> str:
    """Return one line about pending maintenance of the tunnel's endpoint, empty if there is none."""
    if not facts.maintenance_pending:
        return ""
    forced_at = facts.maintenance_forced_at
    deadline = f"; AWS applies it by itself after {moment(forced_at)}" if forced_at is not None else ""
    return f"Maintenance of this tunnel's endpoint is pending{deadline}. It interrupts the tunnel."
