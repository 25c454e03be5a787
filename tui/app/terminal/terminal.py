"""The terminal that the screen is drawn on, and its abilities, as a value."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TextIO


class Stream(Protocol):
    """The part of a text stream's interface that is needed here."""

    @property
    def encoding(self) -> str | None: ...

    def isatty(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal's abilities. `colours` is 0, 16, 256 or 2**24."""

    is_tty: bool
    term: str
    is_utf8: bool
    colours: int

    @property
    def refusal(self) -> str | None:
        """Why the screen cannot be drawn here, in one line with an alternative; None if it can."""
        instead = "`tunnelwatch status` and `tunnelwatch tail` work anywhere"
        if not self.is_tty:
            return f"The screen needs a terminal, and this is not one (a pipe, a file or a job): {instead}."
        if self.term in ("", "dumb", "unknown"):
            reason = f"TERM={self.term}" if self.term else "TERM is not set"
            return f"The screen needs a terminal that can move its cursor ({reason}): {instead}."
        return None


BROWSER: Final = Terminal(is_tty=True, term="xterm-256color", is_utf8=True, colours=1 << 24)
"""The terminal that textual-serve draws in a browser."""


@contextmanager
def screen_output() -> Iterator[TextIO | None]:
    """Return the stream to draw on; None if no terminal is available.

    That is stderr, so that stdout is free for data; if stderr goes to a file it is stdout, and if both do, the terminal
    that the process belongs to.
    """
    for stream in (sys.__stderr__, sys.__stdout__):
        if stream is not None and _is_tty(stream):
            yield stream
            return
    try:
        terminal = Path("/dev/tty").open("w")  # noqa: SIM115 - closed below; in the encoding of the locale
    except OSError:
        yield None
        return
    with terminal:
        yield terminal


def describe_terminal(env: Mapping[str, str], stream: Stream | None) -> Terminal:
    """Return the abilities of the terminal behind `stream`, judged by the stream and the environment."""
    return Terminal(
        is_tty=stream is not None and _is_tty(stream),
        term=env.get("TERM", ""),
        is_utf8="utf8" in ((stream and stream.encoding) or "").lower().replace("-", "").replace("_", ""),
        colours=_colours(env),
    )


def _is_tty(stream: Stream) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _colours(env: Mapping[str, str]) -> int:
    """Return the number of colours to use. NO_COLOR (no-color.org) means none, whatever its value unless empty.

    FORCE_COLOR (force-color.org) means sixteen on a terminal whose name promises none.
    """
    term = env.get("TERM", "")
    if env.get("NO_COLOR"):
        return 0
    if term in ("", "dumb", "vt100", "vt220") or term.endswith("-m"):
        return 16 if env.get("FORCE_COLOR") else 0
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return 1 << 24
    return 256 if "256color" in term else 16
