"""How the events are read from CloudWatch Logs."""

from enum import StrEnum


class Mode(StrEnum):
    """`auto` polls where Live Tail is refused, `live` then tries Live Tail again soon, `poll` never uses it."""

    AUTO = "auto"
    LIVE = "live"
    POLL = "poll"
