"""The state of playback at an earlier moment, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Playing:
    """How an earlier moment is shown: from a recording, or with `is_live` from a watch that continues meanwhile.

    `today` is the present time, ms. `change` is how many of the `changes` happened up to the moment shown. `share_read`
    is the share of the file that can be shown so far, None for all of it; `is_waiting` for a moment not yet read.
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
