"""The texts of the queries, which ask for as few lines as possible.

A healthy tunnel behind NAT logs DPD and packets all day, with both phases established: none of that changes a state.
Such lines are recognised by the message alone, since a delivery may rename its fields or have none.
"""

import re
from collections.abc import Collection
from typing import Final

ROUTINE: Final = (
    r"(?i)sen(t|ding)( a)? DPD (request|ACK|response)|(sending|received) packet: from|keep-? ?alive|for INFORMATIONAL"
)
"""A pattern that matches DPD, packet and NAT keepalive messages, and no others of an IKE log."""
PHASE_UP: Final = r"""(?i)phase_?{}_?state["']?\s*[:=]\s*["']?established"""
"""A pattern for a record in which a phase is established, in any delivery format."""
BGP_UP: Final = r"""["']?status["']?\s*[:=]\s*["']?UP"""
"""A pattern for a record of the BGP log in which the session is established."""
_FIELDS: Final = "fields @timestamp, @ingestionTime, @log, @logStream, @message"
_IN_ORDER: Final = "sort @timestamp asc"
_LONGEST_LIST: Final = 8_000
"""The maximum length of all stream names in a query, which may have 10,000 characters."""


def informative_lines(streams: Collection[str] | None, limit: int) -> str:
    """Return the query for all lines but the routine of tunnels that are up, narrowed to `streams` if given."""
    up = (PHASE_UP.format(phase) for phase in (1, 2))
    conditions = " or ".join(f"@message not like /{pattern}/" for pattern in (ROUTINE, *up))
    return _query(streams, f"filter {conditions}", _IN_ORDER, f"limit {limit}")


def all_lines(streams: Collection[str] | None, limit: int) -> str:
    """Return the query for every line."""
    return _query(streams, _IN_ORDER, f"limit {limit}")


def first_lines(streams: Collection[str] | None, limit: int) -> str:
    """Return the query for the first line of each stream."""
    return _query(streams, _IN_ORDER, "dedup @log, @logStream", f"limit {limit}")


def last_lines(streams: Collection[str] | None, limit: int, *, up: bool) -> str:
    """Return the query for the last line of each stream; without `up`, for the last line that is not up.

    Of several lines in one millisecond a query may return any, so the last line alone would not suffice.
    """
    phases = (f"@message not like /{PHASE_UP.format(phase)}/" for phase in (1, 2))
    not_up = (f"filter ({' or '.join(phases)}) and @message not like /{BGP_UP}/",)
    return _query(streams, *(() if up else not_up), "sort @timestamp desc", "dedup @log, @logStream", f"limit {limit}")


def is_up(message: str) -> bool:
    """Whether a line says that both phases, or BGP, are established, as `last_lines` asks."""
    return re.search(BGP_UP, message) is not None or all(re.search(PHASE_UP.format(phase), message) for phase in (1, 2))


def _query(streams: Collection[str] | None, *commands: str) -> str:
    # A separate filter, so that the index on @logStream, which every group has, skips the other streams.
    names = ", ".join(f'"{stream}"' for stream in sorted(streams or ()))
    chosen = (f"filter @logStream in [{names}]",) if can_be_listed(streams) else ()
    return "\n| ".join((_FIELDS, *chosen, *commands))


def can_be_listed(streams: Collection[str] | None) -> bool:
    """Whether the names of these streams fit into a query. A name has no colon or asterisk, but may have a quote."""
    if not streams or any('"' in stream or "\\" in stream for stream in streams):
        return False
    return sum(len(stream) + 4 for stream in streams) <= _LONGEST_LIST
