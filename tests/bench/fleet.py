"""The cost of a provider's fleet: 2,000 tunnels at four sites, 1,000 events a second, with faults at one site.

The sites run in a process of their own and enforce AWS's quotas; the screen is the real one on a pseudo-terminal.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.bench.fleet_server import SITES, TROUBLED
from tests.bench.table import Report
from tests.terminal.pseudo import PATIENCE, Pseudo

SECONDS: Final = 60.0
SETTLING: Final = 75
"""Seconds after the last event until the states are compared: a deep read and what comes in late."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def run(report: Report, seconds: float = SECONDS) -> None:
    """Measure for this many seconds and report, each figure under a name."""
    with TemporaryDirectory() as folder, _server(seconds) as server:
        file = Path(folder) / "report.json"
        assert server.stdin is not None
        assert server.stdout is not None
        urls = server.stdout.readline()
        began, wall = time.monotonic(), time.time()
        with _watching(urls, file, folder) as terminal:
            first = _first_board(terminal, began)
            measured = _measure(terminal, seconds - (time.monotonic() - began))
            assert server.stdout.readline() == "written\n"
            _follow(terminal, SETTLING)
            rss, peak = _memory(terminal.process.pid)
            terminal.press("\x03")
            terminal.finish()
        server.stdin.write("\n")
        server.stdin.flush()
        truth, seen = json.loads(server.stdout.readline()), json.loads(file.read_text())
    load = f"{os.getloadavg()[0]:.0f} programs wanted the {os.cpu_count()} cores"
    report(f"{sum(SITES.values()):,} tunnels, 1,000 events/s, {seconds:.0f} s", f"{_balance(truth, seen)}; {load}")
    report("states right at the end", _states(truth, seen))
    report("first board", first, "s", at_most=3)
    report("memory", rss, "MB", at_most=150, note=f"{peak:.0f} MB at the peak")
    read = max(seen["caught_up"].values())
    for phase, since, until in (("", read, math.inf), (" while the look-back is read", wall, read)):
        most = 15 if not phase else None
        if share := measured.share(since, until):
            report(
                f"processor{phase}", share * 100, "% of a core", at_most=most, note=f"read after {read - wall:.0f} s"
            )
        if keys := [took for at, took in measured.keys if since <= at <= until]:
            note = f"{max(keys):.3f} s at the most of {len(keys)}"
            report(f"a key answered{phase}", statistics.median(keys), "s", at_most=0.1, note=note)
        if held := [(took, computed) for at, took, computed in seen["held"] if since <= at <= until]:
            took, computed = max(held)
            report(f"longest callback of the loop{phase}", took, "s", note=f"{computed:.2f} s of it computing")
    for name, site in truth.items():
        report(f"{name}{' (with faults)' if name == TROUBLED else ''}", _quotas(site, seen["live_seconds"][name]))


@contextmanager
def _server(seconds: float) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.bench.fleet_server", str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server
        finally:
            server.kill()


def _watching(urls: str, file: Path, folder: str) -> Pseudo:
    env = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "bench")
    env |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": folder, "XDG_CONFIG_HOME": folder}
    # Not by `-m`: that may be a fork of a process that has imported the program.
    command = ("-c", "from tests.bench.fleet_watch import main; main()", urls, str(file))
    return Pseudo(*command, columns=120, rows=40, env=env)


def _first_board(terminal: Pseudo, began: float) -> float:
    """Wait for the first tunnel that has a state, and return the seconds since `began`."""
    terminal.wait_for("redundant")
    return time.monotonic() - began


@dataclass(slots=True)
class _Measured:
    """The measurements while the screen ran; times are seconds of the wall clock."""

    used: list[tuple[float, float]] = field(default_factory=list)
    """The processor time that had been used at a moment, seconds."""
    keys: list[tuple[float, float]] = field(default_factory=list)
    """How long a key that was pressed at a moment took, seconds."""

    def share(self, since: float, until: float) -> float:
        """Return the share of a core between two times, as precisely as measured; 0 without measurements."""
        inside = [(at, used) for at, used in self.used if since <= at <= until]
        (begun, before), (ended, after) = (inside[0], inside[-1]) if inside else ((0.0, 0.0), (1.0, 0.0))
        return (after - before) / max(ended - begun, 1)


def _measure(terminal: Pseudo, seconds: float) -> _Measured:
    """Press a key now and then for this long; return the response times, and what the program used.

    It is the key of the help, which also closes it: after escape a terminal program waits 0.1 s for the rest of a key.
    """
    measured, end = _Measured(), time.monotonic() + seconds
    while time.monotonic() < end:
        for key, shows in (("?", "Find tunnels"), ("?", "redundant")):
            measured.keys.append((time.time(), _answer(terminal, key, shows)))
        measured.used.append((time.time(), _cpu(terminal.process.pid)))
        _follow(terminal, 1.5)
    return measured


def _answer(terminal: Pseudo, key: str, shows: str) -> float:
    """Return the seconds from a key until its effect reaches the terminal; `PATIENCE` if it does not."""
    begun = time.monotonic()
    terminal.press(key)
    terminal.wait_for(lambda: shows in terminal.text or time.monotonic() - begun > PATIENCE - 1)
    return time.monotonic() - begun


def _follow(terminal: Pseudo, seconds: float) -> None:
    """Read what the terminal is sent, for this long."""
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end and terminal.process.poll() is None:
        _pass(terminal, min(end, now + PATIENCE / 2))


def _pass(terminal: Pseudo, until: float) -> None:
    terminal.wait_for(lambda: time.monotonic() >= until)
    terminal.sent.clear()


def _cpu(pid: int) -> float:
    """Return the processor time of a process, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> tuple[float, float]:
    """Return a process's present and peak memory, MB."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    rss, peak = (int(lines[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
    return rss, peak


def _balance(truth: dict[str, Any], seen: dict[str, Any]) -> str:
    written = sum(site["written"] for site in truth.values())
    came = sum(seen["events"].get(name, 0) for name in truth)
    equal = all(site["digests"] == seen["digests"].get(name) for name, site in truth.items())
    verdict = "each event once" if equal else "NOT each event once"
    return f"{written:,} written, {written - came:,} lost, {verdict}"


def _states(truth: dict[str, Any], seen: dict[str, Any]) -> str:
    states = {name: tuple(pair) for site in truth.values() for name, pair in site["states"].items()}
    right = sum(tuple(seen["states"].get(name, ())) == pair for name, pair in states.items())
    down = sum(pair[1] != "established" for pair in states.values())
    return f"{right:,} of {len(states):,} ({down} of them not up)"


def _quotas(site: dict[str, Any], live_seconds: int) -> str:
    calls = site["calls"]
    reads = calls.get("FilterLogEvents", 0)
    return (
        f"FilterLogEvents {reads:,}, {site['busiest']} in the busiest second of 5; StartLiveTail "
        f"{calls.get('StartLiveTail', 0)}, {site['sessions']} open of 15, {live_seconds / 60:.0f} minutes"
    )
