"""What a terminal can do, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Stream(Protocol):
    """The part of a text stream that is needed here."""

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
        """Why the screen cannot be drawn here, in one line with what to do instead; None where it can."""
        instead = "`tunnelwatch status` and `tunnelwatch tail` work anywhere"
        if not self.is_tty:
            return f"The screen needs a terminal, and this is not one (a pipe, a file or a job): {instead}."
        if self.term in ("", "dumb", "unknown"):
            reason = f"TERM={self.term}" if self.term else "TERM is not set"
            return f"The screen needs a terminal that can move its cursor ({reason}): {instead}."
        return None


def describe_terminal(env: Mapping[str, str], stream: Stream) -> Terminal:
    """Return what the terminal behind `stream` can do, judged by the stream and by the environment."""
    is_tty = _is_tty(stream)
    return Terminal(
        is_tty=is_tty,
        term=env.get("TERM", ""),
        is_utf8="utf8" in (stream.encoding or "").lower().replace("-", "").replace("_", ""),
        colours=_colours(env),
    )


def _is_tty(stream: Stream) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _colours(env: Mapping[str, str]) -> int:
    """Return how many colours to use. NO_COLOR (no-color.org) means none, whatever its value unless empty."""
    term = env.get("TERM", "")
    if env.get("NO_COLOR") or term in ("", "dumb", "vt100", "vt220") or term.endswith("-m"):
        return 0
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return 1 << 24
    return 256 if "256color" in term else 16
