"""Detects changes of what carries traffic as batches arrive, and reports them by the means that the user chose."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tui.content.assessment import diagnosing, judging
from tui.content.notices import Notice, window_title
from tui.domain.acceptance.notices import Change, Notices, Standing
from tui.domain.clock import Clock
from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.judgement.verdict import verdict_of
from tui.domain.state.fleet import Applied
from tui.feed.pump import Pump
from tui.feed.source import Batch

_EVERY: Final = 1.0
"""Seconds between two looks."""
_AT_LEAST_EVERY: Final = 10.0
"""Seconds after which the tunnels are judged again without new events, because silence counts, too."""


class Notifier:
    """A sink that reports changes once the look-back is read. `tell` receives the changes of one moment together.

    While it `is_silent`, changes are dropped as if reported, and the title stays.
    """

    def __init__(
        self,
        pump: Pump,
        clock: Clock,
        *,
        tell: Sequence[Callable[[Sequence[Notice]], object]] = (),
        show_title: Callable[[str], object] = lambda text: None,
    ) -> None:
        self._pump = pump
        self._clock = clock
        self._tell = tuple(tell)
        self._show_title = show_title
        self._diagnoser = Diagnoser(pump.fleet)
        self._notices = Notices()
        self._looked_at = self._judged_at = -_AT_LEAST_EVERY
        self._judged: tuple[int, Mapping[str, Standing]] = (-1, {})
        self._title = ""
        self.is_silent = False

    def speak(self) -> None:
        """Stop being silent: show the title at once, and report changes from now on."""
        self.is_silent, self._title = False, ""
        if self._pump.caught_up:
            self._look(self._clock.monotonic())

    def __call__(self, batch: Batch, applied: Applied) -> None:
        """Compare with the last look if that was at least a second ago; the batch's content does not matter."""
        now = self._clock.monotonic()
        if self._pump.caught_up and now - self._looked_at >= _EVERY:
            self._looked_at = now
            self._look(now)

    def _look(self, now: float) -> None:
        revision, standings = self._judged
        if revision != self._pump.fleet.revision or now - self._judged_at >= _AT_LEAST_EVERY:
            standings = self._standings()
            self._judged, self._judged_at = (self._pump.fleet.revision, standings), now
        self._notices, changes = self._notices.advance(standings, now=round(now * 1000))
        if self.is_silent:
            return
        text = window_title(self._pump.fleet, standings)
        if text != self._title:
            self._title = text
            self._show_title(text)
        notices = [self._notice(change) for change in changes]
        for tell in self._tell if notices else ():
            tell(notices)

    def _standings(self) -> Mapping[str, Standing]:
        judge = judging(self._pump.fleet, now=self._clock.now())
        standings: dict[str, Standing] = {}
        for connection in self._pump.fleet.connections:
            judged = [(tunnel.outside_ip, judge(tunnel)) for tunnel in connection.tunnels]
            carries = tuple((ip, judgement.carries) for ip, judgement in judged)
            standings[connection.id] = Standing(verdict_of(judgement for _, judgement in judged), carries)
        return standings

    def _notice(self, change: Change) -> Notice:
        connection = self._pump.fleet.connection(change.connection)
        name, site = (connection.name, connection.source) if connection is not None else ("", "")
        cause, cause_of = self._cause(change)
        return Notice(change, self._clock.now(), name or change.connection, site, cause, cause_of)

    def _cause(self, change: Change) -> tuple[Diagnosis | None, str]:
        """Return the leading cause of a tunnel that carries no traffic, if one is known yet, and that tunnel.

        Those that have just gone down come first: the other one may have been down for days, for another cause.
        """
        pump = self._pump
        diagnose = diagnosing(
            self._diagnoser, now=pump.fleet.known_until(self._clock.now()), feed=pump.state, caught_up=pump.caught_up
        )
        down = (ip for ip, carries in change.after.carries if carries is False)
        for ip in dict.fromkeys((*change.lost, *down)):
            tunnel = pump.fleet.find(change.connection, ip)
            if tunnel is not None and (causes := diagnose(tunnel)):
                return causes[0], ip
        return None, ""
