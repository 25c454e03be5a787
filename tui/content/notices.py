"""The words of a notice: one line for each change of what carries traffic, and the window's title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tui.content.layout.symbols import VERDICT
from tui.domain.acceptance.notices import Change, Standing
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.fleet import Fleet

_LOUDEST_FIRST: Final = (Verdict.DOWN, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.REDUNDANT)
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """A change and what is known of it: the time (ms) of the report, the connection's name, the leading cause.

    `cause_of` is the outside IP of the tunnel with that cause.
    """

    change: Change
    at: int
    name: str
    site: str = ""
    cause: Diagnosis | None = None
    cause_of: str = ""

    @property
    def text(self) -> str:
        """One line: `▲ hq 1/2: 203.0.113.17 carries no traffic, pre-shared keys differ`."""
        standing = self.change.after
        symbol, word, _ = VERDICT[standing.verdict]
        return f"{symbol} {self.name} {_count(standing)}: {self._what_changed() or word}{self._why()}"

    def _what_changed(self) -> str:
        changed = (self.change.lost, "no traffic"), (self.change.back, "traffic again")
        return ", ".join(_carry(ips, content) for ips, content in changed if ips)

    def _why(self) -> str:
        if self.cause is None:
            return ""
        is_plain = self.change.lost == (self.cause_of,) and not self.change.back
        return f", {self.cause.cause.brief}" if is_plain else f"; {self.cause_of}: {self.cause.cause.brief}"


def _carry(ips: Sequence[str], content: str) -> str:
    return f"{' and '.join(ips)} {'carries' if len(ips) == 1 else 'carry'} {content}"


def notice_text(notices: Sequence[Notice]) -> str:
    """Return one line for changes that are reported together, the worst first."""
    ordered = sorted(notices, key=lambda notice: _LOUDEST_FIRST.index(notice.change.after.verdict))
    left = len(ordered) - _MOST_SHOWN
    return "; ".join(notice.text for notice in ordered[:_MOST_SHOWN]) + (f"; and {left} more" if left > 0 else "")


def window_title(fleet: Fleet, standings: Mapping[str, Standing]) -> str:
    """Return the window's title: the worst connection and how many of its tunnels carry traffic, `▲ hq 1/2`.

    If several are in trouble it says how many more; if none is, how many of all tunnels carry traffic.
    """
    known = [(connection, standings[connection.id]) for connection in fleet.connections if connection.id in standings]
    if not known:
        return "tunnelwatch"
    first, worst = min(known, key=lambda pair: _LOUDEST_FIRST.index(pair[1].verdict))
    symbol = VERDICT[worst.verdict][0]
    if worst.verdict is Verdict.REDUNDANT:
        carrying = sum(standing.carrying for _, standing in known)
        return f"{symbol} {carrying}/{sum(len(standing.carries) for _, standing in known)} tunnelwatch"
    if worst.verdict is Verdict.UNKNOWN:
        return f"{symbol} tunnelwatch"
    more = sum(1 for _, standing in known if standing.verdict in (Verdict.DOWN, Verdict.AT_RISK)) - 1
    return f"{symbol} {first.label} {_count(worst)}{f' +{more}' if more else ''}"


def _count(standing: Standing) -> str:
    return f"{standing.carrying}/{len(standing.carries)}"
