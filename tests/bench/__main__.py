"""`python -m tests.bench [NAME …] [--json] [--seconds 600]`: every benchmark in turn, as one table.

Nothing is asserted: times are the machine's. What depends on it is a ratio of two runs side by side. Each is a module
here with `run(report)`. The one that measures memory comes first: a process's peak never falls. `--seconds` is for how
long the fleet is watched.
"""

import argparse
import importlib
import sys
from typing import Final

from tests.bench.table import Table

BENCHMARKS: Final = ("diagnosing", "feed", "screen", "refresh", "recording", "fleet")


def main(names: list[str], seconds: float, *, as_json: bool) -> int:
    """Run the named benchmarks, or all, and print what they report; 3 for a name that there is not."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 3
    table = Table(as_json=as_json)
    for name in names or BENCHMARKS:
        module = importlib.import_module(f"tests.bench.{name}")
        options = (seconds,) if name == "fleet" else ()
        module.run(table.part(name), *options)
    table.close()
    return 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Every benchmark in turn.")
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    asked.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked.add_argument("--seconds", type=float, default=60.0, help="for how long the fleet is watched")
    given = asked.parse_args()
    sys.exit(main(given.names, given.seconds, as_json=given.json))
