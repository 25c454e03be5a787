"""Separates a terminal's answers to questions from what the user types.

Textual knows few of these answers and takes the rest for keys: `]11;rgb:1e1e/…` would press `1`, `r`, `g` and `b`.
"""

import re
from typing import Final

_REPORT: Final = re.compile(rb"\x1b\]11;(?P<colour>[^\x07\x1b]{0,64})(?:\x07|\x1b\\)|\x1b\[\?[\d;]*c")
"""The background's colour (OSC 11, ended by BEL or ST), and the device attributes (DA1)."""
_BEGUN: Final = re.compile(rb"\x1b\]11;[^\x07\x1b]{0,64}\x1b?\Z")
"""The beginning of a colour, which nobody types."""
_DOUBTFUL: Final = re.compile(rb"\x1b(?:\](?:1{1,2})?|\[(?:\?[\d;]*)?)?\Z")
"""Either the beginning of a report or a key: escape, alt+], an arrow."""
_PATIENCE: Final = 10
"""Silences after which the rest of a report is given up."""


class Reports:
    """Removes the answers from what a terminal sends, piece by piece as it arrives.

    `colour` is the background in the terminal's notation, None until it is known. While an answer `is_expected`, a
    piece that may be its beginning is held back for one silence, which delays the escape key. The device attributes end
    that, because every terminal sends them, after the colour.
    """

    def __init__(self) -> None:
        self.colour: str | None = None
        self.is_expected = False
        self._held = b""
        self._silences = 0

    def take(self, data: bytes) -> bytes:
        """Return what was typed in this piece and in what was held back before it."""
        self._silences = 0
        typed = _REPORT.sub(self._note, self._held + data)
        begun = _BEGUN.search(typed) or (_DOUBTFUL.search(typed) if self.is_expected else None)
        self._held = begun[0] if begun else b""
        return typed[: len(typed) - len(self._held)]

    def settle(self) -> bytes:
        """Return the held text, which is no answer because nothing followed it; call this at each silence."""
        self._silences += 1
        if _BEGUN.fullmatch(self._held):
            if self._silences >= _PATIENCE:
                self._held = b""
            return b""
        typed, self._held = self._held, b""
        return typed

    def _note(self, report: re.Match[bytes]) -> bytes:
        if report["colour"] is None:
            self.is_expected = False
        else:
            self.colour = report["colour"].decode("ascii", "replace")
        return b""
