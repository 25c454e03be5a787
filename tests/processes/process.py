"""Starts Python in a process: forked if that makes no difference, else from scratch."""

import atexit
import contextlib
import fcntl
import functools
import os
import re
import select
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import ExitStack
from typing import IO, Final, Protocol

from tests.processes.fork_server import NUMBER, Order

_UTF8: Final = {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}
_READ_AT_START = re.compile("PYTHON(?!DONTWRITEBYTECODE)|LC_|LANG|TEXTUAL_")
"""Of these variables Python and libraries read some when they start: a fork could not change them any more."""


class Process(Protocol):
    """What tests do with a process, as `subprocess.Popen` names it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...
    def has_stopped(self) -> bool:
        """Whether it was suspended since the last call."""


def start(
    *command: str,
    stdin: IO[str] | IO[bytes] | int,
    stdout: IO[str] | IO[bytes] | int,
    stderr: IO[str] | IO[bytes] | int,
    env: Mapping[str, str] | None = None,
    owns_terminal: bool = False,
) -> Process:
    """Start Python with `command`, on these open files or descriptors, in `env` or in this environment with UTF-8.

    With `owns_terminal` it leads a session of its own, and the terminal at its stdin is that session's.
    """
    env = dict(os.environ | _UTF8 if env is None else env)
    if command[0] == "-m" and _can_fork(env):
        return _Fork(Order(command[1], [*command[2:]], env, os.getcwd(), owns_terminal), stdin, stdout, stderr)
    take_terminal = functools.partial(fcntl.ioctl, 0, termios.TIOCSCTTY, 0) if owns_terminal else None
    return _Started(
        [sys.executable, *command],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=env,
        start_new_session=owns_terminal,
        preexec_fn=take_terminal,
    )


def _can_fork(env: Mapping[str, str]) -> bool:
    """Whether a start would read nothing but what the fork server has read."""
    is_heard = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return is_heard and _settings(env) == _SETTINGS


def _settings(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if _READ_AT_START.match(name)}


_SETTINGS: Final = _settings(os.environ | _UTF8)


class _Started(subprocess.Popen[bytes]):
    """A process that begins with Python's own start."""

    def has_stopped(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG) is not None


class _Fork:
    """A process of the fork server."""

    def __init__(self, order: Order, *streams: IO[str] | IO[bytes] | int) -> None:
        self.returncode: int | None = None
        self._order = order
        self._stops = 0
        self._news, theirs = socket.socketpair()
        with theirs:
            files = [stream if isinstance(stream, int) else stream.fileno() for stream in streams]
            socket.send_fds(_fork_server(), [b"\0"], [*files, theirs.fileno()])
        self._news.sendall(order.line())
        self.pid = self._number()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while it runs."""
        while self.returncode is None and self._has_news(0):
            self._hear()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it has ended; raises subprocess.TimeoutExpired."""
        while self.returncode is None:
            if not self._has_news(timeout):
                raise subprocess.TimeoutExpired([self._order.module, *self._order.arguments], timeout or 0)
            self._hear()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def has_stopped(self) -> bool:
        self.poll()
        stops, self._stops = self._stops, 0
        return stops > 0

    def _has_news(self, timeout: float | None) -> bool:
        return bool(select.select([self._news], [], [], timeout)[0])

    def _hear(self) -> None:
        status = self._number()
        if os.WIFSTOPPED(status):
            self._stops += 1
        else:
            self.returncode = os.waitstatus_to_exitcode(status)
            self._news.close()

    def _number(self) -> int:
        (number,) = NUMBER.unpack(self._news.recv(NUMBER.size, socket.MSG_WAITALL))
        return int(number)


@functools.cache
def _fork_server() -> socket.socket:
    """Return the socket on which this test process orders forks; the server ends when it is closed."""
    ours, theirs = socket.socketpair()
    with theirs:
        pipe = subprocess.PIPE  # Python looks at its streams once: as pipes they suit forks with any other
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.fork_server", str(theirs.fileno())],
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.STDOUT,
            env=os.environ | _UTF8,
            pass_fds=[theirs.fileno()],
        )
    ends = ExitStack()
    ends.enter_context(server)
    ends.enter_context(ours)
    atexit.register(ends.close)
    return ours
