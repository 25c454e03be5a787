"""The fleet as Prometheus metrics, named by its conventions (prometheus.io, "Metric and label naming").

Every series of a tunnel exists even while it is down, and is NaN if nothing is known, so that a rule such as `== 0`
neither fires by mistake nor loses its series.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import nan
from typing import Final

from prometheus_client import Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, StateSetMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from tui.content.assessment import judging
from tui.domain.clock import Clock
from tui.domain.events import Phase
from tui.domain.feed_state import FeedMode
from tui.domain.judgement.judgement import Judgement
from tui.domain.state.fleet import Applied
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health
from tui.feed.pump import Pump
from tui.feed.source import Batch

_LABELS: Final = ("site", "connection", "name", "outside_ip")


class Falls:
    """A sink that counts how often each tunnel went down since the program started, including the look-back."""

    def __init__(self) -> None:
        self._counts: Counter[Tunnel] = Counter()

    def __call__(self, batch: Batch, applied: Applied) -> None:
        """Count the falls in a batch."""
        self._counts.update(
            tunnel
            for tunnel, change in applied.transitions
            if change.before is Health.UP and change.after is not Health.UP
        )

    def of(self, tunnel: Tunnel) -> int:
        """Return the falls of a tunnel."""
        return self._counts[tunnel]


class FleetCollector(Collector):
    """Reads a pump's fleet on each scrape."""

    def __init__(self, pump: Pump, falls: Falls, clock: Clock) -> None:
        self._pump = pump
        self._falls = falls
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Yield every metric as of now."""
        yield from self._of_tunnels()
        yield from self._of_feed()

    def _of_tunnels(self) -> Iterator[Metric]:
        carries = GaugeMetricFamily(
            "tunnelwatch_tunnel_carries", "Whether traffic can pass: 1, 0, NaN if unknown.", labels=_LABELS
        )
        phases = StateSetMetricFamily(
            "tunnelwatch_tunnel_phase", "The state of each IKE phase, by the log.", labels=(*_LABELS, "phase")
        )
        established = GaugeMetricFamily(
            "tunnelwatch_bgp_established", "Whether BGP is established: 1, 0, NaN without a BGP log.", labels=_LABELS
        )
        prefixes = GaugeMetricFamily("tunnelwatch_bgp_prefixes", "Prefixes that BGP brings.", labels=_LABELS)
        falls = CounterMetricFamily(
            "tunnelwatch_tunnel_falls", "How often the tunnel went down since the program began.", labels=_LABELS
        )
        newest = GaugeMetricFamily(
            "tunnelwatch_last_event_timestamp_seconds", "The time of the tunnel's newest log event.", labels=_LABELS
        )
        fleet = self._pump.fleet
        judge = judging(fleet, now=self._clock.now())
        for connection in fleet.connections:
            for tunnel in connection.tunnels:
                labels = (connection.source, connection.id, connection.name_at_its_site, tunnel.outside_ip)
                state, bgp = tunnel.state, tunnel.state.bgp
                carries.add_metric(labels, _truth(judge(tunnel)))
                for number, phase in (("1", state.phase1.value), ("2", state.phase2.value)):
                    phases.add_metric((*labels, number), {state.value: state is phase for state in Phase})
                has_log = bgp.session is not None
                established.add_metric(labels, float(bool(bgp.is_established.value)) if has_log else nan)
                prefixes.add_metric(labels, len(bgp.prefixes) if has_log else nan)
                falls.add_metric(labels, self._falls.of(tunnel))
                newest.add_metric(labels, nan if tunnel.last_event_at is None else tunnel.last_event_at / 1000)
        yield from (carries, phases, established, prefixes, falls, newest)

    def _of_feed(self) -> Iterator[Metric]:
        behind = GaugeMetricFamily(
            "tunnelwatch_feed_behind_seconds", "How far the reading of the logs is behind.", labels=("site",)
        )
        is_up = GaugeMetricFamily("tunnelwatch_feed_up", "Whether the logs are being read: 1 or 0.", labels=("site",))
        now = self._clock.now()
        for site, state in (self._pump.states or {"": self._pump.state}).items():
            watermark = self._pump.fleet.watermarks.get(site)
            behind.add_metric((site,), nan if watermark is None else max(0, now - watermark) / 1000)
            is_up.add_metric((site,), float(state.mode in (FeedMode.LIVE, FeedMode.POLLING)))
        yield from (behind, is_up)


def exposition(collector: Collector) -> bytes:
    """Return the collector's current metrics as Prometheus text, version 0.0.4."""
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry)


def _truth(judgement: Judgement) -> float:
    return nan if judgement.carries is None else float(judgement.carries)
