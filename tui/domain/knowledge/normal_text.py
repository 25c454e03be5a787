"""Normalises messages for pattern matching: blanks and dashes vary among AWS, consoles and chats."""

import re
from typing import Final

LONGEST: Final = 2_000
"""The characters of a message that are examined. The longest known message has a tenth of that."""

# An en dash may stand for a hyphen ("un–established"); between blanks, the expression below turns it back into a dash.
_DASHES: Final = dict.fromkeys(map(ord, "‐‑−‒–"), "-") | dict.fromkeys(map(ord, "—―•·"), " - ")
_SPACED_DASH: Final = re.compile(r" -+ ?|-+ ")


def normal(message: str) -> str:
    """Return a message with white space as single blanks, dashes as hyphens, and no full stop at its end.

    Anything beyond `LONGEST` characters is cut off.
    """
    text = message[:LONGEST]
    plain = text.isascii() and text.isprintable() and "  " not in text
    if plain and " -" not in text and "- " not in text:  # the usual case: 0.2 µs rather than 3
        return text.strip().removesuffix(".")
    text = " ".join(text.translate(_DASHES).split())
    return _SPACED_DASH.sub(" - ", text).removesuffix(".")
