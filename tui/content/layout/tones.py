"""The meaning of a text (its tone) and of a line (its background); the theme decides how they look."""

from enum import Enum


class Tone(Enum):
    """The meaning of a text."""

    TEXT = "text"
    STRONG = "strong"
    QUIET = "quiet"
    FAINT = "faint"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"
    MATCH = "match"


class Background(Enum):
    """The state of a line."""

    PLAIN = "plain"
    BAR = "bar"
    SELECTED_BLURRED = "chosen"
    SELECTED = "cursor"
