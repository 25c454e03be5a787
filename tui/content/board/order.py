"""The order of the connections on the board."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from math import inf
from typing import Any, Final

from tui.content.board.board import WORST_FIRST
from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.domain.events import Phase
from tui.domain.knowledge.rule import Severity

FEW: Final = 3
"""Number of connections up to which they keep their places, where the user expects them; more do not fit a screen of
24 lines."""
DOZENS: Final = 36
"""Number of connections that can be scanned by eye. Beyond it, calm ones fold, and those down precede those at risk;
up to it they change places only when trouble begins or ends."""
_PHASES: Final = (Phase.DOWN, Phase.NEGOTIATING, Phase.UNKNOWN, Phase.REKEYING, Phase.ESTABLISHED)
_SWITCH: Final = (False, True, None)
_SEVERITIES: Final = (Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.OK, None)


class Order(StrEnum):
    """What the connections are sorted by. Except by name, the worst, newest or highest comes first."""

    WORST = "worst"
    NAME = "name"
    CHANGE = "change"
    FLAPS = "flaps"
    PHASE_1 = "phase1"
    PHASE_2 = "phase2"
    BGP = "bgp"
    DPD = "dpd"
    NAT_T = "nat-t"
    CAUSE = "cause"


MAIN: Final = (Order.WORST, Order.NAME, Order.CHANGE, Order.FLAPS)
"""The orders that the key cycles through; the others belong to columns."""
ORDER_WORDS: Final = {
    Order.WORST: "in trouble come first",
    Order.NAME: "by name",
    Order.CHANGE: "by their last change, the newest first",
    Order.FLAPS: "that went down most often come first",
}

_OF_A_TUNNEL: Final[dict[Order, Callable[[TunnelRow], Any]]] = {
    Order.FLAPS: lambda row: -row.flaps,
    Order.PHASE_1: lambda row: _PHASES.index(row.phase1),
    Order.PHASE_2: lambda row: _PHASES.index(row.phase2),
    Order.BGP: lambda row: _SWITCH.index(row.bgp_is_up),
    Order.DPD: lambda row: _SWITCH.index(row.dpd),
    Order.NAT_T: lambda row: _SWITCH.index(row.nat_t),
    Order.CAUSE: lambda row: (_SEVERITIES.index(row.severity), row.cause or "~"),
}


def ordered(rows: Sequence[ConnectionRow], order: Order, *, is_reversed: bool = False) -> Sequence[ConnectionRow]:
    """Return the connections, given by name, in this order; equal ones stay sorted by name."""
    if order is Order.WORST:
        after = rows if len(rows) <= FEW else sorted(rows, key=_worst if len(rows) > DOZENS else _trouble)
    elif order is Order.CHANGE:
        after = sorted(rows, key=lambda row: inf if row.changed_at is None else -row.changed_at)
    elif order is Order.NAME:
        after = rows
    else:
        after = sorted(rows, key=lambda row: _first(row.tunnels, _OF_A_TUNNEL[order]))
    return after[::-1] if is_reversed else after


def _worst(row: ConnectionRow) -> int:
    return WORST_FIRST.index(row.standing)


def _trouble(row: ConnectionRow) -> bool:
    return not row.is_troubled


def _first(tunnels: Iterable[TunnelRow], key: Callable[[TunnelRow], Any]) -> tuple[bool, Any]:
    """Return the sort key of a connection: that of its first tunnel; connections without tunnels are last."""
    keys = [key(row) for row in tunnels]
    return not keys, min(keys) if keys else None
