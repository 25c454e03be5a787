"""Four sites with AWS's quotas, in a process of their own: `python -m tests.bench.fleet_server SECONDS`.

It writes events at an even rate and prints one JSON line with the addresses. After that many seconds it waits for a
line on stdin, and prints a second one: what it wrote, the state of each tunnel, and the requests it received.
"""

import asyncio
import json
import random
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from tests.bench.fleet_digest import digest
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTelemetry, VpnTunnel

GROUP: Final = "/aws/vendedlogs/vpn"
SITES: Final = {"hq": 1_280, "lima": 240, "oslo": 240, "perth": 240}
"""Tunnels a site. They are of unequal size, so that one of them brings more than a single Live Tail session shows."""
TROUBLED: Final = "hq"
EVERY: Final = 10
"""Seconds between two bursts of a tunnel."""
BURST: Final = 5
"""Lines of a burst: 2,000 tunnels write 1,000 lines a second."""
HISTORY: Final = 300
"""Seconds of the past that there are at the start."""
QUOTAS: Final = "filter.quota=5"
FAULTS: Final = f"{QUOTAS},live.reset=0.005,live.withhold=0.02,live.duplicate=0.01,filter.error=0.02,ingest.late=0.02"
"""On the troubled site; the quotas of Live Tail, 15 sessions and 500 events an update, hold everywhere."""
_STEP: Final = 0.25
_CHATTER: Final = (
    "AWS tunnel is sending DPD request",
    "AWS tunnel is sending request (id={n}) for INFORMATIONAL",
    "sending packet: from {ip} [UDP 4500] to 192.0.2.10 [UDP 4500] (80 bytes)",
    "received packet: from 192.0.2.10 [UDP 4500] to {ip} [UDP 4500] (80 bytes)",
    "AWS tunnel processed response (id={n}) for INFORMATIONAL",
)
_FALL: Final = (
    ("AWS tunnel DPD timed out after 3 retransmits", "down", "down"),
    ("AWS tunnel is sending request (id={n}) for IKE_SA_INIT", "negotiating", "down"),
)
_RISE: Final = (
    ("AWS tunnel Phase 1 SA is established", "established", "down"),
    ("AWS tunnel Phase 2 SA is established with inbound SPI: 0x{n:08x}: outbound SPI: 0x{n:08x}", "established", "up"),
)


@dataclass(slots=True)
class Tunnel:
    stream: str
    vpn: str
    ip: str
    phase1: str = "established"
    phase2: str = "established"
    turn: int = 0


@dataclass(slots=True)
class Site:
    store: Store
    tunnels: list[Tunnel]
    written: int = 0
    digests: int = 0
    sessions: int = 0
    _due: list[float] = field(default_factory=list)

    def write(self, tunnel: Tunnel, at: int, lines: list[str]) -> None:
        """Write lines of a tunnel, each with its states."""
        at = at // 1000 * 1000
        events = []
        for text in lines:
            record = {"event_timestamp": at // 1000, "details": text, "dpd_enabled": True, "nat_t_detected": True}
            record |= {"ike_phase1_state": tunnel.phase1, "ike_phase2_state": tunnel.phase2}
            message = json.dumps(record, separators=(",", ":"))
            events.append((at, message))
            self.digests += digest(tunnel.stream, at, message)
        self.written += len(events)
        self.store.put(GROUP, tunnel.stream, events, ingested_at=at if at < time.time() * 1000 - 60_000 else None)

    def burst(self, tunnel: Tunnel, at: int) -> None:
        tunnel.turn += 1
        if tunnel.phase2 != "established":
            self.write(tunnel, at, [_FALL[1][0].format(n=0)])
        else:
            self.write(tunnel, at, [text.format(n=tunnel.turn, ip=tunnel.ip) for text in _CHATTER])

    def change(self, tunnel: Tunnel, steps: tuple[tuple[str, str, str], ...], at: int) -> None:
        for text, phase1, phase2 in steps:
            tunnel.phase1, tunnel.phase2 = phase1, "established" if phase2 == "up" else phase2
            self.write(tunnel, at, [text.format(n=tunnel.turn)])

    def watch(self, endpoint: Endpoint) -> None:
        """Record how many sessions are open."""
        self.sessions = max(self.sessions, endpoint.sessions_open)


def site_of(name: str, count: int) -> Site:
    store = Store(capacity=10_000_000, capacity_bytes=1 << 40)  # what was written is counted at the end
    chance, tunnels = random.Random(name), []
    for number in range(count // 2):
        vpn = f"vpn-0{chance.randrange(16**16):016x}"
        ips = (f"203.0.113.{number % 250 + 1}", f"198.51.100.{number % 250 + 1}")
        up = VpnTelemetry("UP", "", int(time.time() * 1000) - 3_600_000)
        parts = tuple(VpnTunnel(ip, "169.254.50.84/30", GROUP, None, telemetry=up) for ip in ips)
        gateway = f"cgw-0{chance.randrange(16**16):016x}"
        store.connections[vpn] = VpnConnection(
            vpn, f"branch {number:03}", gateway, parts, transit_gateway="tgw-0f1e2d3c4b5a69788"
        )
        tunnels += [Tunnel(f"{vpn}-{ip}-IKE.log", vpn, ip) for ip in ips]
    store.create_group(GROUP)
    return Site(store, tunnels)


async def serve(seconds: float) -> None:
    """Run the sites; see the module."""
    sites = {name: site_of(name, count) for name, count in SITES.items()}
    every = [(site, tunnel) for site in sites.values() for tunnel in site.tunnels]
    random.Random(1).shuffle(every)
    now = time.time()
    for second in range(-HISTORY, 0):
        for site, tunnel in every[second % EVERY :: EVERY]:
            site.burst(tunnel, int((now + second) * 1000))
    async with AsyncExitStack() as stack:
        endpoints = {
            name: await stack.enter_async_context(Endpoint(site.store, faults=Faults.parse(QUOTAS)))
            for name, site in sites.items()
        }
        endpoints[TROUBLED].faults = Faults.parse(FAULTS)
        print(json.dumps({name: endpoint.url for name, endpoint in endpoints.items()}), flush=True)
        watching = asyncio.create_task(_watch(sites, endpoints))
        await _write(sites, every, seconds)
        endpoints[TROUBLED].faults = Faults.parse(QUOTAS)
        print("written", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        watching.cancel()
        for site in sites.values():
            assert sum(len(group.events) for group in site.store.groups.values()) == site.written, "the store forgot"
        print(json.dumps({name: _report(site, endpoints[name]) for name, site in sites.items()}), flush=True)


async def _watch(sites: dict[str, Site], endpoints: dict[str, Endpoint]) -> None:
    while True:
        await asyncio.sleep(1)
        for name, site in sites.items():
            site.watch(endpoints[name])


async def _write(sites: dict[str, Site], every: list[tuple[Site, Tunnel]], seconds: float) -> None:
    """Write for this long. At the troubled site one tunnel in ten falls, and half of those come back."""
    began, done = time.monotonic(), 0
    site = sites[TROUBLED]
    falling = site.tunnels[::10]
    rising, fallen, risen = falling[::2], 0, 0
    while (passed := time.monotonic() - began) < seconds:
        now = int(time.time() * 1000)
        due = int(passed / EVERY * len(every))
        for place in range(done, due):
            owner, tunnel = every[place % len(every)]
            owner.burst(tunnel, now)
        done = due
        until = min(len(falling), int(passed / (seconds * 0.5) * len(falling)))
        for tunnel in falling[fallen:until]:
            site.change(tunnel, _FALL, now)
        fallen = until
        until = min(len(rising), max(0, int((passed / seconds - 0.5) / 0.3 * len(rising))))
        for tunnel in rising[risen:until]:
            site.change(tunnel, _RISE, now)
        risen = until
        await asyncio.sleep(_STEP)


def _report(site: Site, endpoint: Endpoint) -> dict[str, object]:
    return {
        "written": site.written,
        "digests": site.digests,
        "states": {f"{each.vpn} {each.ip}": _last_states(site.store, each.stream) for each in site.tunnels},
        "calls": dict(endpoint.calls),
        "busiest": endpoint.calls.busiest["FilterLogEvents"],
        "sessions": site.sessions,
    }


def _last_states(store: Store, stream: str) -> list[str]:
    """Return the states in a stream's last event in the order of the log, which need not be the last to arrive."""
    record = json.loads(store.groups[GROUP].streams[stream].events[-1].message)
    return [record["ike_phase1_state"], record["ike_phase2_state"]]


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
