"""Messages as their patterns see them: however AWS, a console or a chat spells blanks and dashes."""

import re
from typing import Final

LONGEST: Final = 2_000
"""Characters of a message that are looked at. The longest known message is a tenth of that."""

# An en dash may stand for a hyphen ("un–established"); between blanks the expression below makes it a dash again.
_DASHES: Final = dict.fromkeys(map(ord, "‐‑−‒–"), "-") | dict.fromkeys(map(ord, "—―•·"), " - ")
_SPACED_DASH: Final = re.compile(r" -+ ?|-+ ")


def normal(message: str) -> str:
    """Return a message with any white space as one blank, any dash as a hyphen, and no full stop at its end.

    What is longer than `LONGEST` is cut.
    """
    text = message[:LONGEST]
    plain = text.isascii() and text.isprintable() and "  " not in text
    if plain and " -" not in text and "- " not in text:  # nearly always, and costs 0.2 µs rather than 3
        return text.strip().removesuffix(".")
    text = " ".join(text.translate(_DASHES).split())
    return _SPACED_DASH.sub(" - ", text).removesuffix(".")
