"""The terminal that a command was started in and its environment: tmux, versions."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from shutil import get_terminal_size
from typing import Final

from tui import __version__
from tui.app.terminal.terminal import describe_terminal, screen_output
from tui.domain.checkup.facts import TerminalFacts, TmuxFacts
from tui.domain.text import clean

_PACKAGES: Final = ("textual", "aiobotocore", "botocore")
_PATIENCE: Final = 1.0
"""Timeout for tmux's answer, seconds."""


def this_terminal(env: Mapping[str, str] = os.environ) -> TerminalFacts | None:
    """Return the terminal that the screen would be drawn on; None if there is no terminal."""
    with screen_output() as stream:
        terminal = describe_terminal(env, stream)
    if not terminal.is_tty:
        return None
    size = get_terminal_size()
    return TerminalFacts(
        size.columns,
        size.lines,
        term=clean(terminal.term)[:40],
        colours=terminal.colours,
        is_utf8=terminal.is_utf8,
        wants_no_colour=bool(env.get("NO_COLOR")),
        tmux=_tmux() if env.get("TMUX") else None,
        is_screen=bool(env.get("STY")) and not env.get("TMUX"),
    )


def versions() -> dict[str, str]:
    """Return the versions of the program, of Python and of the libraries that it uses."""
    numbers = {"tunnelwatch": __version__, "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            numbers[name] = version(name)
        except PackageNotFoundError:  # a package without metadata, as in a frozen program
            continue
    return numbers


def _tmux() -> TmuxFacts | None:
    """Return tmux's description of itself; None if it does not answer."""
    answer = _asked("display-message", "-p", "#{version}|#{client_termfeatures}")
    if answer is None:
        return None
    number, _, features = answer.partition("|")
    escape_time = _asked("show-options", "-sv", "escape-time") or ""
    overrides = f"{features} {_asked('show-options', '-sv', 'terminal-overrides') or ''}"
    return TmuxFacts(
        number,
        clipboard=_asked("show-options", "-sv", "set-clipboard") or "",
        escape_time=int(escape_time) if escape_time.isdecimal() else None,
        has_rgb=re.search(r"\b(RGB|Tc)\b", overrides) is not None,
    )


def _asked(*words: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["tmux", *words],  # noqa: S607 - the user's own tmux, wherever it is
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return clean(done.stdout.strip())[:400] if done.returncode == 0 else None
