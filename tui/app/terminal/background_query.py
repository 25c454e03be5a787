"""Asks the terminal whether its background is light, while the program is still being imported.

The answer travels while Python imports the modules of the screen, so it usually costs no time. From the question until
Textual takes over the terminal nothing is echoed, and typed keys are kept for the screen.
"""

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final

from tui.app.terminal.reports import Reports
from tui.app.terminal.terminal import describe_terminal, screen_output

_QUESTION: Final = b"\x1b]11;?\x1b\\\x1b[c"
"""The background's colour (xterm, "Operating System Commands"), and as a fence what every terminal answers (DA1)."""
_WAIT: Final = 0.05
"""Seconds to wait for an answer that has not arrived yet."""
_SPEC: Final = re.compile(r"rgba?:([0-9a-f]{1,4})/([0-9a-f]{1,4})/([0-9a-f]{1,4})(?:/[0-9a-f]{1,4})?", re.IGNORECASE)
"""A colour in XParseColor's notation: one to four hexadecimal digits each."""


def is_light(colour: str) -> bool | None:
    """Return whether the colour that a terminal named is light; None if it cannot be parsed."""
    spec = _SPEC.fullmatch(colour)
    if spec is None:
        return None
    red, green, blue = (int(digits, 16) / (16.0 ** len(digits) - 1) for digits in spec.groups())
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5  # luma (ITU-R BT.601)


class BackgroundQuery:
    """A question to the terminal, from `ask` until `hand_over` or `close`."""

    def __init__(self, keyboard: int, screen: int) -> None:
        self._keyboard, self._screen = keyboard, screen
        self._attributes: list[Any] | None = None
        self._typed = b""
        self.reports = Reports()

    def ask(self) -> None:
        """Ask, and turn off echo. A terminal that cannot be asked is left unchanged."""
        with suppress(OSError, termios.error):
            self._attributes = attributes = termios.tcgetattr(self._keyboard)
            quiet = [*attributes[: tty.CC], [*attributes[tty.CC]]]
            quiet[tty.LFLAG] &= ~(termios.ECHO | termios.ICANON)  # ctrl+c still ends the program
            quiet[tty.IFLAG] &= ~termios.ICRNL  # enter is not translated
            quiet[tty.CC][termios.VMIN], quiet[tty.CC][termios.VTIME] = 1, 0
            termios.tcsetattr(self._keyboard, termios.TCSANOW, quiet)
            os.write(self._screen, _QUESTION)
            self.reports.is_expected = True

    def is_light(self, *, wait: float = _WAIT) -> bool | None:
        """Return whether the background is light; None if no answer came that can be parsed.

        Reads what has arrived, and waits for the rest for at most this many seconds.
        """
        end = monotonic() + wait
        with suppress(OSError):
            while self.reports.is_expected and select.select([self._keyboard], [], [], max(0.0, end - monotonic()))[0]:
                data = os.read(self._keyboard, 4096)
                if not data:
                    break
                self._typed += self.reports.take(data)
        return None if self.reports.colour is None else is_light(self.reports.colour)

    def hand_over(self) -> tuple[list[Any] | None, bytes]:
        """Return the terminal's earlier attributes (None if they were not changed) and what was typed meanwhile.

        From now on the caller restores the terminal.
        """
        before, typed = self._attributes, self._typed
        self._attributes, self._typed = None, b""
        return before, typed

    def close(self) -> None:
        """Restore the terminal, unless it was handed over."""
        before, _ = self.hand_over()
        if before is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._keyboard, termios.TCSANOW, before)


@contextmanager
def background_query(environment: Mapping[str, str]) -> Iterator[BackgroundQuery | None]:
    """Ask within this block; None if the terminal may not be asked, or if the answer would change nothing."""
    with screen_output() as output:
        if output is None or not sys.stdin or not _may_be_asked(environment, sys.stdin.fileno(), output.fileno()):
            yield None
            return
        query = BackgroundQuery(sys.stdin.fileno(), output.fileno())
        try:  # a signal may arrive as soon as it asks
            query.ask()
            yield query
        finally:
            query.close()


def _may_be_asked(environment: Mapping[str, str], keyboard: int, screen: int) -> bool:
    """Return whether the terminal may be asked: it has enough colours, and this process is in its foreground.

    GNU screen is excluded: it passes the question on but may deliver the answer much later, even to the shell.
    """
    term = environment.get("TERM", "")
    if environment.get("STY") or (term.startswith("screen") and not environment.get("TMUX")):
        return False
    with suppress(OSError, ValueError):
        is_ours = os.isatty(keyboard) and os.isatty(screen) and os.tcgetpgrp(keyboard) == os.getpgrp()
        return is_ours and describe_terminal(environment, sys.stdin).colours > 16
    return False
