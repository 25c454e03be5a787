"""The player: writes a scenario's records into a store as their time comes.

The same seed and the same clock give the same records. Nothing here waits except `go_on`; a test moves a ManualClock
and calls `advance`.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Final

from tui.demo.scenarios.bursts import Burst
from tui.demo.scenarios.scenario import Scenario, ScenarioTunnel, Step
from tui.demo.scenarios.tunnel import Record, Setup, TunnelSimulator
from tui.demo.server.store import Store

_LONGEST_WAIT: Final = 0.25
"""Seconds between two looks at the clock: what a burst's records are late by at most."""

_INGESTION_MS: Final = 900
"""How long CloudWatch took over a record of the history, ms."""


class Player:
    """One play of a scenario. `speed` shortens the time from the start on; the history before it keeps its ages."""

    def __init__(self, scenario: Scenario, store: Store, *, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"The speed of a demo is a number above 0, not {speed}.")
        self._scenario = scenario
        self._store = store
        self._speed = speed
        self._dice = Random(scenario.seed)  # noqa: S311 - a repeatable play, not a secret
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = 0
        self._start = 0
        self.ends = {actor.label: TunnelSimulator(_setup(actor), self._dice) for actor in scenario.actors}
        """Each tunnel's end by its label, `hq/1`, as it stands."""

    def __repr__(self) -> str:
        return f"<Player {self._scenario.name} ×{self._speed:g}, {len(self._queue)} cues ahead>"

    def begin(self) -> None:
        """Make the connections and log groups and write the history; the clock's present is the start of the play."""
        self._start = self._store.clock.now()
        made = self._wall(min((step.at for step in self._scenario.steps), default=0.0))
        for connection in self._scenario.connections:
            tunnels = [replace(each, telemetry=replace(each.telemetry, since=made)) for each in connection.tunnels]
            self._store.connections[connection.id] = replace(connection, tunnels=tuple(tunnels))
        self._store.customer_gateways |= {gateway.id: gateway for gateway in self._scenario.customer_gateways}
        actors = {actor.label: actor for actor in self._scenario.actors}
        for step in self._scenario.steps:
            for label in step.tunnels:
                first = step.at + (self._dice.uniform(0, step.spread) if step.spread else 0.0)
                self._push(first, partial(self._play_step, actors[label], step))
        self.advance()
        for group in self._scenario.log_groups:  # those that nothing was written to are there all the same
            self._store.create_group(group)

    def advance(self) -> float:
        """Write what is due by now; return in how many seconds the next is, at most a short while."""
        now = self._store.clock.now()
        while self._queue and self._wall(self._queue[0][0]) <= now:
            at, _, perform = heapq.heappop(self._queue)
            perform(at)
        if not self._queue:
            return _LONGEST_WAIT
        return min(_LONGEST_WAIT, max(0.0, (self._wall(self._queue[0][0]) - now) / 1000))

    async def go_on(self) -> None:
        """Write what comes, as it comes, until cancelled."""
        while True:  # noqa: ASYNC110 - it is time that is waited for, which sets no event
            await asyncio.sleep(self.advance())

    def _wall(self, at: float) -> int:
        """Return the instant, ms, at which the play's second `at` comes."""
        return self._start + round(at * 1000 / (self._speed if at > 0 else 1.0))

    def _push(self, at: float, perform: Callable[[float], None]) -> None:
        self._order += 1
        heapq.heappush(self._queue, (at, self._order, perform))

    def _play_step(self, actor: ScenarioTunnel, step: Step, at: float) -> None:
        self._play_bursts(actor, step.bursts, at)
        if step.every is not None:
            following = at + step.every * (1 + self._dice.uniform(-step.jitter, step.jitter))
            if step.until is None or following < step.until:
                self._push(following, partial(self._play_step, actor, step))

    def _play_bursts(self, actor: ScenarioTunnel, bursts: tuple[Burst, ...], at: float) -> None:
        first, *others = bursts
        over = at + self._play_burst(actor, first, at)
        if others:
            self._push(over, partial(self._play_bursts, actor, tuple(others)))

    def _play_burst(self, actor: ScenarioTunnel, burst: Burst, at: float) -> float:
        """Play one burst, where what it needs stands; return the seconds that it lasts."""
        end = self.ends[actor.label]
        if not end.can_play(burst):
            return 0.0
        before = end.telemetry(0)
        for record in end.play(burst):
            if record.after:
                self._push(at + record.after, partial(self._write, actor, record))
            else:
                self._write(actor, record, at)
        if end.telemetry(0) != before:
            self._push(at + burst.lasts + self._scenario.telemetry_lag, partial(self._report_to_ec2, actor))
        return burst.lasts

    def _write(self, actor: ScenarioTunnel, record: Record, at: float) -> None:
        tunnel = actor.tunnel
        group, log = (tunnel.bgp_group, "BGP") if record.is_bgp else (tunnel.ike_group, "IKE")
        if group is None:
            return
        stream = f"{actor.connection.id}-{tunnel.outside_ip}-{log}.log"
        instant = self._wall(at)
        now = self._store.clock.now()
        ingested_at = min(now, instant + _INGESTION_MS)
        self._store.put(group, stream, [record.stamp(instant)], ingested_at=ingested_at)

    def _report_to_ec2(self, actor: ScenarioTunnel, at: float) -> None:
        connection = self._store.connections.get(actor.connection.id)
        if connection is None:  # removed in the meantime
            return
        tunnel = connection.tunnel(actor.tunnel.outside_ip)
        since = self._wall(at - self._scenario.telemetry_lag)
        told = self.ends[actor.label].telemetry(since)
        if replace(told, since=0) != replace(tunnel.telemetry, since=0):
            self._store.connections[connection.id] = connection.with_tunnel(replace(tunnel, telemetry=told))


def _setup(actor: ScenarioTunnel) -> Setup:
    base, _, _ = actor.tunnel.inside_cidr.partition("/")
    head, _, last = base.rpartition(".")
    return Setup(
        connection=actor.connection.id,
        customer_gateway=actor.connection.customer_gateway,
        outside_ip=actor.tunnel.outside_ip,
        inside=f"{head}.{int(last) + 1}",
        neighbor=actor.tunnel.neighbor,
        nat=actor.nat,
        asn=actor.asn,
        routes=actor.routes,
        with_bgp=actor.tunnel.bgp_group is not None,
        falls_at_once=actor.falls_at_once,
    )
