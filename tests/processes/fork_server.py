"""A process that has loaded the program and forks itself for each run: `python -m tests.processes.fork_server SOCKET`.

The imports of a run take up to half a second of processor time, a fork takes 5 ms, and hundreds of tests run the
program. A fork is a process like any other: it has signals, standard streams, a terminal and an exit code of its own,
and Python ends in it as it does elsewhere. Forks cannot show what a start imports, and when; tests/test_imports.py
starts from scratch for that.

A run is requested by one byte that carries four descriptors: stdin, stdout, stderr, and a socket. On the socket the
fork reads its `Order`; its process id and then each of its wait statuses are written there.
"""

import contextlib
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import sys
import termios
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Final

NUMBER: Final = struct.Struct("i")
"""A process id or a wait status."""
_DESCRIPTORS: Final = 4


@dataclass(frozen=True, slots=True)
class Order:
    """A module to run as `python -m` does; with `owns_terminal` in a session of its own, on the terminal of stdin."""

    module: str
    arguments: list[str]
    env: dict[str, str]
    folder: str
    owns_terminal: bool

    def line(self) -> bytes:
        """Return the order as it is written to the socket of its run."""
        return json.dumps(asdict(self)).encode() + b"\n"


def serve(orders: socket.socket) -> None:
    """Fork for each order until the other end is closed; in each fork it returns after the run."""
    runs: dict[int, socket.socket] = {}

    def report(number: int, frame: FrameType | None) -> None:
        while runs:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if not pid:
                return
            with contextlib.suppress(OSError):  # nobody waits for it any more
                runs[pid].sendall(NUMBER.pack(status))
            if not os.WIFSTOPPED(status):
                runs.pop(pid).close()

    signal.signal(signal.SIGCHLD, report)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    while descriptors := socket.recv_fds(orders, 1, _DESCRIPTORS)[1]:
        *streams, number = descriptors
        run = socket.socket(fileno=number)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # until the run is in the table
        if not (pid := os.fork()):
            for other in (orders, *runs.values()):
                other.close()
            with run, run.makefile("rb") as lines:
                order = Order(**json.loads(lines.readline()))
            _become(order, streams)
            return
        run.sendall(NUMBER.pack(pid))
        runs[pid] = run
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        for descriptor in streams:
            os.close(descriptor)


def _become(order: Order, descriptors: list[int]) -> None:
    """Give this fork the environment of a new process, and run the module."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    if order.owns_terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for stream in (sys.stdin, sys.stdout):
        assert isinstance(stream, io.TextIOWrapper)
        stream.reconfigure(line_buffering=stream.isatty() and not stream.write_through)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.env)
    sys.argv[1:] = order.arguments
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def _load() -> None:
    """Import the whole program and its libraries, and read its tables."""
    import tui
    from tui.domain.knowledge import catalogue_file, devices

    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if module.name != "tui.__main__":
            importlib.import_module(module.name)
    for library in ("aiobotocore.session", "aiohttp.web", "botocore.httpsession"):
        importlib.import_module(library)
    catalogue_file.load()
    devices.vendors()
    gc.freeze()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as socket_of_orders:
        _load()
        serve(socket_of_orders)
