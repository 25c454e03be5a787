"""Escape sequences that ring the bell, show a notification or set the window's title.

Text in them is made harmless first: nothing from a log or a tag can end a sequence or begin another.
"""

from collections.abc import Mapping
from typing import Final

from tui.content.layout.cells import clip, harmless

BELL: Final = "\a"
SAVE_TITLE: Final = "\x1b[22;0t"
"""Saves the titles of window and icon on the terminal's stack (XTWINOPS); terminals without one ignore it."""
RESTORE_TITLE: Final = "\x1b[23;0t"
_LONGEST_TITLE: Final = 80
_LONGEST_NOTIFICATION: Final = 240
_WITHOUT_TITLE: Final = ("linux", "vt", "dumb", "ansi", "cons")
"""Beginnings of TERM for terminals that have no window or would show the sequence."""


def has_title(env: Mapping[str, str]) -> bool:
    """Return whether the terminal has a title that can be set."""
    term = env.get("TERM", "")
    return bool(term) and not term.startswith(_WITHOUT_TITLE)


class WindowTitle:
    """The sequences (OSC 2) that set a window's title and restore the old one. Each method returns what to send."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._is_possible = has_title(env)
        self._text = ""

    def change(self, text: str) -> str:
        """Set the title; the first call saves the old one."""
        if not self._is_possible:
            return ""
        start = "" if self._text else SAVE_TITLE
        self._text = clip(harmless(text), _LONGEST_TITLE) or "tunnelwatch"
        return f"{start}{self._sequence}"

    def leave(self) -> str:
        """Restore the old title while something else has the terminal."""
        return RESTORE_TITLE if self._text else ""

    def take_again(self) -> str:
        """Set the last title again."""
        return f"{SAVE_TITLE}{self._sequence}" if self._text else ""

    @property
    def _sequence(self) -> str:
        return f"\x1b]2;{self._text}\a"


def notification(text: str, env: Mapping[str, str]) -> str:
    """Return the sequence that shows a desktop notification: OSC 777 if the terminal knows it, else OSC 9.

    Inside tmux it is wrapped, to reach the terminal outside; that needs `set -g allow-passthrough on`.
    """
    words = clip(harmless(text).replace(";", ","), _LONGEST_NOTIFICATION)
    is_urxvt_like = env.get("TERM", "").startswith(("rxvt", "foot")) or "VTE_VERSION" in env
    # The program's name comes first, because OSC 9 with a leading number is a progress bar on some terminals.
    sequence = f"\x1b]777;notify;tunnelwatch;{words}\a" if is_urxvt_like else f"\x1b]9;tunnelwatch: {words}\a"
    if not env.get("TMUX"):
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
