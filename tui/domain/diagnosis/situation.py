"""All that one look at a tunnel may use: its log, its judgement, its sibling and what EC2 says."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tui.domain.events import Phase
from tui.domain.inventory import ConnectionFacts, Telemetry, TunnelFacts
from tui.domain.judgement.judgement import Judgement, judge
from tui.domain.state.fleet import Connection, Tunnel
from tui.domain.state.history import Entry, History
from tui.domain.state.tunnel import LONGEST_LIFE, Ending, State, moved


@dataclass(frozen=True)  # no slots: the properties are kept
class Situation:
    """A tunnel as it stands at `now`, ms: how far the feed has read."""

    tunnel: Tunnel
    now: int
    connection: Connection | None = None

    @cached_property
    def judgement(self) -> Judgement:
        """What the tunnel is worth."""
        return judge(self.tunnel, self.connection, now=self.now)

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
        """The log without its routine: a NAT-T tunnel logs a thousand lines of that an hour."""
        return [entry for entry in self.entries if not entry.is_chatter]

    @cached_property
    def this_life(self) -> Sequence[Entry]:
        """The news since the tunnel came up; what was refused longer ago concerns an SA that is gone."""
        return self.news_since(max(self.state.health.at or 0, self.now - LONGEST_LIFE))

    @property
    def facts(self) -> TunnelFacts:
        """What EC2 says of the tunnel; empty where it may not be asked."""
        return self.tunnel.facts or TunnelFacts(self.tunnel.outside_ip)

    @property
    def connection_facts(self) -> ConnectionFacts:
        """What EC2 says of the connection; empty where it may not be asked."""
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
        """What the other tunnels of the connection are worth."""
        return tuple(judge(sibling, self.connection, now=self.now) for sibling in self.siblings)

    @property
    def last_end(self) -> Ending | None:
        """How the tunnel ended last, None where it was never seen up."""
        endings = self.state.endings
        return endings[-1] if endings else None

    def after_the_end(self, at: int) -> "Situation":
        """Return the situation as if the SAs had ended at `at`, ms, without a line.

        What is negotiated since is then read as the way back, and not as something beside a tunnel that stands.
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
        """Return the entries from an instant on, oldest first."""
        return list(self.entries[bisect_left(self.entries, start, key=_at) :])

    def news_since(self, start: int) -> list[Entry]:
        """Return the news from an instant on, oldest first."""
        return list(self.news[bisect_left(self.news, start, key=_at) :])


def _at(entry: Entry) -> int:
    return entry.raw.at
