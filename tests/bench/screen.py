"""What the screen costs: time to the first paint, bytes to the terminal, share of a core."""

import resource
import statistics
import subprocess
import time
from collections.abc import Callable

from tests.terminal.pseudo import Pseudo

SECONDS = 60
SETTLED = 4
"""Ticks after which the whole screen has been drawn."""
_OURS = """
from tui.cli.program import main
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


def run(report: Callable[[str, str], None]) -> None:
    """Measure and report, each as a name and what was found."""
    ours, minimal = first_paints()
    report(
        "first paint / minimal Textual app (≤ 1.35)",
        f"{ours / minimal:.2f}  ({ours * 1e3:.0f} / {minimal * 1e3:.0f} ms)",
    )
    for mode, budget in (("rest", "≤ 1.5 KB/s"), ("busy", "≤ 25 KB/s, ≤ 10 % of a core")):
        sent, spent = cost(mode)
        name = "20 tunnels at rest" if mode == "rest" else "20 tunnels at 500 events/s"
        report(f"{name}, 120×40 ({budget})", f"{sent / 1000:.2f} KB/s, {spent:.1%} of a core")


def first_paints(rounds: int = 7) -> tuple[float, float]:
    """Return the median seconds to the first cell, of our screen and of a minimal app, run turn by turn."""
    ours, minimal = [], []
    for _ in range(rounds):
        ours.append(_first_paint(_OURS, shows=b"tunnelwatch"))
        minimal.append(_first_paint(_MINIMAL, shows=b"painted"))
    return statistics.median(ours), statistics.median(minimal)


def _first_paint(program: str, *, shows: bytes) -> float:
    begun = time.perf_counter()
    with Pseudo("-c", program, columns=120, rows=40, draws=False) as terminal:
        terminal.wait_for(lambda: shows in terminal.sent)
        return time.perf_counter() - begun


def cost(mode: str) -> tuple[float, float]:
    """Return bytes a second and the share of a core over `SECONDS` of the program's own time, start-up taken off."""
    before, begun = _run(mode, SETTLED)
    after, ended = _run(mode, SETTLED + SECONDS * 2)
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


if __name__ == "__main__":
    run(lambda name, found: print(f"{name}: {found}"))
