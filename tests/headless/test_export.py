"""Prometheus metrics: every series exists in every state, in the format that Prometheus's own parser accepts."""

import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from socket import socket

from prometheus_client.parser import text_string_to_metric_families

from tests.accounts import account, log, options_for
from tests.conftest import Run
from tests.factories import IP, NOON, OTHER_IP, VPN, bgp, fleet_of, ike
from tests.feed.test_sources import Listed
from tests.pipes import run_piped
from tests.processes.process import Process
from tui.demo.server.endpoint import serve_in_thread
from tui.domain.clock import SystemClock
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.domain.state.fleet import Fleet
from tui.feed.pump import Pump
from tui.feed.source import Batch
from tui.headless.metrics import Falls, FleetCollector, exposition

Samples = dict[tuple[str, str, str], float]
"""Values by metric, outside address, and what else tells two series apart."""


class Still(SystemClock):
    """A clock that stands still a minute after noon."""

    def now(self) -> int:
        return NOON + 60_000


def samples_of(text: str) -> Samples:
    return {
        (sample.name, sample.labels.get("outside_ip", ""), sample.labels.get("phase", "") + state): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for state in [sample.labels.get("tunnelwatch_tunnel_phase", "")]
    }


def scraped(*batches: Batch, fleet: Fleet | None = None) -> Samples:
    falls = Falls()
    pump = Pump(Listed(), fleet or fleet_of([]), sinks=[falls])
    for batch in batches:
        pump.take(batch)
    return samples_of(exposition(FleetCollector(pump, falls, Still())).decode())


def test_every_series_of_a_tunnel_is_there_in_every_state() -> None:
    known = Inventory((ConnectionFacts(VPN, name="hq", tunnels=(TunnelFacts(IP), TunnelFacts(OTHER_IP))),))
    up = [ike("AWS tunnel is sending DPD request", "EE"), bgp("BGP session state changed", "UP")]
    down = ike("Peer is not responsive - Declaring peer dead", "DD", at=30)
    silent = scraped(Batch(inventory=known))
    carrying = scraped(Batch(inventory=known), Batch(events=tuple(up), watermark=NOON))
    fallen = scraped(Batch(inventory=known), Batch(events=tuple(up)), Batch(events=(down,), watermark=NOON + 55_000))

    assert silent.keys() == carrying.keys() == fallen.keys()
    names = ("tunnelwatch_tunnel_carries", "tunnelwatch_last_event_timestamp_seconds", "tunnelwatch_bgp_prefixes")
    assert all(isnan(silent[name, IP, ""]) for name in names)
    assert carrying["tunnelwatch_tunnel_carries", IP, ""] == 1
    assert carrying["tunnelwatch_bgp_established", IP, ""] == 1
    assert carrying["tunnelwatch_tunnel_phase", IP, "2established"] == 1
    assert fallen["tunnelwatch_tunnel_carries", IP, ""] == 0
    assert fallen["tunnelwatch_tunnel_phase", IP, "2established"] == 0
    assert fallen["tunnelwatch_tunnel_phase", IP, "2down"] == 1
    assert fallen["tunnelwatch_tunnel_falls_total", IP, ""] == 1
    assert fallen["tunnelwatch_tunnel_falls_total", OTHER_IP, ""] == 0
    assert fallen["tunnelwatch_last_event_timestamp_seconds", IP, ""] == NOON / 1000 + 30
    assert fallen["tunnelwatch_feed_behind_seconds", "", ""] == 5


def test_the_feed_is_up_only_while_the_logs_are_read() -> None:
    for mode, value in ((FeedMode.LIVE, 1), (FeedMode.POLLING, 1), (FeedMode.OFFLINE, 0), (FeedMode.STARTING, 0)):
        assert scraped(Batch(state=FeedState(mode)))["tunnelwatch_feed_up", "", ""] == value


def test_what_a_name_tag_holds_cannot_break_the_text() -> None:
    name = 'a"b\\c\nd{e="f"} 1'
    text = scraped(Batch(inventory=Inventory((ConnectionFacts(VPN, name=name, tunnels=(TunnelFacts(IP),)),))))
    assert isnan(text["tunnelwatch_tunnel_carries", IP, ""])


@contextmanager
def exporting(*arguments: str) -> Iterator[tuple[Process, str]]:
    """The program, and the address that it announces."""
    with run_piped("-m", "tui", "export", "--listen", "127.0.0.1:0", *arguments) as export:
        yield export.process, export.stderr.readline().split()[-1]


def test_a_scrape_sees_what_happened_and_a_signal_ends_it() -> None:
    store = account()
    with serve_in_thread(store) as endpoint, exporting(*options_for(endpoint)) as (process, address):
        wanted = 'outside_ip="203.0.113.17",site=""} 1.0'
        while wanted not in (text := urllib.request.urlopen(address).read().decode()):
            pass
        log(store, "Peer is not responsive - Declaring peer dead", states="DD")
        while samples_of(text)["tunnelwatch_tunnel_carries", IP, ""] != 0:
            text = urllib.request.urlopen(address).read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_port_that_is_taken_and_one_that_is_none_are_one_clear_line(tunnelwatch: Run) -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = tunnelwatch("export", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--region", "eu-west-1")
    assert done.returncode == 3
    assert "already in use" in done.stderr
    assert done.stderr.count("\n") == 1
    done = tunnelwatch("export", "--listen", "9109")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
