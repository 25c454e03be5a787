"""Whether the terminal shows everything that the screen draws, and what tmux withholds."""

from collections.abc import Iterator
from typing import Final

from tui.domain.checkup.facts import Examination, TerminalFacts, TmuxFacts
from tui.domain.checkup.finding import Finding, Level

_DESIGNED_FOR: Final = (80, 24)
_LEAST: Final = (60, 15)
_UNDRAWABLE: Final = ("", "dumb", "unknown")
_RGB: Final = 1 << 24
_LONGEST_ESCAPE: Final = 100
"""In ms; tmux's own default is 500."""


def terminal_findings(examined: Examination) -> Iterator[Finding]:
    """Yield the terminal's shortcomings, or that there are none, and the versions in use."""
    if examined.terminal is not None:
        faults = list(_terminal(examined.terminal))
        yield from faults
        if not faults:
            yield Finding("terminal_fits", Level.OK, values=_values(examined.terminal))
    if examined.versions:
        text = ", ".join(f"{name} {version}" for name, version in examined.versions.items())
        yield Finding("versions", Level.OK, values={"versions": text})


def _values(terminal: TerminalFacts) -> dict[str, str]:
    colours = "24-bit" if terminal.colours >= _RGB else f"{terminal.colours}"
    return {
        "size": f"{terminal.columns}x{terminal.rows}",
        "term": terminal.term or "not set",
        "colours": colours,
    }


def _terminal(terminal: TerminalFacts) -> Iterator[Finding]:
    values = _values(terminal)
    if terminal.term in _UNDRAWABLE:
        yield Finding("terminal_cannot_draw", Level.WARNING, values=values)
        return
    size = terminal.columns, terminal.rows
    if size[0] < _LEAST[0] or size[1] < _LEAST[1]:
        yield Finding("terminal_too_small", Level.WARNING, values=values)
    elif size[0] < _DESIGNED_FOR[0] or size[1] < _DESIGNED_FOR[1]:
        yield Finding("terminal_small", Level.NOTE, values=values)
    if not terminal.is_utf8:
        yield Finding("terminal_without_utf8", Level.NOTE, values=values)
    if terminal.colours < 256 and not terminal.wants_no_colour:
        yield Finding("terminal_few_colours", Level.NOTE, values=values)
    if terminal.is_screen:
        yield Finding("screen_without_clipboard", Level.NOTE, values=values)
    if terminal.tmux is not None:
        yield from _tmux(terminal, terminal.tmux)


def _tmux(terminal: TerminalFacts, tmux: TmuxFacts) -> Iterator[Finding]:
    values = {"version": tmux.version, "clipboard": tmux.clipboard or "not known"}
    if tmux.clipboard != "on":
        yield Finding("tmux_keeps_clipboard", Level.NOTE, values=values)
    if terminal.colours >= _RGB and not tmux.has_rgb:
        yield Finding("tmux_without_rgb", Level.NOTE, values=values)
    if tmux.escape_time is not None and tmux.escape_time > _LONGEST_ESCAPE:
        yield Finding("tmux_holds_escape", Level.NOTE, values=values | {"wait": f"{tmux.escape_time} ms"})
