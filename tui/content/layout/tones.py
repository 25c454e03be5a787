"""What a text is (its tone) and what a line lies on (its background); the theme decides how they look."""

from enum import Enum


class Tone(Enum):
    """What a text is."""

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
    """What a line lies on."""

    PLAIN = "plain"
    BAR = "bar"
    SELECTED_BLURRED = "chosen"
    SELECTED = "cursor"
