"""Where the sources on a tunnel disagree, or the newest of them is old, as values."""

from dataclasses import dataclass
from enum import StrEnum


class DoubtKind(StrEnum):
    """Why a judgement may be wrong."""

    EC2_NEWER = "ec2_newer"
    """EC2's change is newer than the last record of the log, and says the opposite: EC2 counts."""
    REPLACED = "replaced"
    """AWS replaced the endpoint after the last record of the log: what it knew of SAs is gone."""
    EC2_BEHIND = "ec2_behind"
    """EC2 does not know yet what the log saw within the last minutes: the log counts."""
    EC2_DIFFERS = "ec2_differs"
    """Both had the time to notice, and they differ: the log counts."""
    LINE_AGAINST_STATE = "line_against_state"
    """A line announces the end while its own state fields, and nothing since, say that the tunnel stands."""
    ALIVE_ALL_THE_SAME = "alive_all_the_same"
    """The log took the tunnel for dead, yet BGP or EC2 shows that it carries traffic."""
    LOG_QUIET = "log_quiet"
    """The log is silent for longer than this tunnel's usually is, and no other source tells anything."""
    LOG_OLD = "log_old"
    """The same for longer than a phase 2 SA lives, whose rekey would have been logged."""
    LOG_TOO_OLD = "log_too_old"
    """The same for longer than two of them live: whether the tunnel is up is not known any more."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Where the sources disagree, or the newest of them is old; `tui.content.doubt` has the words.

    `logged_at`: the log's last record. `log_says_up` and `ec2_says_up`: the two statements, None where there is none.
    """

    kind: DoubtKind
    logged_at: int | None = None
    log_says_up: bool | None = None
    ec2_says_up: bool | None = None
    ec2_message: str = ""
    ec2_since: int | None = None
    """When EC2's status changed, or when the endpoint was replaced."""
