"""The timeline of a watch, made again only when the time of one cell has passed or something has happened."""

from collections.abc import Callable
from typing import Final

from tui.app.view.memo import Memo
from tui.content.past.timeline import OutagesOf, Timeline, strip_width, timeline
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Key
from tui.domain.times import HOUR, MINUTE
from tui.feed.intake import Intake

QUARTER: Final = 15 * MINUTE
"""The shortest span of a timeline."""


class TimelineState:
    """Keeps the last timeline, and the strips of the fleet that it was made from."""

    def __init__(self) -> None:
        self._memo: Memo[Timeline] = Memo()
        self._strips: tuple[Fleet, Timelines] | None = None

    def of(
        self,
        known: Intake,
        outages: OutagesOf,
        *,
        now: int,
        span: int | None,
        width: int,
        at: int | None,
        keys: frozenset[Key] | None,
        shown: int | None = None,
        is_held: bool = False,
        goes_on_until: int | None = None,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> Timeline | None:
        """Return the timeline of the tunnels with these keys (all if empty), for a page of this width.

        Returns None if it may not go on before it has all of them; the next call continues.

        `span` is how far it goes back, ms, None for the whole look-back; `at` is the moment that the user points at,
        None for the present, or for the earlier moment that is `shown`: everything after that is drawn faintly.
        `goes_on_until` is the end of a recording. If the page `is_held`, events after `now` change nothing.
        """
        fleet = known.fleet
        until = fleet.known_until(now)
        since = known.state.since
        span = span or max(QUARTER, until - since if since is not None else HOUR)
        if shown is not None and shown < until - span:
            until = shown + span // 2  # so that the moment stands in the middle
        grid = Grid.of(until=until, span=span, most=strip_width(width))
        at = shown if at is None else at
        cursor = None if at is None else (at - grid.start) // grid.cell
        revision = None if is_held else fleet.revision
        key = (fleet, grid, until // grid.cell, cursor, keys, revision, fleet.marks, shown and shown // grid.cell)
        timelines = self._timelines_of(fleet)
        chosen = (tunnel for tunnel in fleet.tunnels if keys is None or (tunnel.connection, tunnel.outside_ip) in keys)
        is_known = self._memo.has((*key, goes_on_until))
        if not is_known and not timelines.prepare(chosen, grid, now=until, may_go_on=may_go_on):
            return None
        return self._memo.get(
            (*key, goes_on_until),
            lambda: timeline(
                fleet,
                timelines,
                grid=grid,
                until=until,
                outages=outages,
                keys=keys,
                cursor=cursor,
                shown=shown,
                goes_on_until=goes_on_until,
            ),
        )

    def _timelines_of(self, fleet: Fleet) -> Timelines:
        if self._strips is None or self._strips[0] is not fleet:
            self._strips = fleet, Timelines(fleet)
        return self._strips[1]
