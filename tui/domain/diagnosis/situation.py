"""Everything that the diagnosis of a tunnel may use: its log, its judgement, its siblings and EC2's facts."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tui.domain.events import Phase
from tui.domain.inventory import ConnectionFacts, Telemetry, TunnelFacts
from tui.domain.judgement.judgement import Judgement, judge
from tui.domain.state.connection import Connection
from tui.domain.state.history import Entry, History
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import LONGEST_LIFE, Ending, State, moved


@dataclass(frozen=True)  # no slots: the cached properties need a dict
class Situation:
    """A tunnel at `now` (ms), the time up to which the feed has read."""

    tunnel: Tunnel
    now: int
    connection: Connection | None = None
    known: Judgement | None = None
    """The judgement of the tunnel, if it was made already."""

    @cached_property
    def judgement(self) -> Judgement:
        """The judgement of the tunnel."""
        return self.known or judge(self.tunnel, self.connection, now=self.now)

    @property
    def state(self) -> State:
        """The state after the newest event."""
        return self.tunnel.state

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """The log, oldest first."""
        return list(self.tunnel.history)

    @cached_property
    def news(self) -> Sequence[Entry]:
        """The log without routine: a NAT-T tunnel logs a thousand such lines an hour."""
        return [entry for entry in self.entries if not entry.is_chatter]

    @cached_property
    def news_since_up(self) -> Sequence[Entry]:
        """The news since the tunnel came up; earlier refusals concern an SA that is gone."""
        return self.news_since(max(self.state.health.at or 0, self.now - LONGEST_LIFE))

    @property
    def facts(self) -> TunnelFacts:
        """EC2's facts about the tunnel; empty if EC2 is not available."""
        return self.tunnel.facts or TunnelFacts(self.tunnel.outside_ip)

    @property
    def connection_facts(self) -> ConnectionFacts:
        """EC2's facts about the connection; empty if EC2 is not available."""
        known = self.connection.facts if self.connection else None
        return known or ConnectionFacts(self.tunnel.connection)

    @property
    def telemetry(self) -> Telemetry | None:
        """EC2's status of the tunnel."""
        return self.facts.telemetry

    @cached_property
    def siblings(self) -> tuple[Tunnel, ...]:
        """The other tunnels of the connection."""
        tunnels = self.connection.tunnels if self.connection else ()
        return tuple(tunnel for tunnel in tunnels if tunnel is not self.tunnel)

    @cached_property
    def sibling_judgements(self) -> tuple[Judgement, ...]:
        """The judgements of the connection's other tunnels."""
        return tuple(judge(sibling, self.connection, now=self.now) for sibling in self.siblings)

    @property
    def last_end(self) -> Ending | None:
        """The tunnel's last end, None if it was never seen up."""
        endings = self.state.endings
        return endings[-1] if endings else None

    def after_the_end(self, at: int) -> "Situation":
        """Return the situation as if the SAs had ended at `at` (ms) without a line.

        Negotiations since then are read as attempts to recover rather than as something beside an existing tunnel.
        """
        entries = [entry for entry in self.entries if entry.state.unproven_since is not None]
        started = entries[0].key if entries else None
        before = [entry.state for entry in self.entries if started is not None and entry.key < started]
        stood = before[-1] if before else self.state
        tunnel = Tunnel(self.tunnel.connection, self.tunnel.outside_ip)
        tunnel.facts = self.tunnel.facts
        fell = min([at, *(entry.at for entry in entries[:1])])
        tunnel.history = History(moved(stood, Phase.DOWN, Phase.DOWN, fell))
        tunnel.history.add(Entry(entry.raw, entry.event, entry.rule, entry.log) for entry in entries)
        return Situation(tunnel, self.now, self.connection)

    def since(self, start: int) -> list[Entry]:
        """Return the entries from a time on, oldest first."""
        return list(self.entries[bisect_left(self.entries, start, key=_at) :])

    def news_since(self, start: int) -> list[Entry]:
        """Return the news from a time on, oldest first."""
        return list(self.news[bisect_left(self.news, start, key=_at) :])


def _at(entry: Entry) -> int:
    return entry.raw.at
