"""A pseudo-terminal with a program in it: what it shows, what the program sent, in which state it left the terminal."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO

import pyte

from tests.processes.process import start

PATIENCE = 20.0
"""Seconds after which a test gives up waiting; on a healthy machine nothing takes a tenth of it."""
_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b]11;?\x1b\\": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b[c": b"\x1b[?62;22c",
}
_LONGEST_QUESTION = max(map(len, _ANSWERS))
_KITTY = re.compile(rb"\x1b\[[<>=?][0-9;]*u|\x1b\[\?[0-9;]*\$p")  # pyte would print their tails


class Pseudo:
    """Runs a program in a terminal of its own; without `draws` its output is kept and not interpreted.

    With `answers` it answers the questions that programs ask as they start, once it has read them: whether it knows
    synchronized output, its background (black), and what kind of terminal it is. `stdout` and `stderr` go to the
    terminal, too, unless a file is given for one.
    """

    def __init__(
        self,
        *command: str,
        columns: int = 80,
        rows: int = 24,
        draws: bool = True,
        env: Mapping[str, str] | None = None,
        stdout: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
        answers: bool = False,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.sent = bytearray()
        self._draws, self._answers = draws, answers
        self._stream = pyte.ByteStream(self.screen)
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.attributes_before = termios.tcgetattr(self._slave)
        environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
        self.process = start(
            *command,
            stdin=self._slave,
            stdout=stdout or self._slave,
            stderr=stderr or self._slave,
            env={**_without(os.environ, "NO_COLOR", "TMUX", "COLUMNS", "LINES"), **environment, **(env or {})},
            owns_terminal=True,  # so that closing the master hangs it up
        )

    def __enter__(self) -> "Pseudo":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.hang_up()
        with contextlib.suppress(OSError):
            os.close(self._slave)

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def type(self, data: bytes) -> None:
        """Send bytes as a terminal does whose encoding is not UTF-8."""
        os.write(self._master, data)

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size, as a window manager does."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def hang_up(self) -> None:
        """Close the terminal."""
        with contextlib.suppress(OSError):
            os.close(self._master)

    def wait_for(self, wanted: str | Callable[[], bool]) -> None:
        """Read until the terminal shows `wanted`, or until that is true."""

        def holds() -> bool:
            return wanted in self.text if isinstance(wanted, str) else wanted()

        end = time.monotonic() + PATIENCE
        while not holds():
            assert self._read(min(end, time.monotonic() + 0.1)) or time.monotonic() < end, (
                f"waited for {wanted!r} in vain; the terminal shows:\n{self.text}"
            )

    def trickle(self, rate: int, *, seconds: float) -> None:
        """Read for this long, and no more than `rate` bytes a second, as on a slow line."""
        begun, taken = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < seconds:
            room = round(rate * passed) - taken
            if room > 0 and self._read(time.monotonic(), most=room):
                taken = round(rate * passed)
            select.select([], [], [], 0.005)

    def wait_unread_for(self, holds: Callable[[], bool]) -> None:
        """Read nothing until the condition holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end
            select.select([], [], [], 0.01)

    def wait_to_be_sent(self, sequence: bytes) -> None:
        """Read until the program has sent this."""
        self.wait_for(lambda: sequence in self.sent)

    def wait_until_stopped(self) -> None:
        """Read until the program is suspended, as by ctrl+z."""
        self.wait_for(self.process.has_stopped)
        while self._read(time.monotonic()):
            pass

    def scribble(self, text: str) -> None:
        """Write to the terminal from outside, as a broadcast message does."""
        os.write(self._slave, text.encode())

    def finish(self) -> int:
        """Read until the program ends; return its exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self._read(min(end, time.monotonic() + 0.05))
            assert time.monotonic() < end, f"the program does not end; the terminal shows:\n{self.text}"
        while self._read(time.monotonic()):
            pass
        return self.process.wait(PATIENCE)

    def is_restored(self) -> bool:
        """Whether every mode is off again: alternate screen, mouse, paste, focus, hidden cursor, raw input."""
        on, off = self._last_modes()
        left = {mode for mode in ("1049", "1000", "1002", "1003", "1006", "1015", "1016", "2004", "1004") if mode in on}
        return not left and "25" not in off and termios.tcgetattr(self._slave)[:4] == self.attributes_before[:4]

    def _last_modes(self) -> tuple[set[str], set[str]]:
        state: dict[str, bytes] = {}
        for modes, switch in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", bytes(self.sent)):
            state.update(dict.fromkeys(modes.decode().split(";"), switch))
        return {mode for mode, switch in state.items() if switch == b"h"}, {
            mode for mode, switch in state.items() if switch == b"l"
        }

    def _read(self, until: float, *, most: int = 65536) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, most)
        except OSError:
            return False
        self.sent += data
        if self._answers:
            self._answer(bytes(self.sent[-len(data) - _LONGEST_QUESTION :]), len(data))
        if self._draws:
            self._stream.feed(_KITTY.sub(b"", data))
        return bool(data)

    def _answer(self, sent: bytes, new: int) -> None:
        """Answer the questions that end in the last `new` bytes."""
        for question, answer in _ANSWERS.items():
            if question in sent[max(0, len(sent) - new - len(question) + 1) :]:
                os.write(self._master, answer)


def _without(env: "os._Environ[str]", *names: str) -> dict[str, str]:
    return {name: value for name, value in env.items() if name not in names}
