"""Disagreements between the sources about a tunnel, or the age of the newest, as values."""

from dataclasses import dataclass
from enum import StrEnum


class DoubtKind(StrEnum):
    """Why a judgement may be wrong."""

    EC2_NEWER = "ec2_newer"
    """EC2's change is newer than the log's last record and says the opposite: EC2 prevails."""
    REPLACED = "replaced"
    """AWS replaced the endpoint after the log's last record: the SAs it knew are gone."""
    EC2_BEHIND = "ec2_behind"
    """EC2 does not yet reflect what the log showed within the last minutes: the log prevails."""
    EC2_DIFFERS = "ec2_differs"
    """Both had time to notice, yet they differ: the log prevails."""
    LINE_AGAINST_STATE = "line_against_state"
    """A line announces the end while its own state fields, and nothing since, say that the tunnel is up."""
    ALIVE_ALL_THE_SAME = "alive_all_the_same"
    """The log shows the tunnel dead, yet BGP or EC2 proves that it carries traffic."""
    LOG_QUIET = "log_quiet"
    """The log has been silent for longer than is usual for this tunnel, and no other source reports anything."""
    LOG_OLD = "log_old"
    """The same for longer than the lifetime of a phase 2 SA, whose rekey would have been logged."""
    LOG_TOO_OLD = "log_too_old"
    """The same for longer than two such lifetimes: whether the tunnel is up is no longer known."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A disagreement between the sources, or the age of the newest; `tui.content.doubts` has the words.

    `logged_at` is the log's last record; `log_says_up` and `ec2_says_up` are the two statements, None if missing.
    """

    kind: DoubtKind
    logged_at: int | None = None
    log_says_up: bool | None = None
    ec2_says_up: bool | None = None
    ec2_message: str = ""
    ec2_since: int | None = None
    """When EC2's status changed, or when the endpoint was replaced."""
