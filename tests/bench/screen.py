"""The cost of the screen: time to the first paint, bytes to the terminal, share of a core."""

import re
import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.table import Report
from tests.terminal.pseudo import Pseudo
from tui.app.app import TICK

SECONDS = 60
SETTLED = 4
"""Ticks after which the whole screen has been drawn."""
_OURS = """
from tui.__main__ import main
import sys

sys.argv[1:] = ["--endpoint-url", "http://127.0.0.1:9", "--region", "eu-west-1"]
main()
"""
_MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("painted")

Minimal().run()
"""


def run(report: Report) -> None:
    """Measure and report."""
    ours, minimal = first_paints()
    took = f"{ours * 1e3:.0f} / {minimal * 1e3:.0f} ms"
    report("first paint / minimal Textual app", ours / minimal, "×", at_most=1.25, note=took)
    for mode, name, bytes_a_second, share in (("rest", "at rest", 300, None), ("busy", "at 500 events/s", 12_000, 8)):
        sent, spent = cost(mode)
        report(f"20 tunnels {name}, 120×40", sent, "B/s", at_most=bytes_a_second)
        report(f"20 tunnels {name}, processor", spent * 100, "% of a core", at_most=share)
    for speed, at_most in ((64_000, 1.0), (9_600, None)):
        painted, answered = slow_line(speed // 8)
        report(f"first paint on a line of {speed:,} bit/s, 80×24", painted, "s", at_most=None)
        report("slowest answer to a key on that line", answered, "s", at_most=at_most)
    waits = event_to_bytes()
    note = f"median {statistics.median(waits):.2f} s of {len(waits)}"
    report("event to terminal at 500 events/s, 99 of 100", percentile(waits, 99), "s", at_most=0.6, note=note)


SLOW_KEYS: Final = {"k": "▌   3m", "?": "Open the tunnel or the message", "q": "not redundant", "t": "Timeline"}
"""Keys, and what the screen shows once they are answered."""


def slow_line(rate: int) -> tuple[float, float]:
    """Return the seconds to the first whole screen, and to the slowest response to a key, at this byte rate."""
    with Pseudo("-m", "tests.terminal.program", "plain") as terminal:

        def shown(text: str) -> float:
            begun = time.perf_counter()
            while text not in terminal.text:
                terminal.trickle(rate, seconds=0.02)
            return time.perf_counter() - begun

        painted = shown("not redundant")
        answers = []
        for key, text in SLOW_KEYS.items():
            terminal.trickle(rate, seconds=10_000 / rate)  # what was drawn before is through
            terminal.press(key)
            answers.append(shown(text))
        return painted, max(answers)


def event_to_bytes(seconds: float = 15) -> list[float]:
    """Return, for numbered events, the seconds from the source to the terminal that shows them or later ones."""
    seen: dict[int, float] = {}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "numbers"
        with Pseudo("-m", "tests.bench.numbered", str(file), columns=120, rows=40) as terminal:
            terminal.wait_for("numbered")

            def look() -> bool:
                now = time.monotonic()
                newest = max(map(int, re.findall(r"numbered (\d{6})", terminal.text)), default=0)
                if newest > max(seen, default=0):
                    seen[newest] = now
                return now > end

            end = time.monotonic() + seconds
            terminal.wait_for(look)
        lines = [line.split() for line in file.read_text().splitlines()]
    given = {int(number): float(at) for number, at in lines}
    first, last = min(seen), max(seen)
    # An event that another one pushed off the list before it was drawn counts from then on, too.
    shown_at = {
        number: min(at for at_most, at in seen.items() if at_most >= number)
        for number in given
        if first < number <= last
    }
    return [at - given[number] for number, at in shown_at.items()]


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value below which this many of a hundred lie."""
    return statistics.quantiles(values, n=100)[share - 1]


def first_paints(rounds: int = 7) -> tuple[float, float]:
    """Return the median seconds to the first cell, of our screen and of a minimal app, run alternately."""
    ours, minimal = [], []
    with TemporaryDirectory() as cache:
        for _ in range(rounds + 1):
            ours.append(_first_paint(_OURS, shows=b"tunnelwatch", cache=cache))
            minimal.append(_first_paint(_MINIMAL, shows=b"painted", cache=cache))
    return statistics.median(ours[1:]), statistics.median(minimal[1:])  # the first turn compiles


def _first_paint(program: str, *, shows: bytes, cache: str) -> float:
    env = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}
    begun = time.perf_counter()
    with Pseudo("-c", program, columns=120, rows=40, draws=False, answers=True, env=env) as terminal:
        terminal.wait_for(lambda: shows in terminal.sent)
        return time.perf_counter() - begun


def cost(mode: str) -> tuple[float, float]:
    """Return bytes a second and the share of a core over `SECONDS` of the program's own time, without the start-up."""
    before, begun = _run(mode, SETTLED)
    after, ended = _run(mode, SETTLED + round(SECONDS / TICK))
    return (after - before) / SECONDS, (ended - begun) / SECONDS


def _run(mode: str, ticks: int) -> tuple[int, float]:
    used = _cpu()
    with Pseudo(
        "-m", "tests.terminal.program", mode, str(ticks), columns=120, rows=40, draws=False, env={"TEXTUAL_FPS": "1000"}
    ) as terminal:
        code = terminal.finish()
        if code:
            raise subprocess.CalledProcessError(code, mode, terminal.text)
        return len(terminal.sent), _cpu() - used


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
