"""`python -m tests.bench [NAME …] [--json] [--seconds 600]`: every benchmark in turn, as one table.

Nothing is asserted, because times depend on the machine; where that matters, the figure is a ratio of two runs side by
side. Each benchmark is a module here with `run(report)`, and runs in a process of its own, so that none affects the
next. `--seconds` is how long the fleet is watched.
"""

import argparse
import multiprocessing
import sys
from contextlib import suppress
from typing import Final

from tests.bench.part import run_part
from tests.bench.table import Table

BENCHMARKS: Final = ("diagnosing", "feed", "screen", "refresh", "recording", "fleet")


def main(names: list[str], seconds: float, *, as_json: bool) -> int:
    """Run the named benchmarks, or all, and print their figures; return 3 for an unknown name."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 3
    table = Table(as_json=as_json)
    spawning = multiprocessing.get_context("spawn")
    for name in names or BENCHMARKS:
        receiving, sending = spawning.Pipe(duplex=False)
        running = spawning.Process(target=run_part, args=(name, seconds, sending))
        running.start()
        sending.close()
        with suppress(EOFError):
            while True:
                table.add(receiving.recv())
        running.join()
        if running.exitcode:
            return 1
    table.close()
    return 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Every benchmark in turn.")
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    asked.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked.add_argument("--seconds", type=float, default=60.0, help="for how long the fleet is watched")
    given = asked.parse_args()
    sys.exit(main(given.names, given.seconds, as_json=given.json))
