"""Plays a scenario: writes its records into a store and changes what EC2 reports, each when it is due.

The same seed and the same clock produce the same records. Only `run` waits; a test moves a ManualClock and calls
`advance`.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Final

from tui.demo.scenarios.account import set_up
from tui.demo.scenarios.bursts import Burst
from tui.demo.scenarios.scenario import Ec2Change, Scenario, ScenarioTunnel, Step
from tui.demo.scenarios.tunnel import Record, Setup, TunnelSimulator, delivered_line
from tui.demo.server.account import Account
from tui.demo.server.store import Store
from tui.demo.server.vpn import TrailEvent, VpnTunnel

_LONGEST_WAIT: Final = 0.25
"""The longest pause between two looks at the clock, in seconds; no record is later than this."""

_OPTION_CALL: Final = "ModifyVpnTunnelOptions"
_CALLER: Final = "netops/alice"
"""The author of option changes during the play, as CloudTrail names it: a role and its session name."""

_INGESTION_MS: Final = 900
"""The ingestion delay of records that precede the start, ms."""


class Player:
    """One play of a scenario. `speed` compresses the time after the start; the history before it keeps its ages."""

    def __init__(
        self,
        scenario: Scenario,
        store: Store,
        *,
        speed: float = 1.0,
        account: Account = Account(),  # noqa: B008 - a value
    ) -> None:
        if not speed > 0:
            raise ValueError(f"The speed of a demo is a number above 0, not {speed}.")
        self._scenario = scenario
        self._store = store
        self._account = account
        self._speed = speed
        self._dice = Random(scenario.seed)  # noqa: S311 - a repeatable play, not a secret
        self._unwritten = {group.name for group in scenario.groups if not (group.exists and group.arrives)}
        self._deliveries = {(delivery.connection, delivery.group): delivery for delivery in scenario.deliveries}
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = 0
        self._start = 0
        self.simulators = {tunnel.label: TunnelSimulator(_setup(tunnel), self._dice) for tunnel in scenario.tunnels}
        """AWS's end of each tunnel in its current state, by label such as `hq/1`."""

    def __repr__(self) -> str:
        return f"<Player {self._scenario.name} ×{self._speed:g}, {len(self._queue)} cues ahead>"

    def begin(self) -> None:
        """Create the connections and log groups and write the history. The play starts at the store's current time."""
        self._start = self._store.clock.now()
        created = self._wall(min((step.at for step in self._scenario.steps), default=0.0))
        for connection in self._scenario.connections:
            tunnels = tuple(self._at_start(tunnel, created) for tunnel in connection.tunnels)
            self._store.connections[connection.id] = replace(connection, tunnels=tunnels)
        self._store.customer_gateways |= {
            gateway.id: replace(gateway, certificate_ends=self._from_start(gateway.certificate_ends))
            for gateway in self._scenario.customer_gateways
        }
        self._store.trail += [replace(event, at=self._start + event.at) for event in self._scenario.trail]
        self._store.deliveries += self._scenario.deliveries
        tunnels_by_label = {tunnel.label: tunnel for tunnel in self._scenario.tunnels}
        for step in self._scenario.steps:
            for label in step.tunnels:
                first = step.at + (self._dice.uniform(0, step.spread) if step.spread else 0.0)
                self._push(first, partial(self._play_step, tunnels_by_label[label], step))
        self.advance()
        set_up(self._scenario, self._store, self._account)

    def _at_start(self, tunnel: VpnTunnel, made: int) -> VpnTunnel:
        telemetry = replace(tunnel.telemetry, since=made)
        return replace(tunnel, telemetry=telemetry, pending_maintenance=self._from_start(tunnel.pending_maintenance))

    def _from_start(self, span: int | None) -> int | None:
        return None if span is None else self._start + span

    def advance(self) -> float:
        """Play all steps that are due; return the seconds until the next one, at most a short pause."""
        now = self._store.clock.now()
        while self._queue and self._wall(self._queue[0][0]) <= now:
            at, _, perform = heapq.heappop(self._queue)
            perform(at)
        if not self._queue:
            return _LONGEST_WAIT
        return min(_LONGEST_WAIT, max(0.0, (self._wall(self._queue[0][0]) - now) / 1000))

    async def run(self) -> None:
        """Play the steps as they become due, until cancelled."""
        while True:  # noqa: ASYNC110 - it waits for time, for which there is no event
            await asyncio.sleep(self.advance())

    def _wall(self, at: float) -> int:
        """Return the wall-clock time (ms) of second `at` of the play."""
        return self._start + round(at * 1000 / (self._speed if at > 0 else 1.0))

    def _push(self, at: float, perform: Callable[[float], None]) -> None:
        self._order += 1
        heapq.heappush(self._queue, (at, self._order, perform))

    def _play_step(self, tunnel: ScenarioTunnel, step: Step, at: float) -> None:
        if step.change is not None:
            self._change_ec2(tunnel, step.change, at)
        if step.bursts:
            self._play_bursts(tunnel, step.bursts, at)
        if step.every is not None:
            following = at + step.every * (1 + self._dice.uniform(-step.jitter, step.jitter))
            if step.until is None or following < step.until:
                self._push(following, partial(self._play_step, tunnel, step))

    def _play_bursts(self, tunnel: ScenarioTunnel, bursts: tuple[Burst, ...], at: float) -> None:
        first, *others = bursts
        over = at + self._play_burst(tunnel, first, at)
        if others:
            self._push(over, partial(self._play_bursts, tunnel, tuple(others)))

    def _play_burst(self, tunnel: ScenarioTunnel, burst: Burst, at: float) -> float:
        """Play a burst if the tunnel is in the states it needs; return its duration in seconds."""
        simulator = self.simulators[tunnel.label]
        if not simulator.can_play(burst):
            return 0.0
        before = simulator.telemetry(0)
        for record in simulator.play(burst):
            if record.after:
                self._push(at + record.after, partial(self._write, tunnel, record))
            else:
                self._write(tunnel, record, at)
        if simulator.telemetry(0) != before:
            self._push(at + burst.duration + self._scenario.telemetry_lag, partial(self._report_to_ec2, tunnel))
        return burst.duration

    def _write(self, tunnel: ScenarioTunnel, record: Record, at: float) -> None:
        described = tunnel.tunnel
        group, log = (described.bgp_group, "BGP") if record.is_bgp else (described.ike_group, "IKE")
        if group is None or group in self._unwritten:
            return
        stream = f"{tunnel.connection.id}-{described.outside_ip}-{log}.log"
        instant = self._wall(at)
        ingested_at = min(self._store.clock.now(), instant + _INGESTION_MS)
        stamped, line = record.stamp(instant)
        delivery = self._deliveries.get((tunnel.connection.id, group))
        if delivery is not None:
            line = delivered_line(line, delivery)
        self._store.put(group, stream, [(stamped, line)], ingested_at=ingested_at)

    def _change_ec2(self, tunnel: ScenarioTunnel, change: Ec2Change, at: float) -> None:
        connection = self._store.connections.get(tunnel.connection.id)
        if connection is None:  # removed in the meantime
            return
        outside_ip = tunnel.tunnel.outside_ip
        self._store.connections[connection.id] = change.applied_to(connection, outside_ip, at=self._wall(at))
        if change.options:
            parameters = {"TunnelOptions": dict(change.options)}
            self._store.trail.append(
                TrailEvent(self._wall(at), _OPTION_CALL, _CALLER, connection.id, outside_ip, parameters=parameters)
            )
        if change.falls:
            self.simulators[tunnel.label].fall()

    def _report_to_ec2(self, tunnel: ScenarioTunnel, at: float) -> None:
        connection = self._store.connections.get(tunnel.connection.id)
        if connection is None:  # removed in the meantime
            return
        described = connection.tunnel(tunnel.tunnel.outside_ip)
        since = self._wall(at - self._scenario.telemetry_lag)
        telemetry = self.simulators[tunnel.label].telemetry(since)
        if replace(telemetry, since=0) != replace(described.telemetry, since=0):
            self._store.connections[connection.id] = connection.with_tunnel(replace(described, telemetry=telemetry))


def _setup(tunnel: ScenarioTunnel) -> Setup:
    base, _, _ = tunnel.tunnel.inside_cidr.partition("/")
    head, _, last = base.rpartition(".")
    return Setup(
        connection=tunnel.connection.id,
        customer_gateway=tunnel.connection.customer_gateway,
        outside_ip=tunnel.tunnel.outside_ip,
        inside=f"{head}.{int(last) + 1}",
        neighbor=tunnel.tunnel.neighbor,
        nat=tunnel.nat,
        asn=tunnel.asn,
        routes=tunnel.routes,
        with_bgp=not tunnel.connection.static_routes_only,
        falls_at_once=tunnel.falls_at_once,
    )
