"""`python -m tests.bench [NAME …] [--seconds 600]`: every benchmark in turn, as a table; times are the machine's.

Nothing is asserted. Each is a module here with `run(report)`. The one that measures memory comes first: a process's
peak never falls. `--seconds` is for how long the fleet is watched.
"""

import argparse
import importlib
import sys
from typing import Final

BENCHMARKS: Final = ("diagnosing", "feed", "screen", "refresh", "recording", "fleet")
_WIDTH: Final = 74


def main(names: list[str], seconds: float) -> int:
    """Run the named benchmarks, or all, and print what they report; 3 for a name that there is not."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 3
    for name in names or BENCHMARKS:
        print(f"\n{name}")
        try:
            module = importlib.import_module(f"tests.bench.{name}")
        except ModuleNotFoundError as missing:
            if missing.name != f"tests.bench.{name}":
                raise
            print("  (not there yet)")
            continue
        if name == "fleet":
            module.run(_report, seconds)
        else:
            module.run(_report)
    return 0


def _report(name: str, found: str) -> None:
    print(f"  {name:<{_WIDTH}}  {found}", flush=True)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Every benchmark in turn.")
    asked.add_argument("names", nargs="*")
    asked.add_argument("--seconds", type=float, default=60.0)
    given = asked.parse_args()
    sys.exit(main(given.names, given.seconds))
