"""One benchmark in a process of its own."""

import importlib
from multiprocessing.connection import Connection

from tests.bench.table import Report


def run_part(name: str, seconds: float, sending: Connection) -> None:
    """Run one benchmark, and send its figures."""
    module = importlib.import_module(f"tests.bench.{name}")
    options = (seconds,) if name == "fleet" else ()
    module.run(Report(name, sending.send), *options)
