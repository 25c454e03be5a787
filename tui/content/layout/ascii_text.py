"""ASCII replacements of symbols, for terminals and locales whose encoding is not UTF-8."""

import codecs
from typing import Final

from tui.content.layout.cells import cell_len

# Each replacement is as wide as its symbol, so that columns stay aligned without UTF-8.
_ASCII: Final = {
    ord(symbol): plain
    for symbol, plain in {
        "●": "*", "◌": "~", "✖": "X", "▲": "!", "▼": "v", "↻": "@", "·": "-", "×": "x", "→": ">", "…": "~", "–": "-",
        "—": "-", "─": "-", "━": "=", "│": "|", "┃": "|", "▌": ">", "≥": "+", "‖": "=", "↑": "^", "↓": "v", "✓": "y",
        "“": '"', "”": '"', "’": "'", "‘": "'", "•": "*", "≤": "<", "≠": "!", "←": "<", "┄": ".", "✎": "&", "╷": "|",
        "▂": "_", "▅": "+", "█": "#", "▓": "%", "░": ":", "◀": "<", "▶": ">", "■": "#", "▣": "#", "⇒": ">",
        "✔": "y", "−": "-", "◐": "%", "▸": ">", "▾": "v", "▴": "^",
    }.items()
}  # fmt: skip
ERRORS: Final = "tunnelwatch-ascii"
"""The codec error handler for letters that an encoding lacks, once `register_errors` was called."""


def ascii_cells(text: str) -> str:
    """Return `text` in ASCII, with the same width."""
    if text.isascii():
        return text
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text.translate(_ASCII))


def register_errors() -> None:
    r"""Register `ERRORS` with Python's codecs: our symbols become ASCII, all other letters escapes such as `\u6771`."""
    codecs.register_error(ERRORS, _replaced)


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return lacking.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii"), error.end
