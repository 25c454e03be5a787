"""Everything derived from the tunnels' states (causes, outages, board, report), cached between two looks."""

from collections.abc import Callable

from tui.content.assessment import diagnosing, judging
from tui.content.board.board import Board
from tui.content.board.fleet_board import FleetBoard
from tui.content.report.report import report
from tui.content.report.values import Report
from tui.content.snapshot import SiteStatus
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.past.conditions import Condition
from tui.domain.past.outages import Outage, Outages
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import HOUR, MINUTE
from tui.feed.intake import Intake


class Known:
    """Derives what is shown of an intake at an instant `now`, ms.

    Each answer costs only what has changed since the last one. `outages` outlive the lines that revealed their causes,
    so they may be passed on from an earlier intake.
    """

    def __init__(self, intake: Intake, outages: Outages) -> None:
        self.intake, self.outages = intake, outages
        self._diagnoser = Diagnoser(intake.fleet)
        self._board = FleetBoard(intake.fleet)
        self._minutes = Timelines(intake.fleet)

    def diagnose(self, tunnel: Tunnel, *, now: int) -> tuple[Diagnosis, ...]:
        """Return the causes of a tunnel's trouble, the leading one first."""
        known = self.intake
        return tuple(diagnosing(self._diagnoser, now=now, feed=known.state, caught_up=known.caught_up)(tunnel))

    def outages_of(self, tunnel: Tunnel, *, now: int) -> tuple[Outage, ...]:
        """Return a tunnel's outages, oldest first."""
        return self.outages.of(tunnel, now=now, current=self.diagnose(tunnel, now=now))

    def subject(self, tunnel: Tunnel, *, now: int) -> TunnelSnapshot:
        """Return a tunnel's snapshot, without its outages."""
        return TunnelSnapshot.of(tunnel, self.intake.fleet, diagnoses=self.diagnose(tunnel, now=now), now=now)

    def board(self, *, now: int, may_go_on: Callable[[], bool]) -> Board:
        """Return the board. `may_go_on` is asked between two connections; the rest follows with the next look."""
        return self._board.look(
            now=now,
            feed=self.intake.state,
            diagnose=lambda tunnel: self.diagnose(tunnel, now=now),
            caught_up=self.intake.caught_up,
            may_go_on=may_go_on,
        )

    @property
    def is_complete(self) -> bool:
        """Whether the last board included every connection that had changed."""
        return self._board.is_complete

    def recent(self, tunnel: Tunnel, *, now: int) -> tuple[Condition, ...]:
        """Return a tunnel's worst condition in each minute of the last hour."""
        until = self.intake.fleet.known_until(now)
        return self._minutes.of(tunnel, Grid.of(until=until, span=HOUR - MINUTE, most=60), now=until)

    def report(self, *, now: int, diagnosed_at: int) -> Report:
        """Return what happened since the look-back began, with the causes as known at `diagnosed_at`, ms."""
        known = self.intake
        return report(
            known.fleet,
            known.state,
            since=known.state.since if known.state.since is not None else now - HOUR,
            now=now,
            diagnose=lambda tunnel: self.diagnose(tunnel, now=diagnosed_at),
            judge=judging(known.fleet, now=now),
            outages=self.outages,
            caught_up=known.caught_up,
        )

    def sites(self, *, now: int) -> tuple[SiteStatus, ...]:
        """Return how each of several sites is read; empty if there is only one."""
        states, marks = self.intake.states, self.intake.fleet.watermarks
        if len(states) <= 1:
            return ()
        return tuple(
            SiteStatus(name, state, now - marks[name] if name in marks else None) for name, state in states.items()
        )
