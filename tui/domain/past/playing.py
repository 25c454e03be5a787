"""An earlier moment on the screen, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Playing:
    """How an earlier moment is shown: of a recording, or with `is_live` of a watch that goes on meanwhile.

    `today` is the time of day, ms. `change` of `changes` were before the moment shown, or are at it. `share_read` is
    how much of a file can be shown already, None for all; `is_waiting` for a moment that cannot be yet.
    """

    today: int
    is_live: bool = False
    is_playing: bool = False
    has_ended: bool = False
    speed: float = 1.0
    change: int = 0
    changes: int = 0
    share_read: float | None = None
    is_waiting: bool = False
