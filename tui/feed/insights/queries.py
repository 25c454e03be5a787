"""The texts of the queries: which lines they ask for, and how few.

A healthy tunnel behind NAT logs DPD and packets all day, with both phases established: nothing in them changes a state.
They are told by the message alone, since a delivery may name its fields otherwise or have none.
"""

import re
from collections.abc import Collection
from typing import Final

ROUTINE: Final = (
    r"(?i)sen(t|ding)( a)? DPD (request|ACK|response)|(sending|received) packet: from|keep-? ?alive|for INFORMATIONAL"
)
"""What the messages of DPD, packets and NAT keepalives have in common, and no others of an IKE log."""
PHASE_UP: Final = r"""(?i)phase_?{}_?state["']?\s*[:=]\s*["']?established"""
"""How a record says that a phase is established, in whichever form it is delivered."""
BGP_UP: Final = r"""["']?status["']?\s*[:=]\s*["']?UP"""
"""How a record of the BGP log says that the session is established."""
_FIELDS: Final = "fields @timestamp, @ingestionTime, @log, @logStream, @message"
_IN_ORDER: Final = "sort @timestamp asc"
_LONGEST_LIST: Final = 8_000
"""Characters of stream names in a query, which may have 10,000 in all."""


def telling_lines(streams: Collection[str] | None, limit: int) -> str:
    """Return the query for all lines but the routine of tunnels that are up; `streams` narrow it."""
    up = (PHASE_UP.format(phase) for phase in (1, 2))
    telling = " or ".join(f"@message not like /{pattern}/" for pattern in (ROUTINE, *up))
    return _query(streams, f"filter {telling}", _IN_ORDER, f"limit {limit}")


def all_lines(streams: Collection[str] | None, limit: int) -> str:
    """Return the query for every line."""
    return _query(streams, _IN_ORDER, f"limit {limit}")


def first_lines(streams: Collection[str] | None, limit: int) -> str:
    """Return the query for the first line of each stream."""
    return _query(streams, _IN_ORDER, "dedup @log, @logStream", f"limit {limit}")


def last_lines(streams: Collection[str] | None, limit: int, *, up: bool) -> str:
    """Return the query for the last line of each stream; without `up`, for the last that says it is not up.

    Of lines of one millisecond a query may return any, so the last line alone would not tell.
    """
    phases = (f"@message not like /{PHASE_UP.format(phase)}/" for phase in (1, 2))
    not_up = (f"filter ({' or '.join(phases)}) and @message not like /{BGP_UP}/",)
    return _query(streams, *(() if up else not_up), "sort @timestamp desc", "dedup @log, @logStream", f"limit {limit}")


def is_up(message: str) -> bool:
    """Whether a line says that both phases, or BGP, are established, as `last_lines` asks for it."""
    return re.search(BGP_UP, message) is not None or all(re.search(PHASE_UP.format(phase), message) for phase in (1, 2))


def _query(streams: Collection[str] | None, *commands: str) -> str:
    # A filter of its own, so that the index on @logStream, which every group has, skips what other streams hold.
    names = ", ".join(f'"{stream}"' for stream in sorted(streams or ()))
    chosen = (f"filter @logStream in [{names}]",) if can_be_listed(streams) else ()
    return "\n| ".join((_FIELDS, *chosen, *commands))


def can_be_listed(streams: Collection[str] | None) -> bool:
    """Whether a query has room for the names of these streams. A name holds no colon or asterisk, but may a quote."""
    if not streams or any('"' in stream or "\\" in stream for stream in streams):
        return False
    return sum(len(stream) + 4 for stream in streams) <= _LONGEST_LIST
