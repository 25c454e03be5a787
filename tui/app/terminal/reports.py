"""What a terminal answers when it is asked, told apart from what is typed.

Textual knows few of these answers and takes the rest for keys: `]11;rgb:1e1e/…` would press `1`, `r`, `g` and `b`.
"""

import re
from typing import Final

_REPORT: Final = re.compile(rb"\x1b\]11;(?P<colour>[^\x07\x1b]{0,64})(?:\x07|\x1b\\)|\x1b\[\?[\d;]*c")
"""The background's colour (OSC 11, ended by BEL or ST), and the device attributes (DA1)."""
_BEGUN: Final = re.compile(rb"\x1b\]11;[^\x07\x1b]{0,64}\x1b?\Z")
"""The beginning of a colour: nobody types this."""
_DOUBTFUL: Final = re.compile(rb"\x1b(?:\](?:1{1,2})?|\[(?:\?[\d;]*)?)?\Z")
"""What may become a report, or is a key: escape, alt+], an arrow."""
_PATIENCE: Final = 10
"""Silences after which the rest of a report is not waited for any more."""


class Reports:
    """Takes the reports out of what comes from a terminal, in pieces as it comes.

    `colour` is the background as the terminal names it, None before it did. While an answer `is_expected`, a piece that
    may be its beginning is held back for one silence, which delays the escape key; the attributes end that, for every
    terminal sends them, and after the colour.
    """

    def __init__(self) -> None:
        self.colour: str | None = None
        self.is_expected = False
        self._held = b""
        self._silences = 0

    def take(self, data: bytes) -> bytes:
        """Return what was typed of this piece, and of what was held back before it."""
        self._silences = 0
        typed = _REPORT.sub(self._note, self._held + data)
        begun = _BEGUN.search(typed) or (_DOUBTFUL.search(typed) if self.is_expected else None)
        self._held = begun[0] if begun else b""
        return typed[: len(typed) - len(self._held)]

    def settle(self) -> bytes:
        """Return what was held back and is no report, because nothing came behind it; call it at each silence."""
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
