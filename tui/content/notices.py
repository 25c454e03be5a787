"""The words of a notice: one line for each change of what carries traffic, and the window's title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tui.content.layout.symbols import VERDICT
from tui.domain.acceptance.notices import Change, Standing
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.state.fleet import Fleet, Verdict

_LOUDEST_FIRST: Final = (Verdict.DOWN, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.REDUNDANT)
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """A change and what is known of it: the time (ms) of the report, the connection's name, the leading cause."""

    change: Change
    at: int
    name: str
    site: str = ""
    cause: Diagnosis | None = None

    @property
    def text(self) -> str:
        """One line: `▲ hq 1/2: 203.0.113.17 carries no traffic, pre-shared keys differ`."""
        standing = self.change.after
        symbol, word, _ = VERDICT[standing.verdict]
        return f"{symbol} {self.name} {_count(standing)}: {self._what_changed() or word}{self._why()}"

    def _what_changed(self) -> str:
        before = dict(self.change.before.carries)
        lost = [ip for ip, carries in self.change.after.carries if carries is False and before.get(ip) is not False]
        back = [ip for ip, carries in self.change.after.carries if carries and not before.get(ip)]
        return ", ".join(_carry(ips, what) for ips, what in ((lost, "no traffic"), (back, "traffic again")) if ips)

    def _why(self) -> str:
        return f", {self.cause.cause.brief}" if self.cause is not None else ""


def _carry(ips: Sequence[str], what: str) -> str:
    return f"{' and '.join(ips)} {'carries' if len(ips) == 1 else 'carry'} {what}"


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
    return f"{symbol} {first.name or first.id} {_count(worst)}{f' +{more}' if more else ''}"


def _count(standing: Standing) -> str:
    return f"{standing.carrying}/{len(standing.carries)}"
